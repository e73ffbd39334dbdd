import { beforeEach, describe, expect, it } from 'vitest';
import { routesOf, Scenario, typesOf, USDJPY } from './desk.fixture.ts';
import { DECISION_EVENTS_MAX } from './desk.orders.ts';
import { orderImage } from './image.ts';
import { leavesOf, orderStatus } from './partition.ts';
import { tradingDayEndMs } from '../number/time.ts';

let scenario: Scenario;

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

describe('submit', () => {
  it('accepts, routes with its evidence, and tells the order id', () => {
    scenario.advance(12);
    const { events, reply } = scenario.submit({ clOrdId: 'A', shownPrice: 108_010 });
    expect(reply).toEqual({ orderId: 'acme.1' });
    expect(events[0]).toMatchObject({
      type: 'orderAccepted',
      orderId: 'acme.1',
      clOrdId: 'A',
      orderType: 'limit',
      priceScale: 5,
      shownPrice: 108_010,
    });
    expect(events[1]).toEqual({
      type: 'routeRequested',
      orderId: 'acme.1',
      routeId: 'acme.1.1',
      venue: 'alpha',
      instrument: 'EURUSD',
      side: 'buy',
      quantity: 100,
      orderType: 'limit',
      price: 108_010,
      timeInForce: 'ioc',
      markup: 0,
      deadlineMs: scenario.utcMs + 2_000,
      configurationVersion: 7,
      evidence: [{ quoteId: 'alpha:1:1', ageMs: 12, price: 108_010 }],
    });
  });

  it('answers the same command the same way, without a second event', () => {
    const command = scenario.submitCommand();
    const first = scenario.do(command);
    expect(scenario.do(command)).toEqual({ events: [], reply: { ...first.reply, sequence: 1 } });
    const refused = scenario.submitCommand({ quantity: 0 });
    const { reply } = scenario.do(refused);
    const again = scenario.do(refused);
    expect(again.events).toEqual([]);
    expect(again.reply).toEqual({ ...reply, sequence: 3 });
  });

  it('refuses what comes after its moment, once and for all, and takes what comes at it', () => {
    const command = scenario.submitCommand({ decideUntilMs: scenario.utcMs + 2_000, timeInForce: 'ioc' });
    const another = scenario.submitCommand({ decideUntilMs: scenario.utcMs + 2_000, timeInForce: 'ioc' });
    scenario.advance(2_000);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(scenario.do(another).reply.refusal).toBeUndefined();
    scenario.advance(1);
    const late = scenario.do(command);
    expect(typesOf(late.events)).toEqual(['orderRefused']);
    expect(late.reply.refusal).toMatchObject({ code: 'TOO_LATE' });
    expect(scenario.do(command)).toMatchObject({ events: [], reply: { refusal: { code: 'TOO_LATE' } } });
    // The answer of one that was decided in time stays what it was.
    expect(scenario.do(another)).toMatchObject({ events: [], reply: { sequence: 1 } });
  });

  it('refuses a late replace that asks for more, and never one that only reduces, nor a cancel', () => {
    scenario.submit({ clOrdId: 'A', price: 100_000, quantity: 200 });
    const decideUntilMs = scenario.utcMs;
    scenario.advance(20_000);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    const more = scenario.replace('A', { clOrdId: 'B', quantity: 300, price: 100_000, decideUntilMs });
    expect(more.reply.refusal).toMatchObject({ code: 'TOO_LATE' });
    const less = scenario.replace('A', { clOrdId: 'C', quantity: 100, price: 100_000, decideUntilMs });
    expect(less.reply.refusal).toBeUndefined();
    expect(scenario.cancel('C').reply.refusal).toBeUndefined();
  });

  it('refuses a ClOrdID the client has used, whatever became of it, and keeps naming the first order', () => {
    scenario.submit({ clOrdId: 'A', price: 100_000 });
    const { events, reply } = scenario.submit({ clOrdId: 'A' });
    expect(typesOf(events)).toEqual(['orderRefused']);
    expect(reply.refusal).toEqual({ code: 'DUPLICATE_CLORDID', text: 'ClOrdID A was used before' });
    expect(scenario.cancel('A').reply).toEqual({ orderId: 'acme.1' });
    expect(scenario.submit({ clOrdId: 'A' }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    scenario.submit({ clOrdId: 'B', quantity: 0 });
    expect(scenario.submit({ clOrdId: 'B' }).reply.refusal?.code).toBe('DUPLICATE_CLORDID');
    expect(
      scenario.submit({ clOrdId: 'A', origin: { channel: 'fix', client: 'OTHER' } }).reply.refusal,
    ).toBeUndefined();
  });

  it('journals what an edge could not express', () => {
    const { events, reply } = scenario.do({
      kind: 'refuse',
      commandId: 'x',
      origin: { channel: 'rest', client: 'uma' },
      account: 'main',
      clOrdId: 'A',
      instrument: 'WHAT',
      side: 'sell',
      code: 'UNKNOWN_INSTRUMENT',
      text: 'no WHAT',
    });
    expect(events).toMatchObject([{ type: 'orderRefused', instrument: 'WHAT', code: 'UNKNOWN_INSTRUMENT' }]);
    expect(reply.refusal).toEqual({ code: 'UNKNOWN_INSTRUMENT', text: 'no WHAT' });
  });

  it('shows the order as an image', () => {
    scenario.submit({ clOrdId: 'A', quantity: 100 });
    scenario.fill('acme.1.1', 40, 108_009);
    expect(orderImage(scenario.order())).toMatchObject({
      orderId: 'acme.1',
      clOrdId: 'A',
      status: 'partiallyFilled',
      filled: 40,
      leaves: 60,
      notional: String(40n * 108_009n),
      unknown: false,
      createdAtMs: scenario.utcMs,
    });
  });
});

describe('cancel', () => {
  it('closes a resting order at once', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const { events, reply } = scenario.cancel('A', { clOrdId: 'X' });
    expect(events).toEqual([
      {
        type: 'cancelRequested',
        orderId: 'acme.1',
        commandId: 'command-2',
        clOrdId: 'X',
        reason: 'canceled by the client',
      },
      {
        type: 'orderClosed',
        orderId: 'acme.1',
        outcome: 'canceled',
        reason: 'canceled by the client',
        clOrdId: 'X',
      },
    ]);
    expect(reply).toEqual({ orderId: 'acme.1' });
    expect(leavesOf(scenario.order())).toBe(0);
    expect(scenario.state.resting.size).toBe(0);
  });

  it('asks venues first when routes are in flight, and closes when they have answered', () => {
    scenario.quote('beta', [108_000, 50], [108_010, 50]);
    scenario.submit({ clOrdId: 'A', quantity: 1_050 });
    const { events } = scenario.cancel('A', { clOrdId: 'X' });
    expect(typesOf(events)).toEqual(['cancelRequested', 'routeCancelRequested', 'routeCancelRequested']);
    expect(events[1]).toMatchObject({ routeId: 'acme.1.1', venue: 'alpha', cancelId: 'acme.1.1.c1' });
    expect(orderStatus(scenario.order())).toBe('pendingCancel');
    expect(typesOf(scenario.fill('acme.1.1', 1_000, 108_010).events)).toEqual(['routeFilled']);
    const last = scenario.report('acme.1.2', 'canceled').events;
    expect(typesOf(last)).toEqual(['routeClosed', 'orderClosed']);
    expect(last[1]).toMatchObject({ outcome: 'canceled', clOrdId: 'X' });
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', filled: 1_000 });
  });

  it('loses against fills', () => {
    scenario.submit({ clOrdId: 'A' });
    scenario.cancel('A');
    scenario.fill('acme.1.1', 100, 108_010);
    expect(orderStatus(scenario.order())).toBe('filled');
  });

  it('refuses what it can not cancel', () => {
    expect(scenario.cancel('A').events).toMatchObject([
      {
        type: 'changeRefused',
        change: 'cancel',
        origClOrdId: 'A',
        code: 'UNKNOWN_ORDER',
        text: 'no order A is known',
      },
    ]);
    scenario.submit({ clOrdId: 'B', quantity: 0 });
    expect(scenario.cancel('B').reply.refusal?.code).toBe('UNKNOWN_ORDER');
    scenario.submit({ clOrdId: 'C', price: 107_000 });
    scenario.cancel('C');
    expect(scenario.cancel('C').reply.refusal).toEqual({ code: 'ORDER_CLOSED', text: 'order C is closed' });
    scenario.submit({ clOrdId: 'D' });
    scenario.cancel('D');
    expect(scenario.cancel('D').reply).toEqual({
      orderId: 'acme.2',
      refusal: { code: 'ROUTE_IN_FLIGHT', text: 'a cancel is on its way already' },
    });
    expect(scenario.cancel('D', { origin: { channel: 'fix', client: 'OTHER' } }).reply.refusal?.code).toBe(
      'UNKNOWN_ORDER',
    );
  });

  it('takes a colleague’s order by its id; the order’s client sees a cancel nobody of it asked for', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const origin = { channel: 'ui', client: 'rita' } as const;
    const { events } = scenario.cancel('A', { orderId: 'acme.1', origin });
    expect(events[1]).toEqual({
      type: 'orderClosed',
      orderId: 'acme.1',
      outcome: 'canceled',
      reason: 'canceled by rita',
    });
    expect(scenario.cancel('A', { orderId: 'acme.1', origin }).reply.refusal?.code).toBe('ORDER_CLOSED');
    expect(scenario.cancel('A', { orderId: 'acme.9', origin }).reply.refusal?.code).toBe('UNKNOWN_ORDER');
  });
});

describe('replace', () => {
  it('changes price and quantity of what rests; new and old ClOrdIDs name the order', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const { events } = scenario.replace('A', { clOrdId: 'B', quantity: 200, price: 107_500 });
    expect(events).toEqual([
      {
        type: 'orderReplaced',
        orderId: 'acme.1',
        commandId: 'command-2',
        clOrdId: 'B',
        origClOrdId: 'A',
        quantity: 200,
        price: 107_500,
      },
    ]);
    expect(scenario.order()).toMatchObject({ quantity: 200, price: 107_500, restingPrice: 107_500 });
    expect(scenario.replace('A', { clOrdId: 'C', quantity: 150, price: 107_400 }).events[0]).toMatchObject({
      type: 'orderReplaced',
      origClOrdId: 'B',
    });
    expect(scenario.cancel('B').reply.orderId).toBe('acme.1');
  });

  it('routes at once when the new price is in the market', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const { events } = scenario.replace('A', { quantity: 100, price: 108_010 });
    expect(typesOf(events)).toEqual(['orderReplaced', 'routeRequested']);
  });

  it('checks the increase like a new order', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    const codes = [
      { quantity: 100, price: 109_086 },
      { quantity: 9_900_000, price: 107_000 },
      { quantity: 0, price: 107_000 },
      { quantity: 100, price: 0 },
      { quantity: 100, price: 107_000, clOrdId: 'A' },
    ].map((change) => scenario.replace('A', change).reply.refusal?.code);
    expect(codes).toEqual([
      'PRICE_OUTSIDE_COLLAR',
      'NOTIONAL_TOO_LARGE',
      'QUANTITY_TOO_SMALL',
      'PRICE_MISSING',
      'DUPLICATE_CLORDID',
    ]);
  });

  it('never blocks a reduction', () => {
    scenario.submit({ clOrdId: 'A', price: 107_000 });
    scenario.limits({ ordersPerSecondMax: 1, orderNotionalMax: 1n });
    scenario.advance(120_000);
    expect(scenario.replace('A', { quantity: 50, price: 107_000 }).reply.refusal).toBeUndefined();
    expect(scenario.replace('A', { quantity: 50, price: 106_000 }).reply.refusal).toBeUndefined();
  });

  it('leaves what is filled or at venues alone', () => {
    scenario.submit({ clOrdId: 'A', quantity: 1_500, price: 108_010 });
    expect(scenario.order()).toMatchObject({ inFlight: 1_000, restingPrice: 108_010 });
    expect(scenario.replace('A', { quantity: 999 }).reply.refusal).toEqual({
      code: 'ROUTE_IN_FLIGHT',
      text: '1000 is filled or at venues at the present price',
    });
    const worse = { quantity: 1_000, price: 108_000 };
    expect(scenario.replace('A', worse).reply.refusal?.code).toBe('ROUTE_IN_FLIGHT');
    expect(scenario.replace('A', { quantity: 1_000, clOrdId: 'B' }).reply.refusal).toBeUndefined();
    expect(scenario.order().restingPrice).toBe(0);
    scenario.fill('acme.1.1', 600, 108_010);
    scenario.report('acme.1.1', 'canceled');
    expect(scenario.order()).toMatchObject({ filled: 600, restingPrice: 108_010 });
    expect(scenario.replace('B', { quantity: 600 }).reply.refusal).toEqual({
      code: 'QUANTITY_TOO_SMALL',
      text: '600 is filled already',
    });
  });

  it('refuses what is unknown, closed, on its way out, or immediate', () => {
    expect(scenario.replace('A', { quantity: 1 }).reply.refusal?.code).toBe('UNKNOWN_ORDER');
    scenario.submit({ clOrdId: 'A' });
    scenario.cancel('A');
    expect(scenario.replace('A', { quantity: 1 }).reply.refusal?.code).toBe('ROUTE_IN_FLIGHT');
    scenario.fill('acme.1.1', 100, 108_010);
    expect(scenario.replace('A', { quantity: 1 }).reply.refusal?.code).toBe('ORDER_CLOSED');
    scenario.submit({ clOrdId: 'B', timeInForce: 'ioc' });
    expect(scenario.replace('B', { quantity: 1 }).reply.refusal?.code).toBe('UNSUPPORTED');
  });
});

describe('end of the day', () => {
  it('comes in portions when many orders expire', () => {
    for (let number = 1; number <= 500; number += 1) scenario.submit({ price: 107_000 });
    const end = tradingDayEndMs(scenario.utcMs) - scenario.utcMs;
    expect(scenario.tick(end).length).toBe(DECISION_EVENTS_MAX);
    scenario.tick(50);
    scenario.tick(50);
    expect(scenario.state.open.size).toBe(0);
  });
});

describe('mass cancel', () => {
  const mass = (filter: object): string[] => {
    const commandId = `mass-${scenario.state.sequence}`;
    const command = { kind: 'massCancel', commandId, by: 'rita', reason: 'drill', ...filter } as const;
    return scenario
      .do(command)
      .events.flatMap((event) => (event.type === 'cancelRequested' ? [event.orderId] : []));
  };

  it('cancels what its scope names and nothing else', () => {
    scenario.quote('alpha', [150_000, 9], [150_010, 9], USDJPY);
    scenario.submit({ price: 107_000 });
    scenario.submit({ price: 107_000, account: 'other' });
    scenario.submit({ price: 149_000, instrument: 'USDJPY' });
    scenario.submit({ price: 107_000, origin: { channel: 'ui', client: 'uma' } });
    expect(mass({ client: 'nobody' })).toEqual([]);
    expect(mass({ account: 'other' })).toEqual(['acme.2']);
    expect(mass({ instrument: 'USDJPY', client: 'CLIENT' })).toEqual(['acme.3']);
    expect(mass({ client: 'uma' })).toEqual(['acme.4']);
    expect(mass({})).toEqual(['acme.1']);
    expect(mass({})).toEqual([]);
    expect(scenario.order(1).text).toBe('drill (rita)');
  });

  it('comes in portions when large, leaves later orders alone, can be sent again when cut short', () => {
    for (let number = 1; number <= 500; number += 1) scenario.submit({ price: 107_000 });
    const command = { kind: 'massCancel', commandId: 'm', by: 'rita', reason: 'drill' } as const;
    const first = scenario.do(command);
    expect(first.events.length).toBe(DECISION_EVENTS_MAX);
    scenario.submit({ price: 107_000 });
    // The process was killed before it went on; the sender asks again.
    const again = scenario.do({ ...command, throughOrder: 500 });
    expect(again.events.length).toBe(DECISION_EVENTS_MAX);
    const last = scenario.do(again.rest!);
    expect(last.events.length).toBe(2 * 500 - 2 * DECISION_EVENTS_MAX);
    expect(last.rest).toBeUndefined();
    expect([...scenario.state.open.keys()]).toEqual(['acme.501']);
    expect(scenario.do(command).events).toEqual([]);
  });

  it('is finished by ticks when a halt was cut short', () => {
    for (let number = 1; number <= 500; number += 1) scenario.submit({ price: 107_000 });
    const halt = scenario.do({
      kind: 'setTradingState',
      commandId: 'h',
      by: 'rita',
      reason: 'drill',
      state: 'halted',
    });
    expect(halt.events.length).toBe(1 + DECISION_EVENTS_MAX);
    expect(halt.rest).toMatchObject({ kind: 'massCancel', throughOrder: 500 });
    scenario.tick(50);
    scenario.tick(50);
    expect(scenario.state.open.size).toBe(0);
    expect(scenario.tick(50)).toEqual([]);
  });

  it('asks the venues of what is in flight, and not twice', () => {
    scenario.submit({});
    expect(mass({})).toEqual(['acme.1']);
    expect(mass({})).toEqual([]);
    expect(typesOf(scenario.report('acme.1.1', 'canceled').events)).toEqual(['routeClosed', 'orderClosed']);
  });
});

describe('pass-through', () => {
  const forced = { clOrdId: 'A', forcedVenue: 'beta', timeInForce: 'gtc', price: 107_900 } as const;

  it('sends the client’s own terms to the named venue, where the order rests', () => {
    const { events } = new Scenario({ markup: 5 }).submit(forced);
    expect(events[0]?.type).toBe('orderRefused'); // no reference price yet
    const { events: sent } = scenario.submit(forced);
    expect(routesOf(sent)).toMatchObject([
      {
        venue: 'beta',
        quantity: 100,
        price: 107_900,
        timeInForce: 'gtc',
        orderType: 'limit',
        markup: 0,
        evidence: [],
      },
    ]);
    scenario.report('acme.1.1', 'acknowledged');
    expect(scenario.tick(60_000)).toEqual([]);
    expect(scenario.rest()).toEqual([]);
    expect(scenario.fill('acme.1.1', 100, 107_895).events).toMatchObject([{ clientPrice: 107_895 }]);
    expect(orderStatus(scenario.order())).toBe('filled');
  });

  it.each([
    ['rejected', 'rejected', 'VENUE_REFUSED'],
    ['expired', 'expired', undefined],
    ['canceled', 'canceled', undefined],
    ['unknownOrder', 'rejected', 'VENUE_UNAVAILABLE'],
  ] as const)('ends when the venue says %s', (report, outcome, code) => {
    scenario.submit(forced);
    const { events } = scenario.report('acme.1.1', report, { text: 'so' });
    expect(typesOf(events)).toEqual(['routeClosed', 'orderClosed']);
    expect(scenario.order()).toMatchObject({ outcome, code, text: 'so' });
  });

  it('replaces at the venue and believes only its answer', () => {
    scenario.submit(forced);
    expect(scenario.replace('A', { quantity: 150 }).reply.refusal?.code).toBe('ROUTE_IN_FLIGHT');
    scenario.report('acme.1.1', 'acknowledged');
    const { events } = scenario.replace('A', { clOrdId: 'B', quantity: 150, price: 107_950 });
    expect(events).toMatchObject([
      {
        type: 'routeReplaceRequested',
        routeId: 'acme.1.1',
        replaceId: 'acme.1.1.r1',
        clOrdId: 'B',
        quantity: 150,
      },
    ]);
    expect(scenario.order()).toMatchObject({ quantity: 100, price: 107_900, exposure: 150 });
    expect(scenario.replace('A', { quantity: 160 }).reply.refusal?.code).toBe('ROUTE_IN_FLIGHT');
    expect(scenario.report('acme.1.1', 'replaced').events).toMatchObject([
      {
        type: 'orderReplaced',
        clOrdId: 'B',
        origClOrdId: 'A',
        quantity: 150,
        price: 107_950,
      },
    ]);
    expect(scenario.order()).toMatchObject({ quantity: 150, price: 107_950, inFlight: 150, exposure: 150 });
    expect(scenario.report('acme.1.1', 'replaced').events).toEqual([]);
  });

  it('gives a replace at the venue the deadline of a route, unless it only reduces', () => {
    scenario.submit(forced);
    scenario.report('acme.1.1', 'acknowledged');
    const { events } = scenario.replace('A', { clOrdId: 'B', quantity: 100, price: 107_901 });
    expect(events[0]).toHaveProperty('deadlineMs');
    scenario.report('acme.1.1', 'replaced');
    for (const less of [
      { clOrdId: 'C', quantity: 99, price: 107_901 },
      { clOrdId: 'D', quantity: 99, price: 107_800 },
    ]) {
      expect(scenario.replace(less.clOrdId === 'C' ? 'B' : 'C', less).events[0]).not.toHaveProperty(
        'deadlineMs',
      );
      scenario.report('acme.1.1', 'replaced');
    }
  });

  it('answers a replace that was too late to be sent, and leaves the order as it is', () => {
    scenario.submit(forced);
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { clOrdId: 'B', quantity: 150, price: 107_950 });
    const late = { requestId: 'acme.1.1.r1', isLate: true, text: 'too late to be sent' };
    expect(scenario.report('acme.1.1', 'cancelRejected', late).events).toMatchObject([
      { type: 'changeRefused', change: 'replace', clOrdId: 'B', code: 'TOO_LATE' },
    ]);
    expect(scenario.order()).toMatchObject({ quantity: 100, price: 107_900, outcome: 'open' });
    expect(scenario.replace('A', { clOrdId: 'C', quantity: 150 }).reply.refusal).toBeUndefined();
  });

  it('knows a route in doubt again when the venue confirms its replace, and not when it refuses it', () => {
    const doubt = {
      kind: 'routeInDoubt',
      commandId: 'd',
      routeId: 'acme.1.1',
      reason: 'SESSION_LOST',
    } as const;
    for (const report of ['replaced', 'cancelRejected'] as const) {
      scenario = new Scenario();
      scenario.quote('alpha', [108_000, 100], [108_010, 100]);
      scenario.submit(forced);
      scenario.report('acme.1.1', 'acknowledged');
      scenario.replace('A', { clOrdId: 'B', quantity: 150, price: 107_950 });
      scenario.do(doubt);
      scenario.report('acme.1.1', report);
      const isKnown = report === 'replaced';
      expect(scenario.order().unknownRoutes).toBe(isKnown ? 0 : 1);
      expect(scenario.state.unanswered.has('acme.1.1')).toBe(!isKnown);
    }
  });

  it('tells the client when the venue refuses a cancel or a replace, and works on', () => {
    scenario.submit(forced);
    scenario.report('acme.1.1', 'acknowledged');
    scenario.replace('A', { clOrdId: 'B', quantity: 150, price: 107_950 });
    expect(scenario.report('acme.1.1', 'cancelRejected', { text: 'no' }).events).toMatchObject([
      {
        type: 'changeRefused',
        change: 'replace',
        clOrdId: 'B',
        origClOrdId: 'A',
        code: 'VENUE_REFUSED',
        text: 'no',
      },
    ]);
    expect(scenario.order().exposure).toBe(100);
    scenario.cancel('A', { clOrdId: 'X' });
    expect(scenario.report('acme.1.1', 'cancelRejected').events).toMatchObject([
      {
        type: 'changeRefused',
        change: 'cancel',
        clOrdId: 'X',
        code: 'VENUE_REFUSED',
      },
    ]);
    expect(orderStatus(scenario.order())).toBe('new');
    expect(scenario.cancel('A').events[1]).toMatchObject({ cancelId: 'acme.1.1.c2' });
    expect(typesOf(scenario.report('acme.1.1', 'canceled').events)).toEqual(['routeClosed', 'orderClosed']);
  });

  it('keeps wanting a mass cancel that the venue refuses', () => {
    scenario.submit(forced);
    scenario.report('acme.1.1', 'acknowledged');
    scenario.do({ kind: 'massCancel', commandId: 'm', by: 'rita', reason: 'drill' });
    expect(typesOf(scenario.report('acme.1.1', 'cancelRejected').events)).toEqual(['venueReportUnmatched']);
    expect(orderStatus(scenario.order())).toBe('pendingCancel');
    expect(typesOf(scenario.tick(500))).toEqual(['routeUnknown']);
    expect(typesOf(scenario.report('acme.1.1', 'acknowledged').events)).toEqual([
      'routeAcknowledged',
      'routeCancelRequested',
    ]);
  });

  it('is not tried elsewhere when it was not sent', () => {
    scenario.submit({ ...forced, price: 108_010 });
    scenario.do({ kind: 'routeNotSent', commandId: 'n', routeId: 'acme.1.1', reason: 'VENUE_DOWN' });
    expect(scenario.order()).toMatchObject({ outcome: 'rejected', code: 'VENUE_UNAVAILABLE' });
  });
});
