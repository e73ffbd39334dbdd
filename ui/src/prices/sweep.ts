/**
 * What my size would cost against the shown levels: volume-weighted average and the worst price it reaches.
 */
import {
  divideRounded,
  formatBigDecimal,
  formatDecimal,
  multiply,
  parseDecimal,
} from '@tidegate/core/number/decimal';
import type { PriceView } from '@tidegate/wire/prices';
import type { Scales } from './price.format.ts';

export type Levels = PriceView['bids'];

export interface Sweep {
  /** Decimal text at the price scale; null when the levels don't hold the size. Rounded against me. */
  readonly average: string | null;
  /** Worst price touched. */
  readonly worst: string | null;
  /** Levels touched. */
  readonly levels: number;
}

/** @param side `buy` takes asks, so its average is rounded up; `sell` takes bids and is rounded down. */
export function sweep(levels: Levels, lots: number, side: 'buy' | 'sell', scales: Scales): Sweep {
  let left = lots;
  let cost = 0n;
  let touched = 0;
  let worst: string | null = null;
  for (const [price, quantity] of levels) {
    if (left <= 0) break;
    const points = parseDecimal(price, scales.priceScale);
    const available = parseDecimal(quantity, scales.quantityScale);
    if (points === undefined || available === undefined) break;
    const taken = Math.min(left, available);
    cost += multiply(points, taken);
    left -= taken;
    touched += 1;
    worst = formatDecimal(points, scales.priceScale);
  }
  if (left > 0 || lots <= 0) return { average: null, worst, levels: touched };
  const average = divideRounded(cost, BigInt(lots), side === 'buy' ? 'up' : 'down');
  return { average: formatBigDecimal(average, scales.priceScale), worst, levels: touched };
}

export interface DepthRow {
  readonly price: string;
  readonly quantity: string;
  readonly venue: string;
  /** Quantity down to this level, decimal text. */
  readonly cumulative: string;
  /** Average price of taking everything down to this level. */
  readonly average: string;
  /** Share of the largest level shown, 0 to 100, for the bar only. */
  readonly share: number;
  /** My size reaches this level. */
  readonly reached: boolean;
}

/** Levels with running totals. @param lots my size; levels it reaches are marked. */
export function depthRows(
  levels: Levels,
  lots: number,
  side: 'buy' | 'sell',
  scales: Scales,
  largest: number,
): DepthRow[] {
  const rows: DepthRow[] = [];
  let cumulative = 0;
  let cost = 0n;
  for (const [price, quantity, venue] of levels) {
    const points = parseDecimal(price, scales.priceScale);
    const available = parseDecimal(quantity, scales.quantityScale);
    if (points === undefined || available === undefined || available <= 0) continue;
    const reached = cumulative < lots;
    cumulative += available;
    cost += multiply(points, available);
    const average = divideRounded(cost, BigInt(cumulative), side === 'buy' ? 'up' : 'down');
    rows.push({
      price: formatDecimal(points, scales.priceScale),
      quantity,
      venue,
      cumulative: formatDecimal(cumulative, scales.quantityScale),
      average: formatBigDecimal(average, scales.priceScale),
      share: largest === 0 ? 0 : Math.min(100, Math.round((available / largest) * 100)),
      reached,
    });
  }
  return rows;
}

/** Largest level in lots on either side, so that the bars of both sides compare. */
export function largestLevel(price: Pick<PriceView, 'bids' | 'asks'>, scales: Scales): number {
  let largest = 0;
  for (const [, quantity] of [...price.bids, ...price.asks]) {
    largest = Math.max(largest, parseDecimal(quantity, scales.quantityScale) ?? 0);
  }
  return largest;
}
