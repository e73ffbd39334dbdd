import { beforeEach, describe, expect, it } from 'vitest';
import type { CaseOpened, ResolveCase } from './case.ts';
import { Scenario, typesOf } from './desk.fixture.ts';
import type { Decision } from './desk.ts';
import { holdingOf, leavesOf, orderStatus, RETENTION, ROUTES_PER_ORDER_MAX } from './partition.ts';
import { restoreState } from './snapshot.ts';

let scenario: Scenario;
const forced = { forcedVenue: 'alpha', timeInForce: 'gtc', price: 108_000 } as const;
const held = (): number => holdingOf(scenario.state, 'main', 'EURUSD').position.quantity;
const opened = ({ events }: Decision): CaseOpened =>
  events.find((event): event is CaseOpened => event.type === 'caseOpened')!;

function resolve(caseId: string, action: ResolveCase['action'], change: Partial<ResolveCase> = {}): Decision {
  const commandId = `${caseId} ${action} ${scenario.journal.length}`;
  return scenario.do({
    kind: 'resolveCase',
    commandId,
    caseId,
    by: 'rita',
    reason: 'said so',
    action,
    ...change,
  });
}

beforeEach(() => {
  scenario = new Scenario();
  scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
});

describe('a fill whose amounts do not fit', () => {
  it('finer than the instrument is booked, rounded against us, with the exact price kept', () => {
    scenario.submit();
    const [filled] = scenario.report('acme.1.1', 'filled', {
      lastQuantity: 100,
      exactPrice: '1.080096',
    }).events;
    expect(filled).toMatchObject({ type: 'routeFilled', venuePrice: 108_009, exactPrice: '1.080096' });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit({ side: 'sell', price: 108_000 });
    const sold = scenario.report('acme.2.1', 'filled', { lastQuantity: 100, exactPrice: '1.080014' })
      .events[0];
    expect(sold).toMatchObject({ venuePrice: 108_002, exactPrice: '1.080014' });
  });

  it('beyond the limit by a fraction of a point is beyond it', () => {
    scenario.submit();
    const decision = scenario.report('acme.1.1', 'filled', { lastQuantity: 100, exactPrice: '1.0801001' });
    expect(opened(decision)).toMatchObject({ kind: 'WORSE_THAN_LIMIT', proposal: { price: 108_010 } });
  });

  it.each([[undefined], [0], [-5], [0.5]])(
    'without a whole quantity (%s) keeps the route reserved',
    (lots) => {
      scenario.submit();
      const change = {
        lastPrice: 108_010,
        ...(lots === undefined ? {} : { lastQuantity: lots }),
        raw: '8=…|',
      };
      const decision = scenario.report('acme.1.1', 'filled', change);
      expect(opened(decision)).toMatchObject({
        kind: 'UNREADABLE',
        orderId: 'acme.1',
        raw: '8=…|',
        held: 100,
      });
      expect(scenario.report('acme.1.1', 'canceled').events.map(({ type }) => type)).toEqual([
        'routeReduced',
      ]);
      expect(scenario.order()).toMatchObject({ outcome: 'open', inFlight: 100, unknownRoutes: 1 });
      expect(typesOf(resolve('acme.case-1', 'dismiss').events)).toEqual(['caseResolved', 'routeClosed']);
      expect(leavesOf(scenario.order())).toBe(100);
    },
  );
});

describe('a fill without an ExecID', () => {
  it('is a case: two of them may be one or two', () => {
    scenario.submit({ ...forced, quantity: 100 });
    for (const commandId of ['a', 'b']) {
      const decision = scenario.fill('acme.1.1', 20, 107_990, { venueExecId: '', commandId });
      expect(opened(decision)).toMatchObject({ kind: 'UNREADABLE' });
    }
    resolve('acme.case-1', 'correct', { quantity: 20, price: 107_990 });
    resolve('acme.case-2', 'correct', { quantity: 20, price: 107_990 });
    expect(held()).toBe(40);
  });
});

describe('a report of something else than the route', () => {
  it.each([
    [{ symbol: 'USD/JPY', instrument: 'USDJPY' }],
    [{ symbol: 'XXX/YYY' }],
    [{ side: 'sell' as const }],
  ])('books nothing: %j', (change) => {
    scenario.submit();
    const decision = scenario.fill('acme.1.1', 100, 108_010, change);
    expect(decision.events).toMatchObject([{ type: 'caseOpened', kind: 'SUBJECT_MISMATCH' }]);
    expect(held()).toBe(0);
  });
});

describe('an ExecID that comes again', () => {
  it('on another order is another fill', () => {
    scenario.submit();
    scenario.fill('acme.1.1', 100, 108_010, { venueExecId: '1', commandId: 'a' });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit();
    scenario.fill('acme.2.1', 100, 108_010, { venueExecId: '1', commandId: 'b' });
    expect(held()).toBe(200);
  });

  it('with other amounts is a case, with the same ones nothing', () => {
    scenario.submit();
    const ids = { venueExecId: '1', commandId: 'a' };
    scenario.fill('acme.1.1', 40, 108_010, ids);
    expect(scenario.fill('acme.1.1', 40, 108_010, ids).events).toEqual([]);
    const decision = scenario.fill('acme.1.1', 30, 108_010, ids);
    expect(opened(decision)).toMatchObject({ kind: 'EXEC_ID_REUSED', held: 30 });
    resolve('acme.case-1', 'book');
    expect(held()).toBe(70);
    expect(scenario.fill('acme.1.1', 40, 108_010, ids).events).toEqual([]);
  });
});

describe('a fill worse than its limit', () => {
  it('is not told, keeps its lots reserved, and costs the client no more than its limit when booked', () => {
    scenario.submit({ timeInForce: 'day' });
    expect(typesOf(scenario.fill('acme.1.1', 100, 151_000).events)).toEqual(['caseOpened']);
    expect(orderStatus(scenario.order())).toBe('new');
    scenario.report('acme.1.1', 'canceled', { cumQuantity: 100, isFinal: true });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    expect(scenario.rest()).toEqual([]);
    const { events } = resolve('acme.case-1', 'book');
    expect(events[1]).toMatchObject({ venuePrice: 151_000, clientPrice: 108_010 });
    expect(orderStatus(scenario.order())).toBe('filled');
  });

  it('that is dismissed was never done, also when the venue goes on counting it', () => {
    scenario.submit({ timeInForce: 'day' });
    scenario.fill('acme.1.1', 100, 151_000);
    resolve('acme.case-1', 'dismiss');
    const { events } = scenario.report('acme.1.1', 'canceled', { cumQuantity: 100 });
    expect(typesOf(events)).toContain('routeClosed');
    expect([held(), scenario.order().unknownRoutes]).toEqual([0, 0]);
  });
});

describe('a venue that counts more than it reported', () => {
  it('of 1,000 ordered and 600 filled in silence has 400 routed again, and never 600', () => {
    scenario.quote('alpha', [108_000, 9_000], [108_010, 9_000]);
    scenario.submit({ quantity: 1_000 });
    scenario.report('acme.1.1', 'canceled', { cumQuantity: 600 });
    scenario.advance(60_000);
    scenario.quote('alpha', [108_000, 9_000], [108_010, 9_000]);
    scenario.rest();
    const total = scenario.journal
      .filter(({ event }) => event.type === 'routeRequested')
      .map(({ event }) => (event as { quantity: number }).quantity);
    expect(total).toEqual([1_000, 400]);
    resolve('acme.case-1', 'book');
    expect(held()).toBe(600);
  });

  it('while it goes on is asked again, and its fills settle the case', () => {
    scenario.submit({ ...forced, quantity: 100 });
    const { events } = scenario.report('acme.1.1', 'acknowledged', {
      cumQuantity: 30,
      averagePrice: 107_990,
    });
    expect(typesOf(events)).toEqual(['routeUnknown', 'caseOpened']);
    expect(events[1]).toMatchObject({ kind: 'MISSING_FILLS', proposal: { quantity: 30, price: 107_990 } });
    expect(scenario.report('acme.1.1', 'acknowledged', { cumQuantity: 30 }).events).toEqual([]);
    expect(typesOf(scenario.fill('acme.1.1', 30, 107_990).events)).toEqual(['routeFilled', 'caseResolved']);
    expect(scenario.state.cases.size).toBe(0);
    expect(scenario.order()).toMatchObject({ filled: 30, unknownRoutes: 0 });
  });

  it('in its last fill has nothing of what it may have filled routed again', () => {
    scenario.quote('alpha', [108_000, 9_000], [108_010, 9_000]);
    scenario.submit({ quantity: 1_000, timeInForce: 'day' });
    const last = { cumQuantity: 1_000, isFinal: true };
    const { events } = scenario.fill('acme.1.1', 400, 108_010, last);
    expect(typesOf(events)).toEqual(['routeFilled', 'routeUnknown', 'caseOpened']);
    expect(events[2]).toMatchObject({ kind: 'MISSING_FILLS', counted: 1_000, proposal: { quantity: 600 } });
    scenario.advance(60_000);
    scenario.quote('alpha', [108_000, 9_000], [108_010, 9_000]);
    expect(scenario.rest()).toEqual([]);
    resolve('acme.case-1', 'book');
    expect(scenario.order()).toMatchObject({ outcome: 'filled', filled: 1_000 });
  });

  it('is booked only for what has not come since then', () => {
    scenario.submit({ ...forced, quantity: 100 });
    scenario.report('acme.1.1', 'acknowledged', { cumQuantity: 30 });
    scenario.fill('acme.1.1', 20, 107_990);
    scenario.state = restoreState(scenario.snapshot())!;
    resolve('acme.case-1', 'book');
    expect(scenario.order().filled).toBe(30);
  });

  it('has its case settled by several fills as by one', () => {
    scenario.submit({ ...forced, quantity: 100 });
    scenario.report('acme.1.1', 'acknowledged', { cumQuantity: 30 });
    scenario.fill('acme.1.1', 15, 107_990);
    expect(scenario.state.cases.size).toBe(1);
    expect(typesOf(scenario.fill('acme.1.1', 15, 107_990).events)).toEqual(['routeFilled', 'caseResolved']);
    expect(scenario.state.cases.size).toBe(0);
  });

  it('ends a pass-through order with its venue’s word once the case is resolved', () => {
    scenario.submit({ ...forced, quantity: 100 });
    scenario.report('acme.1.1', 'canceled', { cumQuantity: 60, text: 'end of session' });
    expect(scenario.order()).toMatchObject({ outcome: 'open', inFlight: 60 });
    resolve('acme.case-1', 'correct', { quantity: 60, price: 107_000 });
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', filled: 60, text: 'end of session' });
  });
});

describe('a fill that is taken back', () => {
  beforeEach(() => {
    scenario.submit({ ...forced, quantity: 100 });
    scenario.fill('acme.1.1', 60, 107_990, { venueExecId: 'X', commandId: 'x' });
  });

  it('is a proposal first, then goes back to the lot', () => {
    const decision = scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    expect(opened(decision)).toMatchObject({ kind: 'TRADE_BUSTED', proposal: { action: 'bust' } });
    expect(held()).toBe(60);
    const { events } = resolve('acme.case-1', 'book');
    expect(events[1]).toMatchObject({ type: 'tradeBusted', refSequence: 3, quantity: 60 });
    expect(held()).toBe(0);
    expect(scenario.order()).toMatchObject({ filled: 0, notional: 0n, outcome: 'open', inFlight: 40 });
    expect(resolve('acme.case-1', 'book').reply.refusal?.code).toBe('CASE_CLOSED');
  });

  it('leaves its order to end with the rest of its route', () => {
    scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    resolve('acme.case-1', 'book');
    expect(typesOf(scenario.fill('acme.1.1', 40, 107_990).events)).toEqual(['routeFilled', 'orderClosed']);
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', filled: 40, openRoutes: 0 });
  });

  it('or corrected, has what the venue says now', () => {
    const change = { refExecId: 'X', lastQuantity: 50, lastPrice: 107_980 };
    scenario.report('acme.1.1', 'corrected', change);
    resolve('acme.case-1', 'book');
    expect(held()).toBe(50);
    expect(scenario.order()).toMatchObject({ filled: 50, notional: 50n * 107_980n, inFlight: 40 });
  });

  it('of a filled order leaves it ended, with less', () => {
    scenario.fill('acme.1.1', 40, 107_990);
    expect(orderStatus(scenario.order())).toBe('filled');
    scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    resolve('acme.case-1', 'book');
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', filled: 40 });
    expect(leavesOf(scenario.order())).toBe(0);
  });
});

describe('what a case is about', () => {
  const yesterday = (): void => {
    scenario.advance(60_001);
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
  };
  /** Each looks at two closed orders that are due to be forgotten. */
  const others = (count: number): void => {
    for (let one = 0; one < count; one += 1) scenario.submit({ price: 107_000 });
  };

  beforeEach(() => {
    scenario = new Scenario({ retention: { ...RETENTION, closedOrderAgeMsMax: 60_000 } });
    scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
    scenario.submit({ ...forced, quantity: 100 });
    scenario.fill('acme.1.1', 100, 107_990, { venueExecId: 'X', commandId: 'x' });
  });

  it('is not forgotten while the case is open, however old', () => {
    scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    yesterday();
    others(2);
    yesterday();
    expect(typesOf(resolve('acme.case-1', 'book').events)).toEqual(['caseResolved', 'tradeBusted']);
    expect(held()).toBe(0);
    yesterday();
    others(1);
    expect(scenario.state.orders.has('acme.1')).toBe(false);
  });

  it('is not forgotten between the events of one decision', () => {
    scenario.busts('atOnce');
    yesterday();
    const { events } = scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    expect(typesOf(events)).toEqual(['caseOpened', 'caseResolved', 'tradeBusted']);
    expect(held()).toBe(0);
  });

  it('is kept as a route, too, when its order is routed again and again', () => {
    scenario.submit({});
    scenario.report('acme.2.1', 'rejected');
    scenario.report('acme.2.1', 'busted', { refExecId: 'never' });
    for (let round = 2; round <= ROUTES_PER_ORDER_MAX + 5; round += 1) {
      scenario.advance(10_000);
      scenario.quote('alpha', [108_000, 1_000], [108_010, 1_000]);
      scenario.rest();
      scenario.report(`acme.2.${round}`, 'rejected');
    }
    const routes = scenario.state.orders.get('acme.2')!.routeIds;
    expect([routes[0], routes[1]]).toEqual(['acme.2.1', 'acme.2.7']);
  });
});

describe('a bust or correction that the firm has booked at once', () => {
  beforeEach(() => {
    scenario.busts('atOnce');
    scenario.submit({ ...forced, quantity: 100 });
    scenario.fill('acme.1.1', 60, 107_990, { venueExecId: 'X', commandId: 'x' });
  });

  it('is booked without a person, by the rule, as the case says', () => {
    const { events } = scenario.report('acme.1.1', 'busted', { refExecId: 'X', raw: '8=…|' });
    expect(typesOf(events)).toEqual(['caseOpened', 'caseResolved', 'tradeBusted']);
    expect(events[0]).toMatchObject({ kind: 'TRADE_BUSTED', raw: '8=…|', isBooked: true });
    expect(events[1]).toMatchObject({ by: 'rule busts=atOnce', action: 'booked', orderId: 'acme.1' });
    expect([held(), scenario.state.cases.size, scenario.order().filled]).toEqual([0, 0, 0]);
  });

  it('corrects to what the venue says', () => {
    const change = { refExecId: 'X', lastQuantity: 50, lastPrice: 107_980 };
    const { events } = scenario.report('acme.1.1', 'corrected', change);
    expect(typesOf(events)).toEqual(['caseOpened', 'caseResolved', 'tradeCorrected']);
    expect([held(), scenario.order().filled, scenario.order().notional]).toEqual([50, 50, 50n * 107_980n]);
  });

  it('comes again, also with another id, and books nothing more', () => {
    const report = { refExecId: 'X', commandId: 'alpha:B' };
    scenario.report('acme.1.1', 'busted', report);
    expect(scenario.report('acme.1.1', 'busted', report).events).toEqual([]);
    const again = scenario.report('acme.1.1', 'busted', { refExecId: 'X' });
    expect(again.events).toMatchObject([{ type: 'caseOpened', kind: 'TRADE_BUSTED' }]);
    expect([held(), scenario.state.cases.size]).toEqual([0, 1]);
  });

  it.each([
    ['of an unknown fill', { refExecId: 'Y', lastQuantity: 50, lastPrice: 107_980 }],
    ['without a price', { refExecId: 'X', lastQuantity: 50 }],
    ['without a quantity', { refExecId: 'X', lastPrice: 107_980 }],
    ['beyond the limit', { refExecId: 'X', lastQuantity: 50, lastPrice: 108_001 }],
    ['beyond it by a fraction', { refExecId: 'X', lastQuantity: 50, exactPrice: '1.0800001' }],
    ['of more than there can be', { refExecId: 'X', lastQuantity: 10_000_001, lastPrice: 107_980 }],
  ])('%s is for a person all the same', (_what, change) => {
    expect(typesOf(scenario.report('acme.1.1', 'corrected', change).events)).toEqual(['caseOpened']);
    expect([held(), scenario.state.cases.size]).toEqual([60, 1]);
  });

  it('that fills the order answers the cancel that was on its way', () => {
    scenario.cancel('C1', { clOrdId: 'K' });
    const change = { refExecId: 'X', lastQuantity: 100, lastPrice: 107_980 };
    const { events } = scenario.report('acme.1.1', 'corrected', change);
    expect(events.at(-1)).toMatchObject({ type: 'changeRefused', clOrdId: 'K', code: 'ORDER_CLOSED' });
    expect(orderStatus(scenario.order())).toBe('filled');
  });
});

describe('a correction', () => {
  it.each([
    [108_020, 108_010],
    [108_005, 108_005],
  ])('to %i charges a client with a limit of 108010 %i', (lastPrice, charged) => {
    scenario.submit({ quantity: 100 });
    scenario.fill('acme.1.1', 100, 108_000, { venueExecId: 'X', commandId: 'x' });
    scenario.report('acme.1.1', 'corrected', { refExecId: 'X', lastQuantity: 100, lastPrice });
    expect(resolve('acme.case-1', 'book').events[1]).toMatchObject({ clientPrice: charged });
  });
});

describe('a final report that leaves less than we think', () => {
  it('cancels the rest with the venue’s reason', () => {
    scenario.submit({ ...forced, quantity: 100 });
    const change = { isFinal: true, text: 'minimum size' };
    const { events } = scenario.fill('acme.1.1', 60, 107_990, change);
    expect(typesOf(events)).toEqual(['routeFilled', 'routeClosed', 'orderClosed']);
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', text: 'minimum size', filled: 60 });
  });
});

describe('a booking that ends the order', () => {
  it('answers the replace that was waiting for the venue', () => {
    scenario.submit({ ...forced, clOrdId: 'A', quantity: 100 });
    scenario.report('acme.1.1', 'acknowledged');
    scenario.fill('acme.1.1', 100, 151_000);
    scenario.replace('A', { quantity: 150, price: 107_000, clOrdId: 'R' });
    const { events } = resolve('acme.case-1', 'book');
    expect(events.at(-1)).toMatchObject({ type: 'changeRefused', clOrdId: 'R', code: 'ORDER_CLOSED' });
    expect(orderStatus(scenario.order())).toBe('filled');
  });
});

describe('cases', () => {
  it('survive a restart, and are answered once', () => {
    scenario.submit();
    scenario.fill('acme.1.1', 100, 151_000);
    scenario.state = restoreState(scenario.snapshot())!;
    expect(resolve('acme.case-2', 'book').reply.refusal?.code).toBe('UNKNOWN_CASE');
    expect(resolve('acme.case-1', 'correct', { quantity: 0 }).reply.refusal?.code).toBe('CASE_AMOUNT');
    expect(resolve('acme.case-1', 'correct', { quantity: 90, price: 108_010 }).reply.refusal).toBeUndefined();
    expect(held()).toBe(90);
    expect(resolve('acme.case-1', 'dismiss').reply.refusal?.code).toBe('CASE_CLOSED');
  });

  it('that propose nothing are booked by the amounts that a person gives, and end the route', () => {
    scenario.submit({ ...forced, quantity: 100 });
    scenario.report('acme.1.1', 'filled', { lastQuantity: 0, lastPrice: 107_990 });
    scenario.report('acme.1.1', 'canceled', { text: 'end of day' });
    expect(resolve('acme.case-1', 'book').reply.refusal?.code).toBe('CASE_NOT_BOOKABLE');
    expect(resolve('acme.case-1', 'correct').reply.refusal?.code).toBe('CASE_AMOUNT');
    resolve('acme.case-1', 'correct', { quantity: 40, price: 107_990 });
    expect(scenario.order()).toMatchObject({ outcome: 'canceled', text: 'end of day', filled: 40 });
    expect([held(), leavesOf(scenario.order())]).toEqual([40, 0]);
  });

  it('of nothing we know can only be dismissed', () => {
    scenario.report('nobody', 'filled', { lastQuantity: 5, lastPrice: 5 });
    expect(resolve('acme.case-1', 'book').reply.refusal?.code).toBe('CASE_NOT_BOOKABLE');
    expect(resolve('acme.case-1', 'dismiss').reply.refusal).toBeUndefined();
  });
});
