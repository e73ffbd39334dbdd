/**
 * A dealer's own sizes for an instrument: presets, the most that he deals at once, and from where on he wants
 * to be asked. They bind this desk only; the firm's limits are the server's. Pure.
 */
import { formatDecimal, parseDecimal } from '@tidegate/core/number/decimal';
import { shortSize } from './price.format.ts';
import { defaultSize, parseSize, type Size, type SizeRules } from './size.ts';

export interface OwnSizes {
  /** Plain decimal text, as `parseSize` gives it. */
  readonly presets: readonly string[];
  readonly maximum: string;
  readonly confirmAbove: string;
}

export const PRESETS_MAX = 4;

/** One, two, five and ten times the size to begin with; asked above five, no more than ten. */
export function usualSizes(rules: SizeRules): OwnSizes {
  const times = (factor: number): string => {
    const lots = (parseDecimal(defaultSize(rules), rules.quantityScale) ?? 1) * factor;
    const size = parseSize(formatDecimal(lots, rules.quantityScale), rules);
    return size.ok ? size.text : rules.quantityMax;
  };
  return { presets: [1, 2, 5, 10].map(times), maximum: times(10), confirmAbove: times(5) };
}

export interface TypedSizes {
  readonly presets: string;
  readonly maximum: string;
  readonly confirmAbove: string;
}

/** Presets are typed with blanks or slashes between: `1m 2m 5m`. */
export function readOwnSizes(
  typed: TypedSizes,
  rules: SizeRules,
): { readonly ok: true; readonly sizes: OwnSizes } | { readonly ok: false; readonly reason: string } {
  const words = typed.presets.split(/[\s/]+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > PRESETS_MAX)
    return { ok: false, reason: `One to ${PRESETS_MAX} presets, with blanks between` };
  const texts: string[] = [];
  for (const word of [...words, typed.maximum, typed.confirmAbove]) {
    const size = parseSize(word, rules);
    if (!size.ok) return { ok: false, reason: `${word === '' ? 'Empty' : word}: ${size.reason}` };
    texts.push(size.text);
  }
  const [maximum = '', confirmAbove = ''] = texts.slice(words.length);
  return { ok: true, sizes: { presets: texts.slice(0, words.length), maximum, confirmAbove } };
}

/** The size as the instrument and its dealer allow it. */
export function parseOwnSize(typed: string, rules: SizeRules, own: OwnSizes): Size {
  const size = parseSize(typed, rules);
  if (!size.ok || !isOver(size.lots, own.maximum, rules)) return size;
  return { ok: false, code: 'TOO_LARGE', reason: `Over your own maximum of ${shortSize(own.maximum)}` };
}

export const wantsConfirmation = (lots: number, rules: SizeRules, own: OwnSizes): boolean =>
  isOver(lots, own.confirmAbove, rules);

const isOver = (lots: number, limit: string, { quantityScale }: SizeRules): boolean =>
  lots > (parseDecimal(limit, quantityScale) ?? Infinity);

/** A limit this far through the market deals at once and badly if the market is thin: it is asked about. */
const FAR_BASIS_POINTS = 10;

/** `far through`: a buy limit over the best ask, a sell limit under the best bid, by more than so much. */
export function isFarThrough(
  side: 'buy' | 'sell',
  limit: string,
  best: string | null,
  priceScale: number,
): boolean {
  const from = best === null ? undefined : parseDecimal(best, priceScale);
  const to = parseDecimal(limit, priceScale);
  if (from === undefined || to === undefined) return false;
  return (side === 'buy' ? to - from : from - to) * 10_000 > FAR_BASIS_POINTS * from;
}

/** Kept for one user: what was stored before is checked like what is typed. */
export function keptSizes(text: string | null): ReadonlyMap<string, TypedSizes> {
  const kept = new Map<string, TypedSizes>();
  try {
    const value: unknown = text === null ? null : JSON.parse(text);
    if (typeof value !== 'object' || value === null) return kept;
    for (const [instrument, one] of Object.entries(value)) {
      const { presets, maximum, confirmAbove } = (one ?? {}) as Record<string, unknown>;
      if (typeof presets === 'string' && typeof maximum === 'string' && typeof confirmAbove === 'string')
        kept.set(instrument, { presets, maximum, confirmAbove });
    }
  } catch {
    // Not ours: the usual sizes hold.
  }
  return kept;
}
