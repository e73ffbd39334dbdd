/**
 * Session store in files: an append-only log in one durable order (`log.ts` has its format), cut into
 * segments, with an index of the message blocks in memory. One call of the store is one block and one write,
 * so a batch with its numbers is there as a whole or not at all. Each segment begins with a snapshot of the
 * numbers, so old ones are simply deleted.
 *
 * What a call that returned (or whose promise resolved) survives is the setting `fsync`:
 *
 * - `never`: the death of the process, also by kill -9: the bytes are with the operating system. A death of
 *   the host may lose the newest of them.
 * - `interval`: the same at once, and the death of the host for all but the last `fsyncIntervalMs` and what a
 *   running fdatasync takes.
 * - `batch`: the death of the host; the promise resolves after fdatasync, which calls share.
 *
 * None survives the loss of the disk. A write that fails is taken back, and nothing more is written until
 * `open` has read what is there. After a failed fdatasync that is what the system's cache says: restart the
 * host before you trust it.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { BlockWriter, MAGIC, newNumbers, noteSource, type Numbers } from './log.ts';
import { releaseLock, takeLock } from './store.file.lock.ts';
import {
  cut,
  damageAt,
  newReader,
  numberOf,
  readWithoutUnneeded,
  removeCuts,
  scan,
  segmentPath,
  segmentPaths,
  syncFolder,
  type Repair,
  type Segment,
} from './store.file.segment.ts';
import { BlockIndex } from './store.index.ts';
import {
  StoreError,
  type NumbersWithBatch,
  type OutboundRecord,
  type SessionStore,
  type StoredSession,
} from './store.ts';

const SEGMENT_BYTES_DEFAULT = 16 << 20;
const SEGMENT_BYTES_MAX = 1 << 30;
const MIN_RECORDS_DEFAULT = 100_000;
const MAX_BYTES_DEFAULT = 512 << 20;
const FSYNC_INTERVAL_MS_DEFAULT = 100;
const READ_BYTES_MAX = 1 << 20;

export type FsyncPolicy = 'never' | 'interval' | 'batch';

export interface FileStoreOptions {
  readonly directory: string;
  /** Of the session; its folder below `directory` is named after it. */
  readonly name: string;
  /**
   * `never` survives the loss of the process; `interval` that, and the loss of the host for all but the last
   * `fsyncIntervalMs`; `batch` the loss of the host. Default `never`.
   */
  readonly fsync?: FsyncPolicy;
  /** With `interval`: what the loss of the host may cost at most. Default 100. */
  readonly fsyncIntervalMs?: number;
  /** A segment that is longer is followed by a new one. Default 16 MiB, at most 1 GiB. */
  readonly segmentBytes?: number;
  /**
   * At least this many of the last messages stay resendable, as far as `maxBytes` allows. Default 100,000.
   */
  readonly minRecords?: number;
  /** Disk space of all segments, give or take one segment and one batch. Default 512 MiB. */
  readonly maxBytes?: number;
  /**
   * Told at `open` of what had to be cut off. Without it a torn tail is cut (nobody was told that it is
   * stored), while damage before it makes `open` fail with StoreError `damaged`: nothing else is ever lost
   * unsaid.
   */
  onRepair?(repair: Repair): void;
  /** `fs.writeSync`, for tests of full disks. */
  readonly write?: (
    fd: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => number;
}

export class FileStore implements SessionStore {
  readonly #options: FileStoreOptions;
  readonly #folder: string;
  readonly #fsync: FsyncPolicy;
  readonly #segmentBytes: number;
  readonly #minRecords: number;
  readonly #maxBytes: number;
  readonly #writer = new BlockWriter(crc32);
  readonly #reader = newReader();
  readonly #index = new BlockIndex();
  #numbers: Numbers = newNumbers();
  #segments: Segment[] = [];
  /** Of the last segment; -1: not open. */
  #fd = -1;
  #lock = '';
  #broken: StoreError | undefined;
  /** Descriptors of full segments that are still to be synced, then closed. */
  #retired: number[] = [];
  #isFolderNew = false;
  /** The fdatasync under way, and the one that will follow it. */
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  #syncTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FileStoreOptions) {
    if (options.name === '' || /^\.+$/.test(options.name))
      throw new Error(`not a session name: "${options.name}"`);
    this.#options = options;
    this.#folder = storeFolder(options.directory, options.name);
    this.#fsync = options.fsync ?? 'never';
    this.#segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES_DEFAULT, SEGMENT_BYTES_MAX);
    this.#minRecords = options.minRecords ?? MIN_RECORDS_DEFAULT;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES_DEFAULT;
  }

  /** Opening again after a failed write reads back what is really there. Throws StoreError. */
  async open(): Promise<StoredSession> {
    if (this.#lock !== '') await this.close();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#lock = takeLock(realpathSync(this.#folder));
    this.#broken = undefined;
    try {
      this.#load();
      if (this.#fsync !== 'never') this.#syncAll();
    } catch (error) {
      await this.close();
      throw asStoreError(error);
    }
    const { nextOutbound, nextInbound, createdAtMs, cursors, answered } = this.#numbers;
    return {
      nextOutbound,
      nextInbound,
      createdAtMs,
      cursors: new Map(cursors),
      answered: answered.from(nextInbound),
    };
  }

  append(records: readonly OutboundRecord[], more: NumbersWithBatch = NO_NUMBERS): void | Promise<void> {
    this.#assertOpen();
    const numbers = this.#numbers;
    let next = numbers.nextOutbound;
    for (let i = 0; i < records.length; i++) {
      const { seqNum } = records[i];
      if (seqNum < next) throw new Error(`outbound ${seqNum} is stored already`);
      next = seqNum + 1;
    }
    if (more.nextOutbound !== undefined && more.nextOutbound < next)
      throw new Error(`outbound ${more.nextOutbound} is below ${next}`);
    this.#rotateWhenFull();
    const segment = this.#current;
    const start = segment.size;
    this.#write(this.#writer.batch(records, more, Date.now()));
    numbers.nextOutbound = more.nextOutbound ?? next;
    if (more.nextInbound !== undefined) numbers.nextInbound = more.nextInbound;
    if (records.length > 0) {
      this.#index.add(records[0].seqNum, next - 1, segment.number, start, segment.size);
      segment.records += records.length;
      for (let i = 0; i < records.length; i++) {
        const { source } = records[i];
        if (source !== undefined) noteSource(numbers, source);
      }
    }
    return this.#durable();
  }

  setNextInbound(next: number): void | Promise<void> {
    return this.append(NO_RECORDS, { nextInbound: next });
  }

  setNextOutbound(next: number): void | Promise<void> {
    return this.append(NO_RECORDS, { nextOutbound: next });
  }

  /** As a snapshot of the numbers, with the cursors that are new. */
  noteCursors(cursors: ReadonlyMap<string, number>): void | Promise<void> {
    this.#assertOpen();
    this.#rotateWhenFull();
    this.#write(this.#writer.snapshot({ ...this.#numbers, cursors, answered: [] }, Date.now()));
    for (const [partition, sequence] of cursors) noteSource(this.#numbers, { partition, sequence });
    return this.#durable();
  }

  reset(createdAtMs: number): void | Promise<void> {
    this.#assertOpen();
    this.#write(this.#writer.reset(createdAtMs, Date.now()));
    const numbers = this.#numbers;
    numbers.nextOutbound = 1;
    numbers.nextInbound = 1;
    numbers.createdAtMs = createdAtMs;
    numbers.answered.clear();
    this.#index.clear();
    for (const segment of this.#segments) segment.records = 0;
    this.#deleteFirst(this.#segments.length - 1);
    this.#rotateWhenFull();
    return this.#durable();
  }

  /** Throws StoreError `damaged` when what was written can't be read back. */
  read(from: number, to: number): readonly OutboundRecord[] {
    this.#assertOpen();
    const records: OutboundRecord[] = [];
    const end = this.#index.endAtMost(to);
    for (let row = this.#index.firstAtLeast(from); row < end;)
      row = this.#readRun(row, end, from, to, records);
    return records;
  }

  /** Reads blocks that lie close together with one call; returns the first row not read. */
  #readRun(first: number, end: number, from: number, to: number, records: OutboundRecord[]): number {
    const index = this.#index;
    const [number, start] = [index.segment(first), index.start(first)];
    let last = first;
    while (
      last + 1 < end &&
      index.segment(last + 1) === number &&
      index.end(last + 1) - start <= READ_BYTES_MAX
    ) {
      last += 1;
    }
    const segment = this.#segments.find((one) => one.number === number) as Segment;
    const bytes = Buffer.allocUnsafe(index.end(last) - start);
    this.#readBytes(segment, bytes, start);
    this.#reader.take(bytes);
    for (let row = first; row <= last; row++) {
      if (!this.#reader.move(index.start(row) - start)) {
        throw new StoreError('damaged', `${segment.path} is damaged at byte ${index.start(row)}`);
      }
      this.#reader.messages(from, to, records);
    }
    return last + 1;
  }

  #readBytes(segment: Segment, bytes: Buffer, start: number): void {
    const isCurrent = segment === this.#current;
    const fd = isCurrent ? this.#fd : openSync(segment.path, 'r');
    try {
      for (let read = 0; read < bytes.length;) {
        const count = readSync(fd, bytes, read, bytes.length - read, start + read);
        if (count === 0) throw new StoreError('damaged', `${segment.path} is shorter than its index`);
        read += count;
      }
    } finally {
      if (!isCurrent) closeSync(fd);
    }
  }

  /** With `batch` and `interval` everything written is on the disk when it resolves. */
  async close(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    while (this.#syncing !== undefined) await this.#syncing.catch(() => undefined);
    if (this.#fd >= 0 && this.#fsync === 'interval' && this.#broken === undefined) {
      await this.#sync().catch(() => undefined);
    }
    for (const fd of this.#retired.splice(0)) closeSync(fd);
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#segments = [];
    this.#index.clear();
    if (this.#lock !== '') releaseLock(this.#lock);
    this.#lock = '';
  }

  get #current(): Segment {
    return this.#segments[this.#segments.length - 1];
  }

  #assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#fd < 0) throw new StoreError('closed', 'the store is not open');
  }

  // --- writing
  // -------------------------------------------------------------------------------------------------------

  /** After a failure the file is what it was, and the store has to be opened again. */
  #write(bytes: Uint8Array): void {
    const segment = this.#current;
    try {
      this.#writeAt(this.#fd, bytes, segment.size);
    } catch (error) {
      this.#broken = asStoreError(error);
      this.#takeBack();
      throw this.#broken;
    }
    segment.size += bytes.length;
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#fd, this.#current.size);
    } catch {
      // A disk that refuses this, too: `open` finds the torn tail.
    }
  }

  #writeAt(fd: number, bytes: Uint8Array, position: number): void {
    const write = this.#options.write ?? writeSync;
    for (let written = 0; written < bytes.length;) {
      written += write(fd, bytes, written, bytes.length - written, position + written);
    }
  }

  #durable(): void | Promise<void> {
    if (this.#fsync === 'never') return undefined;
    if (this.#fsync === 'interval') {
      this.#syncTimer ??= setTimeout(() => this.#syncOnTime(), this.#intervalMs).unref();
      return undefined;
    }
    if (this.#syncing === undefined) return this.#sync();
    // What was written after the running one began needs another; all who wait for that share it.
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      return this.#sync();
    });
    return this.#nextSync;
  }

  get #intervalMs(): number {
    return this.#options.fsyncIntervalMs ?? FSYNC_INTERVAL_MS_DEFAULT;
  }

  /** One at a time: a disk that is slower than the interval is not asked more often. */
  #syncOnTime(): void {
    this.#syncTimer = undefined;
    if (this.#syncing === undefined) void this.#sync().catch(() => undefined);
    else this.#syncTimer = setTimeout(() => this.#syncOnTime(), this.#intervalMs).unref();
  }

  /** Full segments first: a segment is never found torn when there is a newer one. */
  #sync(): Promise<void> {
    const retired = this.#retired.splice(0);
    this.#syncing = this.#syncEach([...retired, this.#fd]).then(
      () => {
        this.#syncing = undefined;
        for (const fd of retired) closeSync(fd);
      },
      (error: unknown) => {
        this.#syncing = undefined;
        this.#nextSync = undefined;
        for (const fd of retired) closeSync(fd);
        this.#broken = asStoreError(error);
        throw this.#broken;
      },
    );
    return this.#syncing;
  }

  async #syncEach(descriptors: readonly number[]): Promise<void> {
    for (const fd of descriptors) {
      await new Promise<void>((resolve, reject) => {
        fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
      });
    }
    if (!this.#isFolderNew) return;
    this.#isFolderNew = false;
    syncFolder(this.#folder);
  }

  // --- segments
  // ------------------------------------------------------------------------------------------------------

  #rotateWhenFull(): void {
    if (this.#current.size < this.#segmentBytes) return;
    const previous = this.#fd;
    try {
      this.#createSegment(this.#current.number + 1);
    } catch (error) {
      this.#broken = asStoreError(error);
      throw this.#broken;
    }
    if (this.#fsync === 'never') closeSync(previous);
    else this.#retired.push(previous);
    this.#deleteUnneeded();
  }

  #deleteUnneeded(): void {
    let records = this.#segments.reduce((sum, one) => sum + one.records, 0);
    let bytes = this.#segments.reduce((sum, one) => sum + one.size, this.#segmentBytes);
    let count = 0;
    for (const segment of this.#segments.slice(0, -1)) {
      records -= segment.records;
      if (records < this.#minRecords && bytes <= this.#maxBytes) break;
      bytes -= segment.size;
      count += 1;
    }
    this.#deleteFirst(count);
  }

  /** The new segment is the current one, or (when it can't be written) nothing has changed. */
  #createSegment(number: number): void {
    const path = segmentPath(this.#folder, number);
    const { answered, ...numbers } = this.#numbers;
    const snapshot = { ...numbers, answered: answered.from(numbers.nextInbound) };
    const bytes = Buffer.concat([MAGIC, this.#writer.snapshot(snapshot, Date.now())]);
    const fd = openSync(path, 'wx+', 0o600);
    try {
      this.#writeAt(fd, bytes, 0);
    } catch (error) {
      closeSync(fd);
      rmSync(path);
      throw error;
    }
    this.#segments.push({ number, path, size: bytes.length, records: 0 });
    this.#fd = fd;
    this.#isFolderNew = true;
  }

  #deleteFirst(count: number): void {
    if (count === 0) return;
    for (const segment of this.#segments.splice(0, count)) rmSync(segment.path);
    this.#index.dropBefore(this.#segments[0].number);
  }

  // --- opening
  // -------------------------------------------------------------------------------------------------------

  #load(): void {
    this.#numbers = newNumbers();
    this.#index.clear();
    this.#segments = [];
    const paths = segmentPaths(this.#folder);
    for (const [position, path] of paths.entries()) {
      const bytes = readWithoutUnneeded(path, this.#reader, this.#writer);
      const end = this.#loadSegment(path, bytes);
      if (end < bytes.length || end === 0) {
        this.#repair(paths, position, end);
        break;
      }
    }
    if (this.#segments.length === 0) this.#createSegment(1);
    else this.#fd = openSync(this.#current.path, 'r+');
  }

  /** Returns up to where the segment is whole. */
  #loadSegment(path: string, bytes: Buffer): number {
    const segment: Segment = { number: numberOf(path), path, size: 0, records: 0 };
    const reader = this.#reader;
    const end = scan(path, bytes, reader, () => {
      const { type, heads } = reader;
      reader.apply(this.#numbers);
      if (type === 'reset') {
        this.#index.clear();
        segment.records = 0;
        for (const one of this.#segments) one.records = 0;
      } else if (type === 'batch' && heads > 0) {
        segment.records += heads;
        this.#index.add(reader.seqNum(0), reader.seqNum(heads - 1), segment.number, reader.at, reader.end);
      }
    });
    segment.size = end;
    if (end > 0) this.#segments.push(segment);
    return end;
  }

  #repair(paths: readonly string[], position: number, at: number): void {
    const repair = damageAt(paths, position, at, this.#reader);
    const isTail = repair.kind === 'tail';
    // The numbers are gone with the first block, unless nothing can have been in there yet.
    const isNumberless = this.#segments.length === 0 && !(isTail && numberOf(repair.path) === 1);
    if (isNumberless || (!isTail && this.#options.onRepair === undefined)) {
      throw new StoreError('damaged', `${repair.path} is damaged at byte ${at}`);
    }
    if (!isTail) removeCuts(this.#folder);
    cut(paths, position, repair);
    this.#options.onRepair?.(repair);
  }

  /** What an earlier process has left in the system's cache is relied upon from now on. */
  #syncAll(): void {
    for (const { path } of this.#segments.slice(0, -1)) {
      const fd = openSync(path, 'r+');
      fdatasyncSync(fd);
      closeSync(fd);
    }
    fdatasyncSync(this.#fd);
    syncFolder(this.#folder);
    this.#isFolderNew = false;
  }
}

const NO_NUMBERS: NumbersWithBatch = {};
const NO_RECORDS: readonly OutboundRecord[] = [];

/** The folder of a session's files. */
export function storeFolder(directory: string, name: string): string {
  return `${directory}/${encodeURIComponent(name)}`;
}

function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new StoreError(isFull ? 'full' : 'failed', message, { cause: error });
}
