/** For tests of commands: a few months of one firm's trading in a real journal, as its owner writes it. */
import { routesOf, Scenario } from '@tidegate/core/order/desk.fixture';
import { evolve } from '@tidegate/core/order/evolve';
import { createPartition } from '@tidegate/core/order/partition';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { boundaryAfter, Periods } from '@tidegate/platform/journal/periods';
import { silentLog } from '@tidegate/platform/testing/database';
import { recordedEvent } from '../oms/recorded.ts';
import { Snapshots } from '../oms/snapshots.ts';

export const firm = 'acme';

export interface Traded {
  /** Beginnings of the months behind those that have events. */
  readonly starts: readonly number[];
  readonly head: number;
}

/**
 * In each month orders that fill, are canceled, replaced, refused and stay, and a report that opens a case.
 */
export async function trade(url: string, nowMs = Date.now()): Promise<Traded> {
  const desk = new Scenario();
  desk.utcMs = nowMs;
  const starts: number[] = [];
  for (let month = 0; month < 3; month++) {
    for (let number = 0; number < 40; number++) tradeOnce(desk, number);
    starts.push(boundaryAfter(desk.utcMs, 'month'));
    desk.advance(starts.at(-1)! - desk.utcMs + 1);
    desk.tick(0);
  }
  await new Periods({ url, log: silentLog }).makeAhead('month', desk.utcMs);
  const journal = await PostgresJournal.connect({ url, log: silentLog });
  const { epoch } = await journal.claim(firm, 'test');
  const state = createPartition(firm);
  for (const { event, sequence, atMs } of desk.journal) {
    evolve(state, event, sequence, atMs);
    const body = recordedEvent(state, event);
    await journal.append({
      partition: firm,
      epoch,
      firstSequence: sequence,
      events: [{ type: event.type, atMs, body }],
    });
  }
  await new Snapshots(journal, firm).save(() => ({ state, epoch }), Promise.resolve());
  await journal.close();
  return { starts, head: state.sequence };
}

function tradeOnce(desk: Scenario, number: number): void {
  desk.advance(1_000);
  desk.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  const kind = number % 5;
  const timeInForce = kind === 4 ? 'gtc' : 'day';
  const price = kind === 4 ? 107_000 : 108_010;
  const { events } = desk.submit({ timeInForce, price, side: number % 2 === 0 || kind > 2 ? 'buy' : 'sell' });
  const [route] = routesOf(events);
  if (route === undefined) return;
  desk.report(route.routeId, 'acknowledged');
  if (kind === 0) desk.fill(route.routeId, 100, 108_009);
  if (kind === 1) desk.fill(route.routeId, 40, 108_005);
  if (kind === 2) {
    desk.fill(route.routeId, 100, 108_009);
    // Of another instrument: a case.
    desk.fill(route.routeId, 100, 108_009, { symbol: 'USD/JPY', instrument: 'USDJPY' });
  }
  if (kind === 3) desk.report(route.routeId, 'canceled');
}
