/**
 * Statistics of one instrument by minute: of all sources together (`*`: the best bid and ask of those that
 * are good and fresh) and of each. All of it is integer time and points, but for the volatility; hours and
 * days are the sum of their minutes. Work for an image that changes no top is O(1).
 */
import { WHOLE } from './state.ts';

export const minuteMs = 60_000;
const secondMs = 1_000;

export interface StatisticsRow {
  readonly instrument: string;
  /** `*`: of all together. */
  readonly source: string;
  readonly fromMs: number;
  readonly lengthMs: number;
  /** Images. */
  readonly ticks: number;
  /** With a bid and an ask, good and fresh. */
  readonly quotedMs: number;
  /** Milliseconds for which each spread held, [points, ms, points, ms, …] by points. */
  readonly spreads: readonly number[];
  /** Its bid was the best, and its ask; of all together: `quotedMs`. */
  readonly bidTopMs: number;
  readonly askTopMs: number;
  /** Longest time without an image, within this time. */
  readonly silenceMsMax: number;
  /** Twice the mid, in points, of those that held for a millisecond; absent while nothing was quoted. */
  readonly openTwice: number | undefined;
  readonly highTwice: number | undefined;
  readonly lowTwice: number | undefined;
  readonly closeTwice: number | undefined;
  /** Sum of squared logarithmic returns of the mid, from second to second. */
  readonly variance: number;
}

interface Side {
  readonly source: string;
  /** Not quoted: both are 0. */
  bid: number;
  ask: number;
  /** From then on it is too old. */
  dueMs: number;
  tickedMs: number;
  ticks: number;
  quotedMs: number;
  readonly spreads: Map<number, number>;
  bidTopMs: number;
  askTopMs: number;
  silenceMsMax: number;
  openTwice: number | undefined;
  highTwice: number;
  lowTwice: number;
  closeTwice: number;
  variance: number;
  /** Twice the mid at the last whole second; 0: none. */
  sampleTwice: number;
}

export interface Tick {
  readonly source: string;
  readonly atMs: number;
  /** In points; `isGood` false: not to be counted as quoted. */
  readonly bid: number;
  readonly ask: number;
  readonly isGood: boolean;
  readonly staleAfterMs: number;
}

export class InstrumentStatistics {
  readonly #instrument: string;
  readonly #whole: Side;
  readonly #sides = new Map<string, Side>();
  readonly #rows: StatisticsRow[] = [];
  #reachedMs: number;
  #minuteMs: number;
  #secondMs: number;
  #dueMs = Infinity;

  constructor(instrument: string, startMs: number) {
    this.#instrument = instrument;
    this.#reachedMs = startMs;
    this.#minuteMs = Math.floor(startMs / minuteMs) * minuteMs;
    this.#secondMs = Math.floor(startMs / secondMs) * secondMs;
    this.#whole = sideOf(WHOLE, startMs);
  }

  take({ source, atMs, bid, ask, isGood, staleAfterMs }: Tick): void {
    const at = Math.max(atMs, this.#reachedMs);
    let side = this.#sides.get(source);
    if (side === undefined) {
      side = sideOf(source, this.#reachedMs);
      this.#sides.set(source, side);
    }
    if (at >= this.#dueMs || at >= this.#minuteMs + minuteMs) this.advance(at);
    heard(this.#whole, at, this.#minuteMs);
    heard(side, at, this.#minuteMs);
    const isQuoted = isGood && bid > 0 && ask > 0;
    const [newBid, newAsk] = isQuoted ? [bid, ask] : [0, 0];
    side.dueMs = at + staleAfterMs;
    if (side.bid !== newBid || side.ask !== newAsk) {
      this.#account(at);
      this.#quote(side, newBid, newAsk);
    } else if (isQuoted) this.#dueMs = Math.min(this.#dueMs, side.dueMs);
  }

  /** Time has passed without an image. */
  advance(toMs: number): void {
    while (this.#dueMs <= toMs) {
      const dueMs = this.#dueMs;
      this.#account(dueMs);
      for (const side of this.#sides.values())
        if (side.bid !== 0 && side.dueMs <= dueMs) this.#quote(side, 0, 0);
      this.#findDue();
    }
    this.#account(toMs);
  }

  /** Of minutes that are over. */
  drain(): readonly StatisticsRow[] {
    return this.#rows.splice(0);
  }

  #quote(side: Side, bid: number, ask: number): void {
    side.bid = bid;
    side.ask = ask;
    let best = 0;
    let lowest = 0;
    for (const each of this.#sides.values()) {
      if (each.bid === 0) continue;
      if (each.bid > best) best = each.bid;
      if (lowest === 0 || each.ask < lowest) lowest = each.ask;
    }
    this.#whole.bid = best;
    this.#whole.ask = lowest;
    this.#findDue();
  }

  /** May be too early, when a side was heard since: then nothing ends at it. */
  #findDue(): void {
    this.#dueMs = Infinity;
    for (const { bid, dueMs } of this.#sides.values())
      if (bid !== 0 && dueMs < this.#dueMs) this.#dueMs = dueMs;
  }

  /** What has held so far did so until then. */
  #account(toMs: number): void {
    while (this.#reachedMs < toMs) {
      const endMs = this.#minuteMs + minuteMs;
      const nextMs = Math.min(toMs, endMs);
      this.#hold(nextMs - this.#reachedMs);
      for (let at = this.#secondMs + secondMs; at <= nextMs; at += secondMs) {
        this.#secondMs = at;
        sample(this.#whole);
        for (const side of this.#sides.values()) sample(side);
      }
      this.#reachedMs = nextMs;
      if (nextMs === endMs) this.#endMinute(endMs);
    }
  }

  #hold(ms: number): void {
    const whole = this.#whole;
    if (whole.bid === 0) return;
    held(whole, ms);
    whole.bidTopMs += ms;
    whole.askTopMs += ms;
    for (const side of this.#sides.values()) {
      if (side.bid === 0) continue;
      held(side, ms);
      if (side.bid === whole.bid) side.bidTopMs += ms;
      if (side.ask === whole.ask) side.askTopMs += ms;
    }
  }

  #endMinute(endMs: number): void {
    for (const side of [this.#whole, ...this.#sides.values()]) {
      silent(side, endMs, this.#minuteMs);
      this.#rows.push(rowOf(this.#instrument, side, this.#minuteMs));
      side.ticks = 0;
      side.quotedMs = 0;
      side.spreads.clear();
      side.bidTopMs = 0;
      side.askTopMs = 0;
      side.silenceMsMax = 0;
      side.openTwice = undefined;
      side.variance = 0;
    }
    this.#minuteMs = endMs;
  }
}

const sideOf = (source: string, atMs: number): Side => ({
  source,
  bid: 0,
  ask: 0,
  dueMs: 0,
  tickedMs: atMs,
  ticks: 0,
  quotedMs: 0,
  spreads: new Map(),
  bidTopMs: 0,
  askTopMs: 0,
  silenceMsMax: 0,
  openTwice: undefined,
  highTwice: 0,
  lowTwice: 0,
  closeTwice: 0,
  variance: 0,
  sampleTwice: 0,
});

function heard(side: Side, atMs: number, fromMs: number): void {
  silent(side, atMs, fromMs);
  side.tickedMs = atMs;
  side.ticks += 1;
}

function silent(side: Side, atMs: number, fromMs: number): void {
  const ms = atMs - Math.max(side.tickedMs, fromMs);
  if (ms > side.silenceMsMax) side.silenceMsMax = ms;
}

function held(side: Side, ms: number): void {
  const spread = side.ask - side.bid;
  moved(side);
  side.quotedMs += ms;
  side.spreads.set(spread, (side.spreads.get(spread) ?? 0) + ms);
}

function moved(side: Side): void {
  const twice = side.bid + side.ask;
  if (side.openTwice === undefined) {
    side.openTwice = twice;
    side.highTwice = twice;
    side.lowTwice = twice;
  } else if (twice > side.highTwice) side.highTwice = twice;
  else if (twice < side.lowTwice) side.lowTwice = twice;
  side.closeTwice = twice;
}

function sample(side: Side): void {
  const twice = side.bid + side.ask;
  if (twice !== 0 && side.sampleTwice !== 0) {
    if (twice !== side.sampleTwice) side.variance += Math.log(twice / side.sampleTwice) ** 2;
  }
  side.sampleTwice = twice;
}

const rowOf = (instrument: string, side: Side, fromMs: number): StatisticsRow => ({
  instrument,
  source: side.source,
  fromMs,
  lengthMs: minuteMs,
  ticks: side.ticks,
  quotedMs: side.quotedMs,
  spreads: [...side.spreads].sort(([left], [right]) => left - right).flat(),
  bidTopMs: side.bidTopMs,
  askTopMs: side.askTopMs,
  silenceMsMax: side.silenceMsMax,
  openTwice: side.openTwice,
  highTwice: side.openTwice === undefined ? undefined : side.highTwice,
  lowTwice: side.openTwice === undefined ? undefined : side.lowTwice,
  closeTwice: side.openTwice === undefined ? undefined : side.closeTwice,
  variance: side.variance,
});

/** The spread that held for at most `share` of the quoted time at smaller ones; undefined without any. */
export function spreadQuantile(spreads: readonly number[], share: number): number | undefined {
  let total = 0;
  for (let at = 1; at < spreads.length; at += 2) total += spreads[at]!;
  let reached = 0;
  for (let at = 0; at < spreads.length; at += 2) {
    reached += spreads[at + 1]!;
    if (reached >= share * total) return spreads[at];
  }
  return undefined;
}

/** In points, weighted by the time for which each held. */
export function spreadMean(spreads: readonly number[]): number | undefined {
  let total = 0;
  let sum = 0;
  for (let at = 0; at < spreads.length; at += 2) {
    total += spreads[at + 1]!;
    sum += spreads[at]! * spreads[at + 1]!;
  }
  return total === 0 ? undefined : sum / total;
}

/**
 * Of the minutes of an hour, or of the hours of a day: of one instrument and source, in order of time, not
 * empty. A silence over the border of two counts as two.
 */
export function sumOf(rows: readonly StatisticsRow[], fromMs: number, lengthMs: number): StatisticsRow {
  const spreads = new Map<number, number>();
  for (const { spreads: pairs } of rows)
    for (let at = 0; at < pairs.length; at += 2)
      spreads.set(pairs[at]!, (spreads.get(pairs[at]!) ?? 0) + pairs[at + 1]!);
  const quoted = rows.filter(({ openTwice }) => openTwice !== undefined);
  const total = (value: (row: StatisticsRow) => number): number =>
    rows.reduce((sum, row) => sum + value(row), 0);
  return {
    instrument: rows[0]!.instrument,
    source: rows[0]!.source,
    fromMs,
    lengthMs,
    ticks: total(({ ticks }) => ticks),
    quotedMs: total(({ quotedMs }) => quotedMs),
    spreads: [...spreads].sort(([left], [right]) => left - right).flat(),
    bidTopMs: total(({ bidTopMs }) => bidTopMs),
    askTopMs: total(({ askTopMs }) => askTopMs),
    silenceMsMax: Math.max(...rows.map(({ silenceMsMax }) => silenceMsMax)),
    openTwice: quoted[0]?.openTwice,
    highTwice: quoted.length === 0 ? undefined : Math.max(...quoted.map(({ highTwice }) => highTwice!)),
    lowTwice: quoted.length === 0 ? undefined : Math.min(...quoted.map(({ lowTwice }) => lowTwice!)),
    closeTwice: quoted.at(-1)?.closeTwice,
    variance: total(({ variance }) => variance),
  };
}
