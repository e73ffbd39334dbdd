/** Ownership over many seeds: SPEC.md of `platform/lease`, rules P1 to P5. */
import { describe, expect, it } from 'vitest';
import { runCluster } from './cluster.ts';

const seeds = Array.from({ length: 150 }, (_, index) => index + 1);

describe('ownership, simulated', () => {
  it('keeps one writer, honest reads and even shares, whatever freezes, dies and is lost', () => {
    const reports = seeds.map((seed) => ({ seed, ...runCluster({ seed }) }));
    expect(reports.flatMap(({ seed, broken }) => broken.map((what) => `seed ${seed}, ${what}`))).toEqual([]);
    // The troubles were such: things moved, and work was done.
    expect(reports.every(({ appended }) => appended > 0)).toBe(true);
    expect(reports.filter(({ moves }) => moves > 10).length).toBeGreaterThan(100);
  });

  it('is the same from the same seed', () => {
    expect(runCluster({ seed: 7 })).toEqual(runCluster({ seed: 7 }));
  });

  it('finds what a journal without a fence lets through', () => {
    const found = seeds.slice(0, 30).flatMap((seed) => runCluster({ seed, isOpen: true }).broken);
    expect(found.some((what) => what.includes('an old epoch'))).toBe(true);
    expect(found.some((what) => what.includes('a read of'))).toBe(true);
  });
});
