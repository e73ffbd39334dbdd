/**
 * Session store in memory: for tests, simulations and sessions that need not survive the process. It outlives
 * the connection: closing and opening it again gives back what it held.
 */
import type { Source } from '../codec/fields.ts';
import { AnsweredNumbers } from './answered.ts';
import { noteSource } from './log.ts';
import type { NumbersWithBatch, OutboundRecord, SessionStore, StoredSession } from './store.ts';

const MAX_RECORDS_DEFAULT = 100_000;
/**
 * Frames are copied into slabs: one allocation for some hundred messages. They begin small and double, so
 * that a thousand quiet sessions cost little.
 */
const SLAB_BYTES_MIN = 4 << 10;
const SLAB_BYTES_MAX = 128 << 10;
/** A store of few records needs no large slabs: bytes for each of them, a quarter of what it takes. */
const RECORD_BYTES = 64;

const ROWS_AT_FIRST = 64;
const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * A ring with one row a record. Columns and no objects: those would live long enough to be copied about by
 * the garbage collector, and that is what its pauses consist of.
 */
class Rows {
  readonly seqNum: Float64Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** NaN: none. */
  readonly deadlineMs: Float64Array;
  readonly slab: Uint8Array[];
  readonly msgType: string[];
  readonly source: (Source | undefined)[];

  /** `capacity`: a power of two. */
  constructor(capacity: number) {
    this.seqNum = new Float64Array(capacity);
    this.start = new Uint32Array(capacity);
    this.end = new Uint32Array(capacity);
    this.deadlineMs = new Float64Array(capacity);
    this.slab = Array.from({ length: capacity }, () => NOTHING);
    this.msgType = Array.from({ length: capacity }, () => '');
    this.source = Array.from({ length: capacity });
  }

  get capacity(): number {
    return this.seqNum.length;
  }

  /** Where the row of this number is. */
  at(row: number): number {
    return row & (this.capacity - 1);
  }

  /** Row `first` and those behind it in a ring of twice the size. */
  grown(first: number): Rows {
    const rows = new Rows(2 * this.capacity);
    for (let row = first; row < first + this.capacity; row++) {
      const [from, to] = [this.at(row), rows.at(row)];
      rows.seqNum[to] = this.seqNum[from];
      rows.start[to] = this.start[from];
      rows.end[to] = this.end[from];
      rows.deadlineMs[to] = this.deadlineMs[from];
      rows.slab[to] = this.slab[from];
      rows.msgType[to] = this.msgType[from];
      rows.source[to] = this.source[from];
    }
    return rows;
  }
}

export class MemoryStore implements SessionStore {
  #nextOutbound = 1;
  #nextInbound = 1;
  #createdAtMs = 0;
  readonly #cursors = new Map<string, number>();
  readonly #answered = new AnsweredNumbers();
  /** Those numbered `#first` … `#next` hold a record each, ascending by MsgSeqNum. */
  #rows = new Rows(ROWS_AT_FIRST);
  #first = 0;
  #next = 0;
  #slab: Uint8Array = NOTHING;
  /** Those that hold records, oldest first; the last one is `#slab`. */
  readonly #slabs: Uint8Array[] = [];
  #slabEnd = 0;
  readonly #maxRecords: number;
  #slabBytes = SLAB_BYTES_MIN;

  /** `maxRecords`: bodies that stay resendable; older ones are gap-filled. */
  constructor(options: { readonly maxRecords?: number } = {}) {
    this.#maxRecords = options.maxRecords ?? MAX_RECORDS_DEFAULT;
  }

  open(): Promise<StoredSession> {
    return Promise.resolve({
      nextOutbound: this.#nextOutbound,
      nextInbound: this.#nextInbound,
      createdAtMs: this.#createdAtMs,
      cursors: new Map(this.#cursors),
      answered: this.#answered.from(this.#nextInbound),
    });
  }

  append(records: readonly OutboundRecord[], numbers?: NumbersWithBatch): void {
    let next = this.#nextOutbound;
    for (const { seqNum } of records) {
      if (seqNum < next) throw new Error(`outbound ${seqNum} is stored already`);
      next = seqNum + 1;
    }
    if ((numbers?.nextOutbound ?? next) < next)
      throw new Error(`outbound ${numbers?.nextOutbound} is below ${next}`);
    for (const record of records) {
      this.#put(record);
      const { source } = record;
      if (source !== undefined)
        noteSource(
          { cursors: this.#cursors, answered: this.#answered, nextInbound: this.#nextInbound },
          source,
        );
    }
    this.#nextOutbound = numbers?.nextOutbound ?? next;
    if (numbers?.nextInbound !== undefined) this.#nextInbound = numbers.nextInbound;
  }

  #put({ seqNum, msgType, frame, deadlineMs, source }: OutboundRecord): void {
    const count = this.#next - this.#first;
    if (count === this.#maxRecords) this.#first += 1;
    else if (count === this.#rows.capacity) this.#rows = this.#rows.grown(this.#first);
    const rows = this.#rows;
    const at = rows.at(this.#next++);
    rows.seqNum[at] = seqNum;
    rows.start[at] = this.#copy(frame);
    rows.end[at] = this.#slabEnd;
    rows.deadlineMs[at] = deadlineMs ?? NaN;
    rows.slab[at] = this.#slab;
    rows.msgType[at] = msgType;
    rows.source[at] = source;
  }

  /** Returns where the copy starts in `#slab`. */
  #copy(frame: Uint8Array): number {
    // An empty frame, too, lies in a slab: by that of the oldest record it is known which are free.
    if (this.#slab === NOTHING || this.#slabEnd + frame.length > this.#slab.length) {
      this.#slab = this.#forgotten(frame.length) ?? new Uint8Array(Math.max(this.#slabBytes, frame.length));
      this.#slabs.push(this.#slab);
      if (this.#slabBytes < Math.min(SLAB_BYTES_MAX, this.#maxRecords * RECORD_BYTES)) this.#slabBytes *= 2;
      this.#slabEnd = 0;
    }
    const start = this.#slabEnd;
    this.#slab.set(frame, start);
    this.#slabEnd = start + frame.length;
    return start;
  }

  /**
   * A slab to use again, of whose records none is held any more. New ones all the time would be old when they
   * are let go, and the collector would have to mark the whole heap for them.
   */
  #forgotten(bytes: number): Uint8Array | undefined {
    const held = this.#next === this.#first ? NOTHING : this.#rows.slab[this.#rows.at(this.#first)];
    while (this.#slabs.length > 0 && this.#slabs[0] !== held) {
      const slab = this.#slabs.shift() as Uint8Array;
      if (slab.length >= Math.max(this.#slabBytes, bytes)) return slab;
    }
    return undefined;
  }

  setNextInbound(next: number): void {
    this.#nextInbound = next;
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    for (const [partition, sequence] of cursors)
      if (sequence > (this.#cursors.get(partition) ?? 0)) this.#cursors.set(partition, sequence);
  }

  setNextOutbound(next: number): void {
    if (next < this.#nextOutbound) throw new Error(`outbound ${next} is below ${this.#nextOutbound}`);
    this.#nextOutbound = next;
  }

  read(from: number, to: number): readonly OutboundRecord[] {
    const records: OutboundRecord[] = [];
    const rows = this.#rows;
    for (let row = this.#firstAtLeast(from); row < this.#next; row++) {
      const at = rows.at(row);
      const seqNum = rows.seqNum[at];
      if (seqNum > to) break;
      const deadlineMs = rows.deadlineMs[at];
      const source = rows.source[at];
      records.push({
        seqNum,
        msgType: rows.msgType[at],
        frame: rows.slab[at].subarray(rows.start[at], rows.end[at]),
        ...(Number.isNaN(deadlineMs) ? undefined : { deadlineMs }),
        ...(source === undefined ? undefined : { source }),
      });
    }
    return records;
  }

  /** Number of the first row with a MsgSeqNum ≥ `seqNum`. */
  #firstAtLeast(seqNum: number): number {
    const rows = this.#rows;
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (rows.seqNum[rows.at(middle)] < seqNum) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  reset(createdAtMs: number): void {
    this.#nextOutbound = 1;
    this.#nextInbound = 1;
    this.#createdAtMs = createdAtMs;
    this.#answered.clear();
    this.#rows = new Rows(ROWS_AT_FIRST);
    this.#first = this.#next = 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
