/**
 * The slow twin of limits: reads the whole journal for every answer, keeps nothing, and shares with the fast
 * one only what a position is and what a rate is.
 */
import type { Instrument } from '../market/instrument.ts';
import { bigPowerOfTen, divideRounded } from '../number/decimal.ts';
import { tradeDay } from '../number/time.ts';
import { INSTRUMENTS, type JournalEntry } from '../order/desk.fixture.ts';
import type { OrderEvent, Side } from '../order/order.ts';
import { applyFill, FLAT, unrealized } from '../order/position.ts';
import { valueDayOf, type Path } from './ledger.ts';
import { EACH, VALUE_SCALE, type Limit } from './limit.ts';
import { RATE_SCALE, type Rate } from './rates.ts';

interface Order {
  readonly path: Path;
  readonly side: Side;
  quantity: number;
  filled: number;
  isOpen: boolean;
  readonly isForced: boolean;
  readonly routes: Route[];
}

interface Route {
  readonly id: string;
  readonly venue: string;
  quantity: number;
  filled: number;
  held: number;
  isOpen: boolean;
  pending: { readonly clOrdId: string; readonly quantity: number } | undefined;
}

interface Trade {
  readonly path: Path;
  readonly venue: string;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
  readonly atMs: number;
}

export interface Twin {
  readonly orders: ReadonlyMap<string, Order>;
  readonly trades: readonly Trade[];
}

export interface TwinMoment {
  readonly utcMs: number;
  readonly rate: (from: string, to: string) => Rate | undefined;
}

export function twinOf(journal: readonly JournalEntry[]): Twin {
  const orders = new Map<string, Order>();
  const trades: Trade[] = [];
  const held = new Map<string, { readonly route: Route; readonly lots: number }>();
  for (const { event, atMs } of journal) {
    if ('orderId' in event && 'routeId' in event && event.type !== 'routeRequested')
      ofRoute(event, orders, trades, held, atMs);
    else ofOrder(event, orders, held);
  }
  return { orders, trades };
}

type Held = Map<string, { readonly route: Route; readonly lots: number }>;

function ofOrder(event: OrderEvent, orders: Map<string, Order>, held: Held): void {
  const order = 'orderId' in event ? orders.get(event.orderId ?? '') : undefined;
  switch (event.type) {
    case 'orderAccepted': {
      const { account, trader, origin, instrument, side, quantity } = event;
      const path = { account, trader, session: origin.client, instrument, provider: '' };
      const isForced = event.forcedVenue !== undefined;
      orders.set(event.orderId, { path, side, quantity, filled: 0, isOpen: true, isForced, routes: [] });
      return;
    }
    case 'routeRequested': {
      const { routeId: id, venue, quantity } = event;
      const rest = { filled: 0, held: 0, isOpen: true, pending: undefined };
      order?.routes.push({ id, venue, quantity, ...rest });
      return;
    }
    case 'orderReplaced': {
      if (order === undefined) return;
      order.quantity = event.quantity;
      const route = order.isForced ? order.routes.at(-1) : undefined;
      if (route !== undefined) {
        route.quantity = event.quantity;
        route.pending = undefined;
        endFull(route);
      }
      return finish(order);
    }
    case 'orderClosed':
      if (order !== undefined) order.isOpen = false;
      return;
    case 'changeRefused':
      if (order === undefined || !['VENUE_REFUSED', 'TOO_LATE'].includes(event.code)) return;
      for (const route of order.routes)
        if (event.change === 'replace' && order.isOpen && route.pending?.clOrdId === event.clOrdId)
          route.pending = undefined;
      return;
    case 'caseResolved': {
      const one = held.get(event.caseId);
      if (one !== undefined) one.route.held -= one.lots;
      held.delete(event.caseId);
      return;
    }
    default:
  }
}

function ofRoute(
  event: Extract<OrderEvent, { readonly routeId: string }>,
  orders: ReadonlyMap<string, Order>,
  trades: Trade[],
  held: Held,
  atMs: number,
): void {
  const order = orders.get(('orderId' in event && event.orderId) || '');
  const route = order?.routes.find(({ id }) => id === event.routeId);
  if (order === undefined || route === undefined) return;
  const trade = (side: Side, quantity: number, price: number) =>
    trades.push({ path: order.path, venue: route.venue, side, quantity, price, atMs });
  const back = order.side === 'buy' ? 'sell' : 'buy';
  switch (event.type) {
    case 'routeFilled':
      trade(order.side, event.quantity, event.clientPrice);
      route.filled += event.quantity;
      order.filled += event.quantity;
      break;
    case 'tradeBusted':
    case 'tradeCorrected': {
      const isBust = event.type === 'tradeBusted';
      const before = isBust ? event.quantity : event.quantityBefore;
      const now = isBust ? 0 : event.quantity;
      trade(back, before, isBust ? event.clientPrice : event.clientPriceBefore);
      if (!isBust) trade(order.side, now, event.clientPrice);
      route.filled += now - before;
      order.filled += now - before;
      if (route.isOpen) route.quantity += now - before;
      break;
    }
    case 'routeClosed':
      end(route);
      return;
    case 'routeReduced':
      route.quantity = event.quantity;
      route.pending = undefined;
      return;
    case 'routeReplaceRequested':
      route.pending = { clOrdId: event.clOrdId, quantity: event.quantity };
      return;
    case 'caseOpened':
      if (event.held === undefined) return;
      route.held += event.held;
      held.set(event.caseId, { route, lots: event.held });
      return;
    default:
      return;
  }
  endFull(route);
  finish(order);
}

function endFull(route: Route): void {
  if (route.isOpen && route.filled >= route.quantity) end(route);
}

function end(route: Route): void {
  route.isOpen = false;
  route.pending = undefined;
}

function finish(order: Order): void {
  if (order.filled >= order.quantity) order.isOpen = false;
}

function reservedOf({ isOpen, isForced, quantity, filled, routes }: Order): number {
  const leaves = (route: Route) => (route.isOpen ? Math.max(0, route.quantity - route.filled) : 0);
  const pending = isForced ? (routes.at(-1)?.pending?.quantity ?? 0) : 0;
  const own = isOpen ? Math.max(0, Math.max(quantity, pending) - filled) : 0;
  const inFlight = routes.reduce((sum, route) => sum + leaves(route), 0);
  const beyond = routes.reduce((sum, route) => sum + Math.max(0, route.held - leaves(route)), 0);
  return Math.max(own, inFlight) + beyond;
}

function isOf({ scope }: Limit, subject: Path, path: Path, venue: string): boolean {
  const { account, trader, session, instrument, instruments, provider } = scope;
  return (
    (account === undefined || path.account === subject.account) &&
    (trader === undefined || path.trader === subject.trader) &&
    (session === undefined || path.session === subject.session) &&
    (instrument === undefined || path.instrument === subject.instrument) &&
    (instruments === undefined || instruments.includes(path.instrument)) &&
    (provider === undefined || venue === subject.provider)
  );
}

/** Whether a limit is about what happens on a path. */
export function appliesTo({ scope }: Limit, path: Path): boolean {
  if ((scope.provider === undefined) !== (path.provider === '')) return false;
  for (const name of ['account', 'trader', 'session', 'instrument', 'provider'] as const)
    if (scope[name] !== undefined && scope[name] !== EACH && scope[name] !== path[name]) return false;
  return scope.instruments === undefined || scope.instruments.includes(path.instrument);
}

interface Lots {
  position: number;
  buy: number;
  sell: number;
}

/** Lots of one instrument in a limit's scope; `settling`: of trades for that value date only. */
export function lotsOf(
  { orders, trades }: Twin,
  limit: Limit,
  subject: Path,
  instrument: string,
  settling?: number,
): Lots {
  const lots: Lots = { position: 0, buy: 0, sell: 0 };
  for (const { path, venue, side, quantity, atMs } of trades) {
    if (path.instrument !== instrument || !isOf(limit, subject, path, venue)) continue;
    if (settling !== undefined && valueDayOf(atMs) !== settling) continue;
    lots.position += side === 'buy' ? quantity : -quantity;
  }
  for (const order of orders.values()) {
    if (order.path.instrument !== instrument) continue;
    for (const [venue, reserved] of reservations(limit, order))
      if (isOf(limit, subject, order.path, venue)) lots[order.side] += reserved;
  }
  return lots;
}

function reservations({ scope }: Limit, order: Order): (readonly [venue: string, lots: number])[] {
  if (scope.provider === undefined) return [['', reservedOf(order)]];
  return order.routes.map(({ venue, quantity, filled, held, isOpen, pending }) => {
    const leaves = isOpen ? Math.max(0, Math.max(quantity, pending?.quantity ?? 0) - filled) : 0;
    return [venue, Math.max(leaves, held)];
  });
}

const worst = ({ position, buy, sell }: Lots): number =>
  Math.max(Math.abs(position + buy), Math.abs(position - sell));

/** Use of an exposure limit by whoever trades on a path; undefined when it cannot be valued. */
export function twinUse(twin: Twin, limit: Limit, path: Path, now: TwinMoment): number | bigint | undefined {
  switch (limit.measure) {
    case 'workingOrders':
      return [...twin.orders.values()].filter((one) => one.isOpen && isOf(limit, path, one.path, '')).length;
    case 'position':
      return worst(lotsOf(twin, limit, path, path.instrument));
    case 'settlement':
      return settlementUse(twin, limit, path, now);
    case 'dayLoss':
      return lossUse(twin, limit, path, now);
    default:
  }
  let [working, gross] = [0n, 0n];
  const net = new Map<string, [position: bigint, into: bigint, out: bigint]>();
  for (const instrument of INSTRUMENTS) {
    const lots = lotsOf(twin, limit, path, instrument.id);
    const unit = unitOf(instrument, limit, now);
    if (lots.position === 0 && lots.buy === 0 && lots.sell === 0) continue;
    if (unit === undefined) return undefined;
    working += BigInt(lots.buy + lots.sell) * unit;
    gross += BigInt(worst(lots)) * unit;
    addPair(net, instrument, lots, unit);
  }
  if (limit.measure === 'workingNotional') return working;
  if (limit.measure === 'grossPosition') return gross;
  net.delete(limit.currency);
  const [longs, shorts] = [long(net), short(net)];
  return longs > shorts ? longs : shorts;
}

type Net = Map<string, [position: bigint, into: bigint, out: bigint]>;

function addPair(net: Net, instrument: Instrument, { position, buy, sell }: Lots, unit: bigint): void {
  const [p, b, s] = [BigInt(position) * unit, BigInt(buy) * unit, BigInt(sell) * unit];
  for (const [currency, values] of [
    [instrument.baseCurrency, [p, b, s]],
    [instrument.quoteCurrency, [-p, s, b]],
  ] as const) {
    const [position0, into, out] = net.get(currency) ?? [0n, 0n, 0n];
    net.set(currency, [position0 + values[0], into + values[1], out + values[2]]);
  }
}

const sum = (values: Iterable<bigint>): bigint =>
  [...values].reduce((total, one) => total + (one > 0n ? one : 0n), 0n);
const long = (net: Net): bigint => sum([...net.values()].map(([position, into]) => position + into));
const short = (net: Net): bigint => sum([...net.values()].map(([position, , out]) => out - position));

function settlementUse(twin: Twin, limit: Limit, path: Path, now: TwinMoment): bigint | undefined {
  const today = valueDayOf(now.utcMs);
  const days = new Set([today, ...twin.trades.map(({ atMs }) => valueDayOf(atMs))]);
  let most = 0n;
  for (const day of days) {
    if (day < tradeDay(now.utcMs)) continue;
    const net: Net = new Map();
    for (const instrument of INSTRUMENTS) {
      const lots = lotsOf(twin, limit, path, instrument.id, day);
      if (day !== today) lots.buy = lots.sell = 0;
      const unit = unitOf(instrument, limit, now);
      if (unit === undefined) {
        if (lots.position !== 0 || !isFlat(twin, limit, path, instrument.id)) return undefined;
        continue;
      }
      addPair(net, instrument, lots, unit);
    }
    if (short(net) > most) most = short(net);
  }
  return most;
}

function isFlat(twin: Twin, limit: Limit, path: Path, instrument: string): boolean {
  const { position, buy, sell } = lotsOf(twin, limit, path, instrument);
  return position === 0 && buy === 0 && sell === 0;
}

function lossUse(twin: Twin, limit: Limit, path: Path, now: TwinMoment): bigint | undefined {
  let [realized, open] = [0n, 0n];
  for (const instrument of INSTRUMENTS) {
    const { baseCurrency: base, quoteCurrency: quote, priceScale, quantityScale } = instrument;
    const positions = new Map<string, typeof FLAT>();
    let today = 0n;
    for (const { path: of, venue, side, quantity, price, atMs } of twin.trades) {
      if (of.instrument !== instrument.id || !isOf(limit, path, of, venue)) continue;
      const key = JSON.stringify(of);
      const before = positions.get(key) ?? FLAT;
      const after = applyFill(before, side, quantity, price);
      positions.set(key, after);
      if (tradeDay(atMs) === tradeDay(now.utcMs)) today += after.realized - before.realized;
    }
    const all = [...positions.values()];
    const quantity = all.reduce((total, one) => total + one.quantity, 0);
    const cost = all.reduce((total, one) => total + one.cost, 0n);
    const [rate, mark] = [now.rate(quote, limit.currency), now.rate(base, quote)];
    if (quantity === 0 && cost === 0n && today === 0n) continue;
    if (rate === undefined || mark === undefined) return undefined;
    const scale = bigPowerOfTen(RATE_SCALE - VALUE_SCALE + priceScale + quantityScale);
    const convert = (amount: bigint) =>
      divideRounded(amount * (amount < 0n ? rate.high : rate.low), scale, 'towardUs');
    const isLong = quantity > 0;
    const points = divideRounded(
      isLong ? mark.low : mark.high,
      bigPowerOfTen(RATE_SCALE - priceScale),
      isLong ? 'down' : 'up',
    );
    realized += convert(today);
    open += convert(unrealized({ quantity, cost, realized: 0n }, Number(points)));
  }
  const profit = realized + (open < 0n ? open : 0n);
  return profit < 0n ? -profit : 0n;
}

/** Value of a lot. */
export function unitOf(
  instrument: Instrument,
  { currency }: Limit,
  { rate }: TwinMoment,
): bigint | undefined {
  const found = rate(instrument.baseCurrency, currency);
  if (found === undefined) return undefined;
  return divideRounded(found.high, bigPowerOfTen(RATE_SCALE - VALUE_SCALE + instrument.quantityScale), 'up');
}
