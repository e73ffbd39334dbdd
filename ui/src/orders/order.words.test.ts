/**
 * Words of outcomes: a part that was dealt is always told apart, and only what can be replaced is offered so.
 */
import { describe, expect, it } from 'vitest';
import type { OrderView } from '@tidegate/wire/orders';
import { hasFills, mayReplace, statusText, statusTone } from './order.words.ts';

const order = (status: OrderView['status'], filledQuantity = '0.00', change: Partial<OrderView> = {}) =>
  ({ status, filledQuantity, type: 'limit', unknown: false, ...change }) as OrderView;

describe('an order that ended with fills', () => {
  it.each([
    [order('canceled', '400000.00'), 'Part filled, rest cancelled', 'part'],
    [order('expired', '1'), 'Part filled, rest expired', 'part'],
    [order('canceled'), 'Cancelled', 'none'],
    [order('filled', '5'), 'Filled', 'good'],
    [order('canceled', '5', { unknown: true }), 'Part filled, rest cancelled', 'warn'],
  ])('%#', (view, text, tone) => {
    expect([statusText(view), statusTone(view)]).toEqual([text, tone]);
  });

  it('is one with fills', () => {
    expect([order('canceled', '0.10'), order('filled', '1'), order('new')].map(hasFills)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

it('offers a replace for open limit orders whose state is known', () => {
  expect(mayReplace(order('new'))).toBe(true);
  expect(mayReplace(order('partiallyFilled', '1'))).toBe(true);
  for (const view of [
    order('new', '0', { unknown: true }),
    order('pendingCancel'),
    order('filled', '1'),
    order('canceled'),
    order('new', '0', { type: 'market' }),
  ])
    expect(mayReplace(view)).toBe(false);
});
