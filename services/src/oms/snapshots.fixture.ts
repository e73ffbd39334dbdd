/**
 * A process that trades and saves one snapshot after the other, until it is killed. Told the journal's URL.
 */
import { Scenario } from '@tidegate/core/order/desk.fixture';
import { evolve } from '@tidegate/core/order/evolve';
import { createPartition } from '@tidegate/core/order/partition';
import type { SnapshotPart } from '@tidegate/platform/journal/journal';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { silentLog } from '@tidegate/platform/testing/database';
import type { RecordedEvent } from '@tidegate/wire/commands';
import { Snapshots } from './snapshots.ts';

export interface Told {
  readonly url: string;
  readonly round: number;
}

const ordersPerRound = 40;
const ordersMax = 2_000;

async function trade({ url, round }: Told): Promise<void> {
  const journal = await PostgresJournal.connect({ url, log: silentLog });
  const { epoch, head } = await journal.claim('acme', `round ${round}`);
  const snapshots = new Snapshots(
    {
      latestSnapshot: (partition) => journal.latestSnapshot(partition),
      snapshotParts: (...asked) => journal.snapshotParts(...asked),
      saveSnapshot: (...saved) => journal.saveSnapshot(...saved),
      saveSnapshotPart: async (partition: string, by: number, part: SnapshotPart) => {
        await journal.saveSnapshotPart(partition, by, part);
        process.send?.(part.sequence);
      },
    },
    'acme',
  );
  const scenario = new Scenario();
  scenario.limits({ openOrdersMax: 1e6, ordersPerSecondMax: 1e6 });
  scenario.quote('alpha', [108_000, 1_000_000], [108_010, 1_000_000]);
  scenario.state = (await snapshots.read()) ?? createPartition('acme');
  for (let from = scenario.state.sequence + 1; from <= head; from = scenario.state.sequence + 1)
    for (const { body, sequence, atMs } of await journal.read('acme', from, 500))
      evolve(scenario.state, (body as RecordedEvent).event, sequence, atMs);
  for (let order = 0; order < ordersMax; order += ordersPerRound) {
    const firstSequence = scenario.state.sequence + 1;
    const known = scenario.journal.length;
    for (let count = 0; count < ordersPerRound; count += 1) {
      const clOrdId = `${round}-${order + count}`;
      scenario.submit({ clOrdId, commandId: clOrdId, price: 107_000 });
      if (count % 2 === 0) scenario.cancel(clOrdId, { commandId: `x${clOrdId}`, clOrdId: `x${clOrdId}` });
    }
    const events = scenario.journal.slice(known);
    const appended = journal.append({
      ...{ partition: 'acme', epoch, firstSequence },
      events: events.map(({ event, atMs }) => ({ type: event.type, atMs, body: { event } })),
    });
    await snapshots.save(() => ({ state: scenario.state, epoch }), appended);
  }
}

process.once('message', (told) => void trade(told as Told));
