/**
 * Session store in files: an append-only log of records in one durable order, cut into segments, with an
 * index of the message bodies in memory. Each segment begins with a snapshot of the numbers, so old ones are
 * simply deleted.
 *
 * `process`: survives the death of the process (the bytes are with the operating system when a call returns).
 * `host`: survives the death of the host (fdatasync before a call's promise resolves). Neither survives loss
 * of the disk.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { LogWriter, MAGIC, readRecord, type LogRecord, type Numbers } from './log.ts';
import type { OutboundRecord, SessionStore, StoredSession } from './store.ts';

const SEGMENT_BYTES_DEFAULT = 16 << 20;
const MIN_RECORDS_DEFAULT = 100_000;
const READ_BYTES_MAX = 1 << 20;

export interface FileStoreOptions {
  readonly directory: string;
  /** Of the session; its folder below `directory` is named after it. */
  readonly name: string;
  readonly durability: 'process' | 'host';
  /** A segment that is longer is followed by a new one. Default 16 MiB. */
  readonly segmentBytes?: number;
  /** At least this many of the last messages stay resendable. Default 100,000. */
  readonly minRecords?: number;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  readonly fd: number;
  size: number;
  /** Highest MsgSeqNum since the last reset with its body here; 0: none. */
  lastSeqNum: number;
}

/** Where a message lies. */
interface Entry {
  readonly seqNum: number;
  readonly segment: Segment;
  readonly start: number;
  readonly end: number;
}

/** Folders open in this process. */
const openFolders = new Set<string>();

export class FileStore implements SessionStore {
  readonly #options: FileStoreOptions;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #minRecords: number;
  readonly #writer = new LogWriter();
  #numbers: Numbers = newNumbers();
  #segments: Segment[] = [];
  #entries: Entry[] = [];
  #lock = '';
  #broken: Error | undefined;
  /** The fdatasync under way, and the one that will follow it. */
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(options: FileStoreOptions) {
    if (options.name === '' || /^\.+$/.test(options.name))
      throw new Error(`not a session name: "${options.name}"`);
    this.#options = options;
    this.#folder = `${options.directory}/${encodeURIComponent(options.name)}`;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES_DEFAULT;
    this.#minRecords = options.minRecords ?? MIN_RECORDS_DEFAULT;
  }

  /** Opening again after a failed write reads back what is really there. */
  async open(): Promise<StoredSession> {
    if (this.#lock !== '') await this.close();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#lock = takeLock(realpathSync(this.#folder));
    this.#broken = undefined;
    this.#nextSync = undefined;
    try {
      this.#load();
    } catch (error) {
      await this.close();
      throw error;
    }
    const { nextOutbound, nextInbound, createdAtMs, cursors } = this.#numbers;
    return { nextOutbound, nextInbound, createdAtMs, cursors: new Map(cursors) };
  }

  append(records: readonly OutboundRecord[]): void | Promise<void> {
    this.#assertOpen();
    this.#rotateWhenFull();
    const segment = this.#current;
    const writer = this.#writer;
    const numbers = this.#numbers;
    const entries: Entry[] = [];
    let next = numbers.nextOutbound;
    for (const { seqNum } of records) {
      if (seqNum < next) throw new Error(`outbound ${seqNum} is stored already`);
      next = seqNum + 1;
    }
    for (const record of records) {
      const start = segment.size + writer.length;
      writer.message(record);
      entries.push({ seqNum: record.seqNum, segment, start, end: segment.size + writer.length });
    }
    this.#flush(segment);
    numbers.nextOutbound = next;
    segment.lastSeqNum = next - 1;
    for (const entry of entries) this.#entries.push(entry);
    for (const record of records) noteSource(numbers, record);
    return this.#durable();
  }

  setNextInbound(next: number): void | Promise<void> {
    this.#assertOpen();
    this.#writer.inbound(next);
    this.#flush(this.#current);
    this.#numbers.nextInbound = next;
    return this.#durable();
  }

  setNextOutbound(next: number): void | Promise<void> {
    this.#assertOpen();
    if (next < this.#numbers.nextOutbound)
      throw new Error(`outbound ${next} is below ${this.#numbers.nextOutbound}`);
    this.#writer.outbound(next);
    this.#flush(this.#current);
    this.#numbers.nextOutbound = next;
    return this.#durable();
  }

  reset(createdAtMs: number): void | Promise<void> {
    this.#assertOpen();
    this.#writer.reset(createdAtMs);
    this.#flush(this.#current);
    apply(this.#numbers, { type: 'reset', createdAtMs });
    this.#forgetBodies();
    this.#rotateWhenFull();
    return this.#durable();
  }

  read(from: number, to: number): readonly OutboundRecord[] {
    this.#assertOpen();
    const records: OutboundRecord[] = [];
    let at = firstAtLeast(this.#entries, from);
    const end = firstAtLeast(this.#entries, to + 1);
    while (at < end) at = this.#readRun(at, end, records);
    return records;
  }

  /** Reads entries that lie close together with one call; returns the first entry not read. */
  #readRun(first: number, end: number, records: OutboundRecord[]): number {
    const { segment, start } = this.#entries[first] as Entry;
    let last = first;
    while (last + 1 < end) {
      const entry = this.#entries[last + 1] as Entry;
      if (entry.segment !== segment || entry.end - start > READ_BYTES_MAX) break;
      last += 1;
    }
    const bytes = Buffer.allocUnsafe((this.#entries[last] as Entry).end - start);
    if (readSync(segment.fd, bytes, 0, bytes.length, start) !== bytes.length) {
      throw new Error(`${segment.path} is shorter than its index`);
    }
    for (let i = first; i <= last; i++) {
      const found = readRecord(bytes, (this.#entries[i] as Entry).start - start);
      if (found?.record.type !== 'message') throw new Error(`${segment.path} is damaged`);
      records.push(found.record.message);
    }
    return last + 1;
  }

  async close(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing.catch(() => undefined);
    for (const segment of this.#segments) closeSync(segment.fd);
    this.#segments = [];
    this.#entries = [];
    if (this.#lock !== '') releaseLock(this.#lock);
    this.#lock = '';
  }

  get #current(): Segment {
    return this.#segments[this.#segments.length - 1] as Segment;
  }

  #assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#segments.length === 0) throw new Error('the store is not open');
  }

  // --- writing
  // -------------------------------------------------------------------------------------------------------

  /**
   * One write for all records of a call. After a failure the file is what it was, and the store has to be
   * opened again.
   */
  #flush(segment: Segment): void {
    const bytes = this.#writer.bytes;
    this.#writer.clear();
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(segment.fd, bytes, written, bytes.length - written, segment.size + written);
      }
    } catch (error) {
      this.#broken = error as Error;
      ftruncateSync(segment.fd, segment.size);
      throw error;
    }
    segment.size += bytes.length;
  }

  #durable(): void | Promise<void> {
    if (this.#options.durability === 'process') return undefined;
    if (this.#syncing === undefined) return this.#sync();
    // What was written after the running one began needs another; all who wait for that share it.
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      return this.#sync();
    });
    return this.#nextSync;
  }

  #sync(): Promise<void> {
    const { fd } = this.#current;
    this.#syncing = new Promise<void>((resolve, reject) => {
      fdatasync(fd, (error) => {
        this.#syncing = undefined;
        if (error === null) return resolve();
        this.#broken = error;
        reject(error);
      });
    });
    return this.#syncing;
  }

  // --- segments
  // ------------------------------------------------------------------------------------------------------

  #rotateWhenFull(): void {
    if (this.#current.size < this.#segmentBytes) return;
    // The old segment must never be found torn once there is a newer one.
    fdatasyncSync(this.#current.fd);
    this.#segments.push(this.#createSegment(this.#current.number + 1));
    const keepFrom = this.#numbers.nextOutbound - this.#minRecords;
    this.#deleteWhile((segment) => segment.lastSeqNum < keepFrom);
  }

  #createSegment(number: number): Segment {
    const path = `${this.#folder}/${String(number).padStart(8, '0')}.log`;
    const fd = openSync(path, 'wx+', 0o600);
    const segment: Segment = { number, path, fd, size: 0, lastSeqNum: 0 };
    this.#writer.snapshot(this.#numbers);
    const bytes = Buffer.concat([MAGIC, this.#writer.bytes]);
    this.#writer.clear();
    writeSync(fd, bytes, 0, bytes.length, 0);
    segment.size = bytes.length;
    fdatasyncSync(fd);
    const folder = openSync(this.#folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
    return segment;
  }

  /** Bodies from before a reset are not needed; segments that hold nothing else go. */
  #forgetBodies(): void {
    this.#entries = [];
    for (const segment of this.#segments) segment.lastSeqNum = 0;
    this.#deleteWhile(() => true);
  }

  /** Deletes oldest segments, never the current one. */
  #deleteWhile(isUnneeded: (segment: Segment) => boolean): void {
    let count = 0;
    while (count < this.#segments.length - 1 && isUnneeded(this.#segments[count] as Segment)) count += 1;
    if (count === 0) return;
    for (const segment of this.#segments.splice(0, count)) {
      closeSync(segment.fd);
      unlinkSync(segment.path);
    }
    const oldest = this.#segments[0] as Segment;
    this.#entries = this.#entries.filter((entry) => entry.segment.number >= oldest.number);
  }

  // --- opening
  // -------------------------------------------------------------------------------------------------------

  #load(): void {
    this.#numbers = newNumbers();
    const names = readdirSync(this.#folder)
      .filter((name) => /^\d{8}\.log$/.test(name))
      .sort();
    for (const [index, name] of names.entries()) this.#loadSegment(name, index === names.length - 1);
    if (this.#segments.length === 0) this.#segments.push(this.#createSegment(1));
  }

  #loadSegment(name: string, isLast: boolean): void {
    const path = `${this.#folder}/${name}`;
    const bytes = readFileSync(path);
    const hasMagic = bytes.subarray(0, MAGIC.length).equals(MAGIC);
    const first = hasMagic ? readRecord(bytes, MAGIC.length) : undefined;
    if (first?.record.type !== 'snapshot') {
      // Only the making of a new segment can have been cut short there, and nothing was acknowledged in it.
      if (!isLast || (bytes.length >= MAGIC.length && !hasMagic)) throw new Error(`${path} is damaged`);
      unlinkSync(path);
      return;
    }
    const segment: Segment = {
      number: Number(name.slice(0, 8)),
      path,
      fd: openSync(path, 'r+'),
      size: 0,
      lastSeqNum: 0,
    };
    this.#segments.push(segment);
    let at = MAGIC.length;
    for (
      let found: ReturnType<typeof readRecord> = first;
      found !== undefined;
      found = readRecord(bytes, at)
    ) {
      this.#take(found.record, segment, at, found.end);
      at = found.end;
    }
    segment.size = at;
    if (at === bytes.length) return;
    if (!isLast) throw new Error(`${path} is damaged at byte ${at}`);
    ftruncateSync(segment.fd, at);
  }

  #take(record: LogRecord, segment: Segment, start: number, end: number): void {
    if (record.type === 'message') {
      const { seqNum } = record.message;
      this.#entries.push({ seqNum, segment, start, end });
      segment.lastSeqNum = seqNum;
    } else if (record.type === 'reset') {
      this.#entries = [];
      for (const one of this.#segments) one.lastSeqNum = 0;
    }
    apply(this.#numbers, record);
  }
}

function newNumbers(): Numbers {
  return { nextOutbound: 1, nextInbound: 1, createdAtMs: 0, cursors: new Map() };
}

function apply(numbers: Numbers, record: LogRecord): void {
  switch (record.type) {
    case 'message':
      numbers.nextOutbound = record.message.seqNum + 1;
      return noteSource(numbers, record.message);
    case 'inbound':
      numbers.nextInbound = record.next;
      return;
    case 'outbound':
      numbers.nextOutbound = record.next;
      return;
    case 'reset':
      numbers.nextOutbound = 1;
      numbers.nextInbound = 1;
      numbers.createdAtMs = record.createdAtMs;
      return;
    case 'snapshot':
      numbers.nextOutbound = record.numbers.nextOutbound;
      numbers.nextInbound = record.numbers.nextInbound;
      numbers.createdAtMs = record.numbers.createdAtMs;
      for (const [partition, sequence] of record.numbers.cursors) numbers.cursors.set(partition, sequence);
  }
}

function noteSource(numbers: Numbers, record: OutboundRecord): void {
  const { source } = record;
  if (source !== undefined && source.sequence > (numbers.cursors.get(source.partition) ?? 0)) {
    numbers.cursors.set(source.partition, source.sequence);
  }
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

/** One process at a time; a lock whose process is gone is taken over. Returns the path of the lock file. */
function takeLock(folder: string): string {
  const path = `${folder}/lock`;
  if (openFolders.has(path)) throw new Error(`${folder} is open already`);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(path, 'wx', 0o600);
      writeSync(fd, String(process.pid));
      closeSync(fd);
      openFolders.add(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(readFileSync(path, 'latin1'));
    if (holder !== process.pid && isAlive(holder)) throw new Error(`${folder} is open in process ${holder}`);
    unlinkSync(path);
  }
  throw new Error(`${folder} is being opened by another process`);
}

function releaseLock(path: string): void {
  openFolders.delete(path);
  unlinkSync(path);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
