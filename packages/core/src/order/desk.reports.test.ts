import { beforeEach, describe, expect, it } from 'vitest';
import { DECISION_EVENTS_MAX } from './desk.orders.ts';
import type { CaseOpened } from './case.ts';
import { EURUSD, routesOf, Scenario, typesOf } from './desk.fixture.ts';
import { holdingOf, leavesOf, orderStatus, RETENTION } from './partition.ts';

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

const position = (): unknown => holdingOf(scenario.state, 'main', 'EURUSD').position;

describe('routing', () => {
  it('sweeps venues best first and fills the client at each venue’s price', () => {
    scenario.quote('beta', [108_000, 50], [108_008, 50]);
    const { events } = scenario.submit({ quantity: 120 });
    expect(routesOf(events).map(({ venue, quantity, price }) => [venue, quantity, price])).toEqual([
      ['beta', 50, 108_008],
      ['alpha', 70, 108_010],
    ]);
    scenario.fill('acme.1.1', 50, 108_008);
    scenario.fill('acme.1.2', 70, 108_009);
    expect(scenario.order()).toMatchObject({ outcome: 'filled', filled: 120 });
    expect(position()).toEqual({ quantity: 120, cost: 50n * 108_008n + 70n * 108_009n, realized: 0n });
  });

  it('takes the markup off the limit and adds it to the fill, never beyond the client’s limit', () => {
    scenario = new Scenario({ markup: 3 });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(routesOf(scenario.submit({ price: 108_012 }).events)).toEqual([]);
    const [route] = routesOf(scenario.submit({ price: 108_013 }).events);
    expect(route).toMatchObject({ price: 108_010, markup: 3 });
    expect(scenario.fill('acme.2.1', 50, 108_009).events[0]).toMatchObject({ clientPrice: 108_012 });
    const worse = scenario.fill('acme.2.1', 50, 108_011).events;
    expect(worse).toMatchObject([{ type: 'caseOpened', kind: 'WORSE_THAN_LIMIT', held: 50 }]);
    const { caseId } = worse[0] as CaseOpened;
    const answer = { kind: 'resolveCase', commandId: 'k', caseId, by: 'rita', reason: 'agreed' } as const;
    const { events } = scenario.do({ ...answer, action: 'book' });
    expect(events[1]).toMatchObject({ type: 'routeFilled', venuePrice: 108_011, clientPrice: 108_013 });
    const [sold] = routesOf(scenario.submit({ side: 'sell', price: 107_997 }).events);
    expect(sold).toMatchObject({ side: 'sell', price: 108_000 });
    expect(scenario.fill('acme.3.1', 100, 108_000).events[0]).toMatchObject({ clientPrice: 107_997 });
  });

  it('limits a market order at the collar', () => {
    scenario.quote('beta', [108_000, 10], [109_085, 10]);
    scenario.quote('gamma', [108_000, 10], [109_086, 10]);
    const { events } = scenario.submit({ type: 'market', quantity: 2_000 });
    expect(routesOf(events)).toMatchObject([
      { venue: 'alpha', price: 108_010, orderType: 'limit', timeInForce: 'ioc' },
      { venue: 'beta', price: 109_085 },
    ]);
  });

  it('closes an immediate order that finds nothing', () => {
    const { events } = scenario.submit({ timeInForce: 'ioc', price: 108_009 });
    expect(events[1]).toEqual({
      type: 'orderClosed',
      orderId: 'acme.1',
      outcome: 'canceled',
      code: 'NO_LIQUIDITY',
      reason: 'no liquidity within the limit',
    });
  });

  it('sends FOK only to a venue that alone has it all', () => {
    scenario.quote('beta', [108_000, 500], [108_009, 500]);
    const fok = { timeInForce: 'fok', price: 108_010 } as const;
    expect(routesOf(scenario.submit({ ...fok, quantity: 1_500 }).events)).toEqual([]);
    expect(scenario.order().code).toBe('NO_LIQUIDITY');
    const { events } = scenario.submit({ ...fok, quantity: 400 });
    expect(routesOf(events)).toMatchObject([{ venue: 'beta', timeInForce: 'fok', quantity: 400 }]);
    expect(routesOf(scenario.report('acme.2.1', 'canceled').events)).toMatchObject([
      { venue: 'alpha', timeInForce: 'fok', quantity: 400 },
    ]);
  });

  it('uses only venues that take orders and quotes that are fresh', () => {
    scenario.venue('alpha', { ordersUp: false });
    expect(routesOf(scenario.submit({}).events)).toEqual([]);
    scenario.venue('alpha', { ordersUp: true, instruments: new Set(['USDJPY']) });
    expect(routesOf(scenario.submit({}).events)).toEqual([]);
    scenario.venue('beta');
    scenario.quote('beta', [108_000, 1], [108_010, 1]);
    scenario.advance(5_001);
    expect(routesOf(scenario.submit({}).events)).toEqual([]);
  });
});

describe('re-routing', () => {
  const ioc = { timeInForce: 'ioc', quantity: 100 } as const;

  beforeEach(() => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 900]);
    scenario.quote('gamma', [108_000, 1_000], [108_010, 800]);
  });

  it('tries the next venue after a refusal, until none is left', () => {
    scenario.submit(ioc);
    const first = scenario.report('acme.1.1', 'rejected').events;
    expect(routesOf(first)).toMatchObject([{ venue: 'beta', quantity: 100 }]);
    scenario.fill('acme.1.2', 30, 108_010);
    const { events } = scenario.report('acme.1.2', 'canceled');
    expect(routesOf(events)).toMatchObject([{ venue: 'gamma', quantity: 70 }]);
    const last = scenario.report('acme.1.3', 'expired').events;
    expect(last[1]).toMatchObject({
      type: 'orderClosed',
      outcome: 'canceled',
      code: 'PROVIDER_REFUSED',
      reason: 'a provider refused: no liquidity left within the limit after 3 rounds',
    });
    expect(scenario.order()).toMatchObject({ filled: 30, outcome: 'canceled' });
  });

  it('tells a refusal as one, in the words of the last provider, never as a want of liquidity', () => {
    scenario.submit(ioc);
    for (const id of ['acme.1.1', 'acme.1.2']) scenario.report(id, 'rejected', { text: 'last look' });
    const { events } = scenario.report('acme.1.3', 'rejected', { text: 'price has moved' });
    expect(events[1]).toMatchObject({
      type: 'orderClosed',
      outcome: 'canceled',
      code: 'PROVIDER_REFUSED',
      reason: 'providers refused 3 times: price has moved',
    });
  });

  it('keeps to its rounds and its time', () => {
    scenario.market = { ...scenario.market, routing: { ...scenario.market.routing, rerouteRoundsMax: 1 } };
    scenario.submit(ioc);
    expect(routesOf(scenario.report('acme.1.1', 'rejected').events)).toHaveLength(1);
    expect(typesOf(scenario.report('acme.1.2', 'rejected').events)).toEqual(['routeClosed', 'orderClosed']);
    scenario.submit(ioc);
    scenario.advance(1_001);
    expect(typesOf(scenario.report('acme.2.1', 'rejected').events)).toEqual(['routeClosed', 'orderClosed']);
  });

  it('waits for all venues of a round', () => {
    scenario.submit({ ...ioc, quantity: 1_800 });
    expect(typesOf(scenario.report('acme.1.1', 'rejected').events)).toEqual(['routeClosed']);
    const { events } = scenario.fill('acme.1.2', 800, 108_010);
    expect(routesOf(events)).toMatchObject([{ venue: 'gamma', quantity: 800 }]);
  });

  it('does not trade twice on the same image', () => {
    scenario.submit({ ...ioc, quantity: 2_700 });
    scenario.fill('acme.1.1', 1_000, 108_010);
    scenario.fill('acme.1.2', 900, 108_010);
    scenario.fill('acme.1.3', 500, 108_010);
    expect(typesOf(scenario.report('acme.1.3', 'canceled').events)).toEqual(['routeClosed', 'orderClosed']);
    scenario.submit({ ...ioc, quantity: 2_700 });
    scenario.quote('alpha', [108_000, 5], [108_010, 5]);
    scenario.fill('acme.2.1', 1_000, 108_010);
    scenario.fill('acme.2.2', 900, 108_010);
    const { events } = scenario.report('acme.2.3', 'canceled');
    expect(routesOf(events)).toMatchObject([{ venue: 'alpha', quantity: 5 }]);
  });

  it('tries elsewhere what the gateway could not send, unless it was late', () => {
    scenario.submit(ioc);
    const down = {
      kind: 'routeNotSent',
      commandId: 'n1',
      routeId: 'acme.1.1',
      reason: 'VENUE_DOWN',
    } as const;
    expect(routesOf(scenario.do(down).events)).toMatchObject([{ venue: 'beta' }]);
    expect(scenario.do({ ...down, commandId: 'again' }).events).toEqual([]);
    const late = { kind: 'routeNotSent', commandId: 'n2', routeId: 'acme.1.2', reason: 'LATE' } as const;
    expect(scenario.do(late).events).toMatchObject([
      { type: 'routeClosed', outcome: 'notSent', text: 'too late to be sent' },
      { type: 'orderClosed', code: 'NO_LIQUIDITY', reason: 'a route was too late to be sent' },
    ]);
  });

  it('lets a late day order rest', () => {
    scenario.submit({ timeInForce: 'day' });
    const late = { kind: 'routeNotSent', commandId: 'n', routeId: 'acme.1.1', reason: 'LATE' } as const;
    expect(typesOf(scenario.do(late).events)).toEqual(['routeClosed']);
    expect(scenario.order()).toMatchObject({ outcome: 'open', restingPrice: 108_010 });
  });
});

describe('unknown routes', () => {
  const doubt = (routeId: string, commandId = `d-${routeId}`): string[] =>
    typesOf(scenario.do({ kind: 'routeInDoubt', commandId, routeId, reason: 'SESSION_LOST' }).events);

  it('keep their exposure and their order open, even an immediate one', () => {
    scenario.submit({ timeInForce: 'ioc' });
    expect(doubt('acme.1.1')).toEqual(['routeUnknown']);
    expect(doubt('acme.1.1', 'again')).toEqual([]);
    expect(scenario.order()).toMatchObject({ outcome: 'open', inFlight: 100, unknownRoutes: 1 });
    expect(holdingOf(scenario.state, 'main', 'EURUSD')).toMatchObject({ openBuy: 100, flightBuy: 100 });
    expect(scenario.rest()).toEqual([]);
  });

  it.each([
    ['unknownOrder', ['routeClosed', 'orderClosed'], 0],
    ['rejected', ['routeClosed', 'orderClosed'], 0],
    ['acknowledged', ['routeAcknowledged'], 100],
  ] as const)('are resolved by %s', (report, types, leaves) => {
    scenario.submit({ timeInForce: 'ioc' });
    doubt('acme.1.1');
    expect(typesOf(scenario.report('acme.1.1', report).events)).toEqual(types);
    expect(leavesOf(scenario.order())).toBe(leaves);
    expect(scenario.order().unknownRoutes).toBe(0);
  });

  it('are resolved by a fill', () => {
    scenario.submit({ timeInForce: 'ioc' });
    doubt('acme.1.1');
    expect(typesOf(scenario.fill('acme.1.1', 40, 108_010).events)).toEqual(['routeFilled']);
    expect(scenario.order()).toMatchObject({ unknownRoutes: 0, inFlight: 60 });
    expect(typesOf(scenario.fill('acme.1.1', 60, 108_010).events)).toEqual(['routeFilled']);
    expect(orderStatus(scenario.order())).toBe('filled');
  });

  it('hold back only their own quantity', () => {
    scenario.quote('beta', [108_000, 1_000], [108_011, 1_000]);
    scenario.submit({ timeInForce: 'ioc', quantity: 1_100, price: 108_020 });
    doubt('acme.1.1');
    scenario.quote('beta', [108_000, 1_000], [108_011, 40]);
    scenario.quote('gamma', [108_000, 1_000], [108_012, 1_000]);
    expect(routesOf(scenario.report('acme.1.2', 'rejected').events)).toMatchObject([
      { venue: 'gamma', quantity: 100 },
    ]);
    expect(typesOf(scenario.fill('acme.1.3', 100, 108_012).events)).toEqual(['routeFilled']);
    expect(scenario.order()).toMatchObject({ outcome: 'open', filled: 100, inFlight: 1_000 });
  });

  it('may be canceled; the cancel is sent again when the venue still has it', () => {
    scenario.submit({ clOrdId: 'A' });
    doubt('acme.1.1');
    expect(typesOf(scenario.cancel('A').events)).toEqual(['cancelRequested', 'routeCancelRequested']);
    expect(typesOf(scenario.report('acme.1.1', 'acknowledged').events)).toEqual([
      'routeAcknowledged',
      'routeCancelRequested',
    ]);
    expect(typesOf(scenario.report('acme.1.1', 'canceled').events)).toEqual(['routeClosed', 'orderClosed']);
  });

  it('are all that is open at a venue whose reports may be lost, those that rest too, in portions', () => {
    const inDoubt = (commandId: string) =>
      scenario.do({ kind: 'venueInDoubt', commandId, venue: 'alpha', reason: 'NUMBERS_RESTARTED' });
    const forced = { forcedVenue: 'alpha', timeInForce: 'gtc', price: 107_900 } as const;
    const count = DECISION_EVENTS_MAX + 10;
    scenario.limits({ openOrdersMax: 2 * count });
    for (let number = 1; number <= count; number += 1) scenario.submit(forced);
    for (let number = 1; number <= count; number += 2) scenario.report(`acme.${number}.1`, 'acknowledged');
    scenario.report('acme.2.1', 'rejected');
    scenario.submit({ forcedVenue: 'beta', timeInForce: 'gtc', price: 107_900 });
    const first = inDoubt('d');
    expect(first.events.length).toBe(DECISION_EVENTS_MAX);
    const last = scenario.do(first.rest!);
    expect([last.events.length, last.rest]).toEqual([9, undefined]);
    expect(new Set(typesOf([...first.events, ...last.events]))).toEqual(new Set(['routeUnknown']));
    expect(first.events[0]).toMatchObject({ routeId: 'acme.1.1', reason: 'NUMBERS_RESTARTED' });
    expect(inDoubt('e').events).toEqual([]);
    expect(typesOf(scenario.report('acme.1.1', 'acknowledged').events)).toEqual(['routeAcknowledged']);
    expect(typesOf(inDoubt('f').events)).toEqual(['routeUnknown']);
  });

  it('come from venues’ silence and are asked about more and more rarely', () => {
    scenario.submit({ timeInForce: 'ioc' });
    expect(scenario.tick(499)).toEqual([]);
    expect(scenario.tick(1)).toMatchObject([{ type: 'routeUnknown', reason: 'NO_ANSWER', venue: 'alpha' }]);
    expect(scenario.tick(999)).toEqual([]);
    expect(typesOf(scenario.tick(1))).toEqual(['routeUnknown']);
    expect(scenario.tick(1_999)).toEqual([]);
    expect(typesOf(scenario.tick(1))).toEqual(['routeUnknown']);
    scenario.report('acme.1.1', 'acknowledged');
    expect(scenario.order().unknownRoutes).toBe(0);
    expect(typesOf(scenario.tick(32_000))).toEqual(['routeUnknown']);
  });

  it('let the rest of the order go elsewhere', () => {
    scenario.quote('beta', [108_000, 1_000], [108_011, 1_000]);
    scenario.submit({ timeInForce: 'ioc', quantity: 1_100, price: 108_020 });
    scenario.quote('gamma', [108_000, 1_000], [108_012, 1_000]);
    scenario.report('acme.1.2', 'rejected');
    expect(typesOf(scenario.tick(500))).toEqual(['routeUnknown', 'routeRequested']);
    expect(scenario.order()).toMatchObject({ unknownRoutes: 1, openRoutes: 2, inFlight: 1_100 });
  });
});

describe('venue reports', () => {
  it('count each execution once', () => {
    scenario.submit({});
    const fill = { venueExecId: 'E7', commandId: 'alpha:E7' };
    scenario.fill('acme.1.1', 40, 108_010, fill);
    const again = scenario.fill('acme.1.1', 40, 108_010, fill);
    expect(again).toEqual({ events: [], reply: { orderId: 'acme.1', sequence: 3 } });
    expect(scenario.fill('acme.1.1', 40, 108_010, { ...fill, commandId: 'other' }).events).toEqual([]);
    expect(scenario.order().filled).toBe(40);
  });

  it('of unknown or foreign routes go to operations', () => {
    const { events, reply } = scenario.report('acme.9.1', 'rejected', { text: 'why' });
    expect(events).toMatchObject([
      {
        type: 'caseOpened',
        caseId: 'acme.case-1',
        kind: 'UNKNOWN_ROUTE',
        routeId: 'acme.9.1',
        text: 'rejected for a route that is not known: why',
      },
    ]);
    expect(reply).toEqual({});
    scenario.submit({});
    expect(scenario.report('acme.1.1', 'rejected', { venue: 'beta' }).events).toMatchObject([
      {
        type: 'caseOpened',
        text: 'rejected for a route at alpha',
      },
    ]);
    expect(scenario.fill('acme.1.1', 0, 108_010).events).toMatchObject([
      { type: 'caseOpened', kind: 'UNREADABLE' },
    ]);
    expect(scenario.order()).toMatchObject({ openRoutes: 1, filled: 0 });
  });

  it('that repeat what is known change nothing', () => {
    scenario.submit({});
    expect(typesOf(scenario.report('acme.1.1', 'acknowledged').events)).toEqual(['routeAcknowledged']);
    expect(scenario.report('acme.1.1', 'acknowledged').events).toEqual([]);
    scenario.report('acme.1.1', 'rejected');
    expect(scenario.report('acme.1.1', 'rejected').events).toEqual([]);
    expect(scenario.report('acme.1.1', 'acknowledged').events).toEqual([]);
    expect(scenario.report('acme.1.1', 'cancelRejected').events).toEqual([]);
    expect(scenario.state.routes.get('acme.1.1')?.venueOrderId).toBe('V-acme.1.1');
  });

  it('of a fill after the end are booked all the same', () => {
    scenario.submit({ timeInForce: 'ioc' });
    scenario.report('acme.1.1', 'rejected');
    expect(scenario.order().outcome).toBe('canceled');
    const { events } = scenario.fill('acme.1.1', 100, 108_010);
    expect(typesOf(events)).toEqual(['routeFilled', 'venueReportUnmatched']);
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', filled: 100 });
    expect(position()).toMatchObject({ quantity: 100 });
  });

  it('of a late fill call back what was routed elsewhere in its place', () => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 900]);
    scenario.submit({ timeInForce: 'ioc' });
    scenario.report('acme.1.1', 'canceled');
    const { events } = scenario.fill('acme.1.1', 100, 108_010);
    expect(typesOf(events)).toEqual(['routeFilled', 'venueReportUnmatched', 'routeCancelRequested']);
    expect(scenario.order()).toMatchObject({ outcome: 'filled', exceeded: true, inFlight: 100 });
    expect(typesOf(scenario.fill('acme.1.2', 100, 108_010).events)).toEqual(['routeFilled']);
    expect(scenario.order()).toMatchObject({ filled: 200, inFlight: 0 });
    expect(position()).toMatchObject({ quantity: 200 });
  });

  it('of an overfill are booked and shown to operations', () => {
    scenario.submit({});
    const { events } = scenario.fill('acme.1.1', 130, 108_010);
    expect(events).toMatchObject([
      { type: 'routeFilled', quantity: 130 },
      { type: 'venueReportUnmatched', text: expect.stringContaining('more than was sent') },
    ]);
    expect(scenario.order()).toMatchObject({ outcome: 'filled', filled: 130, exceeded: true });
    expect(holdingOf(scenario.state, 'main', 'EURUSD')).toMatchObject({ openBuy: 0, flightBuy: 0 });
  });

  it('speak of the decimals of the instrument, not of lots', () => {
    const fine = { ...EURUSD, quantityScale: 2 };
    const { instrument } = scenario.market;
    scenario.market = { ...scenario.market, instrument: (id) => (id === 'EURUSD' ? fine : instrument(id)) };
    scenario.books.delete('EURUSD');
    scenario.quote('alpha', [108_000, 9_000_000], [108_010, 9_000_000], fine);
    scenario.submit({ quantity: 3_000_050, timeInForce: 'ioc' });
    const { events } = scenario.report('acme.1.1', 'canceled', { cumQuantity: 3_000_050 });
    const texts = events.flatMap((event) => ('text' in event ? [event.text] : []));
    expect(texts.join()).toContain('the venue counts 30000.5 more as filled than it reported');
    expect(texts.join()).not.toContain('3000050');
  });

  it('that count more than they reported keep that much reserved', () => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 900]);
    scenario.submit({ timeInForce: 'ioc' });
    const { events } = scenario.report('acme.1.1', 'canceled', { cumQuantity: 60 });
    expect(typesOf(events)).toEqual(['routeReduced', 'caseOpened', 'routeRequested']);
    expect(scenario.order()).toMatchObject({ inFlight: 100, unknownRoutes: 1 });
  });
});

describe('resting orders', () => {
  const resting = { price: 107_990, quantity: 100 } as const;

  it('are routed when the market reaches them, best price and oldest first, sharing what is there', () => {
    scenario.submit(resting);
    scenario.submit({ ...resting, price: 107_995 });
    scenario.submit({ ...resting, price: 107_995 });
    expect(scenario.rest()).toEqual([]);
    scenario.quote('alpha', [107_900, 1_000], [107_995, 150]);
    expect(routesOf(scenario.rest())).toMatchObject([
      { orderId: 'acme.2', quantity: 100 },
      { orderId: 'acme.3', quantity: 50 },
    ]);
    expect(scenario.rest()).toEqual([]);
    expect(scenario.order(3)).toMatchObject({ inFlight: 50, restingPrice: 107_995 });
    scenario.quote('alpha', [107_900, 1_000], [107_990, 100]);
    expect(routesOf(scenario.rest())).toMatchObject([
      { orderId: 'acme.3', quantity: 50 },
      { orderId: 'acme.1', quantity: 50 },
    ]);
  });

  it('sell into rising bids', () => {
    scenario.submit({ side: 'sell', price: 108_020 });
    scenario.quote('alpha', [108_019, 10], [108_030, 10]);
    expect(scenario.rest()).toEqual([]);
    scenario.quote('alpha', [108_020, 10], [108_030, 10]);
    expect(routesOf(scenario.rest())).toMatchObject([{ side: 'sell', quantity: 10, price: 108_020 }]);
  });

  it('leave a venue that refused alone for a while, twice as long each time', () => {
    scenario.submit({});
    for (const coolDownMs of [250, 500, 1_000]) {
      const route = [...scenario.state.unanswered.keys()][0] as string;
      expect(typesOf(scenario.report(route, 'rejected').events)).toEqual(['routeClosed']);
      scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
      scenario.advance(coolDownMs - 1);
      expect(scenario.rest()).toEqual([]);
      scenario.advance(1);
      expect(typesOf(scenario.rest())).toEqual(['routeRequested']);
    }
  });

  it('are tried again by a tick when no quote comes', () => {
    scenario.submit({});
    scenario.report('acme.1.1', 'rejected');
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(scenario.tick(249)).toEqual([]);
    expect(typesOf(scenario.tick(1))).toEqual(['routeRequested']);
    expect(scenario.tick(1)).toEqual([]);
  });

  it('go at once to another venue', () => {
    scenario.quote('beta', [108_000, 1_000], [108_010, 900]);
    scenario.submit({});
    expect(routesOf(scenario.report('acme.1.1', 'rejected').events)).toMatchObject([{ venue: 'beta' }]);
  });
});

describe('the end of the day', () => {
  it('expires DAY orders at 17:00 New York and leaves GTC ones', () => {
    scenario.submit({ price: 107_000 });
    scenario.submit({ price: 107_000, timeInForce: 'gtc' });
    scenario.utcMs = Date.parse('2026-11-23T21:59:59.999Z');
    expect(scenario.tick()).toEqual([]);
    expect(scenario.tick(1)).toMatchObject([
      { type: 'cancelRequested', orderId: 'acme.1', clOrdId: '', reason: 'end of the trading day' },
      { type: 'orderClosed', orderId: 'acme.1', outcome: 'expired' },
    ]);
    expect(scenario.tick(1)).toEqual([]);
    expect(orderStatus(scenario.order(2))).toBe('new');
  });

  it('waits for venues', () => {
    scenario.venue('alpha', { routeTimeoutMs: 10_000 });
    scenario.utcMs = Date.parse('2026-11-23T21:59:59.000Z');
    scenario.submit({});
    expect(typesOf(scenario.tick(1_000))).toEqual(['cancelRequested', 'routeCancelRequested']);
    scenario.fill('acme.1.1', 40, 108_010);
    expect(scenario.report('acme.1.1', 'canceled').events[1]).toMatchObject({ outcome: 'expired' });
    expect(scenario.order()).toMatchObject({ outcome: 'expired', filled: 40 });
  });
});

describe('memory', () => {
  it('forgets closed orders by count and age, and says so to late fills', () => {
    scenario = new Scenario({ retention: { ...RETENTION, closedOrdersMax: 2, closedOrderAgeMsMax: 60_000 } });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    for (const clOrdId of ['A', 'B', 'C']) {
      scenario.submit({ clOrdId });
      scenario.fill(`acme.${scenario.state.orderCount}.1`, 100, 108_010);
    }
    scenario.submit({ price: 107_000 });
    expect([...scenario.state.orders.keys()]).toEqual(['acme.2', 'acme.3', 'acme.4']);
    expect(scenario.state.routes.size).toBe(2);
    expect(typesOf(scenario.fill('acme.1.1', 1, 108_010).events)).toEqual(['caseOpened']);
    expect(scenario.cancel('A').reply.refusal?.code).toBe('ORDER_CLOSED');
    expect(scenario.submit({ clOrdId: 'A' }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    scenario.advance(60_001);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit({ price: 107_000 });
    expect([...scenario.state.orders.keys()]).toEqual(['acme.4', 'acme.5']);
  });

  it('knows yesterday’s ClOrdIDs, forgets those of the day before, and keeps those of open orders', () => {
    const nextDay = (): void => {
      scenario.advance(86_400_000);
      scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    };
    scenario.submit({ clOrdId: 'A', timeInForce: 'gtc', price: 107_000 });
    scenario.replace('A', { clOrdId: 'A2', quantity: 100, price: 107_001 });
    scenario.submit({ clOrdId: 'B', timeInForce: 'ioc' });
    scenario.fill('acme.2.1', 100, 108_010);
    nextDay();
    scenario.submit({ price: 107_000 });
    expect(scenario.submit({ clOrdId: 'B' }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    nextDay();
    scenario.submit({ price: 107_000 });
    expect(scenario.submit({ clOrdId: 'B' }).reply.refusal).toBeUndefined();
    expect(scenario.submit({ clOrdId: 'A' }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    expect(scenario.cancel('A2').reply.orderId).toBe('acme.1');
  });

  it('keeps a bound on routes of an order that is refused again and again', () => {
    scenario.submit({});
    for (let round = 1; round <= 200; round += 1) {
      scenario.report(`acme.1.${round}`, 'rejected');
      scenario.advance(10_000);
      scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
      scenario.rest();
    }
    expect(scenario.order()).toMatchObject({ routeCount: 201, openRoutes: 1 });
    expect(scenario.state.routes.size).toBe(64);
  });
});

describe('evolve', () => {
  it('refuses what contradicts the state', () => {
    scenario.submit({});
    const route = routesOf(scenario.journal.map(({ event }) => event))[0]!;
    expect(() => scenario.append([{ ...route, routeId: 'acme.1.2' }])).toThrow(/beyond its quantity/);
    scenario = new Scenario();
    const closed = { type: 'orderClosed', orderId: 'acme.1', outcome: 'canceled', reason: '' } as const;
    expect(() => scenario.append([closed])).toThrow(/unknown order/);
  });
});
