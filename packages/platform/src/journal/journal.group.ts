/**
 * Group commit, the pure part: takes from the queue of waiting appends what goes into the next statement. A
 * partition's appends stay in order: those that continue each other are merged, any other waits for the next
 * group.
 */
import type { JournalEntry } from './journal.entry.ts';

export const eventsPerGroupMax = 5_000;
const bytesPerGroupMax = 8_388_608;

export interface PendingAppend {
  readonly entry: JournalEntry;
  /** While orders are traced. */
  readonly queuedAtMs?: number | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** All of one partition in one group: contiguous sequences under one epoch; stands or falls as a whole. */
export interface GroupMember {
  readonly partition: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly appends: readonly PendingAppend[];
}

interface GrowingMember extends GroupMember {
  last: number;
  readonly appends: PendingAppend[];
}

export interface Group {
  readonly members: readonly GroupMember[];
  /** What stays queued, in order. */
  readonly rest: readonly PendingAppend[];
}

export function takeGroup(queue: readonly PendingAppend[]): Group {
  const members = new Map<string, GrowingMember>();
  const waiting = new Set<string>();
  const rest: PendingAppend[] = [];
  let events = 0;
  let bytes = 0;
  for (const pending of queue) {
    const { append, bytes: entryBytes, lastSequence } = pending.entry;
    const { partition, epoch, firstSequence } = append;
    const member = members.get(partition);
    const isContinued = member === undefined || (member.epoch === epoch && member.last === firstSequence - 1);
    const fits =
      events === 0 ||
      (events + append.events.length <= eventsPerGroupMax && bytes + entryBytes <= bytesPerGroupMax);
    if (!isContinued || !fits || waiting.has(partition)) {
      waiting.add(partition);
      rest.push(pending);
      continue;
    }
    events += append.events.length;
    bytes += entryBytes;
    if (member === undefined) {
      members.set(partition, {
        partition,
        epoch,
        first: firstSequence,
        last: lastSequence,
        appends: [pending],
      });
    } else {
      member.last = lastSequence;
      member.appends.push(pending);
    }
  }
  return { members: [...members.values()], rest };
}
