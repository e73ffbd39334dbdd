/**
 * Production's first start: the web user admin, when a password for him is given, so that somebody can sign
 * in to a platform without configuration. From then on the password is his own affair and the setting is not
 * used.
 */
import { hashPassword } from '@tidegate/platform/identity/credentials';
import type { DocumentChange } from '@tidegate/platform/configuration/configuration';
import type { Platform } from '../ports.ts';

const by = 'TIDEGATE_ADMIN_PASSWORD';

/** A user is of a firm; this one can send next to nothing until somebody gives it limits. */
const house = {
  id: 'house',
  name: 'House',
  creditCurrency: 'USD',
  tier: 'house',
  limits: { orderNotionalMax: '1', collarBasisPoints: 1, ordersPerSecondMax: 1, openOrdersMax: 1 },
  accounts: [{ id: 'house-main', name: 'House' }],
  instruments: ['*'],
};

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
  const result = await configuration.apply(documents(await hashPassword(adminPassword)), by);
  if (result.result === 'done') {
    const text = `the web user admin was made with the password of ${by}`;
    events.record({ kind: 'configurationChanged', severity: 'warning', subject: 'admin', text });
    return;
  }
  await configuration.refresh();
  if (configuration.current.users.size > 0) return; // another process was first
  throw new Error(`${by}: the web user admin can't be made: ${result.code}: ${result.text}`);
}

const documents = (passwordHash: string): DocumentChange[] =>
  [
    { kind: 'tier' as const, body: { id: 'house', name: 'House', markupPoints: { '*': 0 }, depth: 10 } },
    { kind: 'firm' as const, body: house },
    {
      kind: 'user' as const,
      body: {
        id: 'admin',
        name: 'Administrator',
        role: 'admin',
        firm: house.id,
        account: 'house-main',
        passwordHash,
        disabled: false,
      },
    },
  ].map(({ kind, body }) => ({ kind, id: body.id, body, expectedVersion: 0 }));
