/**
 * Session store in memory: for tests, simulations and sessions that need not survive the process. It outlives
 * the connection: closing and opening it again gives back what it held.
 */
import type { Source } from '../codec/fields.ts';
import type { NumbersWithBatch, OutboundRecord, SessionStore, StoredSession } from './store.ts';

const MAX_RECORDS_DEFAULT = 100_000;
/**
 * Frames are copied into slabs: one allocation for some hundred messages. They begin small and double, so
 * that a thousand quiet sessions cost little.
 */
const SLAB_BYTES_MIN = 4 << 10;
const SLAB_BYTES_MAX = 128 << 10;
/** What a record takes, about: a store of few records needs no large slab. */
const RECORD_BYTES = 256;

interface Entry {
  readonly seqNum: number;
  readonly msgType: string;
  readonly slab: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly deadlineMs: number | undefined;
  readonly source: Source | undefined;
}

export class MemoryStore implements SessionStore {
  #nextOutbound = 1;
  #nextInbound = 1;
  #createdAtMs = 0;
  readonly #cursors = new Map<string, number>();
  /** Ascending by seqNum; at most twice `#maxRecords`, trimmed to that in one go. */
  #entries: Entry[] = [];
  #slab = new Uint8Array(0);
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
      const { seqNum, frame, source } = record;
      const start = this.#copy(frame);
      this.#entries.push({
        seqNum,
        msgType: record.msgType,
        slab: this.#slab,
        start,
        end: start + frame.length,
        deadlineMs: record.deadlineMs,
        source,
      });
      if (source !== undefined && source.sequence > (this.#cursors.get(source.partition) ?? 0)) {
        this.#cursors.set(source.partition, source.sequence);
      }
    }
    this.#nextOutbound = numbers?.nextOutbound ?? next;
    if (numbers?.nextInbound !== undefined) this.#nextInbound = numbers.nextInbound;
    if (this.#entries.length >= this.#maxRecords * 2) this.#entries = this.#entries.slice(-this.#maxRecords);
  }

  /** Returns where the copy starts in `#slab`. */
  #copy(frame: Uint8Array): number {
    if (this.#slabEnd + frame.length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(this.#slabBytes, frame.length));
      if (this.#slabBytes < Math.min(SLAB_BYTES_MAX, this.#maxRecords * RECORD_BYTES)) this.#slabBytes *= 2;
      this.#slabEnd = 0;
    }
    const start = this.#slabEnd;
    this.#slab.set(frame, start);
    this.#slabEnd = start + frame.length;
    return start;
  }

  setNextInbound(next: number): void {
    this.#nextInbound = next;
  }

  setNextOutbound(next: number): void {
    if (next < this.#nextOutbound) throw new Error(`outbound ${next} is below ${this.#nextOutbound}`);
    this.#nextOutbound = next;
  }

  read(from: number, to: number): readonly OutboundRecord[] {
    const start = firstAtLeast(this.#entries, from);
    return this.#entries.slice(start, firstAtLeast(this.#entries, to + 1)).map(asRecord);
  }

  reset(createdAtMs: number): void {
    this.#nextOutbound = 1;
    this.#nextInbound = 1;
    this.#createdAtMs = createdAtMs;
    this.#entries = [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function asRecord(entry: Entry): OutboundRecord {
  const { seqNum, msgType, deadlineMs, source } = entry;
  return {
    seqNum,
    msgType,
    frame: entry.slab.subarray(entry.start, entry.end),
    ...(deadlineMs === undefined ? undefined : { deadlineMs }),
    ...(source === undefined ? undefined : { source }),
  };
}

/** Index of the first entry with seqNum ≥ `seqNum`. */
function firstAtLeast(entries: readonly Entry[], seqNum: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).seqNum < seqNum) low = middle + 1;
    else high = middle;
  }
  return low;
}
