/**
 * Records of the file store's log as bytes: what is written, and how it is read back up to the first torn
 * one.
 *
 * A segment is MAGIC and records. A record is its payload's length (u32), the payload's CRC-32 (u32) and the
 * payload, whose first byte is its type. All numbers are little-endian; sequence numbers and times are
 * doubles.
 */
import type { Source } from '../codec/fields.ts';
import { crc32 } from './crc32.ts';
import type { OutboundRecord } from './store.ts';

export const MAGIC = Buffer.from('TGFIXL1\n', 'latin1');

const HEAD_BYTES = 8;
const TYPE_MESSAGE = 1;
const TYPE_INBOUND = 2;
const TYPE_OUTBOUND = 3;
const TYPE_RESET = 4;
const TYPE_SNAPSHOT = 5;
/** Type, seqNum, deadline, source sequence, lengths of msgType (u8) and partition (u16). */
const MESSAGE_HEAD_BYTES = 1 + 8 + 8 + 8 + 1 + 2;
/** Longer than any message; a length beyond it is not a length. */
const PAYLOAD_BYTES_MAX = 256 << 20;
const PARTITIONS_KEPT = 1024;

/** The numbers of a session and what changes them. */
export interface Numbers {
  nextOutbound: number;
  nextInbound: number;
  createdAtMs: number;
  readonly cursors: Map<string, number>;
}

export type LogRecord =
  | { readonly type: 'message'; readonly message: OutboundRecord }
  | { readonly type: 'inbound' | 'outbound'; readonly next: number }
  | { readonly type: 'reset'; readonly createdAtMs: number }
  | { readonly type: 'snapshot'; readonly numbers: Numbers };

/** Collects the records of one batch in a buffer that is used again. */
export class LogWriter {
  #buffer = Buffer.allocUnsafe(64 << 10);
  #end = 0;
  readonly #partitions = new Map<string, Buffer>();

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end);
  }

  get length(): number {
    return this.#end;
  }

  clear(): void {
    this.#end = 0;
  }

  message(record: OutboundRecord): void {
    const { msgType, frame, source } = record;
    const partition = source === undefined ? undefined : this.#partition(source.partition);
    const partitionBytes = partition?.length ?? 0;
    const payloadBytes = MESSAGE_HEAD_BYTES + msgType.length + partitionBytes + frame.length;
    const start = this.#begin(payloadBytes);
    const buffer = this.#buffer;
    buffer[start] = TYPE_MESSAGE;
    buffer.writeDoubleLE(record.seqNum, start + 1);
    buffer.writeDoubleLE(record.deadlineMs ?? NaN, start + 9);
    buffer.writeDoubleLE(source?.sequence ?? 0, start + 17);
    buffer[start + 25] = msgType.length;
    buffer.writeUInt16LE(partitionBytes, start + 26);
    let at = start + MESSAGE_HEAD_BYTES;
    for (let i = 0; i < msgType.length; i++) buffer[at++] = msgType.charCodeAt(i);
    if (partition !== undefined) {
      buffer.set(partition, at);
      at += partitionBytes;
    }
    buffer.set(frame, at);
    this.#finish(start, payloadBytes);
  }

  inbound(next: number): void {
    this.#number(TYPE_INBOUND, next);
  }

  outbound(next: number): void {
    this.#number(TYPE_OUTBOUND, next);
  }

  reset(createdAtMs: number): void {
    this.#number(TYPE_RESET, createdAtMs);
  }

  snapshot(numbers: Numbers): void {
    let payloadBytes = 1 + 3 * 8 + 4;
    for (const partition of numbers.cursors.keys()) payloadBytes += 2 + this.#partition(partition).length + 8;
    const start = this.#begin(payloadBytes);
    const buffer = this.#buffer;
    buffer[start] = TYPE_SNAPSHOT;
    let at = buffer.writeDoubleLE(numbers.nextOutbound, start + 1);
    at = buffer.writeDoubleLE(numbers.nextInbound, at);
    at = buffer.writeDoubleLE(numbers.createdAtMs, at);
    at = buffer.writeUInt32LE(numbers.cursors.size, at);
    for (const [partition, sequence] of numbers.cursors) {
      const name = this.#partition(partition);
      at = buffer.writeUInt16LE(name.length, at);
      buffer.set(name, at);
      at = buffer.writeDoubleLE(sequence, at + name.length);
    }
    this.#finish(start, payloadBytes);
  }

  #number(type: number, value: number): void {
    const start = this.#begin(9);
    this.#buffer[start] = type;
    this.#buffer.writeDoubleLE(value, start + 1);
    this.#finish(start, 9);
  }

  #begin(payloadBytes: number): number {
    const needed = this.#end + HEAD_BYTES + payloadBytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = grown;
    }
    return this.#end + HEAD_BYTES;
  }

  #finish(start: number, payloadBytes: number): void {
    this.#buffer.writeUInt32LE(payloadBytes, start - HEAD_BYTES);
    this.#buffer.writeUInt32LE(crc32(this.#buffer, start, start + payloadBytes), start - 4);
    this.#end = start + payloadBytes;
  }

  #partition(name: string): Buffer {
    let bytes = this.#partitions.get(name);
    if (bytes === undefined) {
      bytes = Buffer.from(name, 'utf8');
      if (bytes.length > 0xffff) throw new Error(`partition name of ${bytes.length} bytes`);
      if (this.#partitions.size >= PARTITIONS_KEPT) this.#partitions.clear();
      this.#partitions.set(name, bytes);
    }
    return bytes;
  }
}

/**
 * The record at `at`, and where the next one begins; undefined when there is none or it is torn. Frames are
 * views into `bytes`.
 */
export function readRecord(
  bytes: Buffer,
  at: number,
): { readonly record: LogRecord; readonly end: number } | undefined {
  const start = at + HEAD_BYTES;
  if (start > bytes.length) return undefined;
  const payloadBytes = bytes.readUInt32LE(at);
  const end = start + payloadBytes;
  if (payloadBytes === 0 || payloadBytes > PAYLOAD_BYTES_MAX || end > bytes.length) return undefined;
  if (crc32(bytes, start, end) !== bytes.readUInt32LE(at + 4)) return undefined;
  return { record: parse(bytes, start, end), end };
}

function parse(bytes: Buffer, start: number, end: number): LogRecord {
  switch (bytes[start]) {
    case TYPE_MESSAGE:
      return { type: 'message', message: parseMessage(bytes, start, end) };
    case TYPE_INBOUND:
      return { type: 'inbound', next: bytes.readDoubleLE(start + 1) };
    case TYPE_OUTBOUND:
      return { type: 'outbound', next: bytes.readDoubleLE(start + 1) };
    case TYPE_RESET:
      return { type: 'reset', createdAtMs: bytes.readDoubleLE(start + 1) };
    case TYPE_SNAPSHOT:
      return { type: 'snapshot', numbers: parseSnapshot(bytes, start) };
    default:
      throw new Error(`record of unknown type ${bytes[start]}: written by a newer version?`);
  }
}

function parseMessage(bytes: Buffer, start: number, end: number): OutboundRecord {
  const deadlineMs = bytes.readDoubleLE(start + 9);
  const sequence = bytes.readDoubleLE(start + 17);
  const typeEnd = start + MESSAGE_HEAD_BYTES + bytes[start + 25]!;
  const partitionEnd = typeEnd + bytes.readUInt16LE(start + 26);
  const source: Source | undefined =
    sequence === 0 ? undefined : { partition: bytes.toString('utf8', typeEnd, partitionEnd), sequence };
  return {
    seqNum: bytes.readDoubleLE(start + 1),
    msgType: bytes.toString('latin1', start + MESSAGE_HEAD_BYTES, typeEnd),
    frame: bytes.subarray(partitionEnd, end),
    ...(Number.isNaN(deadlineMs) ? undefined : { deadlineMs }),
    ...(source === undefined ? undefined : { source }),
  };
}

function parseSnapshot(bytes: Buffer, start: number): Numbers {
  const cursors = new Map<string, number>();
  let at = start + 1 + 3 * 8;
  const count = bytes.readUInt32LE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + 2 + bytes.readUInt16LE(at);
    cursors.set(bytes.toString('utf8', at + 2, nameEnd), bytes.readDoubleLE(nameEnd));
    at = nameEnd + 8;
  }
  return {
    nextOutbound: bytes.readDoubleLE(start + 1),
    nextInbound: bytes.readDoubleLE(start + 9),
    createdAtMs: bytes.readDoubleLE(start + 17),
    cursors,
  };
}
