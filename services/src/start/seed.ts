/**
 * The demo profile's first configuration. The process with the API writes it; others wait for it. The
 * administrator's password is made here, shown once and kept in a file that only the owner can read.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import type { Platform } from '../ports.ts';
import { demoDocuments, demoFixPassword } from './demo.ts';

const waitMs = 60_000;
const pollMs = 100;
/** Characters of base64url. */
const passwordLength = 20;

export const adminPasswordFile = (dataDir: string): string => join(dataDir, 'admin-password');

/** Returns a password to show, when one was made now. */
export async function seedDemo(platform: Platform): Promise<string | undefined> {
  const { configuration, settings } = platform;
  if (!settings.services.includes('api')) {
    await configured(platform);
    return undefined;
  }
  if (configuration.current.version > 0) {
    await applyGivenPassword(platform);
    return undefined;
  }
  const made = settings.adminPassword === undefined ? keptPassword(settings.dataDir) : undefined;
  const [fixHash, adminHash] = await Promise.all([
    hashPassword(demoFixPassword),
    hashPassword(settings.adminPassword ?? made!),
  ]);
  const changes = demoDocuments(fixHash, adminHash).map(({ kind, body }) => ({
    kind,
    id: body.id,
    body,
    expectedVersion: 0,
  }));
  const result = await configuration.apply(changes, 'demo profile');
  if (result.result === 'refused') {
    if (result.code !== 'VERSION_CONFLICT')
      throw new Error(`demo configuration refused: ${result.code}: ${result.text}`);
    await configuration.refresh(); // another process was first, and has the password
    if (made !== undefined) rmSync(adminPasswordFile(settings.dataDir), { force: true });
    return undefined;
  }
  return made;
}

/** Kept before it counts: a start that is broken off in between leaves nobody without it. */
function keptPassword(dataDir: string): string {
  const path = adminPasswordFile(dataDir);
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (kept.length === passwordLength) return kept;
  const made = randomBytes((passwordLength * 3) / 4).toString('base64url');
  writeFileSync(path, `${made}\n`, { mode: 0o600, flush: true });
  return made;
}

/** A password from the settings replaces the stored one, so that an automated start always knows it. */
async function applyGivenPassword({ configuration, credentials, settings }: Platform): Promise<void> {
  const admin = configuration.current.users.get('admin');
  if (settings.adminPassword === undefined || admin === undefined) return;
  if ((await credentials.verify(settings.adminPassword, admin.passwordHash)) === 'ok') return;
  const body = {
    ...admin,
    passwordHash: await hashPassword(settings.adminPassword),
    tokensValidFromMs: Date.now(),
  };
  await configuration.put({ kind: 'user', id: admin.id, body }, 'TIDEGATE_ADMIN_PASSWORD');
}

/** Production on a database that the demo profile has filled would let in whoever has read `demo.ts`. */
export async function refuseDemoClients({
  configuration,
  credentials,
}: Pick<Platform, 'credentials'> & {
  readonly configuration: Pick<Configuration, 'current'>;
}): Promise<void> {
  const clients = [...configuration.current.fixClients.values()];
  const seeded = new Set(demoDocuments('', '').map(({ kind, body }) => `${kind} ${body.id}`));
  // One hash for all of them, and none elsewhere: a verification takes long.
  const hashes = clients.filter(({ id }) => seeded.has(`fixClient ${id}`)).map((one) => one.passwordHash);
  for (const hash of new Set(hashes)) {
    if ((await credentials.verify(demoFixPassword, hash)) !== 'ok') continue;
    const known = clients.filter(({ passwordHash }) => passwordHash === hash).map(({ id }) => id);
    throw new Error(
      `DEMO_CREDENTIALS: FIX clients ${known.join(', ')} have the demo profile's password; ` +
        'remove them or give each a password of its own before starting in production',
    );
  }
}

async function configured({ configuration }: Platform): Promise<void> {
  for (let waitedMs = 0; configuration.current.version === 0; waitedMs += pollMs) {
    if (waitedMs > waitMs) throw new Error('no configuration: start the process that runs the API first');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    await configuration.refresh();
  }
}

/** Where the administrator's password can be read, if it was made by us. */
export const shownPasswordFile = (dataDir: string): string | undefined =>
  existsSync(adminPasswordFile(dataDir)) ? adminPasswordFile(dataDir) : undefined;
