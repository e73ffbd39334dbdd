/** What operators are told of the journal: once, whatever ends the monitor, and of its absence too. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { JournalCursors } from '@tidegate/platform/journal/cursors';
import { MemoryJournal } from '@tidegate/platform/journal/journal.memory';
import { SystemEvents } from '@tidegate/platform/observe/system.events';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { until } from '@tidegate/platform/testing/until';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { systemEvent, type SystemEvent } from '@tidegate/wire/monitoring';
import { headTopic, systemTopic } from '@tidegate/wire/topics';
import { Monitor } from './monitor.ts';
import { lateSliceMs, sliceMs } from './slices.ts';

const startMs = Date.UTC(2026, 10, 23, 12);
const refused = (clOrdId: string): RecordedEvent => ({
  event: {
    type: 'orderRefused',
    origin: { channel: 'fix', client: 'c@1' },
    clOrdId,
    code: 'TOO_LATE',
    text: 'late',
  } as RecordedEvent['event'],
});
const halted: RecordedEvent = {
  event: {
    type: 'tradingStateChanged',
    state: 'halted',
    by: 'risk',
    reason: 'test',
  } as RecordedEvent['event'],
};
const dull: RecordedEvent = {
  event: { type: 'routeAcknowledged' } as unknown as RecordedEvent['event'],
};

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

describe('monitor', () => {
  let database: Database;
  let cursors: JournalCursors;
  let bus: MemoryBus;
  let journal: MemoryJournal;
  let told: SystemEvent[];
  let epoch: number;
  let head: number;
  let nowMs: number;

  beforeEach(async () => {
    database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
    cursors = new JournalCursors(database, 'monitor');
    bus = new MemoryBus({ freeze: true });
    journal = new MemoryJournal();
    epoch = (await journal.claim('acme', 'test')).epoch;
    head = 0;
    nowMs = startMs;
    told = [];
    bus.subscribe(systemTopic(), (event) => told.push(event));
    return async () => {
      await bus.close();
      await database.close();
    };
  });

  const monitor = (sweepMs = 5, leaseEpoch = 1): Monitor => {
    const clock = { nowMs: () => nowMs, monoMs: () => nowMs };
    return new Monitor({
      bus,
      journal,
      clock,
      cursors,
      leaseEpoch,
      configuration: {
        onChange: () => () => undefined,
        current: { firms: new Map([['acme', {}]]) },
      } as unknown as Configuration,
      events: new SystemEvents({ database, bus, clock, log: silentLog }),
      onError: () => undefined,
      sweepMs,
    });
  };

  const append = async (atMs: number, ...bodies: RecordedEvent[]): Promise<void> => {
    const events = bodies.map((body) => ({ type: body.event.type, atMs, body }));
    await journal.append({ partition: 'acme', epoch, firstSequence: head + 1, events });
    head += bodies.length;
    for (let times = 0; times < 2; times += 1)
      bus.publish(headTopic('acme'), { partition: 'acme', sequence: head, epoch });
  };
  const many = (count: number): RecordedEvent[] =>
    Array.from({ length: count }, (_, index) => refused(`o${head + index + 1}`));
  const cursor = async (): Promise<number> => (await cursors.all()).get('acme') ?? -1;
  const inTables = async (): Promise<readonly SystemEvent[]> => {
    const events = new SystemEvents({
      database,
      bus,
      log: silentLog,
      clock: { nowMs: () => nowMs, monoMs: () => 0 },
    });
    return (await events.list({ limit: 500 })).items;
  };

  it('tells no history at the very first start, and everything after it', async () => {
    await append(nowMs, refused('before'));
    const first = monitor();
    await first.start();
    await until(async () => (await cursor()) === 1);
    await append(nowMs, halted, refused('o1'));
    await until(() => told.length === 2);
    for (const one of told) systemEvent.parse(one);
    expect(told.map(({ kind, at }) => [kind, at])).toEqual([
      ['tradingState', new Date(startMs).toISOString()],
      ['riskRefusal', new Date(startMs).toISOString()],
    ]);
    await first.stop();
  });

  it('tells what happened while there was none, at its own time and with a word on the delay', async () => {
    const first = monitor();
    await first.start();
    await until(async () => (await cursor()) === 0);
    await first.stop();
    await append(startMs + 1_000, halted, dull);
    for (let times = 0; times < 3; times += 1) await append(startMs + 2_000, ...many(1_000));
    nowMs = startMs + 8 * 3_600_000;
    const second = monitor();
    await second.start();
    await until(() => told.length === 1 + 20 + 1 + 1);
    await second.stop();
    expect(await cursor()).toBe(head);
    expect(told[0]).toMatchObject({ kind: 'tradingState', at: new Date(startMs + 1_000).toISOString() });
    expect(told.at(-2)!.text).toBe(
      `2980 more of this kind within ${lateSliceMs / 1_000} s were not told one by one; ` +
        'the last: TOO_LATE: late (c@1, ClOrdID o3002)',
    );
    expect(told.at(-1)).toMatchObject({
      kind: 'monitorBehind',
      details: { firstSequence: 1, lastSequence: head },
    });
  });

  it('tells a long night by the hour', async () => {
    await cursors.begin('acme', 0, 0);
    for (let hour = 0; hour < 3; hour += 1) await append(startMs + hour * lateSliceMs, ...many(100));
    nowMs = startMs + 24 * 3_600_000;
    const late = monitor();
    await late.start();
    await until(() => told.length === 3 * 22);
    await late.stop();
    expect(told.filter(({ kind }) => kind === 'monitorBehind')).toHaveLength(3);
    expect(await cursor()).toBe(head);
  });

  it('writes nothing once a later one has begun: what happens is told once', async () => {
    const old = monitor(5, 1);
    await old.start();
    await until(async () => (await cursor()) === 0);
    const later = monitor(5, 2);
    await later.start();
    await append(startMs, halted);
    await until(() => told.length > 0);
    await later.stop();
    await old.stop();
    expect(told).toHaveLength(1);
    await expect(cursors.begin('acme', 0, 1)).rejects.toMatchObject({ code: 'CURSOR_FENCED' });
  });

  it('counts a flood over its death, and tells nothing twice', async () => {
    const first = monitor(3_600_000);
    await first.start();
    await until(async () => (await cursor()) === 0);
    await append(nowMs, ...many(15));
    await until(() => told.length === 15);
    // It dies here: what it has counted is nowhere else. Another takes its place, and then another.
    const second = monitor(3_600_000);
    await second.start();
    await append(nowMs + 1, ...many(30));
    await until(() => told.length === 20);
    expect(await cursor()).toBe(0);
    const third = monitor();
    nowMs += sliceMs + 2_000;
    await third.start();
    await until(() => told.length === 21);
    expect(await cursor()).toBe(45);
    expect(told.at(-1)!.text).toMatch(/^25 more of this kind within 10 s/);
    await Promise.all([first.stop(), second.stop(), third.stop()]);
    expect(told).toHaveLength(21);
    expect(new Set((await inTables()).map(({ id }) => id)).size).toBe(21);
    expect(await inTables()).toHaveLength(21);
  });

  it('tells all of a partition that came while there was none', async () => {
    await cursors.begin('other', 7, 0);
    await append(nowMs, refused('o1'));
    const late = monitor();
    await late.start();
    await until(() => told.length === 1);
    await late.stop();
  });

  it('goes on with a journal that was restored, and tells what is new in it', async () => {
    await append(nowMs, refused('o1'));
    await cursors.begin('acme', 500, 0);
    const late = monitor();
    await late.start();
    await until(async () => (await cursor()) === 1);
    await append(nowMs, refused('o2'));
    await until(() => told.length === 1);
    expect(told[0]!.text).toContain('o2');
    await late.stop();
  });

  it('waits for SQL and loses nothing meanwhile', async () => {
    const one = monitor();
    await one.start();
    await until(async () => (await cursor()) === 0);
    await database.pool.query('ALTER TABLE system_event RENAME TO away');
    await append(nowMs, halted, refused('o1'));
    await append(nowMs, refused('o2'));
    expect(await cursor()).toBe(0);
    await database.pool.query('ALTER TABLE away RENAME TO system_event');
    await until(() => told.length === 3);
    await one.stop();
  });
});
