/** What a dealer types as a size (`1m`, `2.5M`, `500k`, `1,000,000`) against the instrument's limits. */
import { parseDecimal, trimDecimal } from '@tidegate/core/number/decimal';
import type { InstrumentView } from '@tidegate/wire/rest';
import { shortSize } from './price.format.ts';

export type SizeRules = Pick<
  InstrumentView,
  'quantityScale' | 'quantityMin' | 'quantityMax' | 'quantityStep'
>;
type SizeRefusal = 'EMPTY' | 'NOT_A_SIZE' | 'TOO_FINE' | 'TOO_SMALL' | 'TOO_LARGE' | 'STEP';
export type Size =
  /** `text` is plain decimal text for the API, `lots` the same in the instrument's lots. */
  | { readonly ok: true; readonly lots: number; readonly text: string }
  | { readonly ok: false; readonly code: SizeRefusal; readonly reason: string };

const zerosOf: Readonly<Record<string, number>> = { k: 3, t: 3, m: 6, b: 9, y: 9 };

export function parseSize(typed: string, rules: SizeRules): Size {
  const text = typed.replace(/[\s,_]/g, '');
  if (text === '') return refused('EMPTY', 'Enter a size');
  const match = /^(\d{1,15})(?:\.(\d{0,12}))?([kmbty]?)$/i.exec(text);
  if (match === null) return refused('NOT_A_SIZE', 'Write a size like 1m, 2.5m, 500k or 1,000,000');
  const plain = shifted(match[1] ?? '0', match[2] ?? '', zerosOf[(match[3] ?? '').toLowerCase()] ?? 0);
  const lots = parseDecimal(plain, rules.quantityScale);
  if (lots === undefined) return refused('TOO_FINE', `At most ${rules.quantityScale} decimals`);
  return within(lots, rules);
}

/** Larger or smaller by `steps` quantity steps, held inside the limits. */
export function stepSize(size: string, steps: number, rules: SizeRules): string {
  const limits = limitsOf(rules);
  const parsed = parseSize(size, rules);
  const from = parsed.ok ? parsed.lots : limits.min;
  const next = Math.min(limits.max, Math.max(limits.min, from + steps * limits.step));
  return trimDecimal(next, rules.quantityScale);
}

/**
 * A round size to begin with: the largest power of ten not over a twentieth of the largest order. One
 * million where fifty are allowed, one bitcoin where a hundred are.
 */
export function defaultSize(rules: SizeRules): string {
  const { min, max } = limitsOf(rules);
  let lots = 1;
  while (lots * 10 <= max / 20) lots *= 10;
  const round = within(lots, rules);
  return round.ok ? round.text : trimDecimal(min, rules.quantityScale);
}

function within(lots: number, rules: SizeRules): Size {
  const { min, max, step } = limitsOf(rules);
  if (lots < min) return refused('TOO_SMALL', `At least ${shortSize(rules.quantityMin)}`);
  if (lots > max) return refused('TOO_LARGE', `At most ${shortSize(rules.quantityMax)}`);
  if (lots % step !== 0) return refused('STEP', `In steps of ${shortSize(rules.quantityStep)}`);
  return { ok: true, lots, text: trimDecimal(lots, rules.quantityScale) };
}

function limitsOf(rules: SizeRules): { min: number; max: number; step: number } {
  const lots = (text: string): number => parseDecimal(text, rules.quantityScale) ?? 1;
  return {
    min: lots(rules.quantityMin),
    max: lots(rules.quantityMax),
    step: Math.max(1, lots(rules.quantityStep)),
  };
}

/** The decimal point moved right by `zeros` places. */
function shifted(whole: string, decimals: string, zeros: number): string {
  const padded = decimals.padEnd(zeros, '0');
  const rest = padded.slice(zeros);
  return `${whole}${padded.slice(0, zeros)}${rest === '' ? '' : `.${rest}`}`;
}

const refused = (code: SizeRefusal, reason: string): Size => ({ ok: false, code, reason });
