/**
 * Random days against the slow twin: no limit is passed by a unit, no reservation leaks, no reduction is
 * refused. `packages/core/bench/limits.floor.ts` does the same for as long as one likes.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Floor } from './limits.floor.fixture.ts';

const number = fc.nat({ max: 1_000_000 });

it('limits hold to the unit, whatever happens (R-11, R-12, R-20)', () => {
  let [accepted, refused] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number), { minLength: 60, maxLength: 100 }), (actions) => {
      const floor = new Floor();
      for (const action of actions) floor.act(...action);
      floor.close();
      accepted += floor.accepted;
      refused += floor.refused;
    }),
    { numRuns: 40 },
  );
  expect(accepted).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(50);
});
