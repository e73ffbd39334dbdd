/** When an owner is behind: it shuts at the limit and opens at half of it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOT_OVERLOADED, overloadAt } from './overload.ts';

it('shuts beyond the limit and opens again at half of it, whatever the ages are', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 })), (ages) => {
      let overload = NOT_OVERLOADED;
      for (const ageMs of ages) {
        const before = overload.isOverloaded;
        overload = overloadAt(overload, ageMs, 200);
        expect(overload.isOverloaded).toBe(ageMs > 200 || (before && ageMs > 100));
        expect(overload.ageMs).toBe(ageMs);
      }
    }),
  );
});
