/** The histogram against sorting all values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

describe('histogram', () => {
  it('is empty at first', () => {
    expect(new Histogram().read()).toEqual({ count: 0, p50: 0, p99: 0, p999: 0, max: 0 });
  });

  it('is exact below 32 microseconds, and counts several at once', () => {
    const histogram = new Histogram();
    histogram.note(3, 99);
    histogram.note(31.9);
    expect(histogram.read()).toEqual({ count: 100, p50: 3, p99: 3, p999: 31, max: 31 });
  });

  it('is at most 6.25 % above the value that sorting finds', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 29 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, (micros) => {
        const histogram = new Histogram();
        for (const value of micros) histogram.note(value);
        const sorted = micros.toSorted((a, b) => a - b);
        const { count, p50, p99, max } = histogram.read();
        expect(count).toBe(micros.length);
        expect(max).toBe(sorted.at(-1));
        for (const [read, share] of [
          [p50, 0.5],
          [p99, 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(micros.length * share) - 1] as number;
          expect(read).toBeGreaterThanOrEqual(exact);
          expect(read).toBeLessThanOrEqual(exact * 1.0625);
        }
      }),
    );
  });

  it('takes what a clock may give: below zero, beyond its range, not a number', () => {
    const histogram = new Histogram();
    for (const value of [-1, NaN, Infinity, 1e300]) histogram.note(value);
    expect(histogram.read()).toMatchObject({ count: 4, p50: 0, max: 0x3fff_ffff });
  });
});
