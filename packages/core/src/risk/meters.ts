/**
 * What is used of each limit, kept up to date event by event: made of the state and the present limits when
 * either is new, told by `evolve` of every reservation and trade from then on. Not part of the state: nothing
 * in it is not in the state or the configuration.
 */
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { Market } from '../market/market.ts';
import { divideRounded } from '../number/decimal.ts';
import { tradeDay, tradingDayEndMs, type Moment } from '../number/time.ts';
import type { Side } from '../order/order.ts';
import type { OrderState, PartitionState } from '../order/partition.ts';
import { Cell, lotsIn, type Line, type Valuation } from './cell.ts';
import { limitKey, pathKey, valueDayOf, type Path, type Recent, type Traded } from './ledger.ts';
import { BASE_SCALE, EACH, termsOf, type Limit, type LimitScope, type RiskTerms } from './limit.ts';
import { Equals, Window } from './windows.ts';

/** Money is a bigint, what is counted a number. */
export type Amount = number | bigint;

export interface Level {
  readonly percent: number;
  readonly from: Amount;
}

/** A limit as it stands for one path. */
export interface Applied {
  readonly limit: Limit;
  readonly cell: Cell;
  readonly line: Line;
  /** Whose use it is. */
  readonly subject: string;
  /** The maximum (of some a minimum): of quantities in lots of the instrument, money as it is, else whole. */
  readonly most: Amount;
  /** Percentages of it that an event tells, highest first, and the use at which they begin. */
  readonly levels: readonly Level[];
  /** Of the limit and whose use it is. */
  readonly key: string;
  readonly window: Window | undefined;
  readonly equals: Equals | undefined;
}

/** All that counts what happens on a path. */
export interface PathMeters {
  readonly path: Path;
  readonly applied: readonly Applied[];
  /** Each cell once. */
  readonly counted: readonly { readonly cell: Cell; readonly line: Line }[];
  /** Of limits on the age of a quote that refuse: the least. */
  readonly quoteAgeMsMax: number;
}

/** What an order reserves. */
interface Reserved {
  readonly side: Side;
  readonly own: PathMeters;
  lots: number;
  isWorking: boolean;
  /** By provider. */
  venues: Map<string, number> | undefined;
}

interface Day {
  endMs: number;
  today: number;
  valueDay: number;
}

function dayOf(utcMs: number): Day {
  return { endMs: tradingDayEndMs(utcMs), today: tradeDay(utcMs), valueDay: valueDayOf(utcMs) };
}

/** All levels are looked at so often, so many at a time. */
const REVIEW_MS = 1_000;
const REVIEW_PORTION = 200;
/** Whoever invents traders costs memory for a while only: then they are made anew. */
const PATHS_KEPT_MAX = 100_000;

export class Meters {
  readonly terms: RiskTerms;
  readonly hasProviders: boolean;
  readonly cells = new Map<string, Cell>();
  /** What levels are told of, by key. */
  readonly exposures = new Map<string, Applied>();
  readonly #instrument: (id: InstrumentId) => Instrument | undefined;
  readonly #paths = new Map<string, PathMeters>();
  readonly #windows = new Map<string, Window>();
  readonly #equals = new Map<string, Equals>();
  readonly #reserved = new Map<string, Reserved>();
  readonly #day: Day = { endMs: -Infinity, today: 0, valueDay: 0 };
  #ratesVersion = -1;
  #version = 0;
  #review: Iterator<Applied> | undefined;
  #reviewMonoMs = -Infinity;

  constructor(terms: RiskTerms, instrument: (id: InstrumentId) => Instrument | undefined) {
    this.terms = terms;
    this.#instrument = instrument;
    this.hasProviders = terms.limits.some(({ scope }) => scope.provider !== undefined);
  }

  /** Of what is in memory of a partition. */
  static of(
    state: PartitionState,
    terms: RiskTerms,
    instrument: (id: InstrumentId) => Instrument | undefined,
  ): Meters {
    const meters = new Meters(terms, instrument);
    const { ledger } = state;
    for (const traded of ledger.traded.values()) meters.traded(undefined, traded);
    for (const order of state.orders.values()) meters.reserve(state, order);
    for (const recent of ledger.recent.slice(ledger.recentHead)) meters.noted(recent);
    return meters;
  }

  get isFull(): boolean {
    return this.#paths.size >= PATHS_KEPT_MAX;
  }

  /** Orders that reserve something. */
  get reservations(): number {
    return this.#reserved.size;
  }

  on(path: Path): PathMeters {
    const key = pathKey(path);
    let known = this.#paths.get(key);
    if (known !== undefined) return known;
    known = this.#make(path);
    this.#paths.set(key, known);
    return known;
  }

  /** How `now` values. */
  valued(market: Market, now: Moment): Valuation {
    const { rates } = this.terms;
    const day = this.#day;
    if (now.utcMs >= day.endMs) {
      Object.assign(day, dayOf(now.utcMs));
      this.#version += 1;
    }
    if (rates.version !== this.#ratesVersion) {
      this.#ratesVersion = rates.version;
      this.#version += 1;
    }
    return {
      version: this.#version,
      day: day.today,
      valueDay: day.valueDay,
      rate: (from, to) => rates.rate(market, from, to, now),
    };
  }

  /** The next of what levels are told of; all of it about once a second. */
  toReview(monoMs: number): { readonly portion: readonly Applied[]; readonly isLast: boolean } {
    if (this.#review === undefined) {
      if (monoMs - this.#reviewMonoMs < REVIEW_MS) return { portion: [], isLast: false };
      this.#reviewMonoMs = monoMs;
      this.#review = this.exposures.values();
    }
    const portion: Applied[] = [];
    while (portion.length < REVIEW_PORTION) {
      const next = this.#review.next();
      if (next.done === true) {
        this.#review = undefined;
        return { portion, isLast: true };
      }
      portion.push(next.value);
    }
    return { portion, isLast: false };
  }

  /** After each change of an order. */
  reserve(state: PartitionState, order: OrderState): void {
    const lots = reservedLots(state, order);
    const isWorking = order.outcome === 'open';
    let reserved = this.#reserved.get(order.orderId);
    if (reserved === undefined) {
      if (lots === 0 && !isWorking) return;
      const own = this.on(pathOf(order));
      reserved = { side: order.side, own, lots: 0, isWorking: false, venues: undefined };
      this.#reserved.set(order.orderId, reserved);
    }
    if (lots !== reserved.lots || isWorking !== reserved.isWorking) {
      const orders = Number(isWorking) - Number(reserved.isWorking);
      hold(reserved.own, reserved.side, lots - reserved.lots, orders);
      reserved.lots = lots;
      reserved.isWorking = isWorking;
    }
    if (this.hasProviders) this.#reserveAtVenues(state, order, reserved);
    if (lots === 0 && !isWorking) this.#reserved.delete(order.orderId);
  }

  /** Takes room with a provider for a route that is being decided, or gives it back. */
  hold(path: Path, side: Side, lots: number): void {
    hold(this.on(path), side, lots, 0);
  }

  traded(before: Traded | undefined, after: Traded): void {
    const { path, position } = after;
    const cost = position.cost - (before?.position.cost ?? 0n);
    const lots = position.quantity - (before?.position.quantity ?? 0);
    const isSameDay = before !== undefined && before.day === after.day;
    const realized = position.realized - (isSameDay ? before.position.realized : after.realizedBefore);
    for (const { cell, line } of this.on(path).counted) {
      line.position += lots;
      line.cost += cost;
      if (after.day > line.day) {
        line.day = after.day;
        line.realized = 0n;
      }
      if (after.day === line.day) line.realized += realized;
      settle(line, before, after);
      cell.touch(line);
    }
  }

  noted({ kind, atMs, path, content }: Recent): void {
    for (const { window, equals, limit } of this.on(path).applied) {
      if (kind === 'order') window?.note(atMs);
      if (equals !== undefined && kind === countedBy(limit)) equals.note(content, atMs);
    }
  }

  #reserveAtVenues(state: PartitionState, order: OrderState, reserved: Reserved): void {
    const lots = new Map<string, number>();
    for (const id of order.routeIds) {
      const route = state.routes.get(id);
      if (route === undefined) continue;
      const wanted = Math.max(route.quantity, route.pendingReplace?.quantity ?? 0);
      const leaves = route.standing === 'closed' ? 0 : Math.max(0, wanted - route.filled);
      const held = Math.max(leaves, route.held);
      if (held > 0) lots.set(route.venue, (lots.get(route.venue) ?? 0) + held);
    }
    const before = reserved.venues;
    for (const venue of new Set([...lots.keys(), ...(before?.keys() ?? [])])) {
      const change = (lots.get(venue) ?? 0) - (before?.get(venue) ?? 0);
      if (change !== 0) this.hold(providerPath(venue, order.instrument), order.side, change);
    }
    reserved.venues = lots.size === 0 ? undefined : lots;
  }

  #make(path: Path): PathMeters {
    const applied: Applied[] = [];
    const counted = new Map<Cell, { readonly cell: Cell; readonly line: Line }>();
    let quoteAgeMsMax = Infinity;
    for (const limit of this.terms.limits) {
      if (!isInScope(limit.scope, path)) continue;
      const cell = this.#cell(subjectOf(limit.scope, path));
      want(cell, limit);
      const instrument = this.#instrument(path.instrument);
      const line = cell.line(path.instrument, instrument);
      counted.set(cell, { cell, line });
      const most = mostOf(limit, instrument?.quantityScale ?? 0);
      const subject = limit.measure === 'position' ? positionSubject(limit.scope, path) : cell.key;
      const [levels, key] = [levelsOf(limit, most), limitKey(limit.id, subject)];
      const one = { limit, cell, line, subject, most, levels, key, ...this.#counters(limit, key) };
      applied.push(one);
      if (levels.length > 0) this.exposures.set(key, one);
      if (limit.measure === 'quoteAge' && limit.action === 'refuse')
        quoteAgeMsMax = Math.min(quoteAgeMsMax, Number(limit.maximum));
    }
    return { path, applied, counted: [...counted.values()], quoteAgeMsMax };
  }

  #cell(key: string): Cell {
    let cell = this.cells.get(key);
    if (cell === undefined) this.cells.set(key, (cell = new Cell(key)));
    return cell;
  }

  #counters(limit: Limit, key: string): Pick<Applied, 'window' | 'equals'> {
    const { measure, windowMs } = limit;
    const isEqual = measure === 'duplicateOrder' || measure === 'repeatedExecution';
    return {
      window: measure === 'orderRate' ? keep(this.#windows, key, () => new Window(windowMs)) : undefined,
      equals: isEqual ? keep(this.#equals, key, () => new Equals(windowMs)) : undefined,
    };
  }
}

function keep<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}

function mostOf({ measure, maximum }: Limit, quantityScale: number): Amount {
  const { unit } = termsOf(measure);
  if (unit === 'money') return maximum;
  return unit === 'quantity' ? lotsIn(maximum, BASE_SCALE, quantityScale) : Number(maximum);
}

function levelsOf({ measure, warnPercents }: Limit, most: Amount): readonly Level[] {
  if (termsOf(measure).family !== 'exposure') return [];
  const percents = [...new Set([...warnPercents, 100])].toSorted((left, right) => right - left);
  return percents.map((percent) => ({
    percent,
    from:
      typeof most === 'bigint'
        ? divideRounded(most * BigInt(percent), 100n, 'up')
        : Math.ceil((most * percent) / 100),
  }));
}

/** The events that a limit on equal ones counts. */
const countedBy = ({ measure }: Limit): Recent['kind'] =>
  measure === 'duplicateOrder' ? 'order' : 'execution';

function hold({ counted }: PathMeters, side: Side, lots: number, orders: number): void {
  for (const { cell, line } of counted) {
    if (side === 'buy') line.openBuy += lots;
    else line.openSell += lots;
    cell.orders += orders;
    if (lots !== 0) cell.touch(line);
  }
}

function settle({ settling }: Line, before: Traded | undefined, after: Traded): void {
  for (const day of new Set([...after.settling.keys(), ...(before?.settling.keys() ?? [])])) {
    const change = (after.settling.get(day) ?? 0) - (before?.settling.get(day) ?? 0);
    const lots = (settling.get(day) ?? 0) + change;
    if (lots === 0) settling.delete(day);
    else settling.set(day, lots);
  }
}

function want(cell: Cell, { measure, currency }: Limit): void {
  if (termsOf(measure).family !== 'exposure' || currency === '') return;
  const { wants } = cell.valuesIn(currency);
  wants.working ||= measure === 'workingNotional';
  wants.gross ||= measure === 'grossPosition';
  wants.net ||= measure === 'netPosition';
  wants.settlement ||= measure === 'settlement';
  wants.loss ||= measure === 'dayLoss';
}

/**
 * What an order may still add to its position: what is open of it, what is in flight beyond its end, and what
 * open cases hold beyond the leaves of their routes.
 */
export function reservedLots(state: PartitionState, order: OrderState): number {
  let lots = Math.max(order.exposure, order.inFlight);
  if (state.cases.size === 0) return lots;
  for (const id of order.routeIds) {
    const route = state.routes.get(id);
    if (route === undefined || route.held === 0) continue;
    const leaves = route.standing === 'closed' ? 0 : Math.max(0, route.quantity - route.filled);
    lots += Math.max(0, route.held - leaves);
  }
  return lots;
}

export function pathOf(order: {
  readonly account: string;
  readonly trader: string;
  readonly origin: { readonly client: string };
  readonly instrument: InstrumentId;
}): Path {
  const { account, trader, origin, instrument } = order;
  return { account, trader, session: origin.client, instrument, provider: '' };
}

export function providerPath(provider: string, instrument: InstrumentId): Path {
  return { account: '', trader: '', session: '', instrument, provider };
}

const PEOPLE = ['account', 'trader', 'session'] as const;

function isInScope(scope: LimitScope, path: Path): boolean {
  if ((scope.provider === undefined) !== (path.provider === '')) return false;
  if (scope.provider !== undefined && scope.provider !== EACH && scope.provider !== path.provider)
    return false;
  for (const name of PEOPLE) {
    const wanted = scope[name];
    // Nobody in particular is nobody's own limit.
    if (wanted !== undefined && (wanted === EACH ? path[name] === '' : wanted !== path[name])) return false;
  }
  const { instrument, instruments } = scope;
  if (instrument !== undefined && instrument !== EACH && instrument !== path.instrument) return false;
  return instruments === undefined || instruments.includes(path.instrument);
}

/** A position is counted by instrument, whatever else it is of. */
function positionSubject(scope: LimitScope, path: Path): string {
  const subject = subjectOf(scope, path);
  return scope.instrument === undefined ? `${subject}, ${path.instrument}` : subject;
}

/** Whose use it is, for people and as the key of what is counted together. */
export function subjectOf(scope: LimitScope, path: Path): string {
  const parts: string[] = [];
  if (scope.provider !== undefined) parts.push(`provider ${path.provider}`);
  for (const name of PEOPLE)
    if (scope[name] !== undefined) parts.push(`${name} ${path[name].replaceAll(',', ' ')}`);
  if (scope.instrument !== undefined) parts.push(path.instrument);
  if (scope.instruments !== undefined) parts.push(scope.instruments.join('+'));
  return parts.length === 0 ? 'firm' : parts.join(', ');
}
