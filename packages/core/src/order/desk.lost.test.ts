import { beforeEach, describe, expect, it } from 'vitest';
import { Scenario, typesOf } from './desk.fixture.ts';
import type { MeantOrder } from './order.ts';
import { findAnyRequest, findOrder, orderStatus } from './partition.ts';
import { restoreState } from './snapshot.ts';

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

const passThrough = { forcedVenue: 'alpha', timeInForce: 'gtc', price: 107_900 } as const;

describe('a request that loses', () => {
  it('to the last fill is refused after it, with the order as it ended', () => {
    scenario.submit({ clOrdId: 'A' });
    scenario.cancel('A', { clOrdId: 'X' });
    const { events } = scenario.fill('acme.1.1', 100, 108_010);
    expect(typesOf(events)).toEqual(['routeFilled', 'changeRefused']);
    expect(events[1]).toMatchObject({
      change: 'cancel',
      clOrdId: 'X',
      origClOrdId: 'A',
      orderId: 'acme.1',
      code: 'ORDER_CLOSED',
    });
    expect(orderStatus(scenario.order())).toBe('filled');
  });

  it('is not answered before its order ends, nor once more when the venue answers late', () => {
    scenario.submit({ clOrdId: 'A', ...passThrough });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.cancel('A', { clOrdId: 'X' });
    expect(typesOf(scenario.fill('acme.1.1', 40, 107_900).events)).toEqual(['routeFilled']);
    expect(typesOf(scenario.fill('acme.1.1', 60, 107_900).events)).toEqual(['routeFilled', 'changeRefused']);
    expect(scenario.report('acme.1.1', 'cancelRejected').events).toEqual([]);
    expect(scenario.report('acme.1.1', 'canceled').events).toEqual([]);
  });

  it('is each of them, when a replace and a cancel wait', () => {
    scenario.submit({ clOrdId: 'A', ...passThrough });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { clOrdId: 'R', quantity: 200, price: 107_900 });
    scenario.cancel('A', { clOrdId: 'X' });
    const { events } = scenario.fill('acme.1.1', 100, 107_900);
    expect(events.slice(1)).toMatchObject([
      { type: 'changeRefused', change: 'replace', clOrdId: 'R' },
      { type: 'changeRefused', change: 'cancel', clOrdId: 'X' },
    ]);
    expect(scenario.report('acme.1.1', 'replaced').events).toEqual([]);
  });

  it('is the replace alone where the cancel behind it wins', () => {
    scenario.submit({ clOrdId: 'A', ...passThrough });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { clOrdId: 'R', quantity: 200, price: 107_900 });
    scenario.cancel('A', { clOrdId: 'X' });
    const { events } = scenario.report('acme.1.1', 'canceled');
    expect(events.slice(1)).toMatchObject([
      { type: 'orderClosed', outcome: 'canceled', clOrdId: 'X' },
      { type: 'changeRefused', change: 'replace', clOrdId: 'R', code: 'ORDER_CLOSED' },
    ]);
    expect(orderStatus(scenario.order())).toBe('canceled');
  });

  it('has no answer when nobody asked', () => {
    scenario.submit({ clOrdId: 'A' });
    scenario.do({ kind: 'massCancel', commandId: 'all', by: 'ops', reason: 'all' });
    expect(typesOf(scenario.fill('acme.1.1', 100, 108_010).events)).toEqual(['routeFilled']);
  });

  it('comes after the end: it says how the order ended', () => {
    scenario.submit({ clOrdId: 'A' });
    scenario.fill('acme.1.1', 100, 108_010);
    const { events } = scenario.cancel('A', { clOrdId: 'X' });
    expect(events).toMatchObject([{ type: 'changeRefused', orderId: 'acme.1', code: 'ORDER_CLOSED' }]);
  });
});

describe('the ClOrdID of a request', () => {
  it('names its order to who asks, whatever became of it, and is no ClOrdID of an order', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    scenario.replace('A', { clOrdId: 'R', quantity: 1, price: 107_000.5 });
    scenario.cancel('A', { clOrdId: 'X' });
    scenario.cancel('A', { clOrdId: 'Y' });
    const state = restoreState(scenario.snapshot())!;
    for (const id of ['A', 'R', 'X', 'Y'])
      expect(findAnyRequest(state, 'CLIENT', id)).toMatchObject({ order: { orderId: 'acme.1' } });
    expect(findAnyRequest(state, 'OTHER', 'X').found).toBe('unknown');
    expect(findOrder(state, 'CLIENT', 'X').found).toBe('unknown');
    scenario.submit({ clOrdId: 'X', price: 107_000 });
    expect(findAnyRequest(scenario.state, 'CLIENT', 'X')).toMatchObject({ order: { orderId: 'acme.2' } });
  });
});

describe('what a request says of its order', () => {
  const wrong: readonly MeantOrder[] = [
    { instrument: 'USDJPY' },
    { instrument: 'EUR/XXX' },
    { side: 'sell' },
    { side: '5' },
    { account: 'other' },
    { orderType: 'market' },
    { timeInForce: 'gtc' },
    { orderId: 'acme.7' },
  ];

  it('must be so, else it is refused and the order stays as it is', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const before = structuredClone({ ...scenario.order(), requestIds: [] });
    for (const meant of wrong) {
      for (const { events, reply } of [
        scenario.replace('A', { meant, quantity: 50, price: 107_000 }),
        scenario.cancel('A', { meant }),
      ]) {
        expect(reply.refusal?.code).toBe('ORDER_MISMATCH');
        expect(events).toMatchObject([{ type: 'changeRefused', orderId: 'acme.1' }]);
      }
    }
    expect({ ...scenario.order(), requestIds: [] }).toEqual(before);
    const meant = {
      orderId: 'acme.1',
      account: 'main',
      instrument: 'EURUSD',
      side: 'buy',
      orderType: 'limit',
      timeInForce: 'day',
    };
    expect(scenario.replace('A', { meant, quantity: 50, price: 107_000 }).reply.refusal).toBeUndefined();
    expect(scenario.cancel('A', { meant }).reply.refusal).toBeUndefined();
  });
});
