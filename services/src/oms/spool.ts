/**
 * Cancels that came while the journal was down, fsynced to a local file before they are sent, so that they
 * survive this process (and, with its disk, the host) and are journaled when the journal is back.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CancelOrder, MassCancel } from '@tidegate/core/order/order';

export type SpooledCommand = CancelOrder | MassCancel;

const linesMax = 100_000;

export class Spool {
  private readonly path: string;
  private readonly descriptor: number;
  private count = 0;

  constructor(directory: string, partition: string) {
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, `${partition}.spool`);
    this.descriptor = openSync(this.path, 'a', 0o600);
    this.cutTornLine();
    this.count = this.read().length;
  }

  /** Durable when it returns. False when the spool is full; throws when the disk is, or fails. */
  add(command: SpooledCommand): boolean {
    if (this.count >= linesMax) return false;
    const line = Buffer.from(`${JSON.stringify(command)}\n`);
    const { size } = fstatSync(this.descriptor);
    try {
      const written = writeSync(this.descriptor, line);
      if (written < line.length) throw new Error(`the disk took ${written} of ${line.length} bytes`);
      fsyncSync(this.descriptor);
    } catch (error) {
      // Half a line would join the next one, and make all that is spooled unreadable.
      ftruncateSync(this.descriptor, size);
      throw error;
    }
    this.count += 1;
    return true;
  }

  /** In the order in which they came. */
  read(): readonly SpooledCommand[] {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    lines.pop();
    return lines.map((line) => JSON.parse(line) as SpooledCommand);
  }

  /** Forgets the `journaled` commands that were read, unless more came since: then all of them come again. */
  clear(journaled: number): void {
    if (this.count === 0 || this.count !== journaled) return;
    truncateSync(this.path);
    fsyncSync(this.descriptor);
    this.count = 0;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** A last line without its end was never acknowledged; what is added next must not join it. */
  private cutTornLine(): void {
    const bytes = readFileSync(this.path);
    const end = bytes.lastIndexOf(10) + 1;
    if (end < bytes.length) truncateSync(this.path, end);
  }
}
