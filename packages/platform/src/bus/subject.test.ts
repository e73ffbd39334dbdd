/** Matching of subjects against a slow twin, and the bounded map. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap, isConcrete, matches } from './subject.ts';

const token = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, isOpen]) => [...tokens, ...(isOpen ? ['>'] : [])].join('.'));

describe('subjects', () => {
  it('match as the same pattern written as a regular expression', () => {
    fc.assert(
      fc.property(pattern, subject, (wanted, given) => {
        const source = wanted.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace('>', '.+');
        expect(matches(wanted, given)).toBe(new RegExp(`^${source}$`).test(given));
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  it('are concrete without wildcards, spaces and empty tokens', () => {
    expect(isConcrete('quote.lp1.EURUSD')).toBe(true);
    for (const bad of ['', 'quote.', '.quote', 'quote..x', 'quote.*', 'quote.>', 'a b', 'a\r\nPUB x 1']) {
      expect(isConcrete(bad)).toBe(false);
    }
  });
});

describe('BoundedMap', () => {
  it('forgets the oldest entry when full', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([undefined, 3, 4, 2]);
  });
});
