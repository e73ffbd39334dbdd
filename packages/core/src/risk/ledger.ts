/**
 * What a partition remembers for its limits and nobody else needs: who traded what, for which value date, the
 * orders and executions of the last minutes, what was disabled, what was told. It follows from the events
 * alone, whatever is configured, and is part of the snapshot. `meters.ts` counts it by the limits.
 */
import type { LimitReached } from '../order/limit.event.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { tradeDay, weekday } from '../number/time.ts';
import { applyFill, FLAT, type Position } from '../order/position.ts';
import type { Side } from '../order/order.ts';
import { WINDOW_MS_MAX } from './limit.ts';
import type { Meters } from './meters.ts';

/** Business days from trade to value date. */
const SETTLEMENT_DAYS = 2;
/** Orders and executions kept for windows of time. */
export const RECENT_MAX = 10_000;
/** Beyond so many, traders and sessions that never traded before are counted as one. */
export const PATHS_MAX = 50_000;
/** Limits that are tripped, or near, at a time; the oldest is forgotten beyond. */
const MARKS_MAX = 20_000;

/** Whose, where and in what. Empty fields: not known, or not meant. */
export interface Path {
  readonly account: string;
  readonly trader: string;
  readonly session: string;
  readonly instrument: InstrumentId;
  /** Of what is dealt with a provider; then account, trader and session are empty. */
  readonly provider: string;
}

/** What was traded on a path; another object with each trade. */
export interface Traded {
  readonly path: Path;
  readonly position: Position;
  /** Of the position: what was realized before the trade day `day` began. */
  readonly day: number;
  readonly realizedBefore: bigint;
  /** Net lots by day number of the value date; settled ones are dropped with the next trade. */
  readonly settling: ReadonlyMap<number, number>;
}

export interface Recent {
  readonly kind: 'order' | 'execution';
  readonly atMs: number;
  readonly path: Path;
  /** Equal for equal orders. */
  readonly content: string;
}

export interface Trip {
  readonly atMs: number;
  readonly text: string;
}

export interface Ledger {
  readonly traded: Map<string, Traded>;
  /** Oldest first, from `recentHead` on. */
  recent: Recent[];
  recentHead: number;
  /** By limit and subject. */
  readonly tripped: Map<string, Trip>;
  /** The highest level told that still holds, in percent, by limit and subject. */
  readonly levels: Map<string, number>;
  /** Not part of the state: what the present limits make of it. */
  meters: Meters | undefined;
}

export function emptyLedger(): Ledger {
  return {
    traded: new Map(),
    recent: [],
    recentHead: 0,
    tripped: new Map(),
    levels: new Map(),
    meters: undefined,
  };
}

export function pathKey({ account, trader, session, instrument, provider }: Path): string {
  return `${account}\u0000${trader}\u0000${session}\u0000${instrument}\u0000${provider}`;
}

/**
 * Day number of the value date of what is dealt at `utcMs`: two weekdays after the trade date. Holidays are
 * not known here; they move the dates of all trades of a day together.
 */
export function valueDayOf(utcMs: number): number {
  let day = tradeDay(utcMs);
  for (let left = SETTLEMENT_DAYS; left > 0; left -= 1) {
    day += 1;
    while (weekday(day) === 0 || weekday(day) === 6) day += 1;
  }
  return day;
}

/** Books a trade, or takes one back: `side` is the other one then. */
export function bookTraded(
  ledger: Ledger,
  path: Path,
  side: Side,
  quantity: number,
  price: number,
  atMs: number,
): void {
  const before = tradedOn(ledger, path);
  const today = tradeDay(atMs);
  const isNewDay = today > before.day;
  const date = valueDayOf(atMs);
  const settling = new Map(before.settling);
  if (isNewDay) for (const each of settling.keys()) if (each < today) settling.delete(each);
  const lots = (settling.get(date) ?? 0) + (side === 'buy' ? quantity : -quantity);
  if (lots === 0) settling.delete(date);
  else settling.set(date, lots);
  const after: Traded = {
    path: before.path,
    position: applyFill(before.position, side, quantity, price),
    day: isNewDay ? today : before.day,
    realizedBefore: isNewDay ? before.position.realized : before.realizedBefore,
    settling,
  };
  ledger.traded.set(pathKey(after.path), after);
  ledger.meters?.traded(before, after);
}

function tradedOn(ledger: Ledger, path: Path): Traded {
  const known = ledger.traded.get(pathKey(path));
  if (known !== undefined) return known;
  const isFull = ledger.traded.size >= PATHS_MAX;
  const own = isFull ? { ...path, trader: '', session: '' } : path;
  return (
    ledger.traded.get(pathKey(own)) ?? {
      path: own,
      position: FLAT,
      day: 0,
      realizedBefore: 0n,
      settling: new Map(),
    }
  );
}

/** Time that steps back counts as no time passed. */
export function noteRecent(ledger: Ledger, recent: Recent): void {
  const { recent: kept } = ledger;
  kept.push(recent);
  let head = ledger.recentHead;
  while (kept.length - head > RECENT_MAX || isOver(kept[head] as Recent, recent.atMs)) head += 1;
  ledger.recentHead = head;
  if (head > 1_024 && head * 2 > kept.length) {
    ledger.recent = kept.slice(head);
    ledger.recentHead = 0;
  }
  ledger.meters?.noted(recent);
}

const isOver = ({ atMs }: Recent, nowMs: number): boolean => nowMs - atMs > WINDOW_MS_MAX;

export function setLevel(ledger: Ledger, { limit, subject, level }: LimitReached): void {
  mark(ledger.levels, limitKey(limit, subject), level);
  if (level === 0) ledger.levels.delete(limitKey(limit, subject));
}

export function setTrip(ledger: Ledger, limit: string, subject: string, trip: Trip | undefined): void {
  if (trip === undefined) ledger.tripped.delete(limitKey(limit, subject));
  else mark(ledger.tripped, limitKey(limit, subject), trip);
}

export function limitKey(limit: string, subject: string): string {
  return `${limit}\u0000${subject}`;
}

function mark<Value>(marks: Map<string, Value>, key: string, value: Value): void {
  marks.delete(key);
  marks.set(key, value);
  if (marks.size <= MARKS_MAX) return;
  const [oldest] = marks.keys();
  marks.delete(oldest as string);
}

export interface SavedTraded {
  readonly path: Path;
  readonly quantity: number;
  readonly cost: string;
  readonly realized: string;
  readonly day: number;
  readonly realizedBefore: string;
  readonly settling: readonly (readonly [number, number])[];
}

export function saveTraded({ path, position, day, realizedBefore, settling }: Traded): SavedTraded {
  return {
    path,
    quantity: position.quantity,
    cost: String(position.cost),
    realized: String(position.realized),
    day,
    realizedBefore: String(realizedBefore),
    settling: [...settling],
  };
}

export function tradedFrom({ path, quantity, cost, realized, day, ...rest }: SavedTraded): Traded {
  return {
    path,
    position: { quantity, cost: BigInt(cost), realized: BigInt(realized) },
    day,
    realizedBefore: BigInt(rest.realizedBefore),
    settling: new Map(rest.settling),
  };
}

/**
 * Of a snapshot from before there was a ledger: positions are the accounts', nobody's in particular, and of
 * what settles on which date nothing is known.
 */
export function ledgerFromHoldings({
  ledger,
  holdings,
}: {
  readonly ledger: Ledger;
  readonly holdings: ReadonlyMap<
    string,
    { readonly account: string; readonly instrument: InstrumentId; readonly position: Position }
  >;
}): void {
  for (const { account, instrument, position } of holdings.values()) {
    const path: Path = { account, trader: '', session: '', instrument, provider: '' };
    const { realized: realizedBefore } = position;
    ledger.traded.set(pathKey(path), { path, position, day: 0, realizedBefore, settling: new Map() });
  }
}
