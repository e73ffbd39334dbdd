/** The kill switch by scope, rule by rule. */
import { beforeEach, describe, expect, it } from 'vitest';
import { decideSpooled } from '../order/desk.spool.ts';
import { Scenario, typesOf } from '../order/desk.fixture.ts';
import type { SubmitOrder } from '../order/order.ts';
import type { SetStop, StopScope } from '../order/stop.event.ts';
import { restoreState } from '../order/snapshot.ts';
import { isReducing, openInScope, STOPS_MAX } from './stops.ts';

let scenario: Scenario;
let count = 0;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  scenario.quote('beta', [107_999, 1_000], [108_011, 1_000]);
});

function command(scope: StopScope, stop: SetStop['stop'] = 'halted'): SetStop {
  count += 1;
  return { kind: 'setStop', commandId: `stop-${count}`, by: 'rita', reason: 'drill', scope, stop };
}
const stop = (scope: StopScope, kind: SetStop['stop'] = 'halted') => scenario.do(command(scope, kind));
const release = (scope: StopScope) =>
  scenario.do({
    kind: 'releaseStop',
    commandId: `release-${(count += 1)}`,
    by: 'rolf',
    reason: 'over',
    scope,
  });
const refusal = (change: Partial<SubmitOrder> = {}): string | undefined => {
  const { refusal: said } = scenario.submit({ price: 107_000, ...change }).reply;
  return said === undefined ? undefined : `${said.code}: ${said.text}`;
};

describe('a stop', () => {
  it.each<[StopScope, Partial<SubmitOrder>, Partial<SubmitOrder>, string]>([
    [{ account: 'main' }, {}, { account: 'other' }, 'account main'],
    [{ trader: 'tess' }, {}, { trader: 'tom' }, 'trader tess'],
    [{ session: 'CLIENT' }, {}, { origin: { channel: 'rest', client: 'tom' } }, 'session CLIENT'],
    [{ instrument: 'EURUSD' }, {}, { instrument: 'USDJPY' }, 'instrument EURUSD'],
    [{ provider: 'alpha' }, { forcedVenue: 'alpha' }, { forcedVenue: 'beta' }, 'provider alpha'],
    [{ account: 'main', trader: 'tess' }, {}, { trader: 'tom' }, 'account main, trader tess'],
  ])('refuses what is in its scope and nothing else: %j', (scope, within, without, text) => {
    stop(scope);
    expect(refusal(within)).toBe(`TRADING_STOPPED: ${text} is halted; only cancels are accepted`);
    expect(refusal(without) ?? '').not.toMatch(/^TRADING_STOPPED/);
  });

  it('cancels what is open in its scope and nothing else', () => {
    for (const account of ['main', 'other']) scenario.submit({ account, price: 107_000 });
    const { events } = stop({ account: 'main' });
    expect(typesOf(events)).toEqual(['stopSet', 'cancelRequested', 'orderClosed']);
    expect(events[0]).toMatchObject({ orders: 1, by: 'rita', reason: 'drill' });
    expect(events[1]).toMatchObject({ reason: 'account main halted: drill (rita)' });
    expect([scenario.order(1).outcome, scenario.order(2).outcome]).toEqual(['canceled', 'open']);
  });

  it('of a provider cancels what has something open there, and others go round it', () => {
    scenario.submit({ forcedVenue: 'alpha' });
    scenario.submit({ forcedVenue: 'beta' });
    scenario.submit({ quantity: 100 });
    expect(openInScope(scenario.state, { provider: 'alpha' })).toMatchObject({
      orders: 2,
      canceling: 0,
      byProvider: [{ provider: 'alpha', routes: 2, unknown: 0 }],
    });
    const { events } = stop({ provider: 'alpha' });
    expect(typesOf(events).filter((type) => type === 'routeCancelRequested')).toHaveLength(2);
    expect(openInScope(scenario.state, { provider: 'alpha' })).toMatchObject({ orders: 2, canceling: 2 });
    expect(scenario.submit({ price: 108_011 }).events).toMatchObject([{}, { venue: 'beta', quantity: 100 }]);
  });

  it('lets only reductions pass when it says so, cancels nothing, and is never loosened by another', () => {
    scenario.submit();
    scenario.fill('acme.1.1', 100, 108_010);
    scenario.submit({ account: 'other', price: 107_000 });
    expect(typesOf(stop({ instrument: 'EURUSD' }, 'reducing').events)).toEqual(['stopSet']);
    expect(isReducing(scenario.state)).toBe(true);
    expect(scenario.order(2).outcome).toBe('open');
    expect(refusal()).toMatch(/^REDUCE_ONLY: .* of instrument EURUSD: buy up to 0, not 100/);
    expect(refusal({ side: 'sell', price: 108_500, quantity: 101 })).toMatch(/^REDUCE_ONLY/);
    expect(refusal({ side: 'sell', price: 108_500 })).toBeUndefined();
    stop({ instrument: 'EURUSD' });
    expect(stop({ instrument: 'EURUSD' }, 'reducing').reply.refusal).toMatchObject({
      code: 'TRADING_STOPPED',
    });
    expect(refusal({ side: 'sell', price: 108_500 })).toMatch(/^TRADING_STOPPED/);
  });

  it('that lets reduce does not send what rests beyond the position, and nothing new to its provider', () => {
    scenario.submit({ price: 107_000 });
    stop({ account: 'main' }, 'reducing');
    scenario.quote('alpha', [106_980, 1_000], [106_990, 1_000]);
    expect(scenario.rest()).toEqual([]);
    release({ account: 'main' });
    stop({ provider: 'alpha' }, 'reducing');
    expect(scenario.rest()).toEqual([]);
    release({ provider: 'alpha' });
    expect(scenario.rest()).toHaveLength(1);
  });

  it('stands until a person releases it, whatever begins anew', () => {
    stop({ trader: 'tess' });
    stop({ account: 'main' }, 'reducing');
    const restored = restoreState(scenario.snapshot())!;
    expect(restored.stops).toEqual(scenario.state.stops);
    scenario.state = restored;
    expect(refusal()).toMatch(/^TRADING_STOPPED/);
    expect(release({ trader: 'tess' }).events).toMatchObject([
      { type: 'stopReleased', by: 'rolf', reason: 'over' },
    ]);
    expect(refusal()).toMatch(/^REDUCE_ONLY/);
    release({ account: 'main' });
    expect(release({ account: 'main' }).events).toEqual([]);
    expect(refusal()).toBeUndefined();
  });

  it('goes on with what was left when it was cut short, and with what comes open in its scope again', () => {
    scenario.limits({ openOrdersMax: 10_000, ordersPerSecondMax: 10_000 });
    for (let at = 0; at < 500; at += 1) scenario.submit({ price: 107_000 });
    const { rest } = stop({ session: 'CLIENT' });
    expect(rest).toMatchObject({ kind: 'massCancel', client: 'CLIENT', throughOrder: 500 });
    for (let round = 0; round < 5; round += 1) scenario.tick(50);
    expect(openInScope(scenario.state, {}).orders).toBe(0);
  });

  it('is spooled as what was sent, and decided again so', () => {
    scenario.submit({ forcedVenue: 'alpha' });
    const set = command({ provider: 'alpha' });
    const cancelId = 'acme.1.1.c7';
    const sent = {
      orderId: 'acme.1',
      routeId: 'acme.1.1',
      venue: 'alpha',
      venueClOrdId: 'acme.1.1',
      cancelId,
    };
    const spooled = { command: set, sent: [{ type: 'routeCancelRequested' as const, ...sent }] };
    const { events } = decideSpooled(scenario.state, scenario.market, spooled, scenario.now);
    expect(typesOf(events)).toEqual(['stopSet', 'cancelRequested', 'routeCancelRequested']);
    expect(events[2]).toMatchObject({ cancelId, isEarly: true });
  });

  it('has a limit on how many there are, which keeps nobody from the firm as a whole', () => {
    for (let at = 0; at < STOPS_MAX; at += 1) stop({ trader: `t${at}` });
    expect(stop({ trader: 'one more' }).reply.refusal).toMatchObject({ code: 'OVERLOADED' });
    expect(stop({ trader: 't1' }).reply.refusal).toBeUndefined();
    scenario.do({ kind: 'setTradingState', commandId: 'all', by: 'rita', reason: 'x', state: 'halted' });
    expect(scenario.state.tradingState).toBe('halted');
  });
});
