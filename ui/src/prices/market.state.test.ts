/** What closes a button: each reason by itself, the sides apart, and the page's own clock. */
import { describe, expect, it } from 'vitest';
import type { PriceView } from '@tidegate/wire/prices';
import { levelAgeMs, marketOf, type MarketFacts } from './market.state.ts';

const scales = { priceScale: 5, pipScale: 4, quantityScale: 0 };
const price = (change: Partial<PriceView> = {}): PriceView => ({
  instrument: 'EURUSD',
  symbol: 'EUR/USD',
  sequence: 1,
  state: 'live',
  bids: [
    ['1.08400', '1000000', 'alpha', 2_500],
    ['1.08399', '2000000', 'bravo', 10],
  ],
  asks: [['1.08410', '1000000', 'bravo', 10]],
  lastBid: '1.08400',
  lastAsk: '1.08410',
  receivedAtMs: 77,
  ageMs: 10,
  bidStaleAfterMs: 3_000,
  askStaleAfterMs: 3_000,
  ...change,
});
const facts = (change: Partial<MarketFacts> = {}, of: Partial<PriceView> = {}): MarketFacts => ({
  isConnected: true,
  isSilent: false,
  held: { price: price(of), arrivedMs: 1_000 },
  tradingState: 'active',
  position: '0',
  lots: 500_000,
  ...change,
});
const at = (change: Partial<MarketFacts>, of: Partial<PriceView> = {}, nowMs = 1_000) => {
  const { state, buy, sell } = marketOf(facts(change, of), scales, nowMs);
  return [state, sell, buy];
};

describe('marketOf', () => {
  it('is ready on a fresh two-sided price', () => {
    expect(at({})).toEqual(['ready', true, true]);
    expect(marketOf(facts(), scales, 1_000).asOfMs).toBe(77);
  });

  it.each<[string, Partial<MarketFacts>, Partial<PriceView>]>([
    ['disconnected', { isConnected: false }, {}],
    ['halted', { tradingState: 'halted' }, {}],
    ['stale', { isSilent: true }, {}],
    ['stale', { held: undefined }, {}],
    ['stale', {}, { state: 'stale', bids: [], asks: [] }],
    ['crossed', {}, { state: 'crossed', bids: [], asks: [] }],
    ['outOfHours', {}, { state: 'outOfHours', bids: [], asks: [] }],
    ['thin', {}, { state: 'thin', asks: [] }],
  ])('%s closes both sides', (state, change, of) => {
    expect(at(change, of)).toEqual([state, false, false]);
  });

  it('closes each side by the age of its own best level, by the clock here', () => {
    expect(at({}, {}, 1_500)).toEqual(['ready', true, true]);
    expect(at({}, {}, 1_501)).toEqual(['ready', false, true]);
    expect(at({}, {}, 3_991)).toEqual(['stale', false, false]);
    expect(levelAgeMs(['1', '1', 'alpha', 2_500], { arrivedMs: 1_000 }, 1_500)).toBe(3_000);
  });

  it('opens only the side that reduces while only reducing is allowed', () => {
    const reducing = { tradingState: 'reducing' } as const;
    expect(at({ ...reducing, position: '250000.00' })).toEqual(['reduceOnly', true, false]);
    expect(at({ ...reducing, position: '-250000' })).toEqual(['reduceOnly', false, true]);
    expect(at({ ...reducing, position: '0.00' })).toEqual(['reduceOnly', false, false]);
  });

  it('closes a side that does not hold the size, and is thin when neither does', () => {
    expect(at({ lots: 2_000_000 })).toEqual(['ready', true, false]);
    expect(at({ lots: 3_000_001 })).toEqual(['thin', false, false]);
  });
});
