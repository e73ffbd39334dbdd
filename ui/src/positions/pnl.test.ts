/** Profit and loss at mid, exact and rounded against us. */
import { describe, expect, it } from 'vitest';
import { midOf, midText, money, unrealizedPnl } from './pnl.ts';

const price = (bid: string | null, ask: string | null) => ({
  bids: bid === null ? [] : [[bid, '1', 'A', 0] as [string, string, string, number]],
  asks: ask === null ? [] : [[ask, '1', 'A', 0] as [string, string, string, number]],
  lastBid: '1.00000',
  lastAsk: '1.00010',
});

describe('unrealizedPnl', () => {
  it.each([
    ['1000000', '1.08400', '1.08410', '1.08412', '110.00'],
    ['-1000000', '1.08400', '1.08410', '1.08412', '-110.00'],
    ['-500000.5', '151.2340', '151.000', '151.001', '116750.11'],
    ['3', '0.00001', '0.00002', '0.00003', '0.00'],
    ['-3', '0.00001', '0.00002', '0.00003', '-0.01'],
  ])('%s bought at %s, market %s/%s', (quantity, averagePrice, bid, ask, pnl) => {
    expect(unrealizedPnl({ quantity, averagePrice }, midOf(price(bid, ask)))).toBe(pnl);
  });
  it('is nothing without a position, an average or a price', () => {
    const mid = midOf(price('1', '1'));
    expect(unrealizedPnl({ quantity: '0', averagePrice: '1' }, mid)).toBeNull();
    expect(unrealizedPnl({ quantity: '5', averagePrice: null }, mid)).toBeNull();
    expect(unrealizedPnl({ quantity: '5', averagePrice: '1' }, undefined)).toBeNull();
  });
});

it('takes the last top while stale, and knows no mid of nothing', () => {
  expect(midText(midOf(price(null, null)), 5)).toBe('1.000050');
  expect(midOf(undefined)).toBeUndefined();
});

it('writes money with two decimals, rounded against us', () => {
  expect([money('12.345'), money('-12.341'), money('5'), money('n/a')]).toEqual([
    '12.34',
    '-12.35',
    '5.00',
    'n/a',
  ]);
});
