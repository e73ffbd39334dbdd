/**
 * Cancels and halts that came while the journal did not answer, fsynced to a local file before they are
 * carried out, so that they survive this process (and, with its disk, the host) and are journaled when the
 * journal is back.
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
import type { SpooledCommand } from '@tidegate/core/order/desk.spool';
import { z } from 'zod';

const linesMax = 100_000;
/** Halts and stops only: whatever the file says, trading is never released by it. */
const spooledLine = z.object({
  command: z.union([
    z.looseObject({ kind: z.enum(['cancel', 'massCancel']), commandId: z.string() }),
    z.looseObject({ kind: z.literal('setStop'), scope: z.looseObject({}), commandId: z.string() }),
    z.looseObject({
      kind: z.literal('setTradingState'),
      state: z.literal('halted'),
      commandId: z.string(),
    }),
  ]),
  sent: z.array(z.looseObject({ routeId: z.string(), cancelId: z.string() })),
});

export class Spool {
  private readonly path: string;
  private readonly descriptor: number;
  private count = 0;
  /** Of the commands that the journal does not have yet. */
  private readonly waiting: Set<string>;

  constructor(directory: string, partition: string) {
    mkdirSync(directory, { recursive: true });
    this.path = join(directory, `${partition}.spool`);
    this.descriptor = openSync(this.path, 'a', 0o600);
    this.cutTornLine();
    const spooled = this.read();
    this.count = spooled.length;
    this.waiting = new Set(spooled.map(({ command }) => command.commandId));
  }

  has(commandId: string): boolean {
    return this.waiting.has(commandId);
  }

  /** Durable when it returns. False when the spool is full; throws when the disk is, or fails. */
  add(spooled: SpooledCommand): boolean {
    if (this.count >= linesMax) return false;
    const line = Buffer.from(`${JSON.stringify(spooled)}\n`);
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
    this.waiting.add(spooled.command.commandId);
    return true;
  }

  /** In the order in which they came. */
  read(): readonly SpooledCommand[] {
    const lines = readFileSync(this.path, 'utf8').split('\n');
    lines.pop();
    return lines.map(readLine);
  }

  /** The journal has it. The file is emptied when that is so for all that is in it. */
  settle(commandId: string): void {
    if (!this.waiting.delete(commandId) || this.waiting.size > 0) return;
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

/** Earlier releases wrote the command alone. */
function readLine(line: string): SpooledCommand {
  const said = JSON.parse(line) as object;
  const spooled = 'kind' in said ? { command: said, sent: [] } : said;
  return spooledLine.parse(spooled) as unknown as SpooledCommand;
}
