/**
 * The answer to a ResendRequest, page by page: application messages again with PossDupFlag=Y, everything else
 * as SequenceReset-GapFill. While it runs, new application messages are only stored; the answer goes on
 * through them, so the peer gets all in order.
 */
import type { Outbox } from './outbox.ts';
import { NEVER_RESENT, type OutboundRecord } from './store.ts';

const PAGE_RECORDS = 256;
/**
 * Numbers that were set aside and never used are a long hole: behind an empty page comes one twice as long.
 */
const PAGE_NUMBERS_MAX = 16_384;
/** A peer that asks more often for the same messages on one connection is logged out. */
const REQUESTS_MAX = 10;

export class ResendAnswer {
  readonly #outbox: Outbox;
  readonly #persist: boolean;
  readonly #openEndSeqNo: number;
  /** 0: not running. */
  #next = 0;
  #end = 0;
  /** Start of the gap that is not written yet; 0: none. */
  #gapFrom = 0;
  #heldFrom = 0;
  #awaitedFrom = 0;
  #pageNumbers = PAGE_RECORDS;
  /** How often in a row the peer has asked for messages from the same number on. */
  #requests = 0;
  #requestedFrom = 0;
  /** What the peer asked for last, for those who watch. */
  beginSeqNo = 0;
  endSeqNo = 0;

  /** `openEndSeqNo`: how the version spells "all", besides 0. */
  constructor(outbox: Outbox, persist: boolean, openEndSeqNo: number) {
    this.#outbox = outbox;
    this.#persist = persist;
    this.#openEndSeqNo = openEndSeqNo;
  }

  get isRunning(): boolean {
    return this.#next !== 0;
  }

  /**
   * ResendRequest with this BeginSeqNo and EndSeqNo (0, the version's open end or beyond the last: all there
   * is). `impossible`: there are no such messages; `repeated`: asked for too often on this connection.
   */
  request(
    from: number | undefined,
    to: number | undefined,
    utcMs: number,
  ): 'answered' | 'running' | 'impossible' | 'repeated' {
    const last = this.#outbox.nextOutbound - 1;
    if (from === undefined || !(from >= 1 && from <= last)) return 'impossible';
    const isOpen = to === 0 || (this.#openEndSeqNo > 0 && to === this.#openEndSeqNo);
    if (to === undefined || !(isOpen || to >= from)) return 'impossible';
    this.#requests = from === this.#requestedFrom ? this.#requests + 1 : 1;
    this.#requestedFrom = from;
    if (this.#requests > REQUESTS_MAX) return 'repeated';
    const end = isOpen || to > last ? last : to;
    this.beginSeqNo = from;
    this.endSeqNo = end;
    if (!this.#persist) {
      this.#outbox.gapFill(from, end + 1, utcMs);
      return 'answered';
    }
    if (this.isRunning && from >= this.#next) {
      this.#end = Math.max(this.#end, end);
    } else {
      this.#next = from;
      this.#end = end;
      this.#gapFrom = 0;
      this.#read();
    }
    return 'running';
  }

  /** An application message was stored and not transmitted because the answer is running. */
  held(seqNum: number): void {
    if (this.#heldFrom === 0) this.#heldFrom = seqNum;
  }

  /** The connection is gone, or the numbers start again. */
  stop(): void {
    this.#finish();
    this.#requests = 0;
    this.#requestedFrom = 0;
  }

  #finish(): void {
    this.#next = 0;
    this.#gapFrom = 0;
    this.#heldFrom = 0;
    this.#awaitedFrom = 0;
    this.#pageNumbers = PAGE_RECORDS;
  }

  #read(): void {
    this.#awaitedFrom = this.#next;
    const to = Math.min(this.#next + this.#pageNumbers - 1, this.#end);
    this.#outbox.push({ kind: 'read', from: this.#next, to });
  }

  /** The records of one page. Returns true when the whole answer is out. */
  page(from: number, to: number, records: readonly OutboundRecord[], utcMs: number): boolean {
    if (!this.isRunning || from !== this.#awaitedFrom) return false;
    this.#awaitedFrom = 0;
    this.#pageNumbers = records.length > 0 ? PAGE_RECORDS : Math.min(2 * this.#pageNumbers, PAGE_NUMBERS_MAX);
    let next = from;
    for (const record of records) {
      if (record.seqNum > next && this.#gapFrom === 0) this.#gapFrom = next;
      next = record.seqNum + 1;
      if (
        NEVER_RESENT.has(record.msgType) ||
        (record.deadlineMs !== undefined && record.deadlineMs < utcMs)
      ) {
        if (this.#gapFrom === 0) this.#gapFrom = record.seqNum;
        continue;
      }
      this.#closeGap(record.seqNum, utcMs);
      this.#outbox.resend(record.frame, utcMs);
    }
    if (next <= to && this.#gapFrom === 0) this.#gapFrom = next;
    this.#next = to + 1;
    return this.#goOn(utcMs);
  }

  #goOn(utcMs: number): boolean {
    if (this.#next <= this.#end) {
      this.#read();
      return false;
    }
    if (this.#heldFrom !== 0) {
      // The range is answered; what was held back since then follows.
      if (this.#heldFrom > this.#next) this.#closeGap(this.#next, utcMs);
      this.#next = Math.max(this.#next, this.#heldFrom);
      this.#end = this.#outbox.nextOutbound - 1;
      this.#heldFrom = 0;
      if (this.#next <= this.#end) {
        this.#read();
        return false;
      }
    }
    this.#closeGap(this.#end + 1, utcMs);
    this.#finish();
    return true;
  }

  #closeGap(newSeqNo: number, utcMs: number): void {
    if (this.#gapFrom === 0) return;
    this.#outbox.gapFill(this.#gapFrom, newSeqNo, utcMs);
    this.#gapFrom = 0;
  }
}
