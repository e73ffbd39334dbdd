/** A client's allowance at the edge: what well-meaning clients never notice, and what a flood can cost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allowance, shareOf, type AllowanceTerms } from './allowance.ts';

const terms: AllowanceTerms = {
  ordersPerSecondMax: 100,
  refusalsPerSecondMax: 10,
  unansweredMax: 5,
  waitMsMax: 200,
};

/**
 * Milliseconds until the next order, whether the edge or the owner has something against it, and its answer.
 */
const order = fc.record({
  gapMs: fc.integer({ min: 0, max: 40 }),
  fate: fc.constantFrom('accepted', 'accepted', 'refused', 'known'),
  answerMs: fc.integer({ min: 0, max: 150 }),
});
const known = { code: 'UNKNOWN_INSTRUMENT', text: 'Symbol(55) X is not known' } as const;

interface Outcome {
  readonly atMs: number;
  readonly did: 'passed' | 'journaled' | 'summed';
  readonly wasRefused: boolean;
  readonly isKnown: boolean;
}

/** Plays a client against its allowance; answers come when they are due. */
function play(orders: readonly { gapMs: number; fate: string; answerMs: number }[]): Outcome[] {
  const allowance = new Allowance();
  const outcomes: Outcome[] = [];
  let due: { readonly ticket: number; readonly atMs: number; readonly isRefused: boolean }[] = [];
  let nowMs = 5_000;
  for (const { gapMs, fate, answerMs } of orders) {
    nowMs += gapMs;
    for (const answer of due.filter(({ atMs }) => atMs <= nowMs))
      allowance.answered(answer.ticket, answer.isRefused ? 'PRICE_OUTSIDE_COLLAR' : undefined);
    due = due.filter(({ atMs }) => atMs > nowMs);
    const refusal = allowance.refuse(terms, fate === 'known' ? known : undefined, nowMs);
    const [isRefused, isKnown] = [fate === 'refused', fate === 'known'];
    if (refusal === undefined) {
      due.push({ ticket: allowance.sent(nowMs), atMs: nowMs + answerMs, isRefused });
      outcomes.push({ atMs: nowMs, did: 'passed', wasRefused: isRefused, isKnown });
    } else {
      if (fate === 'known') expect(refusal.code).toBe(known.code);
      const did = refusal.isCounted ? 'journaled' : 'summed';
      outcomes.push({ atMs: nowMs, did, wasRefused: true, isKnown });
    }
  }
  return outcomes;
}

describe('the allowance of a client', () => {
  it('lets no second have more than its orders, and journals refusals by their rate', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 400 }), (orders) => {
        const outcomes = play(orders);
        for (const [index, { atMs }] of outcomes.entries()) {
          // Buckets of 100 ms: a second of them is never less than 900 ms.
          const second = outcomes.slice(index).filter((each) => each.atMs < atMs + 900);
          const load = second.filter(
            ({ did, isKnown }) => did === 'passed' || (did === 'journaled' && isKnown),
          );
          expect(load.length).toBeLessThanOrEqual(100);
        }
        const journaled = outcomes.filter(({ did, wasRefused }) => wasRefused && did !== 'summed').length;
        const seconds = ((outcomes.at(-1)?.atMs ?? 0) - (outcomes[0]?.atMs ?? 0)) / 1_000;
        // Four times the rate at once, the rate after that, and what was on its way when it was used up.
        expect(journaled).toBeLessThanOrEqual(40 + 10 * seconds + 100);
      }),
    );
  });

  it('is never noticed by whoever stays below its rates', () => {
    const calm = fc.record({
      gapMs: fc.integer({ min: 12, max: 40 }),
      fate: fc.constant('accepted'),
      answerMs: fc.integer({ min: 0, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(calm, { maxLength: 300 }), (orders) => {
        expect(play(orders).every(({ did }) => did === 'passed')).toBe(true);
      }),
    );
  });

  it('is used up by refusals, comes back with time, and names the last one', () => {
    const allowance = new Allowance();
    for (let each = 0; each < 40; each += 1) {
      expect(allowance.refuse(terms, undefined, 0)).toBeUndefined();
      allowance.answered(allowance.sent(0), 'NOTIONAL_TOO_LARGE');
    }
    expect(allowance.refuse(terms, undefined, 50)).toEqual({
      code: 'ORDER_RATE',
      text: 'more than 10 refused orders a second; the last was NOTIONAL_TOO_LARGE',
      isCounted: false,
    });
    expect(allowance.refuse(terms, known, 60)).toEqual({ ...known, isCounted: false });
    expect(allowance.refuse(terms, undefined, 150)).toBeUndefined();
  });

  it('is in debt for two seconds at most, however much was on its way', () => {
    const allowance = new Allowance();
    const wide = { ...terms, ordersPerSecondMax: 10_000, unansweredMax: 10_000 };
    allowance.refuse(wide, undefined, 0);
    const tickets = Array.from({ length: 5_000 }, () => allowance.sent(0));
    for (const ticket of tickets) allowance.answered(ticket, 'TRADING_HALTED');
    expect(allowance.refuse(wide, undefined, 2_050)).toMatchObject({ isCounted: false });
    expect(allowance.refuse(wide, undefined, 2_150)).toBeUndefined();
    expect(allowance.isIdle(wide, 2_150)).toBe(false);
    expect(allowance.isIdle(wide, 7_000)).toBe(true);
  });

  it('refuses as OVERLOADED who has many orders without an answer, the oldest for long', () => {
    const allowance = new Allowance();
    const tickets = Array.from({ length: 5 }, () => allowance.sent(1_000));
    expect(allowance.refuse(terms, undefined, 1_200)).toBeUndefined();
    expect(allowance.refuse(terms, undefined, 1_201)).toEqual({
      code: 'OVERLOADED',
      text: '5 orders of yours wait for their answer, the oldest 201 ms',
      isCounted: false,
    });
    allowance.answered(tickets[0]!, undefined);
    expect([allowance.unansweredCount, allowance.waitMs(1_300)]).toEqual([4, 300]);
    expect(allowance.refuse(terms, undefined, 1_300)).toBeUndefined();
  });

  it('is a share of the firm’s where there are others', () => {
    expect([shareOf(5_000, 1), shareOf(5_000, 2), shareOf(1, 3), shareOf(2, 0)]).toEqual([
      5_000, 4_000, 1, 2,
    ]);
  });
});
