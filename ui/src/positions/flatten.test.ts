/** What closes a position, at the book that is shown. */
import { describe, expect, it } from 'vitest';
import type { PriceView } from '@tidegate/wire/prices';
import { flattenOf } from './flatten.ts';

const book: Pick<PriceView, 'bids' | 'asks'> = {
  bids: [
    ['1.10000', '600000', '', 1],
    ['1.09990', '400000', '', 1],
  ],
  asks: [['1.10010', '500000', '', 1]],
};
const held = (quantity: string) => ({
  account: 'main',
  instrument: 'EURUSD',
  quantity,
  averagePrice: '1.09000',
});

describe('flattenOf', () => {
  it('sells what is long, through the levels that it takes', () => {
    expect(flattenOf(held('1000000'), book, 5)).toEqual({
      order: {
        account: 'main',
        instrument: 'EURUSD',
        side: 'sell',
        type: 'market',
        quantity: '1000000',
        timeInForce: 'ioc',
      },
      price: '1.099960',
      pnl: '9960.00',
    });
  });
  it('buys what is short', () => {
    const flatten = flattenOf(held('-500000'), book, 5);
    expect(flatten?.order).toMatchObject({ side: 'buy', quantity: '500000' });
    expect(flatten).toMatchObject({ price: '1.100100', pnl: '-5050.00' });
  });
  it('says nothing of a price that the book does not have', () => {
    expect(flattenOf(held('1000001'), book, 5)).toMatchObject({ price: null, pnl: null });
    expect(flattenOf(held('1'), undefined, 5)).toMatchObject({ price: null, pnl: null });
  });
  it('has nothing to do for a flat position', () => {
    expect(flattenOf(held('0'), book, 5)).toBeUndefined();
  });
});
