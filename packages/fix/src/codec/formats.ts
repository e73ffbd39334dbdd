/**
 * Is a value of its type's form? FIX 4.4 volume 1, "FIX Data Types". The value is `bytes` in [start, end),
 * not empty.
 */
import { Syntax } from '../dictionary/types.ts';
import { epochDay } from './values.ts';

export function isWellFormed(syntax: number, bytes: Uint8Array, start: number, end: number): boolean {
  switch (syntax) {
    case Syntax.char:
      return end - start === 1;
    case Syntax.boolean:
      return end - start === 1 && (bytes[start] === 0x59 || bytes[start] === 0x4e);
    case Syntax.integer:
      return areDigits(bytes, bytes[start] === 0x2d ? start + 1 : start, end);
    case Syntax.natural:
      return areDigits(bytes, start, end);
    case Syntax.decimal:
      return isDecimal(bytes, start, end);
    case Syntax.utcTimestamp:
      return isTimestamp(bytes, start, end);
    case Syntax.date:
      return end - start === 8 && !Number.isNaN(epochDay(bytes, start));
    case Syntax.utcTime:
      return isTime(bytes, start, end);
    case Syntax.localTime:
      return end - start === 8 && isTime(bytes, start, end);
    case Syntax.monthYear:
      return isMonthYear(bytes, start, end);
    case Syntax.zonedTime:
      return isZonedTime(bytes, start, end);
    case Syntax.zonedTimestamp:
      return (
        bytes[start + 8] === 0x2d &&
        !Number.isNaN(epochDay(bytes, start)) &&
        isZonedTime(bytes, start + 9, end)
      );
    default:
      return true;
  }
}

/** Not empty, and digits only. */
function areDigits(bytes: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && (bytes[i] - 0x30) >>> 0 <= 9) i++;
  return i === end && start < end;
}

function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === 0x2d ? start + 1 : start;
  let i = first;
  while (i < end && (bytes[i] - 0x30) >>> 0 <= 9) i++;
  if (i === end) return first < end;
  if (bytes[i] !== 0x2e) return false;
  i++;
  while (i < end && (bytes[i] - 0x30) >>> 0 <= 9) i++;
  return i === end && end - first > 1;
}

let knownDate = -1;

/** Dates repeat: the last one that was found to exist is known by its digits. */
function isTimestamp(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 17 || bytes[start + 8] !== 0x2d) return false;
  let date = 0;
  for (let i = start; i < start + 8; i++) {
    const digit = bytes[i] - 0x30;
    if (digit >>> 0 > 9) return false;
    date = Math.imul(date, 10) + digit;
  }
  if (date !== knownDate) {
    if (Number.isNaN(epochDay(bytes, start))) return false;
    knownDate = date;
  }
  return isTime(bytes, start + 9, end);
}

/** HH:MM:SS with an optional fraction of up to twelve digits; second 60 is the leap second. */
function isTime(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 8 || bytes[start + 2] !== 0x3a || bytes[start + 5] !== 0x3a) return false;
  const hour = pair(bytes, start);
  const minute = pair(bytes, start + 3);
  const second = pair(bytes, start + 6);
  // Compared without a sign, -1 is out of every range.
  if (hour >>> 0 > 23 || minute >>> 0 > 59 || second >>> 0 > 60) return false;
  return length === 8 || (bytes[start + 8] === 0x2e && length <= 21 && areDigits(bytes, start + 9, end));
}

/** Two digits as a number, -1 when one of them is none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - 0x30;
  const ones = bytes[at + 1] - 0x30;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : -1;
}

/** YYYYMM, YYYYMMDD or YYYYMMw1 to YYYYMMw5. */
function isMonthYear(bytes: Uint8Array, start: number, end: number): boolean {
  if (!areDigits(bytes, start, start + 6) || end - start < 6) return false;
  const month = (bytes[start + 4] - 0x30) * 10 + bytes[start + 5] - 0x30;
  if (month < 1 || month > 12) return false;
  if (end - start === 6) return true;
  if (end - start !== 8) return false;
  if (bytes[start + 6] === 0x77) return bytes[start + 7] >= 0x31 && bytes[start + 7] <= 0x35;
  return !Number.isNaN(epochDay(bytes, start));
}

/** HH:MM[:SS[.fraction]] and Z or ±hh[:mm]. */
function isZonedTime(bytes: Uint8Array, start: number, end: number): boolean {
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 40)));
  return /^([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d{1,12})?)?(Z|[+-](0\d|1[0-4])(:[0-5]\d)?)?$/.test(text);
}
