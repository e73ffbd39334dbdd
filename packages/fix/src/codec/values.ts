/**
 * Field values from bytes: the value is `bytes` in [start, end). NaN stands for malformed, nothing throws.
 */

const POWERS_OF_TEN = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
const MICROS_PER_DAY = 86_400_000_000;

/** A method of Buffer that works on any bytes; without it each value would need a Buffer of its own. */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice: (this: Uint8Array, start: number, end: number) => string;
};

/** Latin-1 text. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  // Short values, which most are, are quicker to build than to hand over to the runtime.
  if (end - start <= 8) {
    let text = '';
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  return latin1Slice.call(bytes, start, end);
}

/** FIX int: optional minus, digits, leading zeros allowed. */
export function integer(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d;
  let i = isNegative ? start + 1 : start;
  if (i >= end) return NaN;
  let value = 0;
  for (; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
  }
  return isNegative && value !== 0 ? -value : value;
}

/**
 * FIX float as an integer of 10^-scale units: optional minus, digits with at most one point. Zeros beyond the
 * scale are dropped; any other digit there would have to be rounded and gives NaN.
 */
export function decimal(bytes: Uint8Array, start: number, end: number, scale: number): number {
  const isNegative = bytes[start] === 0x2d;
  let value = 0;
  let digits = 0;
  /** Digits still missing to the scale, once the point is seen. */
  let missing = scale;
  let hasPoint = false;
  for (let i = isNegative ? start + 1 : start; i < end; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) {
      if (digit !== -2 || hasPoint) return NaN;
      hasPoint = true;
      continue;
    }
    digits++;
    if (hasPoint && --missing < 0) {
      if (digit !== 0) return NaN;
      continue;
    }
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
  }
  if (digits === 0) return NaN;
  if (missing > 0) value *= missing < 16 ? POWERS_OF_TEN[missing] : 10 ** missing;
  if (value > Number.MAX_SAFE_INTEGER) return NaN;
  return isNegative && value !== 0 ? -value : value;
}

/** `count` digits from `at` as a number; NaN when one of them is none. */
function digitsAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i] - 0x30;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

const DAYS_IN_MONTH = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01 of a Gregorian date YYYYMMDD at `at`; NaN when there is no such day. */
export function epochDay(bytes: Uint8Array, at: number): number {
  const year = digitsAt(bytes, at, 4);
  const month = digitsAt(bytes, at + 4, 2);
  const day = digitsAt(bytes, at + 6, 2);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= DAYS_IN_MONTH[month] && year >= 0)) return NaN;
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))) return NaN;
  // Years that begin in March put the leap day last; 400 of them have 146,097 days.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Microseconds since midnight of HH:MM:SS with an optional fraction of up to twelve digits in [start, end);
 * second 60, the leap second, is allowed and counts as the next minute.
 */
export function timeMicros(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 8 || bytes[start + 2] !== 0x3a || bytes[start + 5] !== 0x3a) return NaN;
  const hour = digitsAt(bytes, start, 2);
  const minute = digitsAt(bytes, start + 3, 2);
  const second = digitsAt(bytes, start + 6, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return NaN;
  let micros = 0;
  if (length > 8) {
    const digits = length - 9;
    if (bytes[start + 8] !== 0x2e || digits < 1 || digits > 12) return NaN;
    const kept = digits < 6 ? digits : 6;
    micros = digitsAt(bytes, start + 9, kept) * POWERS_OF_TEN[6 - kept];
    if (digits > 6 && Number.isNaN(digitsAt(bytes, start + 15, digits - 6))) return NaN;
  }
  return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
}

let lastDateKey = -1;
let lastDateMicros = 0;

/** UTCTimestamp YYYYMMDD-HH:MM:SS[.fraction] as microseconds since the epoch. */
export function utcMicros(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 17 || bytes[start + 8] !== 0x2d) return NaN;
  const key = digitsAt(bytes, start, 8);
  if (key !== lastDateKey) {
    const day = epochDay(bytes, start);
    if (Number.isNaN(day)) return NaN;
    lastDateKey = key;
    lastDateMicros = day * MICROS_PER_DAY;
  }
  return lastDateMicros + timeMicros(bytes, start + 9, end);
}
