/**
 * Readiness is by what a process does, for each reason and warning at real processes: one with the API, one
 * with the rest, from a first start without any document to the loss of what they stand on.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import { Configuration, type DocumentChange } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import { connectDatabase, migrate, type Database } from '@tidegate/platform/sql/database';
import { silentLog } from '@tidegate/platform/testing/database';
import { startNats, startPostgres, startRedis, type TestServer } from '@tidegate/platform/testing/servers';
import { demoDocuments } from '@tidegate/services/start/demo';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { password } from '../configured.ts';
import {
  eventually,
  signIn,
  startPlatform,
  startSimulator,
  temporaryFolder,
  type Platform,
  type SimulatorProcess,
} from '../platform.ts';

const folder = temporaryFolder('readiness');
const undo: (() => unknown)[] = [() => folder.remove()];
/** Somebody else's, on the port of our one listener. */
const squatter = createServer();
let servers: Record<'postgres' | 'nats' | 'redis', TestServer>;
let configuration: Configuration;
let database: Database;
let simulator: SimulatorProcess;
let api: Platform;
let rest: Platform;
let hash: string;

beforeAll(async () => {
  const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
  servers = { postgres, nats, redis };
  undo.push(() => Promise.all([postgres, nats, redis].map((server) => server.stop())));
  await migrate(postgres.url);
  database = connectDatabase({ url: postgres.url, log: silentLog });
  const named = { url: nats.url, name: 'test', namespace: 'tidegate' };
  const bus = await NatsBus.connect({ ...named, onHandlerError: () => undefined, onStatus: () => undefined });
  configuration = await Configuration.open({ database, bus, log: silentLog });
  undo.push(async () => {
    configuration.stop();
    await bus.close();
    await database.close();
  });
  simulator = await startSimulator('--providers', 'alpha', '--data', `${folder.path}/simulator`);
  undo.push(() => simulator.stop());
  await once(squatter.listen(0, '127.0.0.1'), 'listening');
  undo.push(() => squatter.close());
  const { port } = squatter.address() as { port: number };
  const shared = {
    ...{ PROFILE: 'production', DATABASE_URL: postgres.url, NATS_URL: nats.url, REDIS_URL: redis.url },
    ...{ TOKEN_KEY_FILE: `${folder.path}/token.key`, TIDEGATE_ADMIN_PASSWORD: '' },
    ...{ PROJECTOR_LAG_MS_MAX: '500', SHUTDOWN_DRAIN_MS: '6000', FIX_PORT_BASE: String(port) },
  };
  const services = { api: 'api', rest: 'oms,projector,pricing,monitor,gateway' };
  api = await startPlatform(`${folder.path}/api`, { ...shared, SERVICES: services.api });
  undo.push(() => api.kill());
  rest = await startPlatform(`${folder.path}/rest`, { ...shared, SERVICES: services.rest });
  undo.push(() => rest.kill());
  hash = await hashPassword(password);
}, 120_000);
afterAll(async () => {
  for (const one of undo.reverse()) await one();
}, 60_000);

interface Said {
  readonly status: 'ready' | 'not ready';
  readonly reasons: Readonly<Record<string, string>>;
  readonly warnings: Readonly<Record<string, string>>;
}

async function readiness({ ready }: Platform): Promise<Said> {
  const response = await fetch(new URL('/health/ready', ready.ops));
  const said = (await response.json()) as Said;
  expect(response.status).toBe(said.status === 'ready' ? 200 : 503);
  expect(Object.keys(said.reasons).length === 0).toBe(said.status === 'ready');
  return said;
}

const becomes = (platform: Platform, what: string, is: (said: Said) => boolean): Promise<Said> =>
  eventually(async () => {
    const said = await readiness(platform);
    return is(said) ? said : undefined;
  }, what);
const isReady = ({ status }: Said): boolean => status === 'ready';

type Body = { readonly id: string };
async function put(...documents: readonly { readonly kind: string; readonly body: object }[]): Promise<void> {
  const changes = documents.map(({ kind, body }) => ({ kind, id: (body as Body).id, body }));
  const result = await configuration.apply(changes as unknown as DocumentChange[], 'test');
  expect(result).toMatchObject({ result: 'done' });
}

const demo = (kind: string, id?: string) =>
  demoDocuments(hash, hash).filter(
    (seed) => seed.kind === kind && (id === undefined || (seed.body as Body).id === id),
  );

function venue(id: string, more: object = {}) {
  const [provider] = simulator.providers;
  const hosts = (port: number) => [{ host: '127.0.0.1', port }];
  const [pattern] = demo('venue', 'alpha');
  return {
    kind: 'venue',
    body: {
      ...pattern!.body,
      id,
      quotes: { hosts: hosts(provider!.quotesPort), senderCompId: 'TIDEGATE-MD' },
      orders: { hosts: hosts(provider!.ordersPort), senderCompId: 'TIDEGATE-OE' },
      ...more,
    },
  };
}

it('is not ready at a first start, and each process says what its own services lack', async () => {
  expect([api.ready.event, api.ready.missing]).toEqual(['started', 'no user can sign in']);
  const lacks = 'no firm may trade, no listener is open to clients, no provider is enabled';
  expect([rest.ready.event, rest.ready.missing]).toEqual(['started', lacks]);
  expect((await readiness(api)).reasons).toEqual({ configuration: 'no user can sign in' });
  expect((await readiness(rest)).reasons).toEqual({ configuration: lacks });
  const outside = await fetch(new URL('/health/ready', api.ready.http));
  expect([outside.status, await outside.json()]).toEqual([503, { status: 'not ready' }]);
  await put(...demo('tier'), ...demo('instrument'), ...demo('firm'), ...demo('user'));
  await becomes(api, 'the API is ready with a user', isReady);
  expect((await readiness(rest)).reasons.configuration).not.toContain('firm');
});

it('is not ready while a port is somebody else’s, and is once it is free', async () => {
  await put(...demo('listener', 'port-00'));
  const said = await becomes(rest, 'the port is not open', ({ reasons }) => reasons.ports !== undefined);
  expect(said.reasons.ports).toMatch(/^not open: port-00 \(.*EADDRINUSE/);
  squatter.close();
  await becomes(rest, 'the port is open', ({ reasons }) => reasons.ports === undefined);
});

it('is not ready without any provider’s session; that some are away is a warning', async () => {
  const nobody = { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'X' };
  await put(venue('ghost', { quotes: nobody, orders: nobody }));
  const alone = await becomes(rest, 'nobody there', ({ reasons }) => reasons.providers !== undefined);
  expect(alone.reasons.providers).toMatch(/no provider has a session for orders \(ghost\)/);
  await put(venue('alpha'));
  const said = await becomes(rest, 'ready with alpha', isReady);
  expect(said.warnings.providersAway).toBe('without a session: ghost');
});

it('is not ready while the tables are far behind the journal', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE projection_cursor IN ACCESS EXCLUSIVE MODE');
    const admin = await signIn(api.ready.http, 'admin', password);
    const halt = { firm: 'demo1', state: 'halted', reason: 'test' };
    expect((await admin.post('/api/v1/trading-state', halt)).status).toBeLessThan(300);
    const said = await becomes(rest, 'behind', ({ reasons }) => reasons.projector !== undefined);
    expect(said.reasons.projector).toMatch(/^tables are behind: demo1 \d+ s$/);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await becomes(rest, 'caught up', isReady);
});

it('takes a firm up again that somebody has claimed past it', async () => {
  const epochOf = async (): Promise<number> => {
    const text = "SELECT epoch::int FROM partition_owner WHERE partition = 'demo2'";
    return (await database.pool.query<{ epoch: number }>(text)).rows[0]!.epoch;
  };
  const before = await epochOf();
  await database.pool.query("UPDATE partition_owner SET epoch = epoch + 1 WHERE partition = 'demo2'");
  const admin = await signIn(api.ready.http, 'admin', password);
  const halt = { firm: 'demo2', state: 'halted', reason: 'test' };
  expect((await admin.post('/api/v1/trading-state', halt)).status).toBe(200);
  expect(await epochOf()).toBe(before + 2);
  await becomes(rest, 'ready again', isReady);
});

it('says first that it is not ready, works on, and then stops', async () => {
  const exited = once(api.child, 'exit');
  api.child.kill('SIGTERM');
  await becomes(api, 'draining', ({ reasons }) => reasons.process === 'stopping');
  const outside = await fetch(new URL('/health/ready', api.ready.http));
  expect([outside.status, await outside.json()]).toEqual([503, { status: 'not ready' }]);
  const admin = await signIn(api.ready.http, 'admin', password);
  expect((await admin.get('/api/v1/me')).status).toBe(200);
  expect(await exited).toEqual([0, null]);
});

it('warns of what it can do without, and is not ready without the bus', async () => {
  const others = (await readiness(rest)).reasons;
  await servers.redis.stop();
  const cacheless = await becomes(rest, 'no cache', ({ warnings }) => warnings.cache !== undefined);
  expect(cacheless.reasons).toEqual(others);
  await servers.postgres.stop();
  const bare = await becomes(rest, 'no SQL', ({ warnings }) => warnings.database !== undefined);
  expect(bare.reasons).toEqual(others);
  await servers.nats.stop();
  await becomes(rest, 'no bus', ({ reasons }) => reasons.bus === 'the bus is not connected');
});
