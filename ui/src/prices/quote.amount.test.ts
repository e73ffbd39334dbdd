/** Amounts in the quote currency: exact, rounded down to a step, never guessed. */
import { expect, it } from 'vitest';
import { baseOfQuote } from './quote.amount.ts';

const euro = {
  priceScale: 5,
  quantityScale: 2,
  quantityMin: '1',
  quantityMax: '100000000',
  quantityStep: '0.01',
};
const gold = { ...euro, priceScale: 2, quantityScale: 0, quantityStep: '10' };

it.each([
  ['1m', '1.25000', euro, '800000.00'],
  ['1,000,000', '1.08412', euro, '922407.11'],
  ['100k', '2650.10', gold, '30'],
  ['1', '2650.10', gold, '0'],
  ['2,5m', '1.25000', euro, null],
  ['1m', null, euro, null],
  ['1m', '0', euro, null],
])('%s at %s is %s', (amount, price, terms, base) => {
  expect(baseOfQuote(amount, price, terms)).toBe(base);
});
