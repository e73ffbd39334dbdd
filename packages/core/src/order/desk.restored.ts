/**
 * A journal that was restored from an older copy: what came after the copy is lost, its orders and fills
 * with it, and what is open in it may have been done long ago. Nothing new is dealt until an operator has
 * accepted the loss; then what is left open of before is ended, and trading goes on under a new numbering.
 */
import { decideMassCancel, type Decision } from './desk.orders.ts';
import type { Desk } from './desk.routes.ts';
import { newBase, numberOf, type AcceptLoss, type JournalBehind, type NumberingBegun } from './numbering.ts';

/** A session has delivered more than there is. Told again, of the same loss or a smaller one: nothing new. */
export function decideJournalBehind(desk: Desk, command: JournalBehind): Decision {
  const { commandId, delivered, text } = command;
  if (numberOf(desk.state) >= delivered) return { events: [], reply: {} };
  return { events: [begin(desk, commandId, delivered, text)], reply: {} };
}

/**
 * Also where nobody has seen the loss: sessions and journal were restored together. Orders of before are
 * canceled first, in portions; the last one carries the command's own id.
 */
export function decideAcceptLoss(desk: Desk, command: AcceptLoss): Decision {
  const { commandId, by, reason } = command;
  const { state } = desk;
  if (!state.isBehind) {
    const begun = begin(desk, `${commandId}/numbering`, 0, reason);
    return { events: [begun], reply: {}, rest: command };
  }
  const { events, rest } = decideMassCancel(desk, {
    kind: 'massCancel',
    commandId: `${commandId}/${state.sequence + 1}`,
    by,
    reason: `the journal was restored: ${reason}`,
  });
  if (rest !== undefined) return { events, reply: {}, rest: command };
  return { events: [{ type: 'lossAccepted', commandId, by, reason }, ...events], reply: {} };
}

function begin({ state, now }: Desk, commandId: string, delivered: number, text: string): NumberingBegun {
  const base = newBase(now.utcMs, Math.max(delivered, numberOf(state), state.orderCount));
  return { type: 'numberingBegun', commandId, base, text };
}
