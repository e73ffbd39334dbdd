/**
 * Positions in one currency, and what of each currency they hold: at the mids of the desk's prices, exact
 * until one last rounding against us. A rate says how old its prices are. Pure.
 */
import {
  bigPowerOfTen,
  divideRounded,
  formatBigDecimal,
  parseBigDecimal,
} from '@tidegate/core/number/decimal';
import type { PositionView } from '@tidegate/wire/orders';
import { dayTotal, type DayOf } from './day.pnl.ts';
import type { InstrumentView } from '@tidegate/wire/rest';

const SCALE = 12;
const MONEY_SCALE = 2;
const ONE = bigPowerOfTen(SCALE);
/** Currencies through which a cross is valued when it is not quoted itself. */
const pivots = ['USD', 'EUR'] as const;

export interface Mid {
  /** An integer of 10^-12. */
  readonly value: bigint;
  readonly ageMs: number;
}

export interface Rate {
  readonly value: bigint;
  /** Of the older price in it. */
  readonly ageMs: number;
}

export interface Quotes {
  readonly instruments: readonly Pick<InstrumentView, 'id' | 'baseCurrency' | 'quoteCurrency'>[];
  mid(instrument: string): Mid | undefined;
}

function quoted(quotes: Quotes, from: string, to: string): Rate | undefined {
  for (const { id, baseCurrency, quoteCurrency } of quotes.instruments) {
    const isDirect = baseCurrency === from && quoteCurrency === to;
    if (!isDirect && !(baseCurrency === to && quoteCurrency === from)) continue;
    const mid = quotes.mid(id);
    if (mid === undefined || mid.value <= 0n) continue;
    const value = isDirect ? mid.value : divideRounded(ONE * ONE, mid.value, 'halfEven');
    return { value, ageMs: mid.ageMs };
  }
  return undefined;
}

/** Direct, inverse, or through one pivot. */
export function rateOf(quotes: Quotes, from: string, to: string): Rate | undefined {
  if (from === to) return { value: ONE, ageMs: 0 };
  const straight = quoted(quotes, from, to);
  if (straight !== undefined) return straight;
  for (const pivot of pivots) {
    if (pivot === from || pivot === to) continue;
    const first = quoted(quotes, from, pivot);
    const second = first === undefined ? undefined : quoted(quotes, pivot, to);
    if (first === undefined || second === undefined) continue;
    const value = divideRounded(first.value * second.value, ONE, 'halfEven');
    return { value, ageMs: Math.max(first.ageMs, second.ageMs) };
  }
  return undefined;
}

/** Money in a currency: `amount` as an integer of 10^-12. */
export interface Amount {
  readonly currency: string;
  readonly amount: bigint;
}

export interface Summed {
  /** Two decimals, rounded against us; null: a rate is missing. */
  readonly text: string | null;
  readonly missing: readonly string[];
}

export interface Totals {
  readonly realized: Summed;
  readonly unrealized: Summed;
  readonly total: Summed;
  /** Of the trading day, realised and unrealised. */
  readonly day: Summed;
  /** Of the oldest rate or price that went into them; null: none did. */
  readonly ageMs: number | null;
  readonly exposure: readonly Exposure[];
}

export interface Exposure {
  readonly currency: string;
  /** Decimal text, signed. */
  readonly held: string;
  readonly value: string | null;
}

const amountOf = (text: string | null): bigint => parseBigDecimal(text ?? '', SCALE) ?? 0n;
export const moneyText = (amount: bigint): string =>
  formatBigDecimal(divideRounded(amount, bigPowerOfTen(SCALE - MONEY_SCALE), 'towardUs'), MONEY_SCALE);

/** All positions in `currency`. */
export function totalsIn(
  positions: readonly PositionView[],
  quotes: Quotes,
  currency: string,
  dayOf: DayOf,
): Totals {
  const ages: number[] = [];
  const instruments = new Map(quotes.instruments.map((each) => [each.id, each]));
  const realized: Amount[] = [];
  const unrealized: Amount[] = [];
  const unpriced = new Set<string>();
  const ofDay: Amount[] = [];
  const dayless = new Set<string>();
  const held = new Map<string, bigint>();
  const hold = (one: string, amount: bigint): void => void held.set(one, (held.get(one) ?? 0n) + amount);
  for (const position of positions) {
    const { instrument, quoteCurrency, symbol } = position;
    const quantity = amountOf(position.quantity);
    const average = amountOf(position.averagePrice);
    realized.push({ currency: quoteCurrency, amount: amountOf(position.realizedPnl) });
    const day = dayTotal(dayOf(position, quotes.mid(instrument)?.value));
    if (day === null) dayless.add(symbol);
    else ofDay.push({ currency: quoteCurrency, amount: divideRounded(day, ONE, 'towardUs') });
    if (quantity === 0n) continue;
    hold(instruments.get(instrument)?.baseCurrency ?? symbol.split('/')[0] ?? instrument, quantity);
    hold(quoteCurrency, -divideRounded(quantity * average, ONE, 'towardUs'));
    const mid = quotes.mid(instrument);
    if (mid === undefined) {
      unpriced.add(symbol);
      continue;
    }
    ages.push(mid.ageMs);
    const amount = divideRounded(quantity * (mid.value - average), ONE, 'towardUs');
    unrealized.push({ currency: quoteCurrency, amount });
  }
  const one = sumIn(realized, quotes, currency, ages);
  const other = sumIn(unrealized, quotes, currency, ages);
  const day = sumIn(ofDay, quotes, currency, ages);
  const missing = [...new Set([...other.missing, ...unpriced])];
  const isKnown = one.amount !== null && other.amount !== null && unpriced.size === 0;
  return {
    realized: { text: one.amount === null ? null : moneyText(one.amount), missing: one.missing },
    unrealized: {
      text: other.amount === null || unpriced.size > 0 ? null : moneyText(other.amount),
      missing,
    },
    total: {
      text: isKnown ? moneyText((one.amount ?? 0n) + (other.amount ?? 0n)) : null,
      missing: [...new Set([...one.missing, ...missing])],
    },
    day: {
      text: day.amount === null || dayless.size > 0 ? null : moneyText(day.amount),
      missing: [...new Set([...day.missing, ...dayless])],
    },
    ageMs: ages.length === 0 ? null : Math.max(...ages),
    exposure: exposureIn(held, quotes, currency),
  };
}

/** Amounts of several currencies are one sum only where each has a rate. */
function sumIn(
  amounts: readonly Amount[],
  quotes: Quotes,
  currency: string,
  ages: number[],
): { readonly amount: bigint | null; readonly missing: readonly string[] } {
  let sum = 0n;
  const missing = new Set<string>();
  for (const { currency: from, amount } of amounts) {
    if (amount === 0n) continue;
    const rate = rateOf(quotes, from, currency);
    if (rate === undefined) {
      missing.add(from);
      continue;
    }
    if (from !== currency) ages.push(rate.ageMs);
    sum += divideRounded(amount * rate.value, ONE, 'towardUs');
  }
  return { amount: missing.size === 0 ? sum : null, missing: [...missing] };
}

function exposureIn(
  held: ReadonlyMap<string, bigint>,
  quotes: Quotes,
  currency: string,
): readonly Exposure[] {
  return [...held]
    .filter(([, amount]) => amount !== 0n)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([one, amount]) => {
      const rate = rateOf(quotes, one, currency);
      const value =
        rate === undefined ? null : moneyText(divideRounded(amount * rate.value, ONE, 'towardUs'));
      return { currency: one, held: moneyText(amount), value };
    });
}
