/**
 * The journal as SQL has it, read beside the running platform and replayed: what the desk should know, for a
 * test that wants to see when nothing moves any more.
 */
import { evolve } from '@tidegate/core/order/evolve';
import { createPartition, type PartitionState } from '@tidegate/core/order/partition';
import { toSequenced } from '@tidegate/platform/journal/follower';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { databaseUrlOf, silent } from './journal/database.ts';

const readMax = 10_000;

export class JournalReplica {
  readonly events: ReadonlyMap<string, SequencedEvent[]>;
  readonly #states: ReadonlyMap<string, PartitionState>;
  readonly #journal: PostgresJournal;

  private constructor(journal: PostgresJournal, partitions: readonly string[]) {
    this.#journal = journal;
    this.events = new Map(partitions.map((partition) => [partition, []]));
    this.#states = new Map(partitions.map((partition) => [partition, createPartition(partition)]));
  }

  /** Of the embedded database of a platform that runs on `dataDir`. */
  static async open(dataDir: string, partitions: readonly string[]): Promise<JournalReplica> {
    return JournalReplica.at(databaseUrlOf(dataDir), partitions);
  }

  static async at(url: string, partitions: readonly string[]): Promise<JournalReplica> {
    return new JournalReplica(await PostgresJournal.connect({ url, log: silent }), partitions);
  }

  async read(): Promise<void> {
    for (const [partition, state] of this.#states) {
      const events = this.events.get(partition)!;
      for (;;) {
        const records = await this.#journal.read(partition, state.sequence + 1, readMax);
        for (const sequenced of records.map(toSequenced)) {
          evolve(state, sequenced.event, sequenced.sequence, sequenced.atMs);
          events.push(sequenced);
        }
        if (records.length < readMax) break;
      }
    }
  }

  /** What has not ended, with its routes, for people. */
  openOrders(): string[] {
    return [...this.#states.values()].flatMap(({ open, routes }) =>
      [...open.values()].map((order) => {
        const shown = order.routeIds.map((routeId) => {
          const route = routes.get(routeId)!;
          const { venue, standing, filled, quantity, doubts } = route;
          return `${route.routeId} at ${venue} ${standing} ${filled}/${quantity}, asked ${doubts} times`;
        });
        return `${order.orderId} ${order.clOrdIds.join(' ')} ${order.timeInForce}: ${shown.join('; ')}`;
      }),
    );
  }

  /** How often what happened. */
  summary(): string {
    const counts = new Map<string, number>();
    for (const { event } of [...this.events.values()].flat()) {
      const details = ['code', 'outcome', 'reason', 'text'].flatMap((name) =>
        name in event ? [String(event[name as keyof typeof event])] : [],
      );
      const what = [
        event.type,
        ...(event.type.startsWith('route') || event.type === 'orderRefused' ? details : []),
      ].join(' ');
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    return [...counts]
      .sort(([, one], [, other]) => other - one)
      .map(([what, count]) => `${count} ${what}`)
      .join('\n');
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
