/** How long a follower is behind, whatever comes meanwhile. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Lag } from './lag.ts';

it('is the age of the oldest mark that is not reached', () => {
  const lag = new Lag();
  expect(lag.ageMs(0, 0, 100)).toBe(0);
  expect(lag.ageMs(5, 0, 200)).toBe(0);
  expect(lag.ageMs(9, 4, 1_200)).toBe(1_000);
  expect(lag.ageMs(9, 5, 1_300)).toBe(0); // the mark is reached, and the next one set
  expect(lag.ageMs(9, 8, 1_400)).toBe(100);
  expect(lag.ageMs(9, 9, 1_500)).toBe(0);
  expect(lag.ageMs(9, 9, 9_500)).toBe(0);
});

it('grows for one that stands still, and never for one that keeps up within a look', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 50 }), (steps) => {
      const [stuck, keeping] = [new Lag(), new Lag()];
      let head = 1;
      let before = 0;
      stuck.ageMs(head, 0, 0);
      for (const [index, step] of steps.entries()) {
        const nowMs = (index + 1) * 1_000;
        const age = keeping.ageMs(head + step, before, nowMs);
        expect(age).toBeLessThanOrEqual(1_000);
        before = head;
        head += step;
        expect(stuck.ageMs(head, 0, nowMs)).toBe(nowMs);
      }
    }),
  );
});
