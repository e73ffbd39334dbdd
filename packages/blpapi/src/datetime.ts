/**
 * Bloomberg's dates and times with the parts that were sent, and only those: a TIME has no date, and today is
 * not put in its place. Read by `decode.ts` from the 16 bytes of the library's own struct.
 */
import type { BlpDatetime } from './contract.ts';

export const datetimeParts = {
  year: 1,
  month: 2,
  day: 4,
  offset: 8,
  hours: 16,
  minutes: 32,
  seconds: 64,
  fraction: 128,
} as const;

const dateParts = datetimeParts.year | datetimeParts.month | datetimeParts.day;
const timeParts = datetimeParts.hours | datetimeParts.minutes | datetimeParts.seconds;
const picosecondsPerMillisecond = 1_000_000_000;

/** Bytes of the library's HighPrecisionDatetime. */
export const datetimeBytes = 16;

const typeNames: Readonly<Record<number, BlpDatetime['type']>> = { 10: 'date', 11: 'time', 13: 'datetime' };

/** `dataType` is Bloomberg's number: 10 DATE, 11 TIME, 13 DATETIME. Members outside of `parts` become 0. */
export function readDatetime(view: DataView, at: number, dataType: number): BlpDatetime {
  const parts = view.getUint8(at);
  const hasFraction = (parts & datetimeParts.fraction) !== 0;
  return {
    type: typeNames[dataType] ?? 'datetime',
    parts,
    year: (parts & datetimeParts.year) === 0 ? 0 : view.getUint16(at + 8, true),
    month: (parts & datetimeParts.month) === 0 ? 0 : view.getUint8(at + 6),
    day: (parts & datetimeParts.day) === 0 ? 0 : view.getUint8(at + 7),
    hours: (parts & datetimeParts.hours) === 0 ? 0 : view.getUint8(at + 1),
    minutes: (parts & datetimeParts.minutes) === 0 ? 0 : view.getUint8(at + 2),
    seconds: (parts & datetimeParts.seconds) === 0 ? 0 : view.getUint8(at + 3),
    picoseconds: hasFraction
      ? view.getUint16(at + 4, true) * picosecondsPerMillisecond + view.getUint32(at + 12, true)
      : 0,
    offsetMinutes: (parts & datetimeParts.offset) === 0 ? 0 : view.getInt16(at + 10, true),
  };
}

/** The library's struct of a value, for requests. */
export function writeDatetime(value: BlpDatetime): Uint8Array {
  const bytes = new Uint8Array(datetimeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, value.parts);
  view.setUint8(1, value.hours);
  view.setUint8(2, value.minutes);
  view.setUint8(3, value.seconds);
  view.setUint16(4, Math.trunc(value.picoseconds / picosecondsPerMillisecond), true);
  view.setUint8(6, value.month);
  view.setUint8(7, value.day);
  view.setUint16(8, value.year, true);
  view.setInt16(10, value.offsetMinutes, true);
  view.setUint32(12, value.picoseconds % picosecondsPerMillisecond, true);
  return bytes;
}

const two = (value: number): string => String(value).padStart(2, '0');

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
}

/** Three, six, nine or twelve digits: as many groups as the value needs. */
function fractionText(picoseconds: number): string {
  return `.${String(picoseconds)
    .padStart(12, '0')
    .replace(/(?:000){1,3}$/, '')}`;
}

function dateText(value: BlpDatetime): string {
  if ((value.parts & dateParts) === 0) return '';
  const year = (value.parts & datetimeParts.year) === 0 ? '----' : String(value.year).padStart(4, '0');
  const month = (value.parts & datetimeParts.month) === 0 ? '--' : two(value.month);
  const day = (value.parts & datetimeParts.day) === 0 ? '--' : two(value.day);
  return `${year}-${month}-${day}`;
}

function timeText(value: BlpDatetime): string {
  if ((value.parts & timeParts) === 0) return '';
  const hours = (value.parts & datetimeParts.hours) === 0 ? '--' : two(value.hours);
  const minutes = (value.parts & datetimeParts.minutes) === 0 ? '--' : two(value.minutes);
  const seconds = (value.parts & datetimeParts.seconds) === 0 ? '' : `:${two(value.seconds)}`;
  const fraction = (value.parts & datetimeParts.fraction) === 0 ? '' : fractionText(value.picoseconds);
  return `${hours}:${minutes}${seconds}${fraction}`;
}

/**
 * ISO 8601 text of exactly the parts that are there: `2026-11-22`, `13:06:18.704`, `2026-11-22T13:06:18Z`.
 * The offset appears only when it was sent. A part missing in the middle shows as dashes.
 */
export function isoText(value: BlpDatetime): string {
  const date = dateText(value);
  const time = timeText(value);
  const offset = (value.parts & datetimeParts.offset) === 0 ? '' : offsetText(value.offsetMinutes);
  return `${date}${date !== '' && time !== '' ? 'T' : ''}${time}${offset}`;
}

/**
 * Milliseconds since 1970 UTC; undefined when the date or time is incomplete, or when no offset was sent and
 * `assumedOffsetMinutes` does not say which zone is meant.
 */
export function epochMs(value: BlpDatetime, assumedOffsetMinutes?: number): number | undefined {
  const wanted = dateParts | datetimeParts.hours | datetimeParts.minutes;
  if ((value.parts & wanted) !== wanted) return undefined;
  const hasOffset = (value.parts & datetimeParts.offset) !== 0;
  const offset = hasOffset ? value.offsetMinutes : assumedOffsetMinutes;
  if (offset === undefined) return undefined;
  const midnight = Date.UTC(value.year, value.month - 1, value.day);
  const minutes = value.hours * 60 + value.minutes - offset;
  const milliseconds = Math.trunc(value.picoseconds / picosecondsPerMillisecond);
  return midnight + minutes * 60_000 + value.seconds * 1000 + milliseconds;
}

/**
 * A value for requests, from `2026-11-22`, `2026-11-22T09:30:00[.123][Z|+01:00]`; undefined when malformed.
 */
export function parseDatetime(text: string): BlpDatetime | undefined {
  const pattern =
    /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?$/;
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hours, minutes, seconds, fraction, zulu, sign, offsetHours, offsetMinutes] =
    found;
  let parts: number = dateParts;
  if (hours !== undefined) parts |= datetimeParts.hours | datetimeParts.minutes;
  if (seconds !== undefined) parts |= datetimeParts.seconds;
  if (fraction !== undefined) parts |= datetimeParts.fraction;
  if (zulu !== undefined || sign !== undefined) parts |= datetimeParts.offset;
  const value: BlpDatetime = {
    type: hours === undefined ? 'date' : 'datetime',
    parts,
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hours: Number(hours ?? 0),
    minutes: Number(minutes ?? 0),
    seconds: Number(seconds ?? 0),
    picoseconds: Number((fraction ?? '').padEnd(12, '0')),
    offsetMinutes:
      (sign === '-' ? -1 : 1) * (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) || 0,
  };
  return isPossible(value) ? value : undefined;
}

function isPossible(value: BlpDatetime): boolean {
  const day = new Date(Date.UTC(value.year, value.month - 1, value.day));
  const isDate = day.getUTCMonth() === value.month - 1 && day.getUTCDate() === value.day;
  return isDate && value.hours < 24 && value.minutes < 60 && value.seconds < 61;
}
