/** Orders that closed so long ago that their partition has forgotten them, out of the journal. */
import { parseRouteId } from '@tidegate/core/number/ids';
import type { OrderImage } from '@tidegate/core/order/image';
import type { OrderRevived, VenueReport } from '@tidegate/core/order/order';
import { isForgotten, type PartitionState } from '@tidegate/core/order/partition';
import { revival } from '@tidegate/core/order/revival';
import { JournalArchived } from '@tidegate/platform/journal/journal';
import { eventsOfOrder, type PastJournal } from '@tidegate/platform/journal/order.past';
import { toSequenced } from '@tidegate/platform/journal/follower';
import type { OrderQuery, SequencedEvent } from '@tidegate/wire/commands';

const absentMax = 1_000;

export class PastOrders {
  private readonly journal: PastJournal;
  private readonly partition: string;
  /** One at a time: each may have to read long. */
  private reading: Promise<unknown> = Promise.resolve();
  /** Orders that reports have named and the journal does not have, or not closed. */
  private readonly absent = new Set<string>();

  constructor(journal: PastJournal, partition: string) {
    this.journal = journal;
    this.partition = partition;
  }

  /** The report is of an order that has to be read first. */
  isMeant({ routeId }: VenueReport, state: PartitionState): boolean {
    const orderId = parseRouteId(routeId)?.orderId;
    return orderId !== undefined && !this.absent.has(orderId) && isForgotten(state, orderId);
  }

  async revival({ routeId }: VenueReport, head: number): Promise<OrderRevived | undefined> {
    const orderId = parseRouteId(routeId)?.orderId ?? '';
    const revived = revival(this.partition, orderId, await this.unlessArchived(this.eventsOf(orderId, head)));
    if (revived === undefined) {
      if (this.absent.size >= absentMax) this.absent.clear();
      this.absent.add(orderId);
    }
    return revived;
  }

  /** As the event that the tables name left it. Of an order that is still in memory that may be old. */
  async imageAt({ orderId, lastSequence = 0 }: OrderQuery): Promise<OrderImage | undefined> {
    if (orderId === undefined || lastSequence < 1) return undefined;
    const [record] = await this.unlessArchived(this.journal.read(this.partition, lastSequence, 1));
    if (record?.sequence !== lastSequence) return undefined;
    const { order } = toSequenced(record);
    return order?.orderId === orderId ? order : undefined;
  }

  /** An order that began in the archive is as one that never was: who reports of it opens a case. */
  private async unlessArchived<Item>(reading: Promise<readonly Item[]>): Promise<readonly Item[]> {
    try {
      return await reading;
    } catch (error) {
      if (error instanceof JournalArchived) return [];
      throw error;
    }
  }

  private eventsOf(orderId: string, head: number): Promise<readonly SequencedEvent[]> {
    const read = this.reading.then(() => this.read(orderId, head));
    this.reading = read.catch(() => undefined);
    return read;
  }

  private async read(orderId: string, head: number): Promise<readonly SequencedEvent[]> {
    return (await eventsOfOrder(this.journal, orderId, head)).events;
  }
}
