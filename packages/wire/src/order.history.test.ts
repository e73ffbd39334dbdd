/** What an order's history tells, and to whom. */
import type { OrderEvent } from '@tidegate/core/order/order';
import { describe, expect, it } from 'vitest';
import { orderHistoryEvent, orderHistoryEventOf } from './order.history.ts';

const origin = { channel: 'rest', client: 'tom' } as const;
const scales = { priceScale: 5, quantityScale: 2 };
const atMs = Date.UTC(2026, 10, 28, 12, 0, 0, 7);
const order = { ...scales, status: 'partiallyFilled', filled: 100 } as never;

const accepted: OrderEvent = {
  type: 'orderAccepted',
  orderId: 'one.7',
  commandId: 'c',
  origin,
  account: 'main',
  trader: 'tom',
  clOrdId: 'mine',
  instrument: 'EURUSD',
  side: 'buy',
  orderType: 'limit',
  price: 110_000,
  quantity: 1_000,
  timeInForce: 'day',
  shownPrice: 109_990,
  ...scales,
};
const route: OrderEvent = {
  type: 'routeRequested',
  orderId: 'one.7',
  routeId: 'one.7.1',
  venue: 'alpha',
  instrument: 'EURUSD',
  side: 'buy',
  quantity: 1_000,
  orderType: 'limit',
  price: 109_980,
  timeInForce: 'ioc',
  markup: 20,
  deadlineMs: 0,
  evidence: [{ quoteId: 'alpha:q1', ageMs: 12, price: 109_970 }],
  configurationVersion: 3,
};
const filled: OrderEvent = {
  type: 'routeFilled',
  orderId: 'one.7',
  routeId: 'one.7.1',
  commandId: 'f',
  venue: 'alpha',
  venueExecId: 'A-1',
  quantity: 100,
  venuePrice: 109_970,
  clientPrice: 109_990,
};
const closed: OrderEvent = {
  type: 'routeClosed',
  orderId: 'one.7',
  routeId: 'one.7.1',
  commandId: 'x',
  outcome: 'rejected',
  text: 'alpha says no',
};
const told = (event: OrderEvent, seesProviders: boolean) =>
  orderHistoryEvent.parse(orderHistoryEventOf('one', { sequence: 9, atMs, event, order }, seesProviders));

describe('the history of an order', () => {
  it('tells who asked for what, to the millisecond', () => {
    expect(told(accepted, false)).toMatchObject({
      sequence: 9,
      at: '2026-11-28T12:00:00.007Z',
      type: 'orderAccepted',
      by: 'tom',
      clOrdId: 'mine',
      quantity: '10.00',
      price: '1.10000',
      text: 'shown 1.09990',
      status: 'partiallyFilled',
      filledQuantity: '1.00',
    });
  });

  it('tells who may see providers what each was sent, said, and was chosen by', () => {
    expect(told(route, true)).toMatchObject({
      venue: 'alpha',
      price: '1.09980',
      quotes: [{ quoteId: 'alpha:q1', ageMs: 12, price: '1.09970' }],
      configurationVersion: 3,
    });
    expect(told(filled, true)).toMatchObject({
      venue: 'alpha',
      venueExecId: 'A-1',
      price: '1.09990',
      venuePrice: '1.09970',
      execId: 'one-9',
      valueDate: '2026-12-02',
    });
    expect(told(closed, true)).toMatchObject({ code: 'rejected', text: 'alpha says no', valueDate: null });
    const settled = orderHistoryEventOf('one', { sequence: 9, atMs, event: filled, order }, false, {
      days: 1,
    });
    expect(settled.valueDate).toBe('2026-12-01');
  });

  it('tells others neither names nor prices nor words of providers, but what was dealt', () => {
    for (const event of [route, filled, closed])
      expect(JSON.stringify(told(event, false))).not.toMatch(/alpha|A-1|1\.0997|1\.0998/);
    expect(told(filled, false)).toMatchObject({
      venue: '',
      price: '1.09990',
      quantity: '1.00',
      execId: 'one-9',
    });
  });
});
