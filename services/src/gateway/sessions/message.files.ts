/**
 * Every FIX message in files, for people who have to prove what was said: lines as `npm run fix -- decode`
 * reads them, secrets masked by the engine. Written in batches off the event loop; what the disk does not
 * take in time is dropped and counted, never waited for. Files have a size and all of them together a bound:
 * the oldest go first. It is a log, not a record: orders are proved by the journal.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLogLine, type MessageLog, type MessageLogEntry } from '@tidegate/fix/transport/message.log';

export interface MessageFilesOptions {
  readonly directory: string;
  /** Told once each time writing begins to fail. */
  readonly onFault: (error: unknown) => void;
  /** A longer file is followed by a new one. Default 64 MiB. */
  readonly fileBytes?: number;
  /** Of all files. Default 1 GiB. */
  readonly totalBytes?: number;
  /** Waiting for the disk, at most. Default 16 MiB. */
  readonly queueBytes?: number;
}

const fileBytesDefault = 64 << 20;
const totalBytesDefault = 1 << 30;
const queueBytesDefault = 16 << 20;
const batchMs = 100;
const namePattern = /^fix-(\d{8})\.log$/;
const nameOf = (number: number): string => `fix-${String(number).padStart(8, '0')}.log`;

/** 0 of one that is gone. */
const writtenAtMs = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

interface Kept {
  readonly path: string;
  bytes: number;
}

export class MessageFiles implements MessageLog {
  /** Lines that are in no file. */
  dropped = 0;
  private readonly options: MessageFilesOptions;
  private readonly queueBytes: number;
  /** Oldest first; the last is written to. */
  private readonly files: Kept[];
  private number: number;
  private lines: string[] = [];
  private waitingBytes = 0;
  private handle: FileHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;
  private isFailing = false;

  /** Goes on behind the files that are there, in a new one. Throws when the folder can't be made. */
  constructor(options: MessageFilesOptions) {
    this.options = options;
    this.queueBytes = options.queueBytes ?? queueBytesDefault;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const names = readdirSync(options.directory)
      .filter((name) => namePattern.test(name))
      .toSorted();
    this.files = names.map((name) => {
      const path = join(options.directory, name);
      return { path, bytes: statSync(path).size };
    });
    this.number = Number(namePattern.exec(names.at(-1) ?? '')?.[1] ?? 0);
  }

  write(entries: readonly MessageLogEntry[]): void {
    for (const entry of entries) {
      if (this.waitingBytes > this.queueBytes) {
        this.dropped += entries.length - entries.indexOf(entry);
        return;
      }
      const line = `${formatLogLine(entry)}\n`;
      this.lines.push(line);
      this.waitingBytes += line.length;
    }
    this.timer ??= setTimeout(() => void this.flush(), batchMs);
  }

  /** Writes what waits; resolves when it is in the file. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.lines.length > 0 || this.writing !== undefined) {
      this.writing ??= this.writeBatch().finally(() => {
        this.writing = undefined;
      });
      await this.writing;
    }
  }

  async close(): Promise<void> {
    await this.flush();
    await this.handle?.close();
    this.handle = undefined;
  }

  private async writeBatch(): Promise<void> {
    const { lines } = this;
    this.lines = [];
    const bytes = Buffer.from(lines.join(''), 'latin1');
    try {
      const { handle, file } = await this.current(bytes.length);
      await handle.write(bytes);
      file.bytes += bytes.length;
      this.isFailing = false;
    } catch (error) {
      this.dropped += lines.length;
      if (!this.isFailing) this.options.onFault(error);
      this.isFailing = true;
    }
    this.waitingBytes -= bytes.length;
  }

  /** The file that takes so many bytes more. */
  private async current(more: number): Promise<{ readonly handle: FileHandle; readonly file: Kept }> {
    let file = this.files.at(-1);
    if (this.handle !== undefined && file !== undefined) {
      if (file.bytes + more <= (this.options.fileBytes ?? fileBytesDefault))
        return { handle: this.handle, file };
      await this.handle.close();
      this.handle = undefined;
    }
    this.number += 1;
    file = { path: join(this.options.directory, nameOf(this.number)), bytes: 0 };
    this.handle = await open(file.path, 'ax', 0o600);
    this.files.push(file);
    await this.removeOldest();
    return { handle: this.handle, file };
  }

  /** Files that nothing was written to since then; not the one that is being written. */
  async removeOlder(beforeMs: number): Promise<number> {
    let removed = 0;
    while (this.files.length > 1 && (await writtenAtMs(this.files[0]!.path)) < beforeMs) {
      await rm(this.files.shift()!.path, { force: true });
      removed += 1;
    }
    return removed;
  }

  /** Leaves room for the file that has just begun. */
  private async removeOldest(): Promise<void> {
    const { fileBytes = fileBytesDefault, totalBytes = totalBytesDefault } = this.options;
    let total = this.files.reduce((sum, { bytes }) => sum + bytes, 0) + fileBytes;
    while (total > totalBytes && this.files.length > 1) {
      const oldest = this.files.shift()!;
      total -= oldest.bytes;
      await rm(oldest.path, { force: true });
    }
  }
}
