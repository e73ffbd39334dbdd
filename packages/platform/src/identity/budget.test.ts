/** Whatever comes when: never more than the budget, never locked out for good. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { givenBack, taken, type BudgetState } from './budget.ts';

const terms = fc.record({
  burst: fc.integer({ min: 1, max: 20 }),
  perMinute: fc.integer({ min: 1, max: 60 }),
});
const steps = fc.array(
  fc.record({ waitMs: fc.integer({ min: -5_000, max: 120_000 }), isGood: fc.boolean() }),
  { minLength: 1, maxLength: 200 },
);

it('lets no more refused tries through than burst and rate allow, in any stretch of time', () => {
  fc.assert(
    fc.property(terms, steps, (given, tries) => {
      let state: BudgetState | undefined;
      let nowMs = 0;
      const refused: number[] = [];
      let newest = 0;
      for (const { waitMs, isGood } of tries) {
        nowMs += waitMs;
        newest = Math.max(newest, nowMs);
        const after = taken(state, given, nowMs);
        if (after === undefined) continue;
        expect(after.level).toBeLessThanOrEqual(given.burst);
        state = isGood ? givenBack(after, given, nowMs) : after;
        if (!isGood) refused.push(newest);
      }
      for (const [from, first] of refused.entries())
        for (const [to, last] of refused.entries())
          if (to >= from)
            expect(to - from + 1).toBeLessThanOrEqual(
              given.burst + ((last - first) * given.perMinute) / 60_000 + 1e-6,
            );
    }),
  );
});

it('lets somebody try again after a minute at the latest per try that is allowed in it', () => {
  fc.assert(
    fc.property(terms, steps, (given, tries) => {
      let state: BudgetState | undefined;
      let nowMs = 0;
      for (const { waitMs } of tries) {
        nowMs += Math.abs(waitMs);
        state = taken(state, given, nowMs) ?? state;
      }
      expect(taken(state, given, nowMs + 60_000 / given.perMinute + 1)).toBeDefined();
    }),
  );
});

it('costs nothing when every try is good', () => {
  fc.assert(
    fc.property(terms, fc.integer({ min: 1, max: 100 }), (given, count) => {
      let state: BudgetState | undefined;
      for (let at = 0; at < count; at += 1) {
        const after = taken(state, given, 0);
        expect(after).toBeDefined();
        state = givenBack(after!, given, 0);
      }
    }),
  );
});
