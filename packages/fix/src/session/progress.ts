/**
 * How far a session has come with its peer's messages: the number it expects next, and the number up to which
 * the application is done. Only the second one may become durable; after a crash the peer resends from there.
 */

import { AnsweredNumbers } from './answered.ts';

/** One delivered message whose application promise is pending (or done, behind one that is pending). */
export interface Ticket {
  /** The MsgSeqNum that follows it. */
  next: number;
  done: boolean;
  readonly generation: number;
}

export class InboundProgress {
  /** MsgSeqNum expected next. */
  expected: number;
  /** Everything below is done: the next number to store. */
  durable: number;
  /** After a failure nothing more is taken until the next connection. */
  halted = false;
  #answered: AnsweredNumbers;
  #generation = 0;
  #queue: Ticket[] = [];
  #head = 0;

  constructor(nextInbound: number, answered: readonly number[]) {
    this.expected = nextInbound;
    this.durable = nextInbound;
    this.#answered = new AnsweredNumbers(answered);
  }

  /** The application has said its last word on this message, though not on all before it. */
  answered(seqNum: number): void {
    this.#answered.add(seqNum, this.durable);
  }

  isAnswered(seqNum: number): boolean {
    return this.#answered.has(seqNum);
  }

  /** Changes when the numbers restart; what was begun before is void. */
  get generation(): number {
    return this.#generation;
  }

  /** Delivered messages that the application is not done with. */
  get pendingCount(): number {
    return this.#queue.length - this.#head;
  }

  /** The expected number moves to `next`; what it passes is done. */
  advance(next: number): void {
    this.expected = next;
    if (this.#head === this.#queue.length) {
      this.durable = next;
      return;
    }
    const last = this.#queue[this.#queue.length - 1] as Ticket;
    if (last.done) last.next = next;
    else this.#queue.push({ next, done: true, generation: this.#generation });
  }

  /** The expected number moves by one; the application will tell by `finish` when it is done. */
  begin(): Ticket {
    this.expected += 1;
    const ticket: Ticket = { next: this.expected, done: false, generation: this.#generation };
    this.#queue.push(ticket);
    return ticket;
  }

  /** False when the ticket is from before a reset or a failure. */
  finish(ticket: Ticket): boolean {
    if (ticket.generation !== this.#generation) return false;
    ticket.done = true;
    const queue = this.#queue;
    while (this.#head < queue.length && (queue[this.#head] as Ticket).done) {
      this.durable = (queue[this.#head] as Ticket).next;
      this.#head += 1;
    }
    if (this.#head === queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#queue = queue.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  isCurrent(ticket: Ticket): boolean {
    return ticket.generation === this.#generation;
  }

  /** As at the start, by a store that was read again. */
  reopen(nextInbound: number, answered: readonly number[]): void {
    this.restart(nextInbound);
    this.#answered = new AnsweredNumbers(answered);
  }

  /** Numbers from `next` on come once more; tickets that are out are void. */
  restart(next: number): void {
    this.#generation += 1;
    this.#queue = [];
    this.#head = 0;
    this.expected = next;
    this.durable = next;
    this.halted = false;
  }
}
