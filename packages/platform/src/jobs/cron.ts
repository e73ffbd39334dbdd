/**
 * Which slots of a schedule are due: a pure function of the schedule and two times. A wall clock time that a
 * zone leaves out comes once, right after the change; one that it has twice is taken the first time only,
 * except by schedules that run every hour or oftener, which run in each real hour.
 */
import { CronExpressionParser } from 'cron-parser';

export interface Schedule {
  readonly name: string;
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** IANA, such as `America/New_York`. */
  readonly timeZone: string;
  /** What is done about slots that nobody was there for: none of them, or the last one. */
  readonly missed: 'skip' | 'last';
}

export interface Slots {
  readonly run: readonly number[];
  /** Passed over, each with why. */
  readonly skipped: readonly number[];
}

const slotsMax = 10_000;
/** Nobody misses a slot by so little. */
export const graceMs = 60_000;

/** Slots after `afterMs` up to `nowMs`, in order. */
export function dueSlots({ cron, timeZone, missed }: Schedule, afterMs: number, nowMs: number): Slots {
  const all = slotsBetween(cron, timeZone, afterMs, nowMs);
  const inTime = all.filter((slot) => nowMs - slot <= graceMs);
  const late = all.filter((slot) => nowMs - slot > graceMs);
  if (missed === 'skip' || inTime.length > 0 || late.length === 0) return { run: inTime, skipped: late };
  return { run: late.slice(-1), skipped: late.slice(0, -1) };
}

/**
 * From a while before: started between the two times that a wall clock shows twice, the walk would take the
 * second for the first.
 */
const runUpMs = 3 * 3_600_000;

export function slotsBetween(cron: string, timeZone: string, afterMs: number, toMs: number): number[] {
  const slots: number[] = [];
  const walk = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(afterMs - runUpMs) });
  for (let slot = walk.next().getTime(); slot <= toMs && slots.length < slotsMax;) {
    if (slot > afterMs) slots.push(slot);
    slot = walk.next().getTime();
  }
  return slots;
}

/** The first slot after a time. */
export function nextSlot({ cron, timeZone }: Pick<Schedule, 'cron' | 'timeZone'>, afterMs: number): number {
  const walk = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(afterMs - runUpMs) });
  let slot = walk.next().getTime();
  while (slot <= afterMs) slot = walk.next().getTime();
  return slot;
}
