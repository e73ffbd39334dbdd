/**
 * Ticks of the benchmarks: the number of a tick can be read back from its best bid, so latency needs no extra
 * field.
 */

export const levels = 5;
/** Ticks of one instrument until its prices repeat; far more than can be on their way at once. */
export const cycle = 2_000;

interface Quoted {
  readonly base: number;
  readonly priceScale: number;
}

/** Base prices in points and scales of the demo instruments. */
const demo: Readonly<Record<string, Quoted>> = {
  'EUR/USD': { base: 108_000, priceScale: 5 },
  'GBP/USD': { base: 127_000, priceScale: 5 },
  'USD/JPY': { base: 151_000, priceScale: 3 },
  'USD/CHF': { base: 88_000, priceScale: 5 },
  'AUD/USD': { base: 65_000, priceScale: 5 },
  'USD/CAD': { base: 139_000, priceScale: 5 },
  'NZD/USD': { base: 59_000, priceScale: 5 },
  'EUR/GBP': { base: 84_000, priceScale: 5 },
  'XAU/USD': { base: 260_000, priceScale: 2 },
  'XAG/USD': { base: 31_000, priceScale: 3 },
  'BTC/USD': { base: 9_000_000, priceScale: 2 },
  'ETH/USD': { base: 330_000, priceScale: 2 },
};

/** Of pairs that a benchmark adds where twelve are not enough. */
const added: Readonly<Record<string, Quoted>> = {
  'EUR/JPY': { base: 163_000, priceScale: 3 },
  'GBP/JPY': { base: 191_000, priceScale: 3 },
  'AUD/JPY': { base: 98_000, priceScale: 3 },
  'CAD/JPY': { base: 108_000, priceScale: 3 },
  'EUR/CHF': { base: 95_000, priceScale: 5 },
  'GBP/CHF': { base: 112_000, priceScale: 5 },
  'EUR/AUD': { base: 165_000, priceScale: 5 },
  'EUR/CAD': { base: 149_000, priceScale: 5 },
};

/** Of every two of these a pair, for a desk with a wall of prices. */
const crossed = ['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'NOK', 'SEK', 'DKK', 'PLN', 'JPY'] as const;
const crosses: Readonly<Record<string, Quoted>> = Object.fromEntries(
  crossed.flatMap((baseCurrency, index) =>
    crossed.slice(index + 1).map((quoteCurrency, further) => {
      const quoted = {
        base: 100_000 + 1_000 * index + 10 * further,
        priceScale: quoteCurrency === 'JPY' ? 3 : 5,
      };
      return [`${baseCurrency}/${quoteCurrency}`, quoted];
    }),
  ),
);
const instruments: Readonly<Record<string, Quoted>> = { ...crosses, ...demo, ...added };

const sorted = (names: readonly string[]): readonly string[] =>
  [...names].sort((left, right) => left.localeCompare(right));
export const symbols = sorted(Object.keys(demo));
export const addedSymbols = sorted(Object.keys(added));
/** Twenty. */
export const wideSymbols = sorted([...symbols, ...addedSymbols]);
/** Sixty-eight: what a desk's wall shows. */
export const wallSymbols = sorted([
  ...wideSymbols,
  ...Object.keys(crosses)
    .filter((symbol) => !wideSymbols.includes(symbol))
    .slice(0, 48),
]);

export interface QuoteOrder {
  /** Monotonic milliseconds of the host. */
  readonly startMs: number;
  /** Ticks per second over all instruments. */
  readonly rate: number;
  readonly count: number;
  /** Ticks due within it go out together. */
  readonly quantumMs?: number;
  /** So many ticks are due at the same moment, as when a market moves. Default 1. */
  readonly burst?: number;
}

export function tickPrice(
  symbol: string,
  number: number,
): { readonly priceScale: number; readonly bid: number } {
  const { base, priceScale } = instruments[symbol]!;
  return { priceScale, bid: base + (number % cycle) };
}

/** The tick's number modulo `cycle`, from a best bid in points. */
export function tickOf(symbol: string, bid: number): number {
  return bid - instruments[symbol]!.base;
}

/**
 * How old the tick is that shows now, in milliseconds: the newest one due that has this price. Right up to a
 * cycle; of older ones a share as large shows any age up to that.
 */
export function ageOf(
  { startMs, rate }: Pick<QuoteOrder, 'startMs' | 'rate'>,
  { symbol, bid, nowMs }: { readonly symbol: string; readonly bid: number; readonly nowMs: number },
  among: readonly string[] = symbols,
): number {
  const stepMs = (1_000 * among.length) / rate;
  const firstMs = startMs + (among.indexOf(symbol) * 1_000) / rate;
  const due = Math.floor((nowMs - firstMs) / stepMs);
  const number = due - ((((due - tickOf(symbol, bid)) % cycle) + cycle) % cycle);
  return nowMs - (firstMs + number * stepMs);
}

export const scaleOf = (symbol: string): number => instruments[symbol]!.priceScale;
