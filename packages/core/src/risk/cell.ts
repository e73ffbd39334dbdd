/**
 * What is counted for one subject (an account, a trader of a firm, a provider …): lots by instrument, and
 * their values in the currencies of its limits. Values are kept by what has changed since they were last
 * read, so that an order costs the lines it touches and not all that is open.
 */
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import { bigPowerOfTen, divideRounded, multiply } from '../number/decimal.ts';
import { VALUE_SCALE, type Measure } from './limit.ts';
import { RATE_SCALE, type Rate } from './rates.ts';

/** One instrument of a subject, in lots. */
export class Line {
  readonly instrument: Instrument | undefined;
  position = 0;
  /** Reserved by side: what open orders, unknown routes and open cases may still add. */
  openBuy = 0;
  openSell = 0;
  /** Net lots by day number of the value date. */
  readonly settling = new Map<number, number>();
  /** Signed cost of the position, and what was realized on the trade day `day`, as in `Position`. */
  cost = 0n;
  realized = 0n;
  day = 0;

  constructor(instrument: Instrument | undefined) {
    this.instrument = instrument;
  }

  get isEmpty(): boolean {
    const { position, openBuy, openSell, settling, cost, realized } = this;
    if (position !== 0 || openBuy !== 0 || openSell !== 0) return false;
    return settling.size === 0 && cost === 0n && realized === 0n;
  }

  /** Lots at worst, whichever of the open orders are filled. */
  get worst(): number {
    return Math.max(Math.abs(this.position + this.openBuy), Math.abs(this.position - this.openSell));
  }
}

/** What the limits of a subject in one currency need. */
export interface Wants {
  working: boolean;
  gross: boolean;
  net: boolean;
  settlement: boolean;
  loss: boolean;
}

/** How the present moment values. */
export interface Valuation {
  /** Another whenever a rate or the day has changed. */
  readonly version: number;
  readonly day: number;
  readonly valueDay: number;
  readonly rate: (from: string, to: string) => Rate | undefined;
}

export class Cell {
  readonly key: string;
  readonly lines = new Map<InstrumentId, Line>();
  /** Working orders. */
  orders = 0;
  readonly values = new Map<string, Values>();

  constructor(key: string) {
    this.key = key;
  }

  line(id: InstrumentId, instrument: Instrument | undefined): Line {
    let line = this.lines.get(id);
    if (line === undefined) this.lines.set(id, (line = new Line(instrument)));
    return line;
  }

  valuesIn(currency: string): Values {
    let values = this.values.get(currency);
    if (values === undefined) this.values.set(currency, (values = new Values(currency)));
    return values;
  }

  touch(line: Line): void {
    for (const values of this.values.values()) values.touched.add(line);
  }
}

/** Value of one lot, in 10^-VALUE_SCALE of the currency. */
function unitOf(instrument: Instrument, currency: string, valuation: Valuation): bigint | undefined {
  const rate = valuation.rate(instrument.baseCurrency, currency);
  if (rate === undefined) return undefined;
  return divideRounded(rate.high, bigPowerOfTen(RATE_SCALE - VALUE_SCALE + instrument.quantityScale), 'up');
}

interface Part {
  readonly open: bigint;
  readonly worst: bigint;
  readonly position: bigint;
  readonly buy: bigint;
  readonly sell: bigint;
  readonly settling: readonly (readonly [day: number, value: bigint])[];
  readonly realized: bigint;
  readonly unrealized: bigint;
}

export class Values {
  readonly currency: string;
  readonly wants: Wants = { working: false, gross: false, net: false, settlement: false, loss: false };
  readonly touched = new Set<Line>();
  working = 0n;
  gross = 0n;
  realized = 0n;
  unrealized = 0n;
  /** By currency: all that is open. */
  readonly net = new Sums();
  /** By value date and currency. */
  readonly settling = new Map<number, Sums>();
  readonly #parts = new Map<Line, Part>();
  readonly #units = new Map<Line, bigint>();
  /** Lines without a rate that have lots, lots to settle, or a profit or loss. */
  readonly #unknown = { lots: new Set<Line>(), settling: new Set<Line>(), profit: new Set<Line>() };
  #version = 0;

  constructor(currency: string) {
    this.currency = currency;
  }

  /** Brings the values up to date. */
  read(lines: Iterable<Line>, valuation: Valuation): void {
    if (this.#version !== valuation.version) {
      this.#clear(valuation.version);
      for (const line of lines) this.#add(line, valuation);
    } else if (this.touched.size > 0) {
      for (const line of this.touched) {
        this.#remove(line, valuation.valueDay);
        this.#add(line, valuation);
      }
    }
    this.touched.clear();
  }

  /** Whether all that counts for a measure can be valued. After `read`. */
  isKnown(measure: Measure): boolean {
    const { lots, settling, profit } = this.#unknown;
    if (measure === 'dayLoss') return profit.size === 0;
    return lots.size === 0 && (measure !== 'settlement' || settling.size === 0);
  }

  /** Value of one lot; undefined when there is no rate. After `read`. */
  unitOf(line: Line, valuation: Valuation): bigint | undefined {
    const known = this.#units.get(line);
    if (known !== undefined) return known;
    const unit = line.instrument && unitOf(line.instrument, this.currency, valuation);
    if (unit !== undefined) this.#units.set(line, unit);
    return unit;
  }

  /** What a line adds to the gross position. */
  worstOf(line: Line): bigint {
    return this.#parts.get(line)?.worst ?? 0n;
  }

  #clear(version: number): void {
    this.#version = version;
    this.#parts.clear();
    this.#units.clear();
    for (const lines of Object.values(this.#unknown)) lines.clear();
    this.working = this.gross = this.realized = this.unrealized = 0n;
    this.net.clear();
    this.settling.clear();
  }

  #add(line: Line, valuation: Valuation): void {
    const part = this.#partOf(line, valuation);
    if (part === undefined) return;
    this.#parts.set(line, part);
    this.#apply(line, part, 1n, valuation.valueDay);
  }

  #remove(line: Line, valueDay: number): void {
    for (const lines of Object.values(this.#unknown)) lines.delete(line);
    const part = this.#parts.get(line);
    if (part === undefined) return;
    this.#parts.delete(line);
    this.#apply(line, part, -1n, valueDay);
  }

  #partOf(line: Line, valuation: Valuation): Part | undefined {
    const { position, openBuy, openSell } = line;
    if (line.isEmpty) return undefined;
    const known = this.unitOf(line, valuation);
    if (known === undefined) {
      if (position !== 0 || openBuy !== 0 || openSell !== 0) this.#unknown.lots.add(line);
      if (line.settling.size > 0 && settlingOf(line, 1n, valuation.day).length > 0)
        this.#unknown.settling.add(line);
    }
    const unit = known ?? 0n;
    const profit = this.wants.loss ? profitOf(line, this.currency, valuation) : NO_PROFIT;
    if (profit === undefined) this.#unknown.profit.add(line);
    if (line.instrument === undefined) return undefined;
    const [buy, sell] = [BigInt(openBuy) * unit, BigInt(openSell) * unit];
    return {
      open: buy + sell,
      worst: BigInt(line.worst) * unit,
      position: BigInt(position) * unit,
      buy,
      sell,
      settling: this.wants.settlement ? settlingOf(line, unit, valuation.day) : [],
      ...(profit ?? NO_PROFIT),
    };
  }

  #apply({ instrument }: Line, part: Part, sign: bigint, valueDay: number): void {
    const { wants } = this;
    const { baseCurrency: base, quoteCurrency: quote } = instrument as Instrument;
    if (wants.working) this.working += sign * part.open;
    if (wants.gross) this.gross += sign * part.worst;
    if (wants.loss) {
      this.realized += sign * part.realized;
      this.unrealized += sign * part.unrealized;
    }
    const [buy, sell] = [sign * part.buy, sign * part.sell];
    if (wants.net) this.net.pair(base, quote, sign * part.position, buy, sell);
    if (!wants.settlement) return;
    this.sumsOf(valueDay).pair(base, quote, 0n, buy, sell);
    for (const [day, value] of part.settling) this.sumsOf(day).pair(base, quote, sign * value, 0n, 0n);
  }

  sumsOf(day: number): Sums {
    let sums = this.settling.get(day);
    if (sums === undefined) this.settling.set(day, (sums = new Sums()));
    return sums;
  }
}

function settlingOf({ settling }: Line, unit: bigint, today: number): readonly (readonly [number, bigint])[] {
  const values: (readonly [number, bigint])[] = [];
  for (const [day, lots] of settling) if (day >= today) values.push([day, BigInt(lots) * unit]);
  return values;
}

const NO_PROFIT = { realized: 0n, unrealized: 0n };

/** Realized today and unrealized, each amount at the rate that is worse for the client. */
function profitOf(
  { instrument, position, cost, realized, day }: Line,
  currency: string,
  valuation: Valuation,
): typeof NO_PROFIT | undefined {
  const today = day < valuation.day ? 0n : realized;
  if (position === 0 && cost === 0n && today === 0n) return NO_PROFIT;
  if (instrument === undefined) return undefined;
  const { baseCurrency, quoteCurrency, priceScale, quantityScale } = instrument;
  const rate = valuation.rate(quoteCurrency, currency);
  const mark = valuation.rate(baseCurrency, quoteCurrency);
  if (rate === undefined || mark === undefined) return undefined;
  const scale = bigPowerOfTen(RATE_SCALE - VALUE_SCALE + priceScale + quantityScale);
  const convert = (amount: bigint): bigint =>
    divideRounded(amount * (amount < 0n ? rate.high : rate.low), scale, 'towardUs');
  const points = markOf(position > 0 ? mark.low : mark.high, position > 0, priceScale);
  return {
    realized: convert(today),
    unrealized: convert(multiply(position, points) - cost),
  };
}

/** A rate in points, rounded against whoever is long or short. */
function markOf(rate: bigint, isLong: boolean, priceScale: number): number {
  return Number(divideRounded(rate, bigPowerOfTen(RATE_SCALE - priceScale), isLong ? 'down' : 'up'));
}

interface Term {
  net: bigint;
  /** What may come in and go out beside. */
  into: bigint;
  out: bigint;
}

/** Values by currency, as they stand and at worst. */
export class Sums {
  readonly #terms = new Map<string, Term>();
  #longs = 0n;
  #shorts = 0n;

  clear(): void {
    this.#terms.clear();
    this.#longs = this.#shorts = 0n;
  }

  /** A position in a pair is one in its base, and the other way round in its quote currency. */
  pair(base: string, quote: string, position: bigint, buy: bigint, sell: bigint): void {
    this.#add(base, position, buy, sell);
    this.#add(quote, -position, sell, buy);
  }

  /** The larger of all that is long and all that is short, one currency left out. */
  openIn(left: string): bigint {
    const term = this.#terms.get(left);
    const longs = this.#longs - (term === undefined ? 0n : longOf(term));
    const shorts = this.#shorts - (term === undefined ? 0n : shortOf(term));
    return longs > shorts ? longs : shorts;
  }

  /** All that is to be paid. */
  get payable(): bigint {
    return this.#shorts;
  }

  #add(currency: string, net: bigint, into: bigint, out: bigint): void {
    let term = this.#terms.get(currency);
    if (term === undefined) this.#terms.set(currency, (term = { net: 0n, into: 0n, out: 0n }));
    this.#longs -= longOf(term);
    this.#shorts -= shortOf(term);
    term.net += net;
    term.into += into;
    term.out += out;
    this.#longs += longOf(term);
    this.#shorts += shortOf(term);
  }
}

const longOf = ({ net, into }: Term): bigint => (net + into > 0n ? net + into : 0n);
const shortOf = ({ net, out }: Term): bigint => (out - net > 0n ? out - net : 0n);

/** Lots of decimal places fewer than the finest: down, since a limit is never exceeded by rounding. */
export const lotsIn = (quantity: bigint, scale: number, quantityScale: number): number =>
  Number(quantity / bigPowerOfTen(scale - quantityScale));
