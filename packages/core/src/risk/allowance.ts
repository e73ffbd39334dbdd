/**
 * What one client may send before its orders are answered at the edge, without the bus, the owner and the
 * journal, so that a flood costs nobody else anything. Refuses, never queues; cancels never come here. Times
 * are the monotonic milliseconds of whoever holds it.
 */
import type { RefusalCode } from '../order/order.ts';

export interface AllowanceTerms {
  /** New orders and replaces in any second. */
  readonly ordersPerSecondMax: number;
  /** Refusals that are journaled one by one: so many a second, four times as many at once. */
  readonly refusalsPerSecondMax: number;
  /** Orders without an answer that nobody minds, however old they are. */
  readonly unansweredMax: number;
  /** Beyond them, how long the oldest may have waited. */
  readonly waitMsMax: number;
}

/** `isCounted`: within the rate of refusals, to be journaled by itself like any other. */
export interface EdgeRefusal {
  readonly code: RefusalCode;
  readonly text: string;
  readonly isCounted: boolean;
}

const BUCKET_MS = 100;
const BUCKETS = 10;
const BURST = 4;
/** Refusals that came back of orders sent at once are made up for within this. */
const DEBT_SECONDS = 2;

export class Allowance {
  private readonly counts: number[] = Array.from({ length: BUCKETS }, () => 0);
  private newest = 0;
  /** Refusals left; in debt when more came back than were left. */
  private refusals = Infinity;
  private refilledMs = 0;
  private lastCode: RefusalCode | undefined;
  /** When each order without an answer was sent, oldest first. */
  private readonly unanswered = new Map<number, number>();
  private tickets = 0;

  get unansweredCount(): number {
    return this.unanswered.size;
  }

  /** How long the oldest order without an answer has waited. */
  waitMs(nowMs: number): number {
    const oldest = this.unanswered.values().next();
    return oldest.done === true ? 0 : Math.max(0, nowMs - oldest.value);
  }

  /**
   * Asked for each new order and replace. Undefined: it goes to its owner, and `sent` is to be called.
   * `known` is what the edge itself has against it.
   */
  refuse(
    terms: AllowanceTerms,
    known: { readonly code: RefusalCode; readonly text: string } | undefined,
    nowMs: number,
  ): EdgeRefusal | undefined {
    this.refill(terms, nowMs);
    const refusal = known ?? this.beyond(terms, nowMs);
    if (refusal === undefined) return undefined;
    // What its owner journals counts there, too: within the client's share, or others of its firm have less.
    const hasRoom = known === undefined || this.recent(nowMs) < terms.ordersPerSecondMax;
    const isCounted = hasRoom && this.refusals >= 1 && refusal.code !== 'OVERLOADED';
    if (isCounted) this.refusals -= 1;
    if (isCounted && known !== undefined) this.note(nowMs);
    return { ...refusal, isCounted };
  }

  /** Gives what `answered` needs. */
  sent(nowMs: number): number {
    this.note(nowMs);
    this.tickets += 1;
    this.unanswered.set(this.tickets, nowMs);
    return this.tickets;
  }

  /** `code`: of the refusal that the owner has journaled. */
  answered(ticket: number, code: RefusalCode | undefined): void {
    this.unanswered.delete(ticket);
    if (code === undefined) return;
    this.refusals -= 1;
    this.lastCode = code;
  }

  /** Nothing is on its way, and it is as new: it need not be remembered. */
  isIdle(terms: AllowanceTerms, nowMs: number): boolean {
    this.refill(terms, nowMs);
    return this.unanswered.size === 0 && this.refusals >= BURST * terms.refusalsPerSecondMax;
  }

  private beyond(terms: AllowanceTerms, nowMs: number) {
    const { ordersPerSecondMax, refusalsPerSecondMax, unansweredMax, waitMsMax } = terms;
    const waitMs = Math.round(this.waitMs(nowMs));
    if (this.unanswered.size >= unansweredMax && waitMs > waitMsMax) {
      const text = `${this.unanswered.size} orders of yours wait for their answer, the oldest ${waitMs} ms`;
      return { code: 'OVERLOADED', text } as const;
    }
    const recent = this.recent(nowMs);
    if (recent >= ordersPerSecondMax) {
      const text = `${recent} orders in the last second; your share of the limit is ${ordersPerSecondMax}`;
      return { code: 'ORDER_RATE', text } as const;
    }
    if (this.refusals >= 1) return undefined;
    const text = `more than ${refusalsPerSecondMax} refused orders a second; the last was ${this.lastCode}`;
    return { code: 'ORDER_RATE', text } as const;
  }

  private refill({ refusalsPerSecondMax }: AllowanceTerms, nowMs: number): void {
    const since = Math.max(0, nowMs - this.refilledMs) / 1_000;
    const owed = Math.max(this.refusals, -DEBT_SECONDS * refusalsPerSecondMax);
    this.refusals = Math.min(BURST * refusalsPerSecondMax, owed + since * refusalsPerSecondMax);
    this.refilledMs = Math.max(this.refilledMs, nowMs);
  }

  private note(nowMs: number): void {
    this.turnTo(nowMs);
    this.counts[this.newest % BUCKETS]! += 1;
  }

  private recent(nowMs: number): number {
    this.turnTo(nowMs);
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  private turnTo(nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    const passed = Math.min(BUCKETS, bucket - this.newest);
    for (let each = 1; each <= passed; each += 1) this.counts[(this.newest + each) % BUCKETS] = 0;
    if (bucket > this.newest) this.newest = bucket;
  }
}

/** Of a firm's orders a second, the part that one of several clients may have: the rest is for the others. */
const SHARE_PERCENT = 80;

export function shareOf(ordersPerSecondMax: number, clients: number): number {
  return clients > 1 ? Math.ceil((ordersPerSecondMax * SHARE_PERCENT) / 100) : ordersPerSecondMax;
}
