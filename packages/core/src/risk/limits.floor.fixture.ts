/**
 * A floor where anything happens, in an order that numbers choose: orders, fills, busts, corrections, doubt,
 * replaces, cancels, cases, other limits, moving and missing rates, restarts. After each step all limits are
 * held against the slow twin. For the test and for `packages/core/bench/limits.floor.ts`.
 */
import { INSTRUMENTS } from '../order/desk.fixture.ts';
import type { OrderAccepted, SubmitOrder, VenueReport } from '../order/order.ts';
import { restoreState } from '../order/snapshot.ts';
import { limit, LimitScenario } from './limit.fixture.ts';
import type { Limit } from './limit.ts';
import { NOTHING, readingOf, usedOf } from './limits.ts';
import {
  appliesTo,
  lotsOf,
  twinOf,
  twinUse,
  unitOf,
  type Twin,
  type TwinMoment,
} from './limits.twin.fixture.ts';
import type { Path } from './ledger.ts';
import { termsOf } from './limit.ts';

const each = '*';
const some: readonly Limit[] = [
  limit('a', 'position', '300', { scope: { account: each } }),
  limit('b', 'position', '220', { scope: { trader: each, instrument: 'EURUSD' } }),
  limit('c', 'workingOrders', '6', { scope: { session: each } }),
  limit('d', 'workingNotional', '450'),
  limit('e', 'grossPosition', '600', { scope: { account: 'main' } }),
  limit('f', 'netPosition', '500'),
  limit('g', 'netPosition', '400', { scope: { instruments: ['EURUSD', 'EURJPY'] }, currency: 'EUR' }),
  limit('h', 'settlement', '700'),
  limit('i', 'dayLoss', '5', { scope: { trader: each } }),
  limit('j', 'position', '150', { scope: { provider: each } }),
  limit('k', 'grossPosition', '260', { scope: { provider: 'alpha' } }),
  limit('l', 'grossPosition', '9', { action: 'warn' }),
];
const tighter: readonly Limit[] = some.map((one) => ({ ...one, maximum: (one.maximum * 2n) / 3n }));
const SETS = [some, tighter, some.slice(0, 6), some.slice(6)];

const pick = <Item>(items: readonly Item[], by: number): Item | undefined => items[by % items.length];

export class Floor {
  readonly scenario = new LimitScenario(some);
  accepted = 0;
  refused = 0;
  reductions = 0;

  /** Three numbers choose what happens. */
  act(what: number, first: number, second: number): void {
    const { scenario } = this;
    const steps: readonly (() => void)[] = [
      () => this.#submit(first, second),
      () => this.#submit(first, second),
      () => this.#submit(first, second),
      () => this.#report(first, second),
      () => this.#report(first, second),
      () => this.#report(first, second),
      () => this.#change(first, second),
      () => this.#quote(first, second),
      () => scenario.tick([1, 60, 700, 2_000, 40_000_000][first % 5]),
      () => this.#seldom(first, second),
    ];
    steps[what % steps.length]!();
    this.check();
  }

  /** All that is open ends: nothing may stay reserved. */
  close(): void {
    const { scenario } = this;
    scenario.do({ kind: 'massCancel', commandId: 'all', by: 'rita', reason: 'the end' });
    for (const [number, { caseId }] of [...scenario.state.cases.values()].entries())
      scenario.do({
        ...{ kind: 'resolveCase', commandId: `end-${number}`, caseId },
        ...{ action: 'dismiss', by: 'rita', reason: 'the end' },
      });
    for (const route of [...scenario.state.routes.values()])
      if (route.standing !== 'closed') scenario.report(route.routeId, 'canceled');
    for (const { orderId } of [...scenario.state.open.values()])
      if (scenario.state.orders.get(orderId)?.pendingCancel === undefined) scenario.cancel('', { orderId });
    this.check();
    const { meters } = scenario.state.ledger;
    if (scenario.state.open.size === 0 && meters !== undefined && meters.reservations > 0)
      throw new Error(`${meters.reservations} reservations are left of nothing`);
  }

  /** Every use that the meters know against the twin. */
  check(): void {
    const { scenario } = this;
    const reading = readingOf(scenario.state, scenario.market, scenario.now);
    if (reading === undefined) return;
    const twin = twinOf(scenario.journal);
    for (const path of pathsOf(twin)) {
      for (const applied of reading.meters.on(path).applied) {
        if (termsOf(applied.limit.measure).family !== 'exposure') continue;
        const [fast, slow] = [usedOf(applied, NOTHING, reading), this.#use(twin, applied.limit, path)];
        if (fast !== slow)
          throw new Error(
            `${applied.limit.id} of ${applied.subject}: ${String(fast)}, its twin ${String(slow)}`,
          );
      }
    }
  }

  #use(twin: Twin, one: Limit, path: Path): number | bigint | undefined {
    return twinUse(twin, one, path, this.#moment);
  }

  get #moment(): TwinMoment {
    const { scenario } = this;
    const rate: TwinMoment['rate'] = (from, to) =>
      scenario.rates.rate(scenario.market, from, to, scenario.now);
    return { utcMs: scenario.utcMs, rate };
  }

  #submit(first: number, second: number): void {
    const { scenario } = this;
    const instrument = pick(INSTRUMENTS, first)!;
    const side = second % 2 === 0 ? 'buy' : 'sell';
    const mid = instrument.id === 'EURUSD' ? 108_000 : instrument.id === 'USDJPY' ? 150_000 : 162_000;
    const order: Partial<SubmitOrder> = {
      instrument: instrument.id,
      side,
      quantity: 1 + (second % 120),
      price: mid + ((first % 9) - 4) * 40,
      timeInForce: pick(['gtc', 'ioc', 'day', 'gtc', 'fok'] as const, first >> 3)!,
      account: pick(['main', 'other'], first >> 2)!,
      trader: pick(['tess', 'tom', 'tina'], second >> 3)!,
      origin: { channel: 'fix', client: pick(['CLIENT', 'SECOND'], second >> 2)! },
      ...(second % 7 === 0 ? { forcedVenue: 'alpha' } : {}),
    };
    const before = twinOf(scenario.journal);
    const { events, reply } = scenario.submit(order);
    const accepted = events.find((event) => event.type === 'orderAccepted');
    const path = { ...pathOfOrder(order), provider: '' };
    if (accepted !== undefined) {
      this.accepted += 1;
      this.#fits(before, path, accepted);
    } else if (reply.refusal?.code === 'LIMIT_EXCEEDED') {
      this.refused += 1;
      this.#isRefused(before, path, order as SubmitOrder);
    }
  }

  /** Of an order that was taken: it only reduces, raises nothing, or fits to the unit. */
  #fits(before: Twin, path: Path, { side, quantity, orderId }: OrderAccepted): void {
    const after: Twin = withOrder(before, path, side, quantity);
    for (const one of this.scenario.configured) {
      if (one.action !== 'refuse' || termsOf(one.measure).family !== 'exposure') continue;
      if (!appliesTo(one, path) || this.#mayPass(before, after, one, path, side, quantity)) continue;
      throw new Error(`order ${orderId} passed limit ${one.id}`);
    }
  }

  #isRefused(before: Twin, path: Path, { side, quantity, forcedVenue }: SubmitOrder): void {
    const after = withOrder(before, path, side, quantity);
    const isOver = this.scenario.configured.some(
      (one) =>
        one.action === 'refuse' &&
        termsOf(one.measure).family === 'exposure' &&
        appliesTo(one, path) &&
        !this.#mayPass(before, after, one, path, side, quantity),
    );
    // What its provider has no room for is the provider's limit.
    if (!isOver && forcedVenue === undefined) throw new Error('an order was refused that fits');
  }

  #mayPass(before: Twin, after: Twin, one: Limit, path: Path, side: 'buy' | 'sell', added: number): boolean {
    const [use, was] = [this.#use(after, one, path), this.#use(before, one, path)];
    const lots = lotsOf(before, one, path, path.instrument);
    const room = side === 'buy' ? -lots.position - lots.buy : lots.position - lots.sell;
    if ((one.measure !== 'netPosition' || use === undefined) && added <= room) {
      this.reductions += 1;
      return true;
    }
    if (use === undefined) return false;
    const { maximum } = one;
    const most = one.measure === 'position' ? maximum / 10n ** 8n : maximum;
    if (use <= most) return true;
    if (one.measure === 'dayLoss') return false;
    if (one.measure === 'settlement') return this.#settles(before, after, one, path);
    return was !== undefined && use <= was;
  }

  /** A value date that is beyond already is not the order's. */
  #settles(before: Twin, after: Twin, one: Limit, path: Path): boolean {
    const instrument = INSTRUMENTS.find(({ id }) => id === path.instrument)!;
    if (unitOf(instrument, one, this.#moment) === undefined) return false;
    const [use, was] = [this.#use(after, one, path)!, this.#use(before, one, path)!];
    return use <= was;
  }

  #report(first: number, second: number): void {
    const { scenario } = this;
    const routes = [...scenario.state.routes.values()];
    const route = pick(routes.slice(-12), first);
    if (route === undefined) return;
    const kinds: readonly VenueReport['report'][] = [
      ...(['filled', 'filled', 'filled', 'acknowledged', 'canceled', 'rejected'] as const),
      ...(['replaced', 'cancelRejected', 'busted', 'corrected', 'expired', 'unknownOrder'] as const),
    ];
    const report = pick(kinds, second)!;
    const lots = 1 + (second % Math.max(1, route.quantity));
    const executions = [...(scenario.state.executions.get(route.routeId)?.keys() ?? [])];
    const requestId = route.pendingReplace?.replaceId;
    scenario.report(route.routeId, report, {
      lastQuantity: second % 11 === 0 ? lots + route.quantity : lots,
      lastPrice: (route.price ?? 108_000) + (first % 3) - 1,
      ...(executions.length === 0 ? {} : { refExecId: pick(executions, first)! }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(second % 5 === 0 ? { cumQuantity: route.filled + (first % 40) } : {}),
    });
  }

  #change(first: number, second: number): void {
    const { scenario } = this;
    const order = pick([...scenario.state.open.values()], first);
    if (order === undefined) return;
    const { orderId, price = 108_000 } = order;
    if (second % 3 === 0) scenario.cancel('', { orderId });
    else
      scenario.replace('', { orderId, quantity: 1 + (second % 140), price: price + ((first % 5) - 2) * 40 });
  }

  #quote(first: number, second: number): void {
    const { scenario } = this;
    scenario.advance(first % 250);
    scenario.quotes(((second % 41) - 20) * 30, ((first % 41) - 20) * 40);
    scenario.quote('beta', [162_000, 200], [162_020, 200], INSTRUMENTS[2]);
    if (second % 2 === 0) scenario.rest();
  }

  #seldom(first: number, second: number): void {
    const { scenario } = this;
    const open = pick([...scenario.state.cases.values()], first);
    if (second % 4 === 0) scenario.with(pick(SETS, first)!);
    else if (second % 4 === 1) scenario.state = restoreState(scenario.snapshot())!;
    else if (second % 4 === 2) scenario.advance([5_000, 60_000, 700_000][first % 3]!);
    else if (open !== undefined)
      scenario.do({
        ...{ kind: 'resolveCase', commandId: `case-${scenario.state.sequence}`, caseId: open.caseId },
        action: pick(['book', 'correct', 'dismiss'] as const, first)!,
        ...{ by: 'rita', reason: 'looked at', ...(first % 2 === 0 ? { quantity: 1 + (first % 30) } : {}) },
      });
  }
}

function pathOfOrder({ account, trader, origin, instrument }: Partial<SubmitOrder>): Omit<Path, 'provider'> {
  return { account: account!, trader: trader!, session: origin!.client, instrument: instrument! };
}

function withOrder({ orders, trades }: Twin, path: Path, side: 'buy' | 'sell', quantity: number): Twin {
  const order = { path, side, quantity, filled: 0, isOpen: true, isForced: false, routes: [] };
  return { trades, orders: new Map([...orders, ['new', order]]) };
}

function* pathsOf({ orders, trades }: Twin): Iterable<Path> {
  const seen = new Set<string>();
  const venues = [...orders.values()].flatMap(({ path, routes }) =>
    routes.map(({ venue }) => providerPath(venue, path.instrument)),
  );
  const all = [...orders.values()].map(({ path }) => path);
  for (const path of [
    ...all,
    ...venues,
    ...trades.map((one) => providerPath(one.venue, one.path.instrument)),
  ]) {
    const key = JSON.stringify(path);
    if (seen.has(key)) continue;
    seen.add(key);
    yield path;
  }
}

const providerPath = (provider: string, instrument: string): Path => ({
  ...{ account: '', trader: '', session: '', instrument, provider },
});
