/**
 * The demo profile's first configuration. The process with the API writes it; others wait for it. The
 * passwords of its web users are made here, shown once and kept in files that only the owner can read.
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

const adminPasswordFile = (dataDir: string): string => join(dataDir, 'admin-password');
/** Of the users trader and viewer, who have the same. */
const usersPasswordFile = (dataDir: string): string => join(dataDir, 'users-password');

/** Passwords that were made now, to be shown. */
export interface MadePasswords {
  /** Absent: it was given by the settings. */
  readonly admin?: string;
  readonly users: string;
}

/** Undefined: there was a configuration, or another process writes it. */
export async function seedDemo(platform: Platform): Promise<MadePasswords | undefined> {
  const { configuration, settings } = platform;
  if (!settings.services.includes('api')) {
    await configured(platform);
    return undefined;
  }
  if (configuration.current.version > 0) {
    await applyGivenPassword(platform);
    return undefined;
  }
  const files = { admin: adminPasswordFile(settings.dataDir), users: usersPasswordFile(settings.dataDir) };
  const made = settings.adminPassword === undefined ? keptPassword(files.admin) : undefined;
  const users = keptPassword(files.users);
  const [fixHash, adminHash, usersHash] = await Promise.all([
    hashPassword(demoFixPassword),
    hashPassword(settings.adminPassword ?? made!),
    hashPassword(users),
  ]);
  const changes = demoDocuments(fixHash, adminHash, usersHash).map(({ kind, body }) => ({
    kind,
    id: body.id,
    body,
    expectedVersion: 0,
  }));
  const result = await configuration.apply(changes, 'demo profile');
  if (result.result === 'refused') {
    if (result.code !== 'VERSION_CONFLICT')
      throw new Error(`demo configuration refused: ${result.code}: ${result.text}`);
    await configuration.refresh(); // another process was first, and has the passwords
    if (made !== undefined) rmSync(files.admin, { force: true });
    rmSync(files.users, { force: true });
    return undefined;
  }
  return made === undefined ? { users } : { admin: made, users };
}

/** Kept before it counts: a start that is broken off in between leaves nobody without it. */
function keptPassword(path: string): string {
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

/** Where the passwords of web users can be read that were made by us. */
export function shownPasswordFiles(dataDir: string): { readonly admin?: string; readonly users?: string } {
  const [admin, users] = [adminPasswordFile(dataDir), usersPasswordFile(dataDir)];
  return { ...(existsSync(admin) ? { admin } : {}), ...(existsSync(users) ? { users } : {}) };
}
