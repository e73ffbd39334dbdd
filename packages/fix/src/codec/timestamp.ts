/**
 * UTCTimestamp text `YYYYMMDD-HH:MM:SS[.sss[sss[sss]]]` from milliseconds since the epoch. The last text is
 * kept and only the digits that changed are written anew, so stamping a burst of messages costs a copy.
 */

/** Digits of a second's fraction. */
export type TimestampPrecision = 0 | 3 | 6 | 9;

/** With nanoseconds. */
export const TIMESTAMP_BYTES_MAX = 27;
const MILLISECOND_BYTES = 21;
const SECOND_BYTES = 17;
const NANOS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** 9999-12-31T23:59:59.999Z */
const EPOCH_MS_MAX = 253_402_300_799_999;

export class TimestampText {
  readonly #text = Uint8Array.from('00000000-00:00:00.000', (character) => character.charCodeAt(0));
  #ms = NaN;
  #second = NaN;
  #minute = NaN;
  #day = NaN;

  /**
   * Writes the text at `at`; returns the place behind it. `nanos` are those within the millisecond. Throws on
   * what is not a whole millisecond between 1970 and 9999.
   */
  write(epochMs: number, into: Uint8Array, at: number, precision: TimestampPrecision = 3, nanos = 0): number {
    if (epochMs !== this.#ms) this.#update(epochMs);
    const text = this.#text;
    const length = precision === 0 ? SECOND_BYTES : MILLISECOND_BYTES;
    for (let i = 0; i < length; i++) into[at + i] = text[i];
    return precision === 6 || precision === 9 ? writeFine(into, at + length, precision, nanos) : at + length;
  }

  #update(epochMs: number): void {
    if (!Number.isInteger(epochMs) || epochMs < 0 || epochMs > EPOCH_MS_MAX) {
      throw new RangeError(`not milliseconds since the epoch: ${epochMs}`);
    }
    const second = Math.floor(epochMs / MS_PER_SECOND);
    const ms = epochMs - second * MS_PER_SECOND;
    if (second !== this.#second) {
      const minute = Math.floor(epochMs / MS_PER_MINUTE);
      if (minute !== this.#minute) this.#updateMinute(minute, Math.floor(epochMs / MS_PER_DAY));
      this.#pair(15, second - minute * 60);
      this.#second = second;
    }
    const hundreds = (ms / 100) | 0;
    this.#text[18] = 0x30 + hundreds;
    this.#pair(19, ms - hundreds * 100);
    this.#ms = epochMs;
  }

  #updateMinute(minute: number, day: number): void {
    if (day !== this.#day) this.#updateDay(day);
    const minuteOfDay = minute - day * 1440;
    const hour = Math.floor(minuteOfDay / 60);
    this.#pair(9, hour);
    this.#pair(12, minuteOfDay - hour * 60);
    this.#minute = minute;
  }

  /** Gregorian date of a day since the epoch; the inverse of `epochDay`. */
  #updateDay(day: number): void {
    const shifted = day + 719_468;
    const era = Math.floor(shifted / 146_097);
    const dayOfEra = shifted - era * 146_097;
    const yearOfEra = Math.floor(
      (dayOfEra -
        Math.floor(dayOfEra / 1460) +
        Math.floor(dayOfEra / 36_524) -
        Math.floor(dayOfEra / 146_096)) /
        365,
    );
    const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
    const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
    const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
    const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
    this.#pair(0, Math.floor(year / 100));
    this.#pair(2, year % 100);
    this.#pair(4, month);
    this.#pair(6, dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1);
    this.#day = day;
  }

  #pair(at: number, value: number): void {
    const tens = (value / 10) | 0;
    this.#text[at] = 0x30 + tens;
    this.#text[at + 1] = 0x30 + value - tens * 10;
  }
}

/** The digits behind those of the millisecond. */
function writeFine(into: Uint8Array, at: number, precision: 6 | 9, nanos: number): number {
  if (!Number.isInteger(nanos) || nanos < 0 || nanos >= NANOS_PER_MS)
    throw new RangeError(`not nanoseconds within a millisecond: ${nanos}`);
  const digits = precision - 3;
  let rest = precision === 9 ? nanos : Math.floor(nanos / 1000);
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    into[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}
