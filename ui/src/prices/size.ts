/**
 * What a dealer types as a size, on the tile, in the ticket and in dialogs, against the instrument's limits.
 *
 *     size   = digit+ [ "." digit+ ] [ "k" | "m" | "b" | "y" ]  |  groups [ "." digit+ ]
 *     groups = "1".."9" [ digit [ digit ] ] ( separator digit digit digit )+
 *
 * A separator is a comma, a blank or an underline, the same one throughout. Elsewhere people write `2,5m` and
 * `10,00` with a decimal comma: what could be meant so is refused, never read as something larger.
 */
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
  { readonly ok: true; readonly lots: number; readonly text: string } | SizeRefused;
interface SizeRefused {
  readonly ok: false;
  readonly code: SizeRefusal;
  readonly reason: string;
}

const zerosOf: Readonly<Record<string, number>> = { k: 3, m: 6, b: 9, y: 9 };
const plainSize = /^(\d{1,15})(?:\.(\d{1,12}))?([kmby]?)$/i;
/** No unit behind groups: `2,500m` is two and a half billion to one and two and a half million to another. */
const groupedSize = /^([1-9]\d{0,2}(?:([,_ \u00a0\u2009\u202f])\d{3})(?:\2\d{3}){0,3})(?:\.(\d{1,12}))?$/;

/** The grammar in the words of the page's help. */
export const sizeHelp =
  'Digits with a point before decimals, then k, m or b (y) for thousands, millions, billions: 500k, 2.5m. ' +
  'Or all digits in groups of three: 1,000,000 or 1 000 000. A comma is never a decimal sign: ' +
  '2,5m and 10,00 are refused, not guessed.';

export function parseSize(typed: string, rules: SizeRules): Size {
  const read = readSize(typed, rules);
  return read.ok ? within(read.lots, rules) : read;
}

function readSize(typed: string, { quantityScale }: SizeRules): { ok: true; lots: number } | SizeRefused {
  const text = typed.trim();
  if (text === '') return refused('EMPTY', 'Enter a size');
  const plain = plainText(text);
  if (plain === null) return refused('NOT_A_SIZE', 'Not a size: 2.5m or 1,000,000');
  const lots = parseDecimal(plain, quantityScale);
  return lots === undefined ? refused('TOO_FINE', `At most ${quantityScale} decimals`) : { ok: true, lots };
}

/** Digits and a point; null for what the grammar does not know. */
function plainText(text: string): string | null {
  const plain = plainSize.exec(text);
  if (plain !== null) {
    return shifted(plain[1] ?? '', plain[2] ?? '', zerosOf[(plain[3] ?? '').toLowerCase()] ?? 0);
  }
  const grouped = groupedSize.exec(text);
  return grouped === null
    ? null
    : shifted((grouped[1] ?? '').replaceAll(grouped[2] ?? '', ''), grouped[3] ?? '', 0);
}

/** Larger or smaller by `steps` quantity steps, held inside the limits; what is no size stays as typed. */
export function stepSize(size: string, steps: number, rules: SizeRules): string {
  const limits = limitsOf(rules);
  const read = readSize(size, rules);
  if (!read.ok && read.code !== 'EMPTY') return size;
  const from = read.ok ? read.lots : 0;
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

const refused = (code: SizeRefusal, reason: string): SizeRefused => ({ ok: false, code, reason });
