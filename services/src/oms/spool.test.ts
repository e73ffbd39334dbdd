/** The spool on a disk that has no room, and after a process that died in the midst of a line. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SpooledCommand } from '@tidegate/core/order/desk.spool';
import { Spool } from './spool.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-spool-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cancel = (commandId: string, reason: string): SpooledCommand => ({
  command: { kind: 'massCancel', commandId, by: 'rita', reason },
  sent: [],
});

function kept(): string[] {
  const spool = new Spool(folder, 'acme');
  const ids = spool.read().map(({ command }) => command.commandId);
  spool.close();
  return ids;
}

it('forgets a line that its process did not finish, and nothing else', () => {
  const first = new Spool(folder, 'acme');
  expect(first.add(cancel('1', ''))).toBe(true);
  first.close();
  appendFileSync(join(folder, 'acme.spool'), '{"kind":"massC');
  const second = new Spool(folder, 'acme');
  expect(second.add(cancel('2', ''))).toBe(true);
  second.close();
  expect(kept()).toEqual(['1', '2']);
});

it('acknowledges nothing that the disk took only in part, and goes on when there is room', () => {
  const script = `
    const { Spool } = await import(${JSON.stringify(fileURLToPath(new URL('spool.ts', import.meta.url)))});
    const spool = new Spool(${JSON.stringify(folder)}, 'acme');
    const taken = [['1', 380], ['2', 380], ['3', 400], ['4', 10]].map(([commandId, length]) => {
      try {
        const command = { kind: 'massCancel', commandId, by: 'rita', reason: 'x'.repeat(length) };
        return spool.add({ command, sent: [] });
      } catch {
        return false;
      }
    });
    console.log(JSON.stringify([taken, spool.read().map(({ command }) => command.commandId)]));`;
  // A file of at most 1,024 bytes stands for the full disk.
  const { stdout, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    { encoding: 'utf8' },
  );
  expect(stderr).not.toContain('SyntaxError');
  expect(JSON.parse(stdout)).toEqual([
    [true, true, false, true],
    ['1', '2', '4'],
  ]);
  expect(kept()).toEqual(['1', '2', '4']);
});

it('is empty when the journal has all of it, also what comes again', () => {
  const spool = new Spool(folder, 'acme');
  for (const id of ['1', '2']) spool.add(cancel(id, ''));
  spool.settle('1');
  spool.settle('unknown');
  expect([spool.has('1'), spool.has('2'), kept()]).toEqual([false, true, ['1', '2']]);
  spool.settle('2');
  expect(kept()).toEqual([]);
  spool.add(cancel('3', ''));
  spool.close();
  expect(kept()).toEqual(['3']);
});

it('reads what an earlier release wrote, and never a release of trading', () => {
  const { command } = cancel('1', 'drill');
  const path = join(folder, 'acme.spool');
  appendFileSync(path, `${JSON.stringify(command)}\n`);
  const spool = new Spool(folder, 'acme');
  expect(spool.read()).toEqual([{ command, sent: [] }]);
  spool.close();
  const state = { kind: 'setTradingState', commandId: '2', by: 'rita', reason: 'drill', state: 'active' };
  appendFileSync(path, `${JSON.stringify({ command: state, sent: [] })}\n`);
  expect(() => new Spool(folder, 'acme')).toThrow();
});
