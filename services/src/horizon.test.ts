/** How long an order may wait for its decision. */
import { expect, it } from 'vitest';
import { decideUntil } from './horizon.ts';

const horizon = { immediateMs: 2_000, restingMs: 10_000 };
const ioc = { orderType: 'limit', timeInForce: 'ioc' } as const;
const day = { orderType: 'limit', timeInForce: 'day' } as const;
const market = { orderType: 'market', timeInForce: 'day' } as const;

it('gives immediate orders less time than those that may rest', () => {
  expect(decideUntil(horizon, ioc, 50_000, 50_100)).toBe(52_000);
  expect(decideUntil(horizon, market, 50_000, 50_100)).toBe(52_000);
  expect(decideUntil(horizon, day, 50_000, 50_100)).toBe(60_000);
  expect(decideUntil(horizon, 'replace', 50_000, 50_100)).toBe(60_000);
});

it('counts from the receipt where the sender says nothing, or has a clock that is ahead', () => {
  expect(decideUntil(horizon, ioc, undefined, 50_000)).toBe(52_000);
  expect(decideUntil(horizon, ioc, 99_000, 50_000)).toBe(52_000);
});

it('has no time left for what was sent long ago', () => {
  expect(decideUntil(horizon, ioc, 30_000, 50_000)).toBe(32_000);
});
