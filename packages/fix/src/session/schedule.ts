/**
 * When a session is open, and which period of its schedule an instant belongs to. A new period starts with
 * new sequence numbers. Pure: the instant is an argument.
 *
 * Local times that a change of the clock skips are as much later as the clock jumps; those that come twice
 * are meant the first time.
 */

export interface Schedule {
  /** `HH:MM:SS` in the time zone. */
  readonly startTime: string;
  readonly endTime: string;
  /** 0 Sunday … 6 Saturday; both or neither. Without them the session opens every day. */
  readonly startDay?: number;
  readonly endDay?: number;
  /** IANA name; default UTC. */
  readonly timeZone?: string;
}

/** One opening of a session, and when the next one is; milliseconds since the epoch, the ends excluded. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
  readonly nextStartMs: number;
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;

/** What is wrong with a schedule, for people; undefined when nothing is. */
export function scheduleFault(schedule: Schedule): string | undefined {
  for (const name of ['startTime', 'endTime'] as const) {
    if (timeOfDayMs(schedule[name]) === undefined) return `${name} is not HH:MM:SS: ${schedule[name]}`;
  }
  const { startDay, endDay } = schedule;
  if ((startDay === undefined) !== (endDay === undefined)) return 'startDay and endDay go together';
  for (const day of [startDay, endDay]) {
    if (day !== undefined && !(Number.isInteger(day) && day >= 0 && day <= 6)) return `not a day: ${day}`;
  }
  try {
    offsetMs(0, schedule.timeZone ?? 'UTC');
  } catch {
    return `not a time zone: ${schedule.timeZone}`;
  }
  return undefined;
}

/** Is the session open at this instant? */
export function isOpen(schedule: Schedule, utcMs: number): boolean {
  return utcMs < periodOf(schedule, utcMs).endMs;
}

/** Start of the period that is open at the instant or was the last one before it. */
export function periodStartMs(schedule: Schedule, utcMs: number): number {
  return periodOf(schedule, utcMs).startMs;
}

/** The instant itself when the session is open, else when it opens next. */
export function nextOpenMs(schedule: Schedule, utcMs: number): number {
  const period = periodOf(schedule, utcMs);
  return utcMs < period.endMs ? utcMs : period.nextStartMs;
}

/** The period that is open at the instant, or the last one before it. The schedule must be free of faults. */
export function periodOf(schedule: Schedule, utcMs: number): Period {
  const zone = schedule.timeZone ?? 'UTC';
  const startOfDay = timeOfDayMs(schedule.startTime);
  const endOfDay = timeOfDayMs(schedule.endTime);
  if (startOfDay === undefined || endOfDay === undefined) throw new RangeError(scheduleFault(schedule));
  const { startDay, endDay } = schedule;
  const isWeekly = startDay !== undefined && endDay !== undefined;
  const everyDays = isWeekly ? 7 : 1;
  let lengthDays = isWeekly ? (endDay - startDay + 7) % 7 : 0;
  if (lengthDays === 0 && endOfDay <= startOfDay) lengthDays = everyDays;
  const today = Math.floor((utcMs + offsetMs(utcMs, zone)) / DAY_MS);
  const sinceStart = isWeekly ? (((today + EPOCH_WEEKDAY - startDay) % 7) + 7) % 7 : 0;
  const startOn = (day: number): number => instantOf(day * DAY_MS + startOfDay, zone);
  let day = today - sinceStart;
  if (startOn(day) > utcMs) day -= everyDays;
  else if (startOn(day + everyDays) <= utcMs) day += everyDays;
  const nextStartMs = startOn(day + everyDays);
  const endMs = instantOf((day + lengthDays) * DAY_MS + endOfDay, zone);
  return { startMs: startOn(day), endMs: Math.min(endMs, nextStartMs), nextStartMs };
}

function timeOfDayMs(text: string): number | undefined {
  const found = /^(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (found === null) return undefined;
  const [hours, minutes, seconds] = found.slice(1).map(Number) as [number, number, number];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS;
}

/** The instant at which clocks of the zone show this local time, given as if it were UTC. */
function instantOf(localMs: number, zone: string): number {
  const before = offsetMs(localMs - DAY_MS, zone);
  const after = offsetMs(localMs + DAY_MS, zone);
  for (const offset of [before, after]) {
    if (offsetMs(localMs - offset, zone) === offset) return localMs - offset;
  }
  return localMs - before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What clocks of the zone show, less UTC. Throws for an unknown zone. */
function offsetMs(utcMs: number, zone: string): number {
  if (zone === 'UTC') return 0;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const fields: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcMs)) fields[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = fields;
  const local = daysBefore(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * SECOND_MS;
  return local - Math.floor(utcMs / SECOND_MS) * SECOND_MS;
}

/** Days from 1 January 1970 to a day of the Gregorian calendar; years from March on end with the leap day. */
function daysBefore(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}
