/** System events against a real database and bus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemEvent, type SystemEvent } from '@tidegate/wire/monitoring';
import { systemTopic } from '@tidegate/wire/topics';
import { MemoryBus } from '../bus/bus.memory.ts';
import { systemClock } from './clock.ts';
import { connectDatabase } from '../sql/database.ts';
import { SystemEvents, type NewSystemEvent } from './system.events.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { until } from '../testing/until.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  await test.stop();
});

async function make(queueLimit?: number) {
  const database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
  const bus = new MemoryBus();
  const told: SystemEvent[] = [];
  bus.subscribe(systemTopic(), (event) => told.push(event));
  const events = new SystemEvents({
    database,
    bus,
    clock: systemClock,
    log: silentLog,
    ...(queueLimit === undefined ? {} : { queueLimit }),
  });
  return {
    database,
    bus,
    told,
    events,
    async close() {
      await events.stop();
      await bus.close();
      await database.close();
    },
  };
}

const event = (subject: string, more: Partial<NewSystemEvent> = {}): NewSystemEvent => ({
  kind: 'sessionUp',
  severity: 'info',
  subject,
  text: 'up',
  ...more,
});

describe('system events', () => {
  it('are told once they are in SQL, whole and in order', async () => {
    const { events, told, database, close } = await make();
    for (let index = 0; index < 1_200; index++)
      events.record(event(`s${index}`, index % 2 === 0 ? { firm: 'alpha' } : {}));
    events.record(
      event('last', {
        details: { port: 7002, reason: 'half \ud800 pair and \0 zero' },
        text: 'x\0y'.repeat(5_000),
      }),
    );
    await until(() => told.length === 1_201);
    for (const one of told) systemEvent.parse(one);
    expect(told.map(({ subject }) => subject)).toEqual([
      ...Array.from({ length: 1_200 }, (_, index) => `s${index}`),
      'last',
    ]);
    const { rows } = await database.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM system_event',
    );
    expect(rows).toEqual([{ count: 1_201 }]);
    await close();
  });

  it('are listed newest first in pages without gap or repetition, of one firm or of all', async () => {
    const { events, told, close } = await make();
    for (let index = 0; index < 57; index++)
      events.record(event(`s${index}`, index % 3 === 0 ? { firm: 'alpha' } : {}));
    await until(() => told.length === 57);
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page = await events.list({ limit: 10, ...(before === null ? {} : { before }) });
      seen.push(...page.items.map(({ id }) => id));
      before = page.next;
    } while (before !== null);
    expect(new Set(seen)).toEqual(new Set(told.map(({ id }) => id)));
    expect(seen).toHaveLength(57);
    const own = await events.list({ limit: 100, firm: 'alpha' });
    expect(own.items).toHaveLength(19);
    expect(own.items.every(({ firm }) => firm === 'alpha')).toBe(true);
    expect(own.next).toBeNull();
    await expect(events.list({ limit: 10, before: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_CURSOR',
    });
    await close();
  });
});

describe('system events, with SQL away or the end near', () => {
  it('wait while SQL is away; the oldest beyond the limit are dropped and counted', async () => {
    const { events, told, database, close } = await make(100);
    await database.pool.query('ALTER TABLE system_event RENAME TO away');
    events.record(event('first'));
    await until(() => events.waiting === 1);
    for (let index = 0; index < 150; index++) events.record(event(`s${index}`));
    expect(events.dropped).toBeGreaterThanOrEqual(50);
    expect(told).toEqual([]);
    await database.pool.query('ALTER TABLE away RENAME TO system_event');
    await until(() => events.waiting === 0);
    expect((await events.list({ limit: 500 })).items).toHaveLength(151 - events.dropped);
    expect((await events.list({ limit: 1 })).items).toHaveLength(1);
    await close();
  });

  it('are written at the stop', async () => {
    const { events, database, bus } = await make();
    for (let index = 0; index < 700; index++) events.record(event(`s${index}`));
    await events.stop();
    expect(events.waiting).toBe(0);
    expect((await events.list({ limit: 1_000 })).items).toHaveLength(700);
    await bus.close();
    await database.close();
  });
});
