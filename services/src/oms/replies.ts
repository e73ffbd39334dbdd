/** What the owner of a partition answers: a decision that is durable, or why there is none. */
import type { Decision } from '@tidegate/core/order/desk';
import type { CommandReply } from '@tidegate/wire/commands';

export const journalDown = (text: string): CommandReply => ({
  result: 'unavailable',
  code: 'JOURNAL_UNAVAILABLE',
  text,
});

export const overloaded = (text: string): CommandReply => ({
  result: 'unavailable',
  code: 'OVERLOADED',
  text,
});

export const starting = (text: string): CommandReply => ({
  result: 'unavailable',
  code: 'PARTITION_STARTING',
  text,
});

/** Another process owns the partition by now, or may do: whoever asks finds the owner when it asks again. */
export const unowned = (): CommandReply => ({
  result: 'unavailable',
  code: 'NOT_OWNER',
  text: 'another process owns this partition, or is about to',
});

/** A repeated command is answered with the sequence of its first time. */
export function replyOf(
  { events, reply }: Decision,
  firstSequence: number,
): CommandReply & { result: 'done' } {
  const { orderId, refusal } = reply;
  return {
    result: 'done',
    sequence: reply.sequence ?? (events.length === 0 ? 0 : firstSequence),
    ...(orderId === undefined ? {} : { orderId }),
    ...(refusal === undefined ? {} : { refusal }),
  };
}
