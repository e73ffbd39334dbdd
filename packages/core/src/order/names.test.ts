/** Names that were seen are known for certain, others are not, and neither kind costs much. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, Fingerprints } from './fingerprints.ts';
import { Names } from './names.ts';

const counted = fc
  .tuple(fc.constantFrom('A', 'ORD-', 'A0', '', 'x:1:'), fc.nat(60))
  .map(([prefix, number]) => `${prefix}${number}`);
const odd = fc.constantFrom('0', '00', 'A', 'A00', 'A01', 'A1', '9007199254740993', 'A9007199254740993');

describe('names', () => {
  it('are known once they are seen, and only then, in whatever order they count', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(counted, odd), { maxLength: 300 }), (list) => {
        const names = new Names();
        const seen = new Set<string>();
        for (const name of list) {
          expect(names.has(name)).toBe(seen.has(name));
          names.add(name);
          seen.add(name);
        }
        expect(names.size).toBe(seen.size);
        for (const name of seen) expect(names.has(name)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('that count up cost nothing', () => {
    const names = new Names();
    for (let number = 1; number <= 10_000; number += 1) {
      names.add(`BUY-${number}`);
      names.add(`SELL-${String(number).padStart(8, '0')}`);
    }
    expect(names.size).toBe(20_000);
    expect(names.fingerprints.size).toBe(0);
    expect(names.has('BUY-10000') && names.has('SELL-00010000')).toBe(true);
    expect(names.has('BUY-10001') || names.has('SELL-0001') || names.has('SELL-10000')).toBe(false);
  });

  it('that count up in blocks are found in all of them', () => {
    const names = new Names();
    for (const from of [900, 100, 500, 300]) for (let at = 0; at < 50; at += 1) names.add(`B${from + at}`);
    expect(names.runs).toHaveLength(3);
    for (const number of [100, 149, 300, 349, 500, 549, 900, 949]) expect(names.has(`B${number}`)).toBe(true);
    for (const number of [99, 150, 299, 350, 499, 550, 899, 950]) expect(names.has(`B${number}`)).toBe(false);
  });

  it('of too many beginnings are kept as fingerprints', () => {
    const names = new Names();
    for (let number = 0; number < 1_000; number += 1) names.add(`${number}-a${number % 7}`);
    expect(names.counting.size).toBe(64);
    expect(names.fingerprints.size).toBe(1_000 - 64);
    for (let number = 0; number < 1_000; number += 1)
      expect(names.has(`${number}-a${number % 7}`)).toBe(true);
  });
});

describe('fingerprints', () => {
  it('of 200,000 names that differ little are all different, in each half of their bits', () => {
    const whole = new Set<string>();
    const buckets = new Map<number, number>();
    for (let number = 0; number < 200_000; number += 1) {
      const { high, low } = fingerprintOf(`CLIENT\u0000ORDER-${number}`);
      whole.add(`${high}.${low}`);
      buckets.set(high >>> 16, (buckets.get(high >>> 16) ?? 0) + 1);
    }
    expect(whole.size).toBe(200_000);
    // 48.8 each; the bounds are eight deviations away.
    expect(buckets.size).toBe(4_096);
    expect(Math.max(...buckets.values())).toBeLessThan(110);
  });

  it('are given as they are at one moment, in slices, whatever comes meanwhile', () => {
    const all = new Fingerprints();
    for (let number = 0; number < 5_000; number += 1) all.add(fingerprintOf(`a${number}`));
    const view = all.view();
    const copy = new Fingerprints();
    for (let added = 5_000, some = view(100); some !== undefined; some = view(100), added += 1) {
      expect(some.length / 2).toBeLessThan(100 + 200);
      for (let at = 0; at < some.length; at += 2)
        copy.add({ high: some[at] as number, low: some[at + 1] as number });
      for (let more = 0; more < 50; more += 1) all.add(fingerprintOf(`b${added}.${more}`));
    }
    expect(copy.size).toBe(5_000);
    for (let number = 0; number < 5_000; number += 1)
      expect(copy.has(fingerprintOf(`a${number}`))).toBe(true);
    expect(copy.has(fingerprintOf('b5000.0'))).toBe(false);
  });
});
