/**
 * What the quality monitor keeps: over kills, over SQL that is away, and from one whose lease is another's.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Span } from '@tidegate/core/quality/state';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Retention } from '@tidegate/platform/jobs/retention';
import { QualityReading } from '@tidegate/platform/quality/quality.reading';
import { QualityStore } from '@tidegate/platform/quality/quality.store';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { until } from '@tidegate/platform/testing/until';
import type { QualityStateView } from '@tidegate/wire/quality';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { qualityTopic, quoteTopic, sessionTopic } from '@tidegate/wire/topics';
import { QualityMonitor } from './quality.ts';

const startMs = Date.UTC(2026, 10, 23, 11, 57);
const hours = { startTime: '08:00:00', endTime: '12:00:00' };
const current = {
  instruments: new Map([
    ['EURUSD', { id: 'EURUSD', priceScale: 5 }],
    ['XAUUSD', { id: 'XAUUSD', priceScale: 2, tradingHours: hours }],
  ]),
  venues: new Map([['alpha', { id: 'alpha', enabled: true, staleAfterMs: 2_000 }]]),
  feeds: new Map(),
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

describe('the quality monitor', () => {
  let database: Database;
  let bus: MemoryBus;
  let reading: QualityReading;
  let told: QualityStateView[];
  let errors: unknown[];
  let nowMs: number;
  let sequence: number;

  beforeEach(async () => {
    database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
    bus = new MemoryBus({ freeze: true });
    reading = new QualityReading(database);
    told = [];
    errors = [];
    nowMs = startMs;
    sequence = 0;
    bus.subscribe(qualityTopic(), (states) => told.push(...states));
    return async () => {
      await bus.close();
      await database.close();
    };
  });

  const monitor = (leaseEpoch: number): QualityMonitor =>
    new QualityMonitor({
      bus,
      clock: { nowMs: () => nowMs, monoMs: () => nowMs },
      configuration: { current, onChange: () => () => undefined } as unknown as Configuration,
      store: new QualityStore(database),
      leaseEpoch,
      onError: (error) => errors.push(error),
      tickMs: 3_600_000,
    });
  const written = async (one: QualityMonitor): Promise<void> => {
    // Again when a write was under way.
    await until(() => {
      if (one.lagMs > 500) one.tick();
      return one.lagMs <= 500 || errors.length > 0;
    });
  };
  /** Seconds in which both instruments are quoted at each full one. */
  const run = async (one: QualityMonitor, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      sequence += 1;
      const images = one.counters.images + 2;
      for (const instrument of ['EURUSD', 'XAUUSD'])
        bus.publish(quoteTopic('alpha', instrument), {
          venue: 'alpha',
          instrument,
          epoch: 1,
          sequence,
          bids: [100_000 + (sequence % 2), 10],
          asks: [100_010, 10],
          receivedAtMs: nowMs,
          receivedMonoMs: nowMs,
        });
      bus.publish(sessionTopic(), {
        side: 'venue',
        purpose: 'marketData',
        counterparty: 'alpha',
        state: 'up',
        since: new Date(startMs - 60_000).toISOString(),
      } as SessionStatus);
      await until(() => one.counters.images >= images);
      nowMs += 1_000;
      await written(one);
    }
  };
  const spansOf = async (instrument: string): Promise<readonly Span[]> => {
    const query = { limit: 500, instrument, fromMs: 0, toMs: nowMs + 1 };
    return (await reading.states(query)).items.toReversed();
  };
  const said = async (instrument: string) =>
    (await spansOf(instrument)).map(({ state, fromMs, toMs }) => [
      state,
      fromMs - startMs,
      toMs === undefined ? undefined : toMs - startMs,
    ]);

  it('leaves UNKNOWN where it was killed, and EXCUSED where nothing was expected, and no hole', async () => {
    const first = monitor(1);
    await first.start();
    await run(first, 10);
    // It is killed here: what it had not written is gone with it.
    nowMs = startMs + 300_000;
    const second = monitor(2);
    await second.start();
    await written(second);
    expect(await said('EURUSD')).toEqual([
      ['UNKNOWN', 0, 1],
      ['GOOD', 1, 9_500],
      ['UNKNOWN', 9_500, 300_000],
      ['UNKNOWN', 300_000, undefined],
    ]);
    expect(await said('XAUUSD')).toEqual([
      ['UNKNOWN', 0, 1],
      ['GOOD', 1, 9_500],
      ['UNKNOWN', 9_500, 180_000],
      ['EXCUSED', 180_000, 300_000],
      ['EXCUSED', 300_000, undefined],
    ]);
    const { items } = await reading.periods({ limit: 10 });
    expect(items).toMatchObject([{ source: '*', state: 'UNKNOWN', troubledMs: 290_500, children: 0 }]);
    const [row] = (
      await reading.availability({
        limit: 10,
        instrument: 'XAUUSD',
        fromMs: startMs,
        toMs: startMs + 300_000,
        bucketMs: undefined,
      })
    ).items;
    expect(row).toMatchObject({ expectedMs: 180_000, goodMs: 9_499, raw: 9_499 / 180_000 });
    // The former one still lives somewhere: nothing that it says is taken.
    first.tick();
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ code: 'QUALITY_FENCED' });
    await expect(monitor(1).start()).rejects.toMatchObject({ code: 'QUALITY_FENCED' });
    await first.stop();
    await second.stop();
  });

  it('says nothing twice where a change was written before its time was watched', async () => {
    const store = new QualityStore(database);
    const changedMs = startMs + 1_022;
    const span = { source: 'alpha', instrument: 'EURUSD', why: 'quote', peak: 0, isConflated: false };
    await store.begin(1, startMs, () => ({ spans: [], periods: [] }));
    await store.write(1, {
      watchedToMs: startMs + 1_000,
      spans: [
        { ...span, state: 'STALE', fromMs: startMs, toMs: changedMs },
        { ...span, state: 'GOOD', fromMs: changedMs, toMs: undefined },
      ] as Span[],
      periods: [],
      minutes: [],
      hours: [],
    });
    nowMs = startMs + 60_000;
    const next = monitor(2);
    await next.start();
    await written(next);
    expect(await said('EURUSD')).toEqual([
      ['STALE', 0, 1_022],
      ['UNKNOWN', 1_022, 60_000],
      ['UNKNOWN', 60_000, undefined],
    ]);
    await next.stop();
  });

  it('waits for SQL, and tells after it is written', async () => {
    const one = monitor(1);
    await one.start();
    await run(one, 3);
    await database.pool.query('ALTER TABLE quality_span RENAME TO away');
    const before = told.length;
    nowMs += 5_000;
    one.tick();
    await until(() => errors.length > 0);
    expect(told).toHaveLength(before);
    await database.pool.query('ALTER TABLE away RENAME TO quality_span');
    errors.length = 0;
    await written(one);
    await until(() => told.some(({ state }) => state === 'STALE'));
    expect((await said('EURUSD')).slice(1)).toEqual([
      ['GOOD', 1, 4_000],
      ['STALE', 4_000, undefined],
    ]);
    await one.stop();
  });

  it('keeps statistics by minute, makes hours of them, and deletes what is old enough', async () => {
    const one = monitor(1);
    await one.start();
    await run(one, 190);
    const minutes = (await reading.statistics({ limit: 100, grain: 'minute', instrument: 'EURUSD' })).items;
    expect(minutes.map(({ source, fromMs }) => [source, (fromMs - startMs) / 60_000])).toEqual([
      ['alpha', 2],
      ['*', 2],
      ['alpha', 1],
      ['*', 1],
      ['alpha', 0],
      ['*', 0],
    ]);
    expect(minutes[0]).toMatchObject({ ticks: 60, quotedMs: 60_000, bidTopMs: 60_000, silenceMsMax: 1_000 });
    expect(minutes[0]!.spreads).toEqual([9, 30_000, 10, 30_000]);
    await until(async () => {
      one.tick();
      return (await reading.statistics({ limit: 10, grain: 'hour' })).items.length > 0;
    });
    const [hour] = (await reading.statistics({ limit: 10, grain: 'hour', source: '*' })).items.filter(
      ({ instrument }) => instrument === 'EURUSD',
    );
    expect(hour).toMatchObject({ ticks: 180, quotedMs: 180_000, spreads: [9, 90_000, 10, 90_000] });
    const [day] = (await reading.dailyStatistics({ limit: 1, source: '*', instrument: 'EURUSD' })).items;
    expect(day).toMatchObject({ ticks: 180, lengthMs: 86_400_000 });
    await one.stop();

    const retention = new Retention({ database, batch: 2 });
    await retention.statistics('minute', nowMs);
    expect((await reading.statistics({ limit: 10, grain: 'minute' })).items).toEqual([]);
    expect((await reading.statistics({ limit: 10, grain: 'hour' })).items).not.toEqual([]);
    await retention.quality(nowMs);
    expect((await spansOf('EURUSD')).every(({ toMs }) => toMs === undefined)).toBe(true);
  });
});
