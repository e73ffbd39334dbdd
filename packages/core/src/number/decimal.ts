/**
 * Numbers without floats. A scaled integer is a safe integer of 10^-scale units (points, lots); products of
 * two are `bigint` fixed point. Text becomes a scaled integer at the edges (FIX, REST, configuration) and
 * only there.
 */

export type RoundingMode = 'down' | 'up' | 'halfEven' | 'towardUs';

const ZERO = 48;
const NINE = 57;
const POINT = 46;
const MINUS = 45;
const SCALE_MAX = 15;
/** Longer text is refused before it is read; FIX and JSON edges see hostile input. */
const TEXT_LENGTH_MAX = 64;

const POWERS: readonly number[] = Array.from({ length: SCALE_MAX + 1 }, (_, n) => 10 ** n);
const BIG_POWERS: readonly bigint[] = Array.from({ length: 61 }, (_, n) => 10n ** BigInt(n));

/** 10^scale as an exact number, 0 ≤ scale ≤ 15. */
export function powerOfTen(scale: number): number {
  const power = POWERS[scale];
  if (power === undefined) throw new Error(`scale ${scale} is not an integer from 0 to ${SCALE_MAX}`);
  return power;
}

/** 10^scale as a bigint, 0 ≤ scale ≤ 60. */
export function bigPowerOfTen(scale: number): bigint {
  const power = BIG_POWERS[scale];
  if (power === undefined) throw new Error(`scale ${scale} is not an integer from 0 to 60`);
  return power;
}

/**
 * Plain decimal text as a safe integer of 10^-scale units: `parseDecimal('1.0823', 5)` is 108230. Undefined
 * when the text is malformed (exponent, plus sign, blanks, no digit), has non-zero digits beyond the scale,
 * or is over 2^53 - 1 units. Takes what FIX calls a float: leading zeros, `.5` and `5.` are allowed.
 */
export function parseDecimal(text: string, scale: number): number | undefined {
  const power = powerOfTen(scale);
  const length = text.length;
  if (length === 0 || length > TEXT_LENGTH_MAX) return undefined;
  const negative = text.charCodeAt(0) === MINUS;
  let value = 0;
  let digits = 0;
  let decimals = -1;
  for (let at = negative ? 1 : 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === POINT) {
      if (decimals >= 0) return undefined;
      decimals = 0;
      continue;
    }
    if (code < ZERO || code > NINE) return undefined;
    digits += 1;
    if (decimals >= 0) {
      if (decimals === scale) {
        if (code !== ZERO) return undefined;
        continue;
      }
      decimals += 1;
    }
    value = value * 10 + (code - ZERO);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  if (digits === 0) return undefined;
  const scaled = decimals <= 0 ? value * power : value * (POWERS[scale - decimals] as number);
  if (scaled > Number.MAX_SAFE_INTEGER) return undefined;
  return negative && scaled !== 0 ? -scaled : scaled;
}

/** The scaled integer with exactly `scale` decimals: `formatDecimal(108230, 5)` is `1.08230`. */
export function formatDecimal(scaled: number, scale: number): string {
  if (!Number.isSafeInteger(scaled)) throw new Error(`${scaled} is not a safe integer`);
  if (scale === 0) return String(scaled === 0 ? 0 : scaled);
  const digits = String(Math.abs(scaled)).padStart(scale + 1, '0');
  const split = digits.length - scale;
  return `${scaled < 0 ? '-' : ''}${digits.slice(0, split)}.${digits.slice(split)}`;
}

/** The shortest plain text: `trimDecimal(108230, 5)` is `1.0823`, `trimDecimal(100, 2)` is `1`. */
export function trimDecimal(scaled: number, scale: number): string {
  return trimmed(formatDecimal(scaled, scale));
}

/** A bigint fixed point value with exactly `scale` decimals. */
export function formatBigDecimal(scaled: bigint, scale: number): string {
  if (scale === 0) return String(scaled);
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(scale + 1, '0');
  const split = digits.length - scale;
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, split)}.${digits.slice(split)}`;
}

/** The shortest plain text of a bigint fixed point value. */
export function trimBigDecimal(scaled: bigint, scale: number): string {
  return trimmed(formatBigDecimal(scaled, scale));
}

/**
 * Plain decimal text as a bigint of 10^-scale units, for money. Undefined when malformed or finer than the
 * scale.
 */
export function parseBigDecimal(text: string, scale: number): bigint | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const decimals = match[3] ?? '';
  if (whole.length + decimals.length === 0) return undefined;
  if (/[1-9]/.test(decimals.slice(scale))) return undefined;
  const value = BigInt(whole + decimals.slice(0, scale).padEnd(scale, '0'));
  return match[1] === '-' ? -value : value;
}

/**
 * Positive plain decimal text of any precision, rounded to a safe integer of 10^-scale units. Undefined when
 * it is malformed, not above zero, or too large.
 */
export function roundDecimal(text: string, scale: number, mode: RoundingMode): number | undefined {
  const decimals = text.length - 1 - text.indexOf('.');
  const fine = text.includes('.') ? Math.min(Math.max(decimals, scale), TEXT_LENGTH_MAX) : scale;
  const exact = fine > 60 ? undefined : parseBigDecimal(text, fine);
  if (exact === undefined || exact <= 0n) return undefined;
  const rounded = Number(rescale(exact, fine, scale, mode));
  return Number.isSafeInteger(rounded) && rounded > 0 ? rounded : undefined;
}

/** Exact product of two scaled integers; its scale is the sum of theirs. */
export function multiply(left: number, right: number): bigint {
  const product = left * right;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(left) * BigInt(right);
}

/**
 * What `quantity` lots at `price` points cost: units of 10^-(priceScale + quantityScale) of the quote
 * currency.
 */
export const notional: (price: number, quantity: number) => bigint = multiply;

/**
 * numerator / denominator as an integer. `down` is toward zero, `up` away from zero, `halfEven` to the
 * nearest with ties to the even neighbour, `towardUs` toward minus infinity: what we receive shrinks and what
 * we owe grows, so that rounding is always against us. Throws on a zero denominator.
 */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  if (denominator === 0n) throw new Error('division by zero');
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n || mode === 'down') return quotient;
  const away = numerator < 0n === denominator < 0n ? 1n : -1n;
  if (mode === 'up') return quotient + away;
  if (mode === 'towardUs') return away < 0n ? quotient - 1n : quotient;
  const twice = 2n * (remainder < 0n ? -remainder : remainder);
  const whole = denominator < 0n ? -denominator : denominator;
  if (twice > whole || (twice === whole && quotient % 2n !== 0n)) return quotient + away;
  return quotient;
}

/** The value at another scale; rounding happens only when the new scale is smaller. */
export function rescale(value: bigint, from: number, to: number, mode: RoundingMode): bigint {
  if (to >= from) return value * bigPowerOfTen(to - from);
  return divideRounded(value, bigPowerOfTen(from - to), mode);
}

function trimmed(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  if (text.charCodeAt(end - 1) === POINT) end -= 1;
  return text.slice(0, end);
}
