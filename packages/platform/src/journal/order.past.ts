/**
 * The events of one order out of the journal. Where it began is found by halving, since orders are numbered
 * in the order of their events. Not for hot paths.
 */
import { parseOrderId } from '@tidegate/core/number/ids';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { toSequenced } from './follower.ts';
import type { Journal } from './journal.ts';

export type PastJournal = Pick<Journal, 'read' | 'readOrder' | 'archivedFrom'>;

const probed = 200;
const readAtOnce = 50_000;

/**
 * Up to and including `head`; empty for an order that the journal does not have, or no longer. Throws
 * JournalArchived where part of it is in the archive. `readMax`: events of the partition looked through at
 * most, from both ends.
 */
export async function eventsOfOrder(
  journal: PastJournal,
  orderId: string,
  head: number,
  readMax = Number.POSITIVE_INFINITY,
): Promise<{ readonly events: readonly SequencedEvent[]; readonly isWhole: boolean }> {
  const parts = parseOrderId(orderId);
  const first =
    parts === undefined ? undefined : await acceptedAt(journal, parts.partition, parts.order, head);
  if (parts === undefined || first === undefined) return { events: [], isWhole: false };
  const isWhole = head - first < readMax;
  const ranges: (readonly [number, number])[] = isWhole
    ? [[first, head]]
    : [
        [first, first + Math.floor(readMax / 2) - 1],
        [head - Math.floor(readMax / 2) + 1, head],
      ];
  const events: SequencedEvent[] = [];
  for (const [begin, end] of ranges) {
    for (let from = begin; from <= end; from += readAtOnce) {
      const to = Math.min(end, from + readAtOnce - 1);
      events.push(...(await journal.readOrder(parts.partition, orderId, from, to)).map(toSequenced));
    }
  }
  return { events, isWhole };
}

async function acceptedAt(
  journal: PastJournal,
  partition: string,
  number: number,
  head: number,
): Promise<number | undefined> {
  const archived = await journal.archivedFrom(partition, 1);
  let [low, high] = [(archived?.last ?? 0) + 1, head];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstAccepted(journal, partition, middle, high);
    if (found === undefined || found.number > number) high = middle - 1;
    else if (found.number < number) low = found.sequence + 1;
    else return found.sequence;
  }
  return undefined;
}

/** The first order that was accepted in [from, to]. */
async function firstAccepted(journal: PastJournal, partition: string, from: number, to: number) {
  for (let at = from; at <= to; at += probed) {
    const records = await journal.read(partition, at, Math.min(probed, to - at + 1));
    for (const { sequence, event } of records.map(toSequenced)) {
      const number = event.type === 'orderAccepted' ? parseOrderId(event.orderId)?.order : undefined;
      if (number !== undefined) return { sequence, number };
    }
  }
  return undefined;
}
