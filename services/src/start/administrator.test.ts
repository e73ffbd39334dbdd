/** The first user of a production platform, made once and never again. */
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Settings } from '@tidegate/platform/configuration/config';
import { Credentials, hashPassword } from '@tidegate/platform/identity/credentials';
import type { Log } from '@tidegate/platform/observe/log';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedAdministrator } from './administrator.ts';

let server: TestServer;
let database: Database;
let configuration: Configuration;
const bus = new MemoryBus();
const told: string[] = [];
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  await bus.close();
});
beforeEach(async () => {
  database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
  configuration = await Configuration.open({ database, bus, log: silentLog });
  told.length = 0;
});
afterEach(async () => {
  configuration.stop();
  await database.close();
});

const seed = (adminPassword: string | undefined) =>
  seedAdministrator({
    configuration,
    events: { record: ({ text }: { text: string }) => told.push(text) } as unknown as SystemEvents,
    log: { warn: (text: string) => told.push(text) } as unknown as Log,
    settings: { adminPassword, services: ['api'] } as unknown as Settings,
  });

describe('the administrator of production', () => {
  it('is made at the first start with the password that was given', async () => {
    await seed(undefined);
    expect(configuration.current.users.size).toBe(0);
    await seed('a long enough secret');
    const admin = configuration.current.users.get('admin')!;
    expect(admin).toMatchObject({ role: 'admin', firm: 'house', disabled: false });
    const credentials = new Credentials({ clock: { nowMs: () => 1_000, monoMs: () => 1_000 } });
    expect(await credentials.verify('a long enough secret', admin.passwordHash)).toBe('ok');
    expect(told).toEqual([expect.stringContaining('was made')]);
  });

  it('keeps the password that he has given himself, and whoever starts is told', async () => {
    await seed('a long enough secret');
    const passwordHash = await hashPassword('his own');
    const body = { ...configuration.current.users.get('admin')!, passwordHash };
    await configuration.put({ kind: 'user', id: 'admin', body }, 'admin');
    await seed('a long enough secret');
    expect(configuration.current.users.get('admin')!.passwordHash).toBe(passwordHash);
    expect(told.at(-1)).toContain('is not used');
  });
});
