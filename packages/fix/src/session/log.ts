/**
 * The file store's log as bytes: blocks in one durable order, how they are written and read back.
 *
 * A segment is MAGIC and blocks. A block is what one call of the store wrote: all messages of a batch and the
 * numbers that go with them, or a reset, or a snapshot: of all numbers as the first block of every segment,
 * of some cursors and the other numbers elsewhere. It
 * is there as a whole or not at all. Everything is little-endian; times are milliseconds since the epoch;
 * sequence numbers and times are doubles. A block begins at a multiple of 8 in its file and is padded with
 * zeros to one.
 *
 *      0 u32  MARK, by which blocks behind damage are found again
 *      4 u32  CRC-32 of everything behind it
 *      8 u32  bytes of the block
 *     12 u8   type: 1 batch, 2 reset, 3 snapshot
 *     13 u8   which numbers count: 1 nextInbound, 2 nextOutbound
 *     14 u16  how many names
 *     16 f64  when it was written
 *     24 f64  nextInbound
 *     32 f64  nextOutbound
 *     40 f64  createdAtMs, of reset and snapshot
 *     48 u32  how many heads
 *     52 u32  bytes of the names
 *     56      heads, 32 bytes each: of a message, or (in a snapshot) of a delivery cursor or,
 *             without a partition, of an inbound number that is answered for good
 *             f64 MsgSeqNum, f64 deadline (NaN: none), f64 source sequence (0: no source),
 *             u32 bytes of the frame, u16 MsgType and u16 partition as indices of names
 *             names: u16 length and UTF-8, one behind the other
 *             frames in the order of the heads
 *
 * An index is built from the heads alone; frames are only summed up.
 */
import type { Source } from '../codec/fields.ts';
import { AnsweredNumbers } from './answered.ts';
import { ANSWER, NEVER_RESENT, type NumbersWithBatch, type OutboundRecord } from './store.ts';

export const MAGIC = Buffer.from('TGFIXL2\n', 'latin1');
/** Longer than any batch; a length beyond it is not a length. */
const BLOCK_BYTES_MAX = 256 << 20;

const MARK = 0x31424754;
const FIXED_BYTES = 56;
const HEAD_BYTES = 32;
const TYPE_BATCH = 1;
const TYPE_RESET = 2;
const TYPE_SNAPSHOT = 3;
const HAS_INBOUND = 1;
const HAS_OUTBOUND = 2;
const NAME_BYTES_MAX = 0xffff;
const NAMES_MAX = 0xffff;
const NAMES_KEPT = 1_024;
const BUFFER_BYTES = 64 << 10;
/** A buffer that one huge batch has made is given back. */
const BUFFER_BYTES_KEPT = 4 << 20;

/** CRC-32 as in gzip, of all the bytes. */
export type Checksum = (bytes: Uint8Array) => number;

/** The numbers of a session and what changes them. */
export interface Numbers {
  nextOutbound: number;
  nextInbound: number;
  createdAtMs: number;
  readonly cursors: Map<string, number>;
  readonly answered: AnsweredNumbers;
}

/** As of a snapshot: heads without messages. */
interface Sources {
  readonly cursors: ReadonlyMap<string, number>;
  readonly answered: readonly number[];
}

export function newNumbers(): Numbers {
  return {
    nextOutbound: 1,
    nextInbound: 1,
    createdAtMs: 0,
    cursors: new Map(),
    answered: new AnsweredNumbers(),
  };
}

export function noteSource(
  { cursors, answered, nextInbound }: Omit<Numbers, 'createdAtMs' | 'nextOutbound'>,
  { partition, sequence }: Source,
): void {
  if (partition === ANSWER) answered.add(sequence, nextInbound);
  else if (sequence > (cursors.get(partition) ?? 0)) cursors.set(partition, sequence);
}

/** Writes one block after the other into a buffer that is used again: a block is valid until the next. */
export class BlockWriter {
  readonly #checksum: Checksum;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #encoded = new Map<string, Buffer>();
  /** Names of the block being written. */
  readonly #names: Buffer[] = [];
  readonly #indices = new Map<string, number>();
  #nameBytes = 0;

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
    this.#use(BUFFER_BYTES);
  }

  batch(records: readonly OutboundRecord[], numbers: NumbersWithBatch, atMs: number): Buffer {
    const count = records.length;
    let frameBytes = 0;
    for (let i = 0; i < count; i++) frameBytes += records[i].frame.length;
    this.#begin(FIXED_BYTES + count * HEAD_BYTES);
    const view = this.#view;
    let head = FIXED_BYTES;
    for (let i = 0; i < count; i++) {
      const { seqNum, deadlineMs, source, frame, msgType } = records[i];
      view.setFloat64(head, seqNum, true);
      view.setFloat64(head + 8, deadlineMs ?? NaN, true);
      view.setFloat64(head + 16, source === undefined ? 0 : source.sequence, true);
      view.setUint32(head + 24, frame.length, true);
      view.setUint16(head + 28, this.#nameIndex(msgType), true);
      view.setUint16(head + 30, source === undefined ? 0 : this.#nameIndex(source.partition), true);
      head += HEAD_BYTES;
    }
    const at = this.#writeNames(head, frameBytes);
    const end = this.#writeFrames(records, at);
    this.#numbers(numbers.nextInbound, numbers.nextOutbound, 0);
    return this.#finish(TYPE_BATCH, count, end, atMs);
  }

  reset(createdAtMs: number, atMs: number): Buffer {
    this.#begin(FIXED_BYTES);
    this.#numbers(1, 1, createdAtMs);
    return this.#finish(TYPE_RESET, 0, this.#writeNames(FIXED_BYTES, 0), atMs);
  }

  snapshot(numbers: Readonly<Omit<Numbers, keyof Sources>> & Sources, atMs: number): Buffer {
    const { cursors, answered } = numbers;
    const heads = cursors.size + answered.length;
    this.#begin(FIXED_BYTES + heads * HEAD_BYTES);
    this.#bytes.fill(0, FIXED_BYTES, FIXED_BYTES + heads * HEAD_BYTES);
    let head = FIXED_BYTES;
    const write = (partition: string, sequence: number): void => {
      this.#view.setFloat64(head + 16, sequence, true);
      this.#view.setUint16(head + 30, this.#nameIndex(partition), true);
      head += HEAD_BYTES;
    };
    for (const [partition, sequence] of cursors) write(partition, sequence);
    for (const number of answered) write(ANSWER, number);
    this.#numbers(numbers.nextInbound, numbers.nextOutbound, numbers.createdAtMs);
    return this.#finish(TYPE_SNAPSHOT, heads, this.#writeNames(head, 0), atMs);
  }

  #begin(bytes: number): void {
    this.#names.length = 0;
    this.#indices.clear();
    this.#nameBytes = 0;
    if (this.#bytes.length > BUFFER_BYTES_KEPT) this.#use(BUFFER_BYTES);
    this.#reserve(0, bytes);
  }

  #use(bytes: number): void {
    this.#bytes = Buffer.from(new ArrayBuffer(bytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Room for so many bytes; the first `used` are kept. */
  #reserve(used: number, bytes: number): void {
    if (bytes > BLOCK_BYTES_MAX) throw new Error(`a batch of ${bytes} bytes`);
    if (bytes <= this.#bytes.length) return;
    const before = this.#bytes;
    this.#use(Math.max(bytes, 2 * before.length));
    this.#bytes.set(before.subarray(0, used));
  }

  #numbers(nextInbound: number | undefined, nextOutbound: number | undefined, createdAtMs: number): void {
    const view = this.#view;
    view.setUint8(
      13,
      (nextInbound === undefined ? 0 : HAS_INBOUND) | (nextOutbound === undefined ? 0 : HAS_OUTBOUND),
    );
    view.setFloat64(24, nextInbound ?? 0, true);
    view.setFloat64(32, nextOutbound ?? 0, true);
    view.setFloat64(40, createdAtMs, true);
  }

  #nameIndex(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    const index = this.#names.length;
    if (index >= NAMES_MAX) throw new Error('too many partitions in one block');
    const bytes = this.#nameOf(name);
    this.#names.push(bytes);
    this.#nameBytes += 2 + bytes.length;
    this.#indices.set(name, index);
    return index;
  }

  #nameOf(name: string): Buffer {
    let bytes = this.#encoded.get(name);
    if (bytes === undefined) {
      bytes = Buffer.from(name, 'utf8');
      if (bytes.length > NAME_BYTES_MAX) throw new Error(`a name of ${bytes.length} bytes`);
      if (this.#encoded.size >= NAMES_KEPT) this.#encoded.clear();
      this.#encoded.set(name, bytes);
    }
    return bytes;
  }

  /** Returns where the frames begin. */
  #writeNames(head: number, frameBytes: number): number {
    this.#reserve(head, head + this.#nameBytes + frameBytes + 8);
    const bytes = this.#bytes;
    let at = head;
    for (const name of this.#names) {
      bytes[at] = name.length & 0xff;
      bytes[at + 1] = name.length >>> 8;
      bytes.set(name, at + 2);
      at += 2 + name.length;
    }
    return at;
  }

  /** Frames that lie one behind the other (as an encoder leaves them) are copied with one call. */
  #writeFrames(records: readonly OutboundRecord[], start: number): number {
    const bytes = this.#bytes;
    let at = start;
    for (let i = 0; i < records.length;) {
      const { frame } = records[i];
      const { buffer } = frame;
      let end = frame.byteOffset + frame.length;
      let next = i + 1;
      while (next < records.length) {
        const following = records[next].frame;
        if (following.buffer !== buffer || following.byteOffset !== end) break;
        end += following.length;
        next += 1;
      }
      if (next === i + 1) {
        bytes.set(frame, at);
        at += frame.length;
      } else {
        bytes.set(new Uint8Array(buffer, frame.byteOffset, end - frame.byteOffset), at);
        at += end - frame.byteOffset;
      }
      i = next;
    }
    return at;
  }

  #finish(type: number, heads: number, end: number, atMs: number): Buffer {
    const size = (end + 7) & ~7;
    const bytes = this.#bytes;
    for (let at = end; at < size; at++) bytes[at] = 0;
    const view = this.#view;
    view.setUint32(0, MARK, true);
    view.setUint32(8, size, true);
    view.setUint8(12, type);
    view.setUint16(14, this.#names.length, true);
    view.setFloat64(16, atMs, true);
    view.setUint32(48, heads, true);
    view.setUint32(52, this.#nameBytes, true);
    view.setUint32(4, this.#checksum(bytes.subarray(8, size)), true);
    return bytes.subarray(0, size);
  }
}

export type BlockType = 'batch' | 'reset' | 'snapshot';

/** Reads blocks out of bytes; it stands on one at a time. */
export class BlockReader {
  /** Where the block begins that it stands on, and where the next one does. */
  at = 0;
  end = 0;
  readonly #checksum: Checksum;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(checksum: Checksum) {
    this.#checksum = checksum;
  }

  take(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes to the block at `at`; false when there is none that is whole. */
  move(at: number): boolean {
    const bytes = this.#bytes;
    if (at + FIXED_BYTES > bytes.length || this.#view.getUint32(at, true) !== MARK) return false;
    const size = this.#view.getUint32(at + 8, true);
    if (size < FIXED_BYTES || size > BLOCK_BYTES_MAX || size % 8 !== 0 || at + size > bytes.length) {
      return false;
    }
    if (this.#checksum(bytes.subarray(at + 8, at + size)) !== this.#view.getUint32(at + 4, true))
      return false;
    this.at = at;
    this.end = at + size;
    return true;
  }

  /** Is there a whole block anywhere from `at` on? */
  hasBlockFrom(at: number): boolean {
    for (let next = (at + 7) & ~7; next + FIXED_BYTES <= this.#bytes.length; next += 8) {
      if (this.move(next)) return true;
    }
    return false;
  }

  get type(): BlockType {
    switch (this.#bytes[this.at + 12]) {
      case TYPE_BATCH:
        return 'batch';
      case TYPE_RESET:
        return 'reset';
      case TYPE_SNAPSHOT:
        return 'snapshot';
      default:
        // Its checksum is right.
        throw new Error(`block of unknown type ${this.#bytes[this.at + 12]}: written by a newer version?`);
    }
  }

  /** When it was written. */
  get atMs(): number {
    return this.#view.getFloat64(this.at + 16, true);
  }

  get nextInbound(): number | undefined {
    return (this.#bytes[this.at + 13] & HAS_INBOUND) === 0
      ? undefined
      : this.#view.getFloat64(this.at + 24, true);
  }

  get nextOutbound(): number | undefined {
    return (this.#bytes[this.at + 13] & HAS_OUTBOUND) === 0
      ? undefined
      : this.#view.getFloat64(this.at + 32, true);
  }

  get createdAtMs(): number {
    return this.#view.getFloat64(this.at + 40, true);
  }

  /** Messages, or in a snapshot cursors. */
  get heads(): number {
    return this.#view.getUint32(this.at + 48, true);
  }

  seqNum(index: number): number {
    return this.#view.getFloat64(this.at + FIXED_BYTES + index * HEAD_BYTES, true);
  }

  /** Does it hold the frame of a message that is never resent? Earlier releases kept those, too. */
  get keepsUnneeded(): boolean {
    if (this.type !== 'batch') return false;
    let names: readonly string[] | undefined;
    let head = this.at + FIXED_BYTES;
    for (let left = this.heads; left > 0; left--, head += HEAD_BYTES) {
      if (this.#view.getUint32(head + 24, true) === 0) continue;
      names ??= this.#names();
      if (NEVER_RESENT.has(names[this.#view.getUint16(head + 28, true)])) return true;
    }
    return false;
  }

  /** What the block changes. */
  apply(numbers: Numbers): void {
    const { type, heads, nextInbound, nextOutbound } = this;
    if (type !== 'batch') numbers.createdAtMs = this.createdAtMs;
    if (type === 'reset') numbers.answered.clear();
    if (type === 'batch' && heads > 0) numbers.nextOutbound = this.seqNum(heads - 1) + 1;
    if (nextInbound !== undefined) numbers.nextInbound = nextInbound;
    if (nextOutbound !== undefined) numbers.nextOutbound = nextOutbound;
    let names: readonly string[] | undefined;
    let head = this.at + FIXED_BYTES;
    for (let i = 0; i < heads; i++, head += HEAD_BYTES) {
      const sequence = this.#view.getFloat64(head + 16, true);
      if (sequence === 0) continue;
      names ??= this.#names();
      noteSource(numbers, { partition: names[this.#view.getUint16(head + 30, true)], sequence });
    }
  }

  /** Adds its messages with from ≤ MsgSeqNum ≤ to; their frames are views into the bytes. */
  messages(from: number, to: number, records: OutboundRecord[]): void {
    const { heads } = this;
    const names = this.#names();
    let head = this.at + FIXED_BYTES;
    let frame = head + heads * HEAD_BYTES + this.#view.getUint32(this.at + 52, true);
    for (let i = 0; i < heads; i++, head += HEAD_BYTES) {
      const frameEnd = frame + this.#view.getUint32(head + 24, true);
      const seqNum = this.#view.getFloat64(head, true);
      if (seqNum >= from && seqNum <= to) {
        const deadlineMs = this.#view.getFloat64(head + 8, true);
        const sequence = this.#view.getFloat64(head + 16, true);
        records.push({
          seqNum,
          msgType: names[this.#view.getUint16(head + 28, true)],
          frame: this.#bytes.subarray(frame, frameEnd),
          ...(Number.isNaN(deadlineMs) ? undefined : { deadlineMs }),
          ...(sequence === 0
            ? undefined
            : { source: { partition: names[this.#view.getUint16(head + 30, true)], sequence } }),
        });
      }
      frame = frameEnd;
    }
  }

  #names(): string[] {
    const names: string[] = [];
    let at = this.at + FIXED_BYTES + this.heads * HEAD_BYTES;
    for (let left = this.#view.getUint16(this.at + 14, true); left > 0; left--) {
      const end = at + 2 + this.#view.getUint16(at, true);
      names.push(this.#bytes.toString('utf8', at + 2, end));
      at = end;
    }
    return names;
  }
}
