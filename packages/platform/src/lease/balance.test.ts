/** Rules B1 to B4 of SPEC.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './balance.ts';

const names = (letter: string, max: number) =>
  fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: max }).map((some) => some.map((n) => `${letter}${n}`));
const holders = ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'];
const table = fc.record({
  resources: names('r', 20),
  members: fc.subarray(holders),
  held: fc.dictionary(
    fc.nat({ max: 30 }).map((n) => `r${n}`),
    fc.constantFrom(...holders),
  ),
});
const counts = (assigned: ReadonlyMap<string, string>, members: readonly string[]) =>
  members.map((member) => [...assigned.values()].filter((one) => one === member).length);

describe('assign', () => {
  it('B1, B4 gives everything to those that are there, in even shares', () => {
    fc.assert(
      fc.property(table, ({ resources, members, held }) => {
        const assigned = assign(resources, members, new Map(Object.entries(held)));
        expect(assigned.size).toBe(members.length === 0 ? 0 : resources.length);
        expect([...assigned.values()].every((member) => members.includes(member))).toBe(true);
        const shares = counts(assigned, members);
        if (shares.length > 0) expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('B2 moves only what is above a share, and nothing once it is even', () => {
    fc.assert(
      fc.property(table, ({ resources, members, held }) => {
        const before = new Map(Object.entries(held).filter(([name]) => resources.includes(name)));
        const assigned = assign(resources, members, before);
        const most = Math.ceil(resources.length / Math.max(1, members.length));
        const least = Math.floor(resources.length / Math.max(1, members.length));
        for (const member of members) {
          const had = [...before].filter(([, holder]) => holder === member).map(([name]) => name);
          const kept = had.filter((name) => assigned.get(name) === member).length;
          expect(kept).toBeGreaterThanOrEqual(Math.min(had.length, least));
          expect(kept).toBeLessThanOrEqual(most);
        }
        expect(assign(resources, members, assigned)).toEqual(assigned);
      }),
    );
  });

  it('B3 depends on what is there and not on its order', () => {
    fc.assert(
      fc.property(table, ({ resources, members, held }) => {
        const backwards = new Map(Object.entries(held).toReversed());
        expect(assign(resources.toReversed(), members.toReversed(), backwards)).toEqual(
          assign(resources, members, new Map(Object.entries(held))),
        );
      }),
    );
  });
});
