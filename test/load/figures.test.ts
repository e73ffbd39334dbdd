/** Figures beside their peers and floors, and what the machine says of a process. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Figures, keeps, median } from './figures.ts';
import { processorTicks, residentMegabytes } from './machine.ts';

describe('a floor', () => {
  it('is of the value, or of its ratio to the peer', () => {
    const peer = { name: 'peer', value: 2 };
    expect(keeps({ value: 10, peer, floor: { atMost: 10 } })).toBe(true);
    expect(keeps({ value: 10, peer, floor: { atMost: 4, times: true } })).toBe(false);
    expect(keeps({ value: 8, peer, floor: { atMost: 4, times: true } })).toBe(true);
    expect(keeps({ value: 10, floor: { atLeast: 11 } })).toBe(false);
    expect(keeps({ value: Number.NaN, floor: { atMost: 1 } })).toBe(false);
    expect(keeps({ value: 1, floor: { atMost: 1, times: true } })).toBe(false);
    expect(keeps({ value: 1 })).toBe(true);
  });

  it('that is missed is counted, said and kept with its figure', () => {
    const lines: string[] = [];
    const figures = new Figures('part', (line) => lines.push(line));
    figures.add({
      name: 'a',
      unit: 'ms',
      value: 3,
      peer: { name: 'p', value: 2 },
      floor: { atMost: 1.5, times: true },
      conditions: 'c',
    });
    figures.add({ name: 'b', unit: 'orders/s', value: 900, floor: { atLeast: 1_000 }, conditions: 'c' });
    figures.add({ name: 'c', unit: 'MB', value: 12.345, conditions: 'c' });
    expect(figures.missed).toBe(1);
    expect(lines[0]).toMatch(/^part: a +3 ms \(p: 2 ms, 1\.50×\) {2}floor ≤ 1\.5× kept$/);
    expect(lines[1]).toMatch(/900 orders\/s {2}floor ≥ 1000 orders\/s missed$/);
    expect(figures.results).toEqual([
      { name: 'part: a', unit: 'ms', value: 3, peer: 'p', peerValue: 2, ratio: 1.5, conditions: 'c' },
      {
        name: 'part: b',
        unit: 'orders/s',
        value: 900,
        peer: 'floor',
        peerValue: 1_000,
        ratio: 0.9,
        conditions: 'c',
      },
      { name: 'part: c', unit: 'MB', value: 12.345, peer: 'floor', peerValue: 0, ratio: 0, conditions: 'c' },
    ]);
  });

  it('is of the median of rounds', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4])).toBe(4);
  });
});

describe('a process', () => {
  it('has had its ticks, whatever its name', () => {
    const fields = 'S 1 2 3 0 -1 4194304 5 0 0 0 250 50 0 0 20 0 11 0 99 1 1';
    expect(processorTicks(`42 (node) ${fields}`)).toBe(300);
    expect(processorTicks(`42 (a) b (c) ${fields}`)).toBe(300);
    expect(processorTicks(readFileSync('/proc/self/stat', 'utf8'))).toBeGreaterThan(0);
  });

  it('has its memory, now and at most', () => {
    expect(residentMegabytes('Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toEqual({
      now: 100,
      peak: 200,
    });
    const own = residentMegabytes(readFileSync('/proc/self/status', 'utf8'));
    expect(own.peak).toBeGreaterThanOrEqual(own.now);
  });
});
