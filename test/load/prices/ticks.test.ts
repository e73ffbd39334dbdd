/** How old a price is that shows, from its tick's number alone. */
import { describe, expect, it } from 'vitest';
import { ageOf, cycle, symbols, tickPrice } from '../ticks.ts';

describe('the age of a price', () => {
  const schedule = { startMs: 1_000, rate: 12_000 };
  const symbol = symbols[3]!;
  /** Of tick `number`, due a millisecond after the one before. */
  const dueMs = (number: number): number => 1_000 + number + 3 / 12;
  const age = (number: number, nowMs: number): number =>
    ageOf(schedule, { symbol, bid: tickPrice(symbol, number).bid, nowMs });

  it('is the time since its tick was due', () => {
    expect(age(0, dueMs(0))).toBeCloseTo(0, 6);
    expect(age(500, dueMs(500) + 30.5)).toBeCloseTo(30.5, 6);
  });

  it('holds after prices have begun anew', () => {
    const number = 3 * cycle + 7;
    expect(age(number, dueMs(number) + 90)).toBeCloseTo(90, 6);
  });

  it('is never that of a tick still to come', () => {
    for (const late of [0, 0.1, 17, 450])
      expect(age(cycle - 1, dueMs(cycle - 1) + late)).toBeGreaterThanOrEqual(0);
  });
});
