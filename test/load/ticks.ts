/**
 * Ticks of the benchmarks: the number of a tick can be read back from its best bid, so latency needs no extra
 * field.
 */

export const levels = 5;
/** Ticks of one instrument until its prices repeat; far more than can be on their way at once. */
export const cycle = 2_000;

/** Base prices in points and scales of the demo instruments. */
const instruments: Readonly<Record<string, { readonly base: number; readonly priceScale: number }>> = {
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

export const symbols = Object.keys(instruments).sort((left, right) => left.localeCompare(right));

export interface QuoteOrder {
  /** Monotonic milliseconds of the host. */
  readonly startMs: number;
  /** Ticks per second over all instruments. */
  readonly rate: number;
  readonly count: number;
  /** Ticks due within it go out together. */
  readonly quantumMs?: number;
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

export const scaleOf = (symbol: string): number => instruments[symbol]!.priceScale;
