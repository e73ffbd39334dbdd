/**
 * Production's first start: the web user admin, when a password for him is given, so that somebody can sign
 * in to a platform without configuration. From then on the password is his own affair and the setting is not
 * used.
 */
import { hashPassword } from '@tidegate/platform/identity/credentials';
import type { DocumentChange } from '@tidegate/platform/configuration/configuration';
import type { FirmDocument, UserDocument } from '@tidegate/wire/configuration';
import type { Platform } from '../ports.ts';

const by = 'TIDEGATE_ADMIN_PASSWORD';
const administrator = { id: 'admin', name: 'Administrator' };

export async function seedAdministrator({
  configuration,
  events,
  log,
  settings,
}: Pick<Platform, 'configuration' | 'events' | 'log' | 'settings'>): Promise<void> {
  const { adminPassword, services } = settings;
  if (adminPassword === undefined || !services.includes('api')) return;
  if (configuration.current.users.size > 0) {
    log.warn(`${by} is not used: there are users already. Take it away`);
    return;
  }
  const passwordHash = await hashPassword(adminPassword);
  const result = await configuration.apply(houseDocuments({ user: { ...administrator, passwordHash } }), by);
  if (result.result === 'done') {
    const text = `the web user admin was made with the password of ${by}`;
    events.record({ kind: 'configurationChanged', severity: 'warning', subject: 'admin', text });
    return;
  }
  await configuration.refresh();
  if (configuration.current.users.size > 0) return; // another process was first
  throw new Error(`${by}: the web user admin can't be made: ${result.code}: ${result.text}`);
}

interface First {
  readonly house?: Pick<FirmDocument, 'id' | 'name' | 'creditCurrency'>;
  readonly user: Pick<UserDocument, 'id' | 'name' | 'passwordHash' | 'invitation'>;
}

/**
 * The first administrator. A user is of a firm; this one can send next to nothing until somebody gives it
 * limits.
 */
export function houseDocuments({
  house = { id: 'house', name: 'House', creditCurrency: 'USD' },
  user,
}: First): readonly DocumentChange[] {
  const account = `${house.id}-main`;
  const firm = {
    ...house,
    tier: 'house',
    limits: { orderNotionalMax: '1', collarBasisPoints: 1, ordersPerSecondMax: 1, openOrdersMax: 1 },
    accounts: [{ id: account, name: house.name }],
    instruments: ['*'],
  };
  return [
    { kind: 'tier' as const, body: { id: 'house', name: 'House', markupPoints: { '*': 0 }, depth: 10 } },
    { kind: 'firm' as const, body: firm },
    { kind: 'user' as const, body: { ...user, role: 'admin', firm: house.id, account, disabled: false } },
  ].map(({ kind, body }) => ({ kind, id: body.id, body, expectedVersion: 0 }));
}
