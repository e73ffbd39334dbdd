/**
 * Sign-ins at two API processes on one database, from as many addresses as a proxy says: what is counted,
 * over what, and that nobody is kept out of a device that he has signed in on.
 */
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import { Configuration, type DocumentChange } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import { connectDatabase, migrate } from '@tidegate/platform/sql/database';
import { silentLog } from '@tidegate/platform/testing/database';
import { startNats, startPostgres, type TestServer } from '@tidegate/platform/testing/servers';
import { demoDocuments } from '@tidegate/services/start/demo';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { password, user } from '../configured.ts';
import { eventually, startPlatform, temporaryFolder, type Platform } from '../platform.ts';

// Passwords are slow to check, on purpose.
vi.setConfig({ testTimeout: 120_000 });

const folder = temporaryFolder('sign-in');
const undo: (() => unknown)[] = [() => folder.remove()];
const names = ['ann', 'bob', 'cid', 'dan', 'eve'];
let postgres: TestServer;
let configuration: Configuration;
let processes: Platform[];
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  const [sql, nats, hash] = await Promise.all([startPostgres(), startNats(), hashPassword(password)]);
  postgres = sql;
  undo.push(() => Promise.all([sql.stop(), nats.stop()]));
  await migrate(sql.url);
  const database = connectDatabase({ url: sql.url, log: silentLog });
  const named = { url: nats.url, name: 'test', namespace: 'tidegate' };
  const bus = await NatsBus.connect({ ...named, onHandlerError: () => undefined, onStatus: () => undefined });
  configuration = await Configuration.open({ database, bus, log: silentLog });
  undo.push(async () => {
    configuration.stop();
    await bus.close();
    await database.close();
  });
  const documents = [
    ...demoDocuments(hash, hash).filter(({ kind }) => ['tier', 'instrument', 'firm'].includes(kind)),
    ...names.map((id) => user(hash, { id, role: 'trader', firm: 'demo1' })),
  ];
  await apply(...documents.map(({ kind, body }) => ({ kind, id: (body as { id: string }).id, body })));
  environment = {
    ...{ PROFILE: 'production', SERVICES: 'api', DATABASE_URL: sql.url, NATS_URL: nats.url },
    ...{ TOKEN_KEY_FILE: `${folder.path}/token.key`, TRUSTED_PROXIES: '127.0.0.1/32' },
    TIDEGATE_ADMIN_PASSWORD: '',
  };
  processes = [
    await startPlatform(`${folder.path}/0`, environment),
    await startPlatform(`${folder.path}/1`, environment),
  ];
  undo.push(() => Promise.all(processes.map((one) => one.kill())));
}, 120_000);
afterAll(async () => {
  for (const one of undo.reverse()) await one();
}, 60_000);

async function apply(...changes: readonly DocumentChange[]): Promise<void> {
  expect(await configuration.apply(changes, 'test')).toMatchObject({ result: 'done' });
}

interface Try {
  readonly at?: 0 | 1;
  readonly from?: string;
  readonly cookie?: string | undefined;
}

let addresses = 0;
const elsewhere = (): string => `198.51.100.${(addresses += 1) % 250}`;

async function login(name: string, secret: string, { at = 0, from = elsewhere(), cookie }: Try = {}) {
  const response = await fetch(new URL('/api/v1/login', processes[at]!.ready.http), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': from,
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: JSON.stringify({ user: name, password: secret }),
  });
  const set = response.headers.getSetCookie();
  return { status: response.status, set, cookie: set[0]?.split(';')[0], text: await response.text() };
}
const statusOf = async (...given: Parameters<typeof login>): Promise<number> =>
  (await login(...given)).status;

/** Wrong passwords, all at once, at both processes in turn. */
const guess = (name: string, count: number, how: Try = {}): Promise<readonly number[]> =>
  Promise.all(
    Array.from({ length: count }, (_, at) =>
      statusOf(name, `guess ${at}`, { at: (at % 2) as 0 | 1, ...how }),
    ),
  );
const counted = (statuses: readonly number[]) =>
  [401, 429].map((one) => statuses.filter((is) => is === one).length);

let annsDevice: string | undefined;

it('makes the device known with a cookie that scripts can’t read, and that is no token', async () => {
  const answer = await login('ann', password);
  expect(answer.status).toBe(200);
  expect(answer.set).toHaveLength(1);
  expect(answer.set[0]).toMatch(
    /^tidegate_device_[0-9a-f]{16}=[\w.-]+; Path=\/api\/v1\/login; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
  );
  annsDevice = answer.cookie;
  const token = annsDevice!.split('=')[1]!;
  const me = new URL('/api/v1/me', processes[0]!.ready.http);
  expect((await fetch(me, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  expect((await fetch(me, { headers: { cookie: annsDevice! } })).status).toBe(401);
  expect((await login('ann', 'wrong')).set).toEqual([]);
});

it('counts the refused tries of a name over all addresses and processes, known or not', async () => {
  expect(counted(await guess('bob', 14))).toEqual([10, 4]);
  expect(counted(await guess('nobody at all', 14))).toEqual([10, 4]);
  for (const at of [0, 1] as const) expect(await statusOf('bob', password, { at })).toBe(429);
  expect(await statusOf('cid', password, { at: 1 })).toBe(200);
});

it('lets a right password from a known device in, whatever was tried elsewhere', async () => {
  await guess('ann', 12);
  expect(await statusOf('ann', password)).toBe(429);
  const before = await login('ann', password, { at: 1, cookie: annsDevice });
  expect(before.status).toBe(200);
  // From an address that is used up, too.
  const from = '203.0.113.7';
  let judged = 0;
  await eventually(
    async () => {
      const five = [1, 2, 3, 4, 5].map((one) => statusOf(`name ${judged} ${one}`, 'guess', { from }));
      const [refused = 0, over = 0] = counted(await Promise.all(five));
      judged += refused;
      if (over === 0) return undefined;
      return (await statusOf('cid', password, { from, at: 1 })) === 429 ? true : undefined;
    },
    'the address is used up for everybody',
    90_000,
  );
  expect(judged).toBeGreaterThanOrEqual(50);
  expect(await statusOf('ann', password, { from, cookie: before.cookie })).toBe(200);
  expect(await statusOf('cid', password)).toBe(200);
});

it('takes a device for its own user only, unchanged, and until the password is another', async () => {
  const [dan, eve] = [(await login('dan', password)).cookie!, (await login('eve', password)).cookie!];
  await guess('dan', 12);
  const renamed = `${dan.split('=')[0]}=${eve.split('=')[1]}`;
  const torn = `${dan.slice(0, -4)}AAAA`;
  for (const cookie of [undefined, eve, renamed, torn])
    expect(await statusOf('dan', password, { cookie }), String(cookie)).toBe(429);
  expect(await statusOf('dan', password, { cookie: `${eve}; other=1; ${dan}` })).toBe(200);
  const next = 'another passphrase for tests';
  const body = { ...configuration.current.users.get('dan')!, passwordHash: await hashPassword(next) };
  await apply({ kind: 'user', id: 'dan', body });
  await eventually(
    async () => ((await statusOf('dan', next, { cookie: dan })) === 429 ? true : undefined),
    'the old device counts no more',
  );
});

it('gives a stolen device no more tries than a name has', async () => {
  const { cookie } = await login('eve', password);
  expect(counted(await guess('eve', 25, { cookie }))).toEqual([20, 5]);
});

it('forgets nothing when a process starts anew, and signs in while SQL is away', async () => {
  await guess('bob', 12);
  await processes[0]!.kill();
  processes[0] = await startPlatform(`${folder.path}/0`, environment);
  // Of a few tries one at most has come back meanwhile.
  expect(counted(await guess('bob', 4))[1]).toBeGreaterThan(0);
  await postgres.stop();
  expect(await statusOf('cid', password)).toBe(200);
  expect(counted(await guess('cid', 14, { at: 0 }))).toEqual([10, 4]);
});
