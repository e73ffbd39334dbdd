/** Positions as trading days found them, against a twin that looks through all that ever happened. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tradingDayEndMs, tradingDayStartMs } from '@tidegate/core/number/time';
import type { PositionOpening, PositionView } from '@tidegate/wire/orders';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { dayChangesOf } from './projection.days.ts';
import { Projection } from './projection.ts';

const startMs = Date.parse('2026-03-05T12:00:00Z'); // over a weekend and the change to summer time
const hourMs = 3_600_000;

interface Change {
  readonly instrument: string;
  readonly hours: number;
  readonly quantity: number;
}

describe('positions as the trading day found them', () => {
  let test: TestServer;
  let database: Database;
  let projection: Projection;
  beforeAll(async () => {
    test = await startTestServer();
    database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
    projection = new Projection(database);
  });
  afterAll(async () => {
    await database?.close();
    await test?.stop();
  });

  const views = (changes: readonly Change[]): readonly PositionView[] => {
    let atMs = startMs;
    return changes.map(({ instrument, hours, quantity }, index) => {
      atMs += hours * hourMs;
      return {
        firm: 'alpha',
        account: 'main',
        instrument,
        symbol: instrument,
        quantity: String(quantity),
        averagePrice: quantity === 0 ? null : `1.${index + 1}`,
        realizedPnl: String(index),
        quoteCurrency: 'USD',
        changedAt: new Date(atMs).toISOString(),
        sequence: index + 1,
      };
    });
  };

  /** The last image of before the day; flat where there is none. */
  const twin = (all: readonly PositionView[], atMs: number): readonly PositionOpening[] =>
    [...new Set(all.map(({ instrument }) => instrument))].toSorted().map((instrument) => {
      const before = all.findLast(
        (one) => one.instrument === instrument && Date.parse(one.changedAt!) < tradingDayStartMs(atMs),
      );
      const { quantity = '0', averagePrice = null, realizedPnl = '0' } = before ?? {};
      return { firm: 'alpha', account: 'main', instrument, quantity, averagePrice, realizedPnl };
    });

  it('are what they were before it, however the changes came in batches', { timeout: 60_000 }, async () => {
    const change = fc.record({
      instrument: fc.constantFrom('EURUSD', 'GBPUSD'),
      hours: fc.constantFrom(0, 1, 5, 11, 30),
      quantity: fc.integer({ min: -3, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 14 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 14, maxLength: 14 }),
        async (changes, sizes) => {
          await projection.rebuild();
          const all = views(changes);
          for (let from = 0, batch = 0; from < all.length; batch += 1) {
            const positions = all.slice(from, from + sizes[batch]!);
            const sequence = positions.at(-1)!.sequence;
            const days = dayChangesOf(positions);
            await projection.applyBatch('alpha', from, {
              sequence,
              orders: [],
              executions: [],
              positions,
              days,
            });
            from = sequence;
            const lastMs = Date.parse(positions.at(-1)!.changedAt!);
            const soFar = all.slice(0, from);
            expect(await projection.openings(lastMs, 'alpha')).toEqual(twin(soFar, lastMs));
            const nextMs = tradingDayEndMs(lastMs);
            expect(await projection.openings(nextMs)).toEqual(twin(soFar, nextMs));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are not guessed where nobody knows when the position changed last', async () => {
    await projection.rebuild();
    const [view] = views([{ instrument: 'EURUSD', hours: 0, quantity: 1 }]) as [PositionView];
    const before = { ...view, changedAt: null };
    const empty = { orders: [], executions: [] };
    await projection.applyBatch('alpha', 0, { ...empty, sequence: 1, positions: [before] });
    expect(await projection.openings(startMs)).toHaveLength(1);
    const after = { ...view, sequence: 2, quantity: '2' };
    const days = dayChangesOf([after]);
    await projection.applyBatch('alpha', 1, { ...empty, sequence: 2, positions: [after], days });
    expect(await projection.openings(startMs)).toEqual([]);
    expect(await projection.openings(tradingDayEndMs(startMs))).toMatchObject([{ quantity: '2' }]);
  });
});
