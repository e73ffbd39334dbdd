/** Versioned configuration against a real database and bus. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { ConfigurationChanged } from '@tidegate/wire/configuration';
import { configurationTopic } from '@tidegate/wire/topics';
import { MemoryBus } from '../bus/bus.memory.ts';
import { Configuration, type DocumentChange } from './configuration.ts';
import { aggregationMax, buildSnapshot } from './configuration.documents.ts';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { until } from '../testing/until.ts';

let test: TestServer;
let database: Database;
let bus: MemoryBus;
const opened: Configuration[] = [];
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});
beforeEach(async () => {
  database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
  bus = new MemoryBus();
});
afterEach(async () => {
  for (const one of opened.splice(0)) one.stop();
  await bus.close();
  await database.close();
});

async function open(pollMs = 3_600_000, ownBus = bus): Promise<Configuration> {
  const configuration = await Configuration.open({ database, bus: ownBus, log: silentLog, pollMs });
  opened.push(configuration);
  return configuration;
}

const instrument = (id: string, more: object = {}) => ({
  id,
  symbol: `${id.slice(0, 3)}/${id.slice(3)}`,
  type: 'spot',
  baseCurrency: id.slice(0, 3),
  quoteCurrency: id.slice(3),
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: '1000',
  quantityMax: '50000000',
  quantityStep: '1000',
  ...more,
});
const tier = { id: 'gold', name: 'Gold', markupPoints: { '*': 2, EURUSD: 1 }, depth: 5 };
const feed = { id: 'paper', name: 'Paper', enabled: true, staleAfterMs: 1_000, securities: {} };
const firm = {
  id: 'alpha',
  name: 'Alpha',
  creditCurrency: 'USD',
  tier: 'gold',
  accounts: [{ id: 'main', name: 'Main' }],
  limits: { orderNotionalMax: '1000000', collarBasisPoints: 50, ordersPerSecondMax: 10, openOrdersMax: 100 },
  instruments: ['*'],
};
const seed: readonly DocumentChange[] = [
  { kind: 'instrument', id: 'EURUSD', body: instrument('EURUSD') },
  { kind: 'tier', id: 'gold', body: tier },
  { kind: 'firm', id: 'alpha', body: firm },
];

describe('configuration', () => {
  it('stores changes under versions without holes and gives them as an immutable snapshot', async () => {
    const configuration = await open();
    expect(configuration.current.version).toBe(0);
    expect(await configuration.apply(seed, 'seed')).toEqual({ result: 'done', version: 3 });
    const { current } = configuration;
    expect(current.instruments.get('EURUSD')).toEqual({
      ...instrument('EURUSD'),
      quantityMin: 100_000,
      quantityMax: 5_000_000_000,
      quantityStep: 100_000,
    });
    expect(current.firms.get('alpha')?.limits.openOrdersMax).toBe(100);
    expect(() => {
      (current.firms.get('alpha') as { name: string }).name = 'changed';
    }).toThrow(TypeError);
    expect(() => {
      (current.firms.get('alpha')!.limits as { openOrdersMax: number }).openOrdersMax = 1;
    }).toThrow(TypeError);
    expect([...current.versions]).toEqual([
      ['firm/alpha', 3],
      ['instrument/EURUSD', 1],
      ['tier/gold', 2],
    ]);
    expect((await open()).current).toEqual(current);
  });

  it('keeps who changed what, newest first, and never forgets', async () => {
    const configuration = await open();
    await configuration.apply(seed, 'seed');
    await configuration.put({ kind: 'tier', id: 'gold', body: { ...tier, depth: 3 } }, 'ann');
    const history = await configuration.history('tier', 'gold');
    expect(
      history.map(({ version, changedBy, body }) => [version, changedBy, (body as { depth: number }).depth]),
    ).toEqual([
      [4, 'ann', 3],
      [2, 'seed', 5],
    ]);
    await expect(database.pool.query('DELETE FROM configuration')).rejects.toMatchObject({ code: '42501' });
    await expect(database.pool.query('UPDATE configuration SET body = NULL')).rejects.toMatchObject({
      code: '42501',
    });
  });
});

describe('configuration, told and followed', () => {
  it('tells every change after its commit, and others follow', async () => {
    const [writer, reader] = [await open(), await open()];
    const told: ConfigurationChanged[] = [];
    const seen: number[] = [];
    bus.subscribe(configurationTopic(), (message) => told.push(message));
    reader.onChange(({ version }) => seen.push(version));
    await writer.apply(seed, 'seed');
    await until(() => reader.current.version === 3);
    expect(told).toEqual(seed.map(({ kind, id }, index) => ({ version: index + 1, kind, id })));
    expect(seen).toEqual([3]);
  });

  it('follows by polling when the message was lost', async () => {
    const reader = await open(20, new MemoryBus());
    await (await open()).apply(seed, 'seed');
    await until(() => reader.current.version === 3);
    expect(reader.current.tiers.get('gold')).toEqual(tier);
  });

  it('lets one of two editors of the same version win', async () => {
    const [one, two] = [await open(), await open()];
    await one.apply(seed, 'seed');
    const expectedVersion = one.current.versions.get('tier/gold')!;
    const results = await Promise.all(
      [one, two].map(async (configuration, index) =>
        configuration.put(
          { kind: 'tier', id: 'gold', body: { ...tier, depth: index + 1 }, expectedVersion },
          `editor ${index}`,
        ),
      ),
    );
    expect(results.map((result) => (result.result === 'done' ? 'done' : result.code)).sort()).toEqual([
      'VERSION_CONFLICT',
      'done',
    ]);
    const again = await one.put(
      { kind: 'instrument', id: 'EURUSD', body: instrument('EURUSD'), expectedVersion: 0 },
      'x',
    );
    expect(again).toMatchObject({ result: 'refused', code: 'VERSION_CONFLICT' });
  });
});

describe('configuration, versions and removal', () => {
  it('gives concurrent writers versions without holes', async () => {
    const writers = [await open(), await open(), await open()];
    await writers[0]!.apply(seed, 'seed');
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) =>
        writers[index % 3]!.put({ kind: 'tier', id: `t${index}`, body: { ...tier, id: `t${index}` } }, 'x'),
      ),
    );
    const { rows } = await database.pool.query<{ versions: string; newest: number }>(
      'SELECT count(*)::int AS versions, max(version) AS newest FROM configuration',
    );
    expect(rows).toEqual([{ versions: 33, newest: 33 }]);
  });

  it('removes a document unless something still names it', async () => {
    const configuration = await open();
    await configuration.apply(seed, 'seed');
    expect(await configuration.put({ kind: 'tier', id: 'gold', body: null }, 'x')).toMatchObject({
      result: 'refused',
      code: 'DANGLING_REFERENCE',
    });
    expect(
      await configuration.apply(
        [
          { kind: 'firm', id: 'alpha', body: null },
          { kind: 'tier', id: 'gold', body: null },
        ],
        'x',
      ),
    ).toEqual({ result: 'done', version: 5 });
    expect([configuration.current.tiers.size, configuration.current.firms.size]).toEqual([0, 0]);
    expect(await configuration.put({ kind: 'tier', id: 'gold', body: null }, 'x')).toMatchObject({
      result: 'refused',
      code: 'UNKNOWN_DOCUMENT',
    });
    expect(
      await configuration.put({ kind: 'tier', id: 'gold', body: tier, expectedVersion: 0 }, 'x'),
    ).toMatchObject({ result: 'done' });
  });

  it('ends all tokens of a user who is disabled, enabled or changed, for good', async () => {
    const configuration = await open();
    const user = {
      id: 'ann',
      name: 'Ann',
      role: 'trader',
      firm: 'alpha',
      account: 'main',
      passwordHash: 'one',
      disabled: false,
    };
    const validFrom = () => configuration.current.users.get('ann')?.tokensValidFromMs ?? NaN;
    const put = async (more: object) => {
      const before = validFrom();
      const body = { ...user, ...more };
      expect(await configuration.put({ kind: 'user', id: 'ann', body }, 'test')).toMatchObject({
        result: 'done',
      });
      return validFrom() - before;
    };
    await configuration.apply(
      [
        { kind: 'tier', id: 'gold', body: { ...tier, markupPoints: { '*': 2 } } },
        { kind: 'firm', id: 'alpha', body: { ...firm, instruments: ['*'] } },
      ],
      'test',
    );
    await put({});
    expect(validFrom()).toBe(0);
    expect(await put({ name: 'Ann B.' })).toBe(0);
    const atMs = Date.now();
    await put({ disabled: true, tokensValidFromMs: 0 });
    expect(validFrom()).toBeGreaterThan(atMs);
    for (const change of [{}, { role: 'viewer' }, { passwordHash: 'two' }, { grants: ['seeProviders'] }]) {
      const before = validFrom();
      // The clock that decides is the wall's: the next change must not be of the same millisecond.
      await until(() => Date.now() + 1 > before);
      expect(await put({ ...change, tokensValidFromMs: 5 }), JSON.stringify(change)).toBeGreaterThan(0);
      expect(await put({ ...change, tokensValidFromMs: 5 }), 'the same again').toBe(0);
    }
    const last = validFrom();
    await configuration.put({ kind: 'user', id: 'ann', body: null }, 'test');
    await until(() => Date.now() + 1 > last);
    await put({});
    expect(validFrom()).toBeGreaterThan(last);
  });
});

describe('configuration, refused', () => {
  it('refuses all of a change when any of it is wrong', async () => {
    const configuration = await open();
    await configuration.apply(seed, 'seed');
    const refusals: [DocumentChange['kind'], unknown, string][] = [
      ['tier', { ...tier, depth: 'deep' }, 'INVALID_DOCUMENT'],
      ['tier', { ...tier, id: 'other' }, 'INVALID_DOCUMENT'],
      ['feed', { ...feed, securities: { XXXYYY: 'XXXYYY Curncy' } }, 'DANGLING_REFERENCE'],
      ['tier', { ...tier, markupPoints: { XXXYYY: 1 } }, 'DANGLING_REFERENCE'],
      ['firm', { ...firm, tier: 'silver' }, 'DANGLING_REFERENCE'],
      ['firm', { ...firm, accounts: [...firm.accounts, ...firm.accounts] }, 'DUPLICATE'],
    ];
    for (const [kind, body, code] of refusals) {
      const id = { tier: 'gold', firm: 'alpha', feed: 'paper' }[kind as 'tier' | 'firm' | 'feed'];
      const result = await configuration.apply(
        [
          { kind: 'instrument', id: 'GBPUSD', body: instrument('GBPUSD') },
          { kind, id, body },
        ],
        'x',
      );
      expect(result).toMatchObject({ result: 'refused', code });
    }
    expect(configuration.current.version).toBe(3);
    expect(await configuration.history('instrument', 'GBPUSD')).toEqual([]);
  });

  it('takes the quotes of an indicative feed on its own terms, under a name no venue has', async () => {
    const configuration = await open();
    const securities = { EURUSD: 'EURUSD BGN Curncy' };
    await configuration.apply(
      [...seed, { kind: 'feed', id: 'paper', body: { ...feed, securities } }],
      'seed',
    );
    expect(configuration.current.feeds.get('paper')?.securities).toEqual(securities);
    expect(configuration.current.quoteTerms.get('paper')).toEqual({
      enabled: true,
      staleAfterMs: 1_000,
      indicative: true,
    });
    const hosts = { hosts: [{ host: '127.0.0.1', port: 1 }], senderCompId: 'US' };
    const venue = {
      id: 'paper',
      name: 'Paper',
      enabled: true,
      senderCompId: 'US',
      targetCompId: 'PAPER',
      quotes: hosts,
      orders: hosts,
      staleAfterMs: 50,
      routeTimeoutMs: 50,
    };
    expect(await configuration.put({ kind: 'venue', id: 'paper', body: venue }, 'x')).toMatchObject({
      result: 'refused',
      code: 'DUPLICATE',
    });
  });

  it('does not start on what it cannot understand', async () => {
    await database.pool.query(
      `INSERT INTO configuration VALUES (1, 'tier', 'gold', '{"id":"gold"}', 'x', now())`,
    );
    await expect(open()).rejects.toMatchObject({ code: 'INVALID_DOCUMENT' });
  });
});

describe('instruments', () => {
  const build = (more: object) =>
    buildSnapshot([{ version: 1, kind: 'instrument', id: 'EURUSD', body: instrument('EURUSD', more) }]);

  it('refuses quantities that do not fit their scale, their step or an exact sum', () => {
    for (const [more, code] of [
      [{ quantityMin: '0.001' }, 'INSTRUMENT_SCALE'],
      [{ quantityMax: '90071992547.41' }, 'INSTRUMENT_SCALE'],
      [{ quantityMin: '1500' }, 'INSTRUMENT_QUANTITIES'],
      [{ quantityMin: '60000000' }, 'INSTRUMENT_QUANTITIES'],
      [{ pipScale: 6 }, 'INSTRUMENT_QUANTITIES'],
    ] as const)
      expect(build(more)).toMatchObject({ refusal: { code } });
  });

  it('whatever is accepted, the largest quantity can be summed exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 17n }),
        fc.integer({ min: 0, max: 8 }),
        (lots, quantityScale) => {
          const text = lots.toString().padStart(quantityScale + 1, '0');
          const quantityMax =
            quantityScale === 0 ? text : `${text.slice(0, -quantityScale)}.${text.slice(-quantityScale)}`;
          const step = quantityScale === 0 ? '1' : `0.${'1'.padStart(quantityScale, '0')}`;
          const built = build({ quantityScale, quantityMax, quantityMin: step, quantityStep: step });
          const fits = lots * BigInt(aggregationMax) < 2n ** 53n;
          expect('snapshot' in built).toBe(fits);
          if ('snapshot' in built)
            expect(BigInt(built.snapshot.instruments.get('EURUSD')!.quantityMax)).toBe(lots);
        },
      ),
    );
  });
});
