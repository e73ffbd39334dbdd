/**
 * The FX calendar as arithmetic on UTC milliseconds: the 17:00 New York roll, trade dates, value dates, the
 * end of DAY orders. No clock and no time zone database: daylight saving follows the rule in force since 2007
 * (second Sunday of March 02:00 to first Sunday of November 02:00, local time; Energy Policy Act of 2005).
 */

const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const ROLL_HOUR = 17;
const SATURDAY = 6;
const SUNDAY = 0;

/**
 * A moment on both clocks: UTC for records and calendars, the host's monotonic clock for ages. Milliseconds.
 */
export interface Moment {
  readonly utcMs: number;
  readonly monoMs: number;
}

/** Days since 1970-01-01 of a civil date; month and day from 1 (proleptic Gregorian). */
export function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The civil date of a day number. */
export function civilDate(days: number): CivilDate {
  const shifted = days + 719_468;
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
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}

/** 0 is Sunday. */
export function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** `2026-11-23`. */
export function isoDate(days: number): string {
  const { year, month, day } = civilDate(days);
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** New York's offset from UTC at a moment: -4 h in summer, -5 h in winter, in milliseconds. */
export function newYorkOffsetMs(utcMs: number): number {
  const { year } = civilDate(Math.floor(utcMs / DAY_MS));
  const summerStartMs = nthSunday(year, 3, 2) * DAY_MS + 7 * HOUR_MS;
  const summerEndMs = nthSunday(year, 11, 1) * DAY_MS + 6 * HOUR_MS;
  return utcMs >= summerStartMs && utcMs < summerEndMs ? -4 * HOUR_MS : -5 * HOUR_MS;
}

/**
 * Day number of the trade date: the New York date, the next one from 17:00 on, moved over the weekend. Friday
 * 17:00 to Sunday 17:00 belongs to Monday.
 */
export function tradeDay(utcMs: number): number {
  const localMs = utcMs + newYorkOffsetMs(utcMs);
  const date = Math.floor(localMs / DAY_MS);
  const rolled = localMs - date * DAY_MS >= ROLL_HOUR * HOUR_MS ? date + 1 : date;
  return nextWeekday(rolled);
}

/**
 * When the trading day that contains `utcMs` ends: 17:00 New York of its trade date. Always after `utcMs`.
 */
export function tradingDayEndMs(utcMs: number): number {
  const localMs = tradeDay(utcMs) * DAY_MS + ROLL_HOUR * HOUR_MS;
  // At 17:00 both candidate offsets fall on the same side of a change made at night, so either finds the
  // right one.
  return localMs - newYorkOffsetMs(localMs + 5 * HOUR_MS);
}

/**
 * When the trading day that contains `utcMs` began: 17:00 New York of the business day before its trade date.
 */
export function tradingDayStartMs(utcMs: number): number {
  let day = tradeDay(utcMs) - 1;
  while (nextWeekday(day) !== day) day -= 1;
  const localMs = day * DAY_MS + ROLL_HOUR * HOUR_MS;
  return localMs - newYorkOffsetMs(localMs + 5 * HOUR_MS);
}

/**
 * Settlement date of a trade done at `utcMs`: `businessDays` after the trade date (2 for most spot pairs, 1
 * for USD/CAD), counting no weekend and no holiday. `isHoliday` takes an ISO date.
 */
export function valueDate(
  utcMs: number,
  businessDays: number,
  isHoliday: (date: string) => boolean = () => false,
): string {
  let day = tradeDay(utcMs);
  for (let left = businessDays, guard = 0; left > 0 || isHoliday(isoDate(day)); guard += 1) {
    if (guard > 366) throw new Error('a calendar without a business day in a year');
    day = nextWeekday(day + 1);
    if (left > 0 && !isHoliday(isoDate(day))) left -= 1;
  }
  return isoDate(day);
}

function nextWeekday(days: number): number {
  const name = weekday(days);
  if (name === SATURDAY) return days + 2;
  return name === SUNDAY ? days + 1 : days;
}

function nthSunday(year: number, month: number, nth: number): number {
  const first = dayNumber(year, month, 1);
  return first + ((7 - weekday(first)) % 7) + (nth - 1) * 7;
}
