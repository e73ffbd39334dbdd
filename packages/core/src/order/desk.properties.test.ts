/**
 * Random days on the desk: clients, venues, operators and time in any order, venues misbehaving as they like.
 * After each step the state is checked against its slow twin, computed from the journal and the routes alone.
 */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { ResolveCase } from './case.ts';
import { decide } from './desk.ts';
import { Scenario, type JournalEntry } from './desk.fixture.ts';
import { evolve } from './evolve.ts';
import type { Command, OrderAccepted, OrderEvent, SubmitOrder, VenueReport } from './order.ts';
import {
  createPartition,
  isImmediate,
  leavesOf,
  RETENTION,
  routesInOrder,
  type PartitionState,
  type Retention,
} from './partition.ts';
import type { StopKind, StopScope } from './stop.event.ts';
import { applyFill, FLAT, type Position } from './position.ts';
import { Restoring, restoreState, snapshotState } from './snapshot.ts';
import { Saving } from './snapshot.saving.ts';

const VENUES = ['alpha', 'beta', 'gamma'] as const;
const small = fc.nat({ max: 1_000 });
const ticks = fc.integer({ min: -6, max: 6 });
const lots = fc.integer({ min: 1, max: 60 });
const venue = fc.constantFrom(...VENUES);

type Action =
  | { readonly do: 'quote'; readonly venue: string; readonly at: number; readonly sizes: readonly number[] }
  | { readonly do: 'submit'; readonly order: Partial<SubmitOrder>; readonly at: number }
  | { readonly do: 'cancel' | 'repeat'; readonly pick: number }
  | { readonly do: 'replace'; readonly pick: number; readonly lots: number; readonly at: number }
  | {
      readonly do: 'report';
      readonly pick: number;
      readonly report: VenueReport['report'];
      readonly lots: number;
      readonly at: number;
    }
  | { readonly do: 'notSent' | 'inDoubt'; readonly pick: number }
  | { readonly do: 'mass'; readonly account: string | undefined }
  | { readonly do: 'state'; readonly state: PartitionState['tradingState'] }
  | { readonly do: 'stop' | 'release'; readonly scope: StopScope; readonly kind: StopKind }
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'venue'; readonly venue: string }
  | {
      readonly do: 'resolve';
      readonly pick: number;
      readonly lots: number;
      readonly action: ResolveCase['action'];
    }
  | { readonly do: 'rest' };

const orders: fc.Arbitrary<Partial<SubmitOrder>> = fc.record({
  side: fc.constantFrom('buy', 'sell'),
  type: fc.constantFrom('limit', 'limit', 'limit', 'market'),
  quantity: lots,
  timeInForce: fc.constantFrom('day', 'gtc', 'ioc', 'fok'),
  account: fc.constantFrom('main', 'other'),
  forcedVenue: fc.constantFrom(undefined, undefined, undefined, undefined, 'alpha', 'beta'),
});
const reports = fc.constantFrom<VenueReport['report']>(
  'busted',
  'corrected',
  'unreadable',
  'acknowledged',
  'acknowledged',
  'filled',
  'filled',
  'filled',
  'filled',
  'canceled',
  'rejected',
  'expired',
  'replaced',
  'cancelRejected',
  'unknownOrder',
);

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('quote' as const),
      venue,
      at: ticks,
      sizes: fc.array(lots, { minLength: 0, maxLength: 3 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('submit' as const), order: orders, at: ticks }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      pick: small,
      report: reports,
      lots,
      at: ticks,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'repeat' as const), pick: small }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), pick: small, lots, at: ticks }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('notSent' as const, 'inDoubt' as const), pick: small }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(1, 50, 260, 700, 2_000, 40_000_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rest' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      pick: small,
      lots: fc.integer({ min: 1, max: 40 }),
      action: fc.constantFrom('book' as const, 'correct' as const, 'dismiss' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mass' as const), account: fc.constantFrom('main', undefined) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('venue' as const), venue }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('stop' as const, 'release' as const, 'release' as const),
      scope: fc.constantFrom<StopScope>(
        { account: 'main' },
        { provider: 'beta' },
        { account: 'other', provider: 'alpha' },
      ),
      kind: fc.constantFrom<StopKind>('halted', 'reducing'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('state' as const),
      state: fc.constantFrom<PartitionState['tradingState']>(
        'active',
        'active',
        'active',
        'reducing',
        'halted',
      ),
    }),
  },
);

const MID = 108_000;

class Day {
  readonly scenario: Scenario;
  readonly commands: Command[] = [];
  readonly clOrdIds: string[] = [];
  #count = 0;

  constructor(retention: Retention = RETENTION) {
    this.scenario = new Scenario({ markup: 1, retention });
  }

  step(action: Action): void {
    const { scenario } = this;
    switch (action.do) {
      case 'quote':
        return this.#quote(action.venue, action.at, action.sizes);
      case 'rest':
        scenario.rest();
        return;
      case 'time':
        scenario.tick(action.ms);
        return;
      case 'venue':
        scenario.venue(action.venue, { ordersUp: !scenario.venues.get(action.venue)!.ordersUp });
        return;
      default:
        this.#send(action);
    }
  }

  #send(action: Action): void {
    const command = this.#command(action);
    if (command === undefined) return;
    const before = snapshotState(this.scenario.state);
    const { events } = decide(this.scenario.state, this.scenario.market, command, this.scenario.now);
    if (snapshotState(this.scenario.state) !== before) throw new Error('deciding changed the state');
    this.scenario.append(events);
    if (action.do !== 'repeat') this.commands.push(command);
    else if (command.kind === 'submit' && events.length > 0) throw new Error('a repeated order made events');
  }

  #command(action: Action): Command | undefined {
    this.#count += 1;
    const commandId = `c${this.#count}`;
    const origin = { channel: 'fix', client: 'CLIENT' } as const;
    switch (action.do) {
      case 'submit': {
        const clOrdId = `o${this.#count}`;
        this.clOrdIds.push(clOrdId);
        const price = action.order.type === 'market' ? {} : { price: MID + action.at };
        return this.scenario.submitCommand({ ...action.order, ...price, clOrdId });
      }
      case 'cancel': {
        const origClOrdId = pick(this.clOrdIds, action.pick);
        if (origClOrdId === undefined) return undefined;
        return { kind: 'cancel', commandId, origin, clOrdId: `x${this.#count}`, origClOrdId };
      }
      case 'replace': {
        const origClOrdId = pick(this.clOrdIds, action.pick);
        if (origClOrdId === undefined) return undefined;
        const clOrdId = `r${this.#count}`;
        this.clOrdIds.push(clOrdId);
        return {
          kind: 'replace',
          commandId,
          origin,
          clOrdId,
          origClOrdId,
          quantity: action.lots,
          price: MID + action.at,
        };
      }
      case 'repeat':
        return pick(this.commands, action.pick);
      case 'mass':
        return {
          kind: 'massCancel',
          commandId,
          by: 'rita',
          reason: 'drill',
          ...(action.account === undefined ? {} : { account: action.account }),
        };
      case 'state': {
        const { state } = action;
        return { kind: 'setTradingState', commandId, by: 'rita', reason: 'drill', state };
      }
      case 'stop':
        return {
          kind: 'setStop',
          commandId,
          by: 'rita',
          reason: 'x',
          scope: action.scope,
          stop: action.kind,
        };
      case 'release':
        return { kind: 'releaseStop', commandId, by: 'rita', reason: 'x', scope: action.scope };
      default:
        return this.#routeCommand(action, commandId);
    }
  }

  /** What venues and the gateway say of a route. */
  #routeCommand(action: Action, commandId: string): Command | undefined {
    switch (action.do) {
      case 'notSent':
      case 'inDoubt': {
        const route = pick([...routesInOrder(this.scenario.state)], action.pick);
        if (route === undefined) return undefined;
        const { routeId } = route;
        if (action.do === 'inDoubt') {
          return { kind: 'routeInDoubt', commandId, routeId, reason: 'SESSION_LOST' };
        }
        const reason = action.pick % 2 === 0 ? 'LATE' : 'VENUE_DOWN';
        return { kind: 'routeNotSent', commandId, routeId, reason };
      }
      case 'report': {
        const route = pick([...routesInOrder(this.scenario.state)], action.pick);
        if (route === undefined) return undefined;
        return {
          kind: 'venueReport',
          commandId,
          venue: route.venue,
          routeId: route.routeId,
          report: action.report,
          // Sometimes an ExecID comes again.
          venueExecId: `E${action.lots % 4 === 0 ? action.lots : this.#count}`,
          refExecId: pick(this.#executionsOf(route.routeId), action.pick) ?? 'E0',
          venueOrderId: 'V',
          isFinal: action.lots % 9 === 0,
          lastPrice: MID + action.at,
          // Sometimes the venue counts more than it has reported.
          cumQuantity: route.filled + (action.lots % 7 === 0 ? action.lots : 0),
          // Mostly what is left, sometimes more.
          lastQuantity: action.lots % 5 === 0 ? action.lots : Math.max(1, route.quantity - route.filled),
        };
      }
      case 'resolve': {
        const open = pick([...this.scenario.state.cases.keys()], action.pick);
        if (open === undefined) return undefined;
        const { action: answer, lots } = action;
        const amounts = answer === 'correct' ? { quantity: lots, price: MID } : {};
        return {
          kind: 'resolveCase',
          commandId,
          caseId: open,
          by: 'rita',
          reason: 'x',
          action: answer,
          ...amounts,
        };
      }
      default:
        throw new Error('not a command');
    }
  }

  #executionsOf(routeId: string): string[] {
    return [...(this.scenario.state.executions.get(routeId)?.keys() ?? [])];
  }

  #quote(name: string, at: number, sizes: readonly number[]): void {
    const levels = (direction: 1 | -1): number[] =>
      sizes.flatMap((size, level) => [MID + at + direction * (level + 1), size]);
    this.scenario.quote(name, levels(-1), levels(1));
  }
}

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items.length === 0 ? undefined : items[at % items.length];
}

function checkOrders(state: PartitionState): void {
  const sums = new Map<string, number>();
  const add = (key: string, value: number): void => {
    sums.set(key, (sums.get(key) ?? 0) + value);
  };
  for (const order of state.orders.values()) {
    const all = order.routeIds.map((id) => state.routes.get(id)!);
    const open = all.filter(({ standing }) => standing !== 'closed');
    expect(order.openRoutes).toBe(open.length);
    expect(order.unknownRoutes).toBe(open.filter(({ standing }) => standing === 'unknown').length);
    expect(order.inFlight).toBe(open.reduce((sum, { quantity, filled }) => sum + quantity - filled, 0));
    expect(leavesOf(order)).toBeGreaterThanOrEqual(0);
    if (!order.exceeded) expect(order.filled + order.inFlight).toBeLessThanOrEqual(order.quantity);
    expect(state.open.has(order.orderId)).toBe(order.outcome === 'open');
    if (order.outcome === 'filled') expect(order.filled).toBeGreaterThanOrEqual(order.quantity);
    if (order.outcome === 'open') expect(order.filled).toBeLessThan(order.quantity);
    // An immediate order never waits without a venue that owes an answer.
    if (order.outcome === 'open' && isImmediate(order)) expect(order.openRoutes).toBeGreaterThan(0);
    for (const { routeId, standing } of open) {
      if (standing !== 'acknowledged') expect(state.unanswered.has(routeId)).toBe(true);
    }
    const pending = open.at(-1)?.pendingReplace?.quantity ?? 0;
    const wanted = order.forcedVenue === undefined ? order.quantity : Math.max(order.quantity, pending);
    const key = `${order.account} ${order.instrument} ${order.side}`;
    add(`${key} open`, order.outcome === 'open' ? Math.max(0, wanted - order.filled) : 0);
    add(`${key} flight`, order.inFlight);
  }
  for (const { account, instrument, openBuy, openSell, flightBuy, flightSell } of state.holdings.values()) {
    const of = (name: string): number => sums.get(`${account} ${instrument} ${name}`) ?? 0;
    expect([openBuy, openSell, flightBuy, flightSell]).toEqual([
      of('buy open'),
      of('sell open'),
      of('buy flight'),
      of('sell flight'),
    ]);
  }
}

/** The resting index against a sort of all open orders. */
function checkResting(state: PartitionState): void {
  const expected = [...state.open.values()].filter(
    (order) =>
      order.forcedVenue === undefined &&
      !isImmediate(order) &&
      order.pendingCancel === undefined &&
      order.quantity - order.filled - order.inFlight > 0,
  );
  for (const side of ['buy', 'sell'] as const) {
    const direction = side === 'buy' ? -1 : 1;
    const sorted = expected
      .filter((order) => order.side === side)
      .sort((left, right) => (left.price! - right.price!) * direction || left.number - right.number);
    const indexed = state.resting.get('EURUSD')?.[side] ?? [];
    expect(indexed.map(({ orderId }) => orderId).reverse()).toEqual(sorted.map(({ orderId }) => orderId));
  }
}

const AFTER_THE_END = ['caseOpened', 'caseResolved', 'tradeBusted', 'tradeCorrected', 'routeClosed'];

/** Positions and orders as the journal alone tells them. */
function checkJournal(journal: readonly JournalEntry[], state: PartitionState): void {
  const positions = new Map<string, Position>();
  const filled = new Map<string, number>();
  const closed = new Set<string>();
  const accepted = new Map<string, OrderAccepted>();
  const executions = new Set<string>();
  for (const { event } of journal) {
    if (event.type === 'orderAccepted') accepted.set(event.orderId, event);
    if (event.type === 'orderClosed') {
      expect(closed.has(event.orderId)).toBe(false);
      closed.add(event.orderId);
    } else if ('orderId' in event && event.orderId !== undefined && closed.has(event.orderId)) {
      expect(['routeFilled', 'changeRefused', 'routeReduced', ...AFTER_THE_END]).toContain(event.type);
    }
    const book = (orderId: string, sign: 1 | -1, quantity: number, price: number): void => {
      const { account, side } = accepted.get(orderId) as OrderAccepted;
      filled.set(orderId, (filled.get(orderId) ?? 0) + sign * quantity);
      const way = sign === 1 ? side : side === 'buy' ? 'sell' : 'buy';
      positions.set(account, applyFill(positions.get(account) ?? FLAT, way, quantity, price));
    };
    if (event.type === 'tradeBusted') book(event.orderId, -1, event.quantity, event.clientPrice);
    if (event.type === 'tradeCorrected') {
      book(event.orderId, -1, event.quantityBefore, event.clientPriceBefore);
      book(event.orderId, 1, event.quantity, event.clientPrice);
    }
    if (event.type !== 'routeFilled') continue;
    expect(executions.has(`${event.routeId} ${event.venueExecId}`)).toBe(false);
    executions.add(`${event.routeId} ${event.venueExecId}`);
    book(event.orderId, 1, event.quantity, event.clientPrice);
  }
  for (const order of state.orders.values()) expect(order.filled).toBe(filled.get(order.orderId) ?? 0);
  for (const { account, position } of state.holdings.values()) {
    expect(position).toEqual(positions.get(account) ?? FLAT);
  }
}

/** Each fill against the limit that the order had then; routes against what the client allows. */
function checkPrices(journal: readonly JournalEntry[]): void {
  const limits = new Map<string, { side: 'buy' | 'sell'; price: number | undefined; forced: boolean }>();
  const worse = (side: 'buy' | 'sell', price: number, limit: number): boolean =>
    side === 'buy' ? price > limit : price < limit;
  for (const { event } of journal) {
    if (event.type === 'orderAccepted') {
      const { side, price, forcedVenue } = event;
      limits.set(event.orderId, { side, price, forced: forcedVenue !== undefined });
    } else if (event.type === 'orderReplaced') {
      limits.get(event.orderId)!.price = event.price;
    } else if (event.type === 'routeFilled' || event.type === 'routeRequested') {
      const { side, price, forced } = limits.get(event.orderId)!;
      if (price === undefined || forced) continue;
      const told =
        event.type === 'routeFilled'
          ? event.clientPrice
          : event.price! + (side === 'buy' ? event.markup : -event.markup);
      expect(worse(side, told, price)).toBe(false);
    }
  }
}

/** Nothing is accepted for, or sent into, a scope while it is halted. */
function checkStops(journal: readonly JournalEntry[]): void {
  const halted = new Map<string, StopScope>();
  const accounts = new Map<string, string>();
  const isHalted = (account: string, provider: string | undefined): boolean =>
    [...halted.values()].some(
      (scope) => (scope.account ?? account) === account && (scope.provider ?? provider) === provider,
    );
  for (const { event } of journal) {
    if (event.type === 'stopSet' && event.stop === 'halted')
      halted.set(JSON.stringify(event.scope), event.scope);
    if (event.type === 'stopReleased') halted.delete(JSON.stringify(event.scope));
    if (event.type === 'orderAccepted') {
      accounts.set(event.orderId, event.account);
      expect(isHalted(event.account, event.forcedVenue)).toBe(false);
    }
    if (event.type === 'routeRequested')
      expect(isHalted(accounts.get(event.orderId) as string, event.venue)).toBe(false);
  }
}

/** The index by route against a walk over all open cases. */
function checkCases({ cases, casesOfRoute }: PartitionState): void {
  const routes = new Set([...cases.values()].map(({ routeId }) => routeId));
  expect([...casesOfRoute.keys()].sort()).toEqual([...routes].sort());
  for (const [route, open] of casesOfRoute)
    expect(open).toEqual([...cases.values()].filter(({ routeId }) => routeId === route));
}

function replay(journal: readonly JournalEntry[], from: PartitionState): PartitionState {
  for (const { event, sequence, atMs } of journal) {
    if (sequence > from.sequence) evolve(from, event, sequence, atMs);
  }
  return from;
}

/** Every route answered, every order canceled: what must bring any state to rest. */
function windDown(scenario: Scenario): void {
  scenario.do({ kind: 'massCancel', commandId: 'last', by: 'rita', reason: 'end' });
  for (let round = 0; round < 20; round += 1) {
    for (const caseId of [...scenario.state.cases.keys()]) {
      const answer = { kind: 'resolveCase', caseId, by: 'rita', reason: 'end' } as const;
      const action = round % 2 === 0 ? 'book' : 'dismiss';
      scenario.do({ ...answer, commandId: `${caseId}-${round}`, action });
    }
    const open = [...scenario.state.routes.values()].filter(({ standing }) => standing !== 'closed');
    if (open.length === 0 && scenario.state.open.size === 0) return;
    for (const { routeId } of open) {
      if (scenario.state.routes.get(routeId)!.standing !== 'closed') scenario.report(routeId, 'canceled');
    }
    scenario.do({ kind: 'massCancel', commandId: `last-${round}`, by: 'rita', reason: 'end' });
  }
}

describe('the desk on random days', () => {
  it('keeps its invariants, replays to the same state, and always comes to rest', () => {
    const days = fc.array(actions, { minLength: 5, maxLength: 90, size: 'max' });
    fc.assert(
      fc.property(days, small, (day, cut) => {
        const run = new Day();
        const { scenario } = run;
        scenario.busts(cut % 2 === 0 ? 'afterApproval' : 'atOnce');
        for (const name of VENUES) scenario.quote(name, [MID - 2, 30], [MID + 2, 30]);
        for (const action of day) {
          run.step(action);
          checkOrders(scenario.state);
          checkResting(scenario.state);
          checkCases(scenario.state);
        }
        checkJournal(scenario.journal, scenario.state);
        checkPrices(scenario.journal);
        checkStops(scenario.journal);

        const live = scenario.snapshot();
        expect(snapshotState(replay(scenario.journal, createPartition('acme')))).toBe(live);
        const half = scenario.journal.slice(0, cut % (scenario.journal.length + 1));
        const early = replay(half, createPartition('acme'));
        const restored = restoreState(snapshotState(early)) as PartitionState;
        expect(snapshotState(restored)).toBe(snapshotState(early));
        expect(restored.casesOfRoute).toEqual(early.casesOfRoute);
        expect(snapshotState(replay(scenario.journal, restored))).toBe(live);

        windDown(scenario);
        expect([...scenario.state.open.keys()]).toEqual([]);
        for (const { openBuy, openSell, flightBuy, flightSell } of scenario.state.holdings.values()) {
          expect([openBuy, openSell, flightBuy, flightSell]).toEqual([0, 0, 0, 0]);
        }
        checkJournal(scenario.journal, scenario.state);
      }),
      { numRuns: 250 },
    );
  }, 120_000);

  it('can be saved item by item while it goes on: as it was when that began', () => {
    const days = fc.array(actions, { minLength: 5, maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(days, small, small, (day, from, pace) => {
        const run = new Day({ ...RETENTION, closedOrdersMax: 3, executionsMax: 2, refusedMax: 4 });
        const { scenario } = run;
        for (const name of VENUES) scenario.quote(name, [MID - 2, 30], [MID + 2, 30]);
        const begin = from % day.length;
        for (const action of day.slice(0, begin)) run.step(action);
        const before = scenario.snapshot();
        const saving = new Saving(scenario.state, { orders: 1, items: 1 });
        scenario.state.witness = saving;
        const parts: (string | undefined)[] = [];
        for (const [index, action] of day.slice(begin).entries()) {
          if (index % (1 + (pace % 4)) === 0) parts.push(saving.next());
          run.step(action);
        }
        while (parts.length === 0 || parts.at(-1) !== undefined) parts.push(saving.next());
        const restoring = Restoring.of(saving.head())!;
        for (const part of parts) if (part !== undefined) restoring.addText(part);
        expect(snapshotState(restoring.finish())).toBe(before);
        const journal = replay(scenario.journal, createPartition('acme', scenario.state.retention));
        expect(snapshotState(journal)).toBe(scenario.snapshot());
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('decides the same on a restored state as on the live one', () => {
    fc.assert(
      fc.property(fc.array(actions, { minLength: 5, maxLength: 50, size: 'max' }), (day) => {
        const run = new Day();
        const { scenario } = run;
        for (const name of VENUES) scenario.quote(name, [MID - 2, 30], [MID + 2, 30]);
        for (const action of day) {
          scenario.state = restoreState(scenario.snapshot()) as PartitionState;
          run.step(action);
        }
        const kept = new Day();
        for (const name of VENUES) kept.scenario.quote(name, [MID - 2, 30], [MID + 2, 30]);
        for (const action of day) kept.step(action);
        const events = (of: Scenario): OrderEvent[] => of.journal.map(({ event }) => event);
        expect(events(scenario)).toEqual(events(kept.scenario));
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
