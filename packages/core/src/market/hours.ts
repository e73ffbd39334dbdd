/**
 * When an instrument trades: every day or once a week from a start to an end, in a time zone whose changes of
 * the clock it follows. The instant is an argument.
 */

export interface TradingHours {
  /** `HH:MM:SS` in the time zone. */
  readonly startTime: string;
  readonly endTime: string;
  /** 0 Sunday … 6 Saturday; both or neither. Without them it trades every day. */
  readonly startDay?: number | undefined;
  readonly endDay?: number | undefined;
  /** IANA name; default UTC. */
  readonly timeZone?: string | undefined;
}

const DAY_SECONDS = 86_400;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** Absent hours: always. The start is within, the end is not; an end at the start is a whole day or week. */
export function isWithinHours(hours: TradingHours | undefined, utcMs: number): boolean {
  if (hours === undefined) return true;
  const { day, second } = localTime(utcMs, hours.timeZone ?? 'UTC');
  const { startDay, endDay } = hours;
  const isWeekly = startDay !== undefined && endDay !== undefined;
  const start = (isWeekly ? startDay * DAY_SECONDS : 0) + secondsOf(hours.startTime);
  const end = (isWeekly ? endDay * DAY_SECONDS : 0) + secondsOf(hours.endTime);
  const now = (isWeekly ? day * DAY_SECONDS : 0) + second;
  return start < end ? now >= start && now < end : now >= start || now < end;
}

function localTime(utcMs: number, timeZone: string): { readonly day: number; readonly second: number } {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(utcMs)
      .map(({ type, value }) => [type, value]),
  );
  const number = (name: 'hour' | 'minute' | 'second'): number => Number(parts.get(name));
  const second = number('hour') * 3_600 + number('minute') * 60 + number('second');
  return { day: weekdays.indexOf(parts.get('weekday') ?? ''), second };
}

/** Kept: making one costs a thousand times what using it does. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}

const secondsOf = (time: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return hours * 3_600 + minutes * 60 + seconds;
};
