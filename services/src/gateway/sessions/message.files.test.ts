/** The FIX message log: what is written can be read back, and it never grows beyond its bound. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLogLine, type MessageLogEntry } from '@tidegate/fix/transport/message.log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MessageFiles, type MessageFilesOptions } from './message.files.ts';

let folder: string;
let open: MessageFiles[];
let faults: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-messages-'));
  [open, faults] = [[], []];
});
afterEach(async () => {
  await Promise.all(open.map((files) => files.close()));
  rmSync(folder, { recursive: true, force: true });
});

function files(options: Partial<MessageFilesOptions> = {}): MessageFiles {
  const made = new MessageFiles({ directory: folder, onFault: (error) => faults.push(error), ...options });
  open.push(made);
  return made;
}

const entry = (text: string, direction: 'in' | 'out' = 'in'): MessageLogEntry => ({
  sessionId: 'demo1@port-02',
  direction,
  utcMs: 1_795_435_200_123,
  raw: Buffer.from(text.replaceAll('|', '\u0001'), 'latin1'),
});
const names = (): string[] => readdirSync(folder).toSorted();
const linesOf = (name: string): string[] => readFileSync(join(folder, name), 'latin1').trimEnd().split('\n');

describe('message files', () => {
  it('hold lines that fix decode reads, in order and private', async () => {
    const log = files();
    log.write([entry('8=FIX.4.4|35=D|58=a\u00e9|'), entry('8=FIX.4.4|35=8|', 'out')]);
    log.write([entry('8=FIX.4.4|35=0|')]);
    await log.flush();
    expect(names()).toEqual(['fix-00000001.log']);
    const lines = linesOf('fix-00000001.log');
    expect(lines[0]).toBe('2026-11-23T12:00:00.123Z [demo1@port-02] < 8=FIX.4.4|35=D|58=a\\xe9|');
    expect(lines.map((line) => parseLogLine(line)?.direction)).toEqual(['in', 'out', 'in']);
    expect(statSync(join(folder, 'fix-00000001.log')).mode & 0o077).toBe(0);
  });

  it('follow each other, and the oldest go first', async () => {
    const log = files({ fileBytes: 400, totalBytes: 2_000 });
    for (let count = 1; count <= 30; count += 1) {
      log.write([entry(`8=FIX.4.4|34=${count}|58=${'x'.repeat(300)}|`)]);
      await log.flush();
      const total = names().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
      expect(total).toBeLessThanOrEqual(2_000);
    }
    expect(names().length).toBeGreaterThan(2);
    expect(linesOf(names().at(-1)!).at(-1)).toContain('34=30|');
    expect(names()).not.toContain('fix-00000001.log');
  });

  it('of an earlier process stay, and count', async () => {
    const first = files();
    first.write([entry('8=FIX.4.4|34=1|')]);
    await first.close();
    const second = files();
    second.write([entry('8=FIX.4.4|34=2|')]);
    await second.flush();
    expect(names()).toEqual(['fix-00000001.log', 'fix-00000002.log']);
  });

  it('go when they are old, but for the one that is being written', async () => {
    const first = files();
    first.write([entry('8=FIX.4.4|34=1|')]);
    await first.close();
    const log = files();
    log.write([entry('8=FIX.4.4|34=2|')]);
    await log.flush();
    const oldSeconds = 1_000_000_000;
    for (const name of names()) utimesSync(join(folder, name), oldSeconds, oldSeconds);
    expect(await log.removeOlder(oldSeconds * 1_000)).toBe(0);
    expect(await log.removeOlder(oldSeconds * 1_000 + 1)).toBe(1);
    expect(names()).toEqual(['fix-00000002.log']);
    log.write([entry('8=FIX.4.4|34=3|')]);
    await log.flush();
    expect(linesOf('fix-00000002.log')).toHaveLength(2);
  });

  it('drop and count what the disk does not take, and say so once', async () => {
    const log = files({ queueBytes: 100 });
    log.write(Array.from({ length: 10 }, () => entry('8=FIX.4.4|35=0|')));
    expect(log.dropped).toBe(8);
    await log.flush();
    expect(linesOf('fix-00000001.log')).toHaveLength(2);
    await log.close();
    const lost = files();
    rmSync(folder, { recursive: true });
    for (let count = 0; count < 2; count += 1) {
      lost.write([entry('8=FIX.4.4|35=0|')]);
      await lost.flush();
    }
    expect([faults.length, lost.dropped]).toEqual([1, 2]);
  });
});
