/**
 * An append as both journals take it: checked against the limits and turned into JSON text at once, so that
 * nothing the caller does later changes what is journaled. What is refused here is our own bug (RangeError),
 * never a client's.
 */
import { writeBody, type WrittenBody } from '@tidegate/wire/journal.body';
import { tokenPattern } from '@tidegate/wire/topic';
import type { Append } from './journal.ts';

export const eventsPerAppendMax = 1_000;
const bodyBytesMax = 1_048_576;

export interface JournalEntry {
  readonly append: Append;
  /** In order. */
  readonly bodies: readonly WrittenBody[];
  readonly bytes: number;
  readonly lastSequence: number;
}

export function journalEntry(append: Append): JournalEntry {
  const { partition, epoch, firstSequence, events } = append;
  if (!tokenPattern.test(partition)) throw new RangeError(`partition ${partition} is not a topic token`);
  if (!Number.isSafeInteger(epoch) || epoch < 1)
    throw new RangeError(`epoch ${epoch} is not a positive integer`);
  if (!Number.isSafeInteger(firstSequence) || firstSequence < 1)
    throw new RangeError(`sequence ${firstSequence} must be from 1`);
  if (events.length === 0 || events.length > eventsPerAppendMax)
    throw new RangeError(`${events.length} events in one append`);
  let bytes = 0;
  const bodies = events.map((event) => {
    if (!tokenPattern.test(event.type)) throw new RangeError(`event type ${event.type} is not a token`);
    if (!Number.isSafeInteger(event.atMs))
      throw new RangeError(`time ${event.atMs} is not whole milliseconds`);
    const body = writeBody(event.type, event.atMs, event.body);
    const { length } = body.text;
    if (length > bodyBytesMax) throw new RangeError(`body of ${event.type} has ${length} characters`);
    bytes += length;
    return body;
  });
  return { append, bodies, bytes, lastSequence: firstSequence + events.length - 1 };
}
