/**
 * Orders that closed so long ago that their partition has forgotten them, out of the journal: where one began
 * is found by halving, since orders are numbered in the order of their events.
 */
import { parseOrderId, parseRouteId } from '@tidegate/core/number/ids';
import type { OrderImage } from '@tidegate/core/order/image';
import type { OrderRevived, VenueReport } from '@tidegate/core/order/order';
import { isForgotten, type PartitionState } from '@tidegate/core/order/partition';
import { revival } from '@tidegate/core/order/revival';
import { JournalArchived, type Journal } from '@tidegate/platform/journal/journal';
import { toSequenced } from '@tidegate/platform/journal/follower';
import type { OrderQuery, SequencedEvent } from '@tidegate/wire/commands';

const probed = 200;
const readAtOnce = 50_000;
const absentMax = 1_000;

export class PastOrders {
  private readonly journal: Pick<Journal, 'read' | 'readOrder' | 'archivedFrom'>;
  private readonly partition: string;
  /** One at a time: each may have to read long. */
  private reading: Promise<unknown> = Promise.resolve();
  /** Orders that reports have named and the journal does not have, or not closed. */
  private readonly absent = new Set<string>();

  constructor(journal: Pick<Journal, 'read' | 'readOrder' | 'archivedFrom'>, partition: string) {
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
    const number = parseOrderId(orderId)?.order;
    const first = number === undefined ? undefined : await this.acceptedAt(number, head);
    if (first === undefined) return [];
    const events: SequencedEvent[] = [];
    for (let from = first; from <= head; from += readAtOnce) {
      const to = Math.min(head, from + readAtOnce - 1);
      const records = await this.journal.readOrder(this.partition, orderId, from, to);
      events.push(...records.map(toSequenced));
    }
    return events;
  }

  private async acceptedAt(number: number, head: number): Promise<number | undefined> {
    const archived = await this.journal.archivedFrom(this.partition, 1);
    let [low, high] = [(archived?.last ?? 0) + 1, head];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const found = await this.firstAccepted(middle, high);
      if (found === undefined || found.number > number) high = middle - 1;
      else if (found.number < number) low = found.sequence + 1;
      else return found.sequence;
    }
    return undefined;
  }

  /** The first order that was accepted in [from, to]. */
  private async firstAccepted(from: number, to: number) {
    for (let at = from; at <= to; at += probed) {
      const records = await this.journal.read(this.partition, at, Math.min(probed, to - at + 1));
      for (const { sequence, event } of records.map(toSequenced)) {
        const number = event.type === 'orderAccepted' ? parseOrderId(event.orderId)?.order : undefined;
        if (number !== undefined) return { sequence, number };
      }
    }
    return undefined;
  }
}
