import { describe, expect, it } from 'vitest';
import { EURUSD } from '../order/desk.fixture.ts';
import { AGGREGATION_MAX, instrumentFault, type Instrument } from './instrument.ts';

describe('instrumentFault', () => {
  it('finds nothing wrong with a usual pair', () => {
    expect(instrumentFault(EURUSD)).toBeUndefined();
    const limit = Math.floor(Number.MAX_SAFE_INTEGER / AGGREGATION_MAX);
    expect(instrumentFault({ ...EURUSD, quantityMax: limit })).toBeUndefined();
    expect(instrumentFault({ ...EURUSD, quantityMax: limit + 1 })).toMatch(/add up/);
  });

  it.each<[Partial<Instrument>, RegExp]>([
    [{ id: 'EUR/USD' }, /topic token/],
    [{ priceScale: 10 }, /priceScale/],
    [{ pipScale: 6 }, /pipScale/],
    [{ quantityScale: -1 }, /quantityScale/],
    [{ quantityStep: 0 }, /whole lots/],
    [{ quantityMin: 0.5 }, /whole lots/],
    [{ quantityMin: 20_000_000 }, /over quantityMax/],
    [{ quantityMin: 3, quantityStep: 2 }, /multiple/],
  ])('refuses %j', (change, fault) => {
    expect(instrumentFault({ ...EURUSD, ...change })).toMatch(fault);
  });
});
