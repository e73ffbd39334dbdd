/**
 * Numbers that leave the partition: ExecIDs and delivery cursors are made of its events' sequences, OrderIDs
 * and a venue's ClOrdIDs of its orders' numbers. A journal that was restored from an older copy would give
 * them a second time. So it begins a new numbering then: everything from there on has numbers that no
 * earlier one can have reached.
 */

export interface Numbering {
  /** Sequence of the first event that is numbered so. */
  readonly from: number;
  /** Added to sequences; orders are numbered above it. */
  readonly base: number;
}

/** 2020-01-01T00:00:00Z. */
const EPOCH_MS = 1_577_836_800_000;
/** Orders and events that a second can have, with room: a numbering never reaches the base of a later one. */
const PER_SECOND = 1_000_000;

/** What an event is called outside: by its sequence in the first numbering. */
export function numberOf({
  sequence,
  numbering,
}: {
  readonly sequence: number;
  readonly numbering?: Numbering | undefined;
}): number {
  return sequence + (numbering?.base ?? 0);
}

/** Above everything that was given until now, `given` included, whatever the journal remembers of it. */
export function newBase(utcMs: number, given: number): number {
  return Math.max(secondsOf(utcMs) * PER_SECOND, given);
}

/**
 * Requests for a route of before (F, G, further routes) are counted from here on: fits what ids have for it.
 */
export function attemptsFrom({ base }: Numbering): number {
  return Math.floor(base / PER_SECOND);
}

const secondsOf = (utcMs: number): number => Math.max(0, Math.floor((utcMs - EPOCH_MS) / 1_000));

/** The gateway: a session has delivered more of the partition than its journal has. */
export interface JournalBehind {
  readonly kind: 'journalBehind';
  readonly commandId: string;
  /** Number of the last event that was delivered. */
  readonly delivered: number;
  readonly text: string;
}

/** An operator: what the journal lost is lost, go on without it. */
export interface AcceptLoss {
  readonly kind: 'acceptLoss';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
}

/**
 * The journal was restored from an older copy: from this event on its numbers are above `base`, and no risk
 * is taken before the loss is accepted.
 */
export interface NumberingBegun {
  readonly type: 'numberingBegun';
  readonly commandId: string;
  readonly base: number;
  readonly text: string;
}

export interface LossAccepted {
  readonly type: 'lossAccepted';
  readonly commandId: string;
  readonly by: string;
  readonly reason: string;
}
