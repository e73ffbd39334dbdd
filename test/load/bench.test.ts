/** What `npm run bench` understands, how it judges two runs, and when it calls a machine busy. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { missingAmong } from '../../tools/run/debian.mjs';
import { compare, comparisonTable, noiseOf } from './bench.compare.ts';
import { parts, readOptions, usage } from './bench.options.ts';
import { busyShare } from './machine.ts';
import type { Result } from './measure.ts';

const bench = fileURLToPath(new URL('bench.ts', import.meta.url));

describe('the command line', () => {
  it('runs all parts in their order, or those that are named', () => {
    expect(readOptions([])).toEqual({
      kind: 'run',
      parts: Object.keys(parts),
      seconds: 10,
      rounds: 7,
      isQuick: false,
    });
    expect(readOptions(['fix', 'one', '--quick', '--into', 'x.json'])).toEqual({
      kind: 'run',
      parts: ['one', 'fix'],
      seconds: 3,
      rounds: 1,
      isQuick: true,
      into: 'x.json',
    });
    expect(readOptions(['one', '--seconds', '60'])).toMatchObject({ seconds: 60 });
    expect(readOptions(['memory', '--orders', '5000000'])).toMatchObject({ orders: 5_000_000 });
    expect(readOptions(['start', '--events', '10000000'])).toMatchObject({ events: 10_000_000 });
  });

  it.each([
    ['fxi'],
    ['--qiuck'],
    ['--seconds'],
    ['--seconds', '0'],
    ['--seconds', '1.5'],
    ['--seconds', 'ten'],
    ['memory', '--orders', '5'],
    ['start', '--events', 'all'],
    ['compare', 'a.json'],
    ['compare', 'a.json', 'b.json', 'c.json'],
  ])('refuses %s %s and says what there is', (...args) => {
    const options = readOptions(args);
    expect(options).toMatchObject({ kind: 'refused', text: expect.stringContaining(usage) });
  });

  it('helps, and names every part, without measuring anything', () => {
    const text = execFileSync(process.execPath, [bench, '--help'], {
      encoding: 'utf8',
    });
    for (const name of Object.keys(parts)) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('names packages that the tests know, and the command for those that are missing', () => {
    expect(missingAmong(Object.values(parts).flatMap((part) => part.packages))).toBeUndefined();
    const debian = new URL('../../tools/run/debian.mjs', import.meta.url).href;
    const asOnABareMachine = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.existsSync = () => false;
      fs.accessSync = () => { throw new Error('absent'); };
      syncBuiltinESMExports();
      const { missingAmong } = await import(${JSON.stringify(debian)});
      console.log(missingAmong(['libquickfix-dev', 'g++']));`;
    const missing = execFileSync(process.execPath, ['--input-type=module', '-e', asOnABareMachine], {
      encoding: 'utf8',
    });
    expect(missing).toMatch(/^ {2}libquickfix-dev +a foreign FIX engine/m);
    expect(missing).toContain('apt-get install --no-install-recommends libquickfix-dev g++');
  });
});

const result = (name: string, unit: string, value: number, peerValue: number): Result => ({
  name,
  unit,
  value,
  peer: 'peer',
  peerValue,
  ratio: value / peerValue,
  conditions: '',
});

describe('two runs', () => {
  it('are the same when machine and figure slow down together, or within the noise', () => {
    const before = [
      result('one: order to fill p50', 'ms', 4, 0.5),
      result('fix: encode', 'messages/s', 9, 3),
    ];
    const slower = before.map((one) => ({ ...one, value: one.value * 3, peerValue: one.peerValue * 3 }));
    expect(compare(before, slower).compared.map(({ verdict }) => verdict)).toEqual(['same', 'same']);
    const within = before.map((one) => ({ ...one, value: one.value * 1.1 }));
    expect(compare(before, within).compared.map(({ verdict }) => verdict)).toEqual(['same', 'same']);
  });

  it('differ beyond it: less time or more messages is better', () => {
    const before = [result('a p50', 'ms', 4, 1), result('b', 'messages/s', 4, 1), result('c', 'B', 0, 200)];
    const after = [result('a p50', 'ms', 2, 1), result('b', 'messages/s', 2, 1), result('c', 'B', 9, 200)];
    const forward = compare(before, after);
    expect(forward.compared.map(({ verdict }) => verdict)).toEqual(['better', 'worse', 'worse']);
    expect(compare(after, before).compared.map(({ verdict }) => verdict)).toEqual([
      'worse',
      'better',
      'better',
    ]);
    expect(comparisonTable(forward)).toContain('against its peer ×0.50  better');
  });

  it('name what only one of them has', () => {
    const [one, two] = [result('one', 'ms', 1, 1), result('two', 'ms', 1, 1)];
    expect(compare([one], [two])).toEqual({ compared: [], only: ['two', 'one'] });
  });

  it('have more noise in the tail', () => {
    const noise = ['x p50', 'x p99', 'x p99.9'].map((name) => noiseOf({ name, unit: 'ms' }));
    expect(noise).toEqual([...noise].sort((left, right) => left - right));
  });

  it('end with 1 for the command when something is worse', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-compare-'));
    try {
      const files = [2, 4].map((value) => {
        const path = join(folder, `${value}.json`);
        writeFileSync(path, JSON.stringify([result('one: order to fill p50', 'ms', value, 1)]));
        return path;
      });
      const exit = (...paths: string[]) =>
        spawnSync(process.execPath, [bench, 'compare', ...paths], { encoding: 'utf8' });
      expect(exit(...files)).toMatchObject({
        status: 1,
        stderr: '',
        stdout: expect.stringMatching(/ {2}worse$/m),
      });
      expect(exit(...files.reverse())).toMatchObject({ status: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a machine', () => {
  const stat = (user: number, idle: number, waiting: number): string =>
    `cpu  ${user} 0 0 ${idle} ${waiting} 0 0 0 0 0\ncpu0 1 1 1 1\n`;

  it('is as busy as its cores were between two looks; waiting for a disk is idle', () => {
    expect(busyShare(stat(100, 900, 0), stat(150, 950, 0))).toBe(0.5);
    expect(busyShare(stat(100, 900, 0), stat(100, 950, 50))).toBe(0);
    expect(busyShare(stat(100, 900, 0), stat(100, 900, 0))).toBe(0);
  });
});
