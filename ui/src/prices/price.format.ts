/** Prices, spreads, sizes and ages as a dealer reads them. Decimal text in, text out; no floats. */
import { formatDecimal, parseDecimal, powerOfTen } from '@tidegate/core/number/decimal';
import type { InstrumentView } from '@tidegate/wire/rest';

export type Scales = Pick<InstrumentView, 'priceScale' | 'pipScale' | 'quantityScale'>;

/** 1.08412 with pips at the fourth decimal: big `1.08`, pips `41`, tenths `2`. Joined they are the price. */
export interface PriceDigits {
  readonly big: string;
  readonly pips: string;
  readonly tenths: string;
}

export const noDigits: PriceDigits = { big: '', pips: '––', tenths: '' };

/** The price cut at the pip: two pip digits, what is left of them, and what is finer than a pip. */
export function priceDigits(price: string, scales: Scales): PriceDigits {
  const points = parseDecimal(price, scales.priceScale);
  if (points === undefined) return { big: '', pips: price, tenths: '' };
  const text = formatDecimal(points, scales.priceScale);
  const point = text.includes('.') ? text.indexOf('.') : text.length;
  // Index just after the last pip digit; the point itself takes one place when the pip is a decimal.
  const end = Math.min(text.length, point + (scales.pipScale === 0 ? 0 : scales.pipScale + 1));
  let start = end;
  for (let digits = 0; start > 0 && digits < 2; start -= 1) if (text[start - 1] !== '.') digits += 1;
  return { big: text.slice(0, start), pips: text.slice(start, end), tenths: text.slice(end) };
}

/** ask - bid in pips: `0.7`. Empty when either is missing. */
export function spreadPips(bid: string | null, ask: string | null, scales: Scales): string {
  const from = bid === null ? undefined : parseDecimal(bid, scales.priceScale);
  const to = ask === null ? undefined : parseDecimal(ask, scales.priceScale);
  if (from === undefined || to === undefined) return '';
  const finer = scales.priceScale - scales.pipScale;
  return finer >= 0 ? formatDecimal(to - from, finer) : String((to - from) * powerOfTen(-finer));
}

/** Age of a quote: `35ms`, `1.2s`, `48s`, `3m`. */
export function ageText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < 60_000) return `${Math.floor(ms / 1000)}s`;
  return ms < 3_600_000 ? `${Math.floor(ms / 60_000)}m` : '>1h';
}

/** Thousands separated, decimals kept without trailing zeros: `1,000,000`, `-2,500.5`. */
export function groupedDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return text;
  const decimals = (match[3] ?? '').replace(/0+$/, '');
  const whole = (match[2] ?? '').replace(/\B(?=(\d{3})+$)/g, ',');
  return `${match[1] ?? ''}${whole}${decimals === '' ? '' : `.${decimals}`}`;
}

const shortUnits: readonly (readonly [string, number])[] = [
  ['B', 9],
  ['M', 6],
  ['k', 3],
];

/**
 * A size in few characters: `1M`, `2.5M`, `500k`, `12.34M`. Exact where it is short, cut after two decimals
 * where not.
 */
export function shortSize(text: string): string {
  const match = /^(-?)0*(\d+)(?:\.\d+)?$/.exec(text);
  if (match === null) return text;
  const whole = match[2] ?? '0';
  for (const [unit, zeros] of shortUnits) {
    if (whole.length <= zeros) continue;
    const decimals = whole.slice(-zeros).slice(0, 2).replace(/0+$/, '');
    return `${match[1] ?? ''}${whole.slice(0, -zeros)}${decimals === '' ? '' : `.${decimals}`}${unit}`;
  }
  return groupedDecimal(text);
}
