/**
 * The desk against what venues, clients and configuration really do wrong: names and executions used again,
 * numbers beyond sense, answers that contradict what was said before.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { EURUSD, routesOf, Scenario, typesOf } from './desk.fixture.ts';
import { holdingOf, orderStatus } from './partition.ts';
import { collarPrice } from '../risk/risk.ts';
import { DAY_MS } from '../number/time.ts';

const HUGE = Number.MAX_SAFE_INTEGER;
const forced = { forcedVenue: 'alpha', price: 107_000 } as const;
const origin = { channel: 'fix', client: 'CLIENT' } as const;

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

const position = (): number => holdingOf(scenario.state, 'main', 'EURUSD').position.quantity;

describe('a ClOrdID used again', () => {
  it('in an order that its edge refuses goes on naming the first order', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const { reply } = scenario.do({
      kind: 'refuse',
      commandId: 'bad',
      origin,
      account: 'main',
      clOrdId: 'A',
      instrument: 'EURUSD',
      side: 'buy',
      code: 'UNSUPPORTED',
      text: 'StopPx(99) is not supported',
    });
    expect(reply.refusal?.code).toBe('UNSUPPORTED');
    expect(scenario.cancel('A').reply).toEqual({ orderId: 'acme.1' });
    expect(orderStatus(scenario.order())).toBe('canceled');
  });
});

describe('an ExecID', () => {
  it('that a venue uses again on another day, as FIX allows, is another fill', () => {
    scenario.submit();
    scenario.fill('acme.1.1', 100, 108_010, { commandId: 'alpha:1', venueExecId: '1' });
    scenario.advance(DAY_MS);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit();
    scenario.fill('acme.2.1', 100, 108_010, { commandId: 'alpha:1', venueExecId: '1' });
    expect(scenario.order(2)).toMatchObject({ outcome: 'filled', filled: 100 });
    expect(position()).toBe(200);
    const again = scenario.fill('acme.2.1', 100, 108_010, { commandId: 'alpha:1', venueExecId: '1' });
    expect(again.events).toEqual([]);
    expect(position()).toBe(200);
  });
});

describe('a fill beyond what can be counted exactly', () => {
  it('goes to operations instead of stopping the partition', () => {
    scenario.submit();
    const tooMuch = [
      [HUGE, 108_010],
      [HUGE - 100, 108_010],
    ] as const;
    scenario.fill('acme.1.1', 60, 108_010);
    for (const [lots, price] of [...tooMuch, [HUGE, HUGE]] as const) {
      const types = typesOf(scenario.fill('acme.1.1', lots, price).events);
      expect(types.some((type) => type === 'caseOpened' || type === 'venueReportUnmatched')).toBe(true);
    }
    const { position: held } = holdingOf(scenario.state, 'main', 'EURUSD');
    expect(Number.isSafeInteger(held.quantity)).toBe(true);
    expect(Number.isSafeInteger(scenario.order().filled)).toBe(true);
  });

  it('is so by its markup as well', () => {
    scenario = new Scenario({ markup: 5 });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit({ type: 'market', timeInForce: 'ioc' });
    expect(typesOf(scenario.fill('acme.1.1', 100, HUGE).events)).toEqual(['caseOpened']);
  });

  it('and a quote near that bound make no collar that throws', () => {
    expect(collarPrice('buy', HUGE - 1, 20_000)).toBeLessThanOrEqual(HUGE);
    scenario.quote('alpha', [HUGE - 2, 1], [HUGE - 1, 1]);
    scenario.submit({ type: 'market', timeInForce: 'ioc' });
  });
});

describe('a replace that a venue confirms', () => {
  it('after more was filled than it asks for ends the order, filled', () => {
    scenario.submit({ ...forced, clOrdId: 'A' });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { quantity: 50, price: 107_000 });
    scenario.fill('acme.1.1', 60, 107_000);
    scenario.report('acme.1.1', 'replaced');
    expect(scenario.order()).toMatchObject({ outcome: 'filled', quantity: 60, filled: 60, inFlight: 0 });
  });
});

describe('a replace that a venue refuses', () => {
  it('while a cancel is on its way is not taken for a refusal of the cancel', () => {
    scenario.submit({ ...forced, clOrdId: 'A' });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { quantity: 50, price: 107_000, clOrdId: 'R' });
    scenario.cancel('A', { clOrdId: 'X' });
    const { events } = scenario.report('acme.1.1', 'cancelRejected', { requestId: 'acme.1.1.r1' });
    expect(events).toMatchObject([{ type: 'changeRefused', change: 'replace', clOrdId: 'R' }]);
    expect(orderStatus(scenario.order())).toBe('pendingCancel');
    expect(scenario.report('acme.1.1', 'canceled').events.at(-1)).toMatchObject({
      type: 'orderClosed',
      outcome: 'canceled',
      clOrdId: 'X',
    });
  });

  it('while a cancel is on its way leaves it wanted, and the other way round', () => {
    scenario.submit({ ...forced, clOrdId: 'A' });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { quantity: 50, price: 107_000, clOrdId: 'R' });
    scenario.cancel('A', { clOrdId: 'X' });
    const { events } = scenario.report('acme.1.1', 'cancelRejected', { requestId: 'acme.1.1.c1' });
    expect(events).toMatchObject([{ type: 'changeRefused', change: 'cancel', clOrdId: 'X' }]);
    scenario.report('acme.1.1', 'replaced');
    expect(scenario.order()).toMatchObject({ outcome: 'open', quantity: 50, clOrdIds: ['A', 'R'] });
  });
});

describe('a late fill', () => {
  it('of a part calls back what was routed in its place', () => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 900]);
    scenario.submit({ timeInForce: 'ioc' });
    scenario.report('acme.1.1', 'canceled');
    const { events } = scenario.fill('acme.1.1', 60, 108_010);
    expect(typesOf(events)).toEqual(['routeFilled', 'venueReportUnmatched', 'routeCancelRequested']);
  });

  it('that the venue has counted but not reported is not bought a second time', () => {
    scenario.submit({ timeInForce: 'day' });
    scenario.report('acme.1.1', 'canceled', { cumQuantity: 60 });
    scenario.advance(10_000);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(scenario.order()).toMatchObject({ inFlight: 60, unknownRoutes: 1 });
    expect(routesOf(scenario.rest())).toMatchObject([{ quantity: 40 }]);
    scenario.fill('acme.1.1', 60, 108_010);
    scenario.fill('acme.1.2', 40, 108_010);
    expect(position()).toBe(100);
    expect(scenario.state.cases.size).toBe(0);
  });

  it('that one of several venues has counted is not bought a second time', () => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 50]);
    scenario.quote('gamma', [108_000, 1_000], [108_020, 5_000]);
    scenario.submit({ timeInForce: 'ioc', quantity: 1_050, price: 108_020 });
    scenario.report('acme.1.1', 'canceled', { cumQuantity: 600 });
    const { events } = scenario.report('acme.1.2', 'canceled');
    const routed = routesOf(events).reduce((sum, { quantity }) => sum + quantity, 0);
    expect(routed).toBeLessThanOrEqual(450);
  });
});

describe('while reducing', () => {
  it('orders whose venues fall silent together route no more than closes the position', () => {
    scenario.submit({ quantity: 100 });
    scenario.fill('acme.1.1', 100, 108_010);
    scenario.quote('alpha', [108_000, 10], [108_010, 10]);
    scenario.submit({ side: 'sell', quantity: 150, price: 108_000 });
    scenario.quote('alpha', [108_000, 10], [108_010, 10]);
    scenario.submit({ side: 'sell', quantity: 150, price: 108_000 });
    scenario.do({ kind: 'setTradingState', commandId: 's', by: 'rita', reason: 'drill', state: 'reducing' });
    scenario.advance(600);
    scenario.quote('beta', [108_000, 1_000], [108_010, 1_000]);
    scenario.tick();
    scenario.tick();
    const { flightSell } = holdingOf(scenario.state, 'main', 'EURUSD');
    expect(flightSell).toBeLessThanOrEqual(100);
    expect([...scenario.state.routes.values()].map(({ standing }) => standing)).toEqual(
      expect.arrayContaining(['unknown', 'unknown']),
    );
  });
});

describe('an instrument whose scale was changed', () => {
  it('leaves orders of before alone: their prices are of other points', () => {
    scenario.submit({ price: 107_000, clOrdId: 'A' });
    const { instrument } = scenario.market;
    const coarse = { ...EURUSD, priceScale: 4 };
    scenario.market = { ...scenario.market, instrument: (id) => (id === 'EURUSD' ? coarse : instrument(id)) };
    scenario.books.delete('EURUSD');
    scenario.quote('alpha', [10_800, 1_000], [10_801, 1_000], coarse);
    expect(scenario.rest()).toEqual([]);
    expect(scenario.replace('A', { quantity: 100, price: 10_900 }).reply.refusal?.code).toBe('UNSUPPORTED');
    expect(scenario.cancel('A').reply.refusal).toBeUndefined();
  });
});
