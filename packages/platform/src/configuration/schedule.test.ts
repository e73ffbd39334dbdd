/** Changes that wait for their time, and what else holds for every change, against a real database. */
import { randomUUID } from 'node:crypto';
import type { UserDocument } from '@tidegate/wire/configuration';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBus } from '../bus/bus.memory.ts';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { Configuration, type DocumentChange } from './configuration.ts';
import { ConfigurationSchedule } from './schedule.ts';

let server: TestServer;
let database: Database;
let configuration: Configuration;
let schedule: ConfigurationSchedule;
const bus = new MemoryBus();
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
  schedule = new ConfigurationSchedule({ database, configuration, log: silentLog });
});
afterEach(async () => {
  configuration.stop();
  await database.close();
});

const tier = (id: string, depth: number, expectedVersion: number): DocumentChange => ({
  kind: 'tier',
  id,
  body: { id, name: id, markupPoints: {}, depth },
  expectedVersion,
});
const [past, future] = ['2020-01-01T00:00:00Z', '2200-01-01T00:00:00Z'];
const asked = { by: 'ann', reason: 'new terms' };
const states = async () => (await schedule.list()).map(({ state, outcome }) => `${state} ${outcome}`.trim());

describe('a scheduled change', () => {
  it('is done when it is due, once, for who asked for it, and not before', async () => {
    const [due, later] = [randomUUID(), randomUUID()];
    await schedule.add(due, past, [tier('gold', 5, 0)], asked);
    await schedule.add(later, future, [tier('silver', 5, 0)], asked);
    await Promise.all([schedule.round(), schedule.round()]);
    await schedule.round();
    expect(await configuration.history('tier', 'gold')).toMatchObject([
      { changedBy: 'ann', reason: 'new terms' },
    ]);
    expect(await configuration.list('tier', 'silver')).toEqual([]);
    expect(await states()).toEqual(['waiting', 'done']);
    expect(await schedule.cancel(later, 'not wanted')).toMatchObject({ state: 'canceled' });
    expect(await schedule.cancel(later, 'again')).toBeUndefined();
    expect(await schedule.cancel(due, 'too late')).toBeUndefined();
  });

  it('is refused when one of its documents has changed meanwhile', async () => {
    const change = [tier('gold', 5, 0), tier('silver', 5, 0)];
    await schedule.add(randomUUID(), past, change, asked);
    await configuration.put(tier('silver', 9, 0), 'bob');
    await schedule.round();
    expect(await states()).toEqual(['refused VERSION_CONFLICT: tier silver is at version 1, not 0']);
    expect(await configuration.list('tier', 'gold')).toEqual([]);
  });

  it('is done by another process when the first one fell, whether it had done it or not', async () => {
    const [before, after] = [randomUUID(), randomUUID()];
    for (const id of [before, after])
      await database.pool.query(
        `INSERT INTO configuration_schedule (id, due_at, changes, reason, asked_by, state, claimed_at)
         VALUES ($1, $2, $3, 'new terms', 'ann', 'running', now() - interval '61 seconds')`,
        [id, past, JSON.stringify([tier(id === before ? 'gold' : 'silver', 5, 0)])],
      );
    await configuration.apply([tier('silver', 5, 0)], 'ann', { reason: 'new terms', changeset: after });
    await schedule.round();
    expect(await states()).toEqual(['done', 'done']);
    expect(await configuration.history('tier', 'gold')).toHaveLength(1);
    expect(await configuration.history('tier', 'silver')).toHaveLength(1);
  });
});

describe('a change', () => {
  it('is previewed without being made', async () => {
    const previewed = await configuration.preview([tier('gold', 5, 0)]);
    expect(previewed.result === 'done' && previewed.snapshot.tiers.has('gold')).toBe(true);
    expect(await configuration.preview([tier('gold', 5, 4)])).toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(configuration.current.version).toBe(0);
    expect(await configuration.list('tier')).toEqual([]);
  });

  it('never takes away the last administrator who can sign in, whichever way', async () => {
    const limits = {
      orderNotionalMax: '1',
      collarBasisPoints: 1,
      ordersPerSecondMax: 1,
      openOrdersMax: 1,
    };
    const accounts = [{ id: 'main', name: 'Main' }];
    const terms = { creditCurrency: 'USD', tier: 'gold', limits, accounts, instruments: ['*'] };
    const user = (id: string, more: Partial<UserDocument> = {}): DocumentChange => ({
      kind: 'user',
      id,
      body: {
        ...{ id, name: id, role: 'admin', firm: 'house', account: 'main' },
        ...{ passwordHash: 'hash', disabled: false, ...more },
      },
    });
    await configuration.apply(
      [
        tier('gold', 5, 0),
        { kind: 'firm', id: 'house', body: { id: 'house', name: 'House', ...terms } },
        user('ann'),
        user('bob', { passwordHash: '' }),
      ],
      'test',
    );
    for (const change of [
      user('ann', { disabled: true }),
      user('ann', { role: 'viewer' }),
      user('ann', { passwordHash: '' }),
      { kind: 'user' as const, id: 'ann', body: null },
    ])
      expect(await configuration.put(change, 'ann')).toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    await configuration.put(user('bob'), 'bob');
    const both = [
      configuration.put(user('ann', { disabled: true }), 'bob'),
      configuration.put(user('bob', { disabled: true }), 'ann'),
    ];
    const results = (await Promise.all(both)).map(({ result }) => result);
    expect(results.toSorted()).toEqual(['done', 'refused']);
  });
});
