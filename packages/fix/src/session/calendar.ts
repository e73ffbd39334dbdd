/**
 * A session's schedule, asked as seldom as it can change: `nextMs` is the next instant at which it has
 * something to say. Between schedule and session.
 */
import { periodOf, type Period, type Schedule } from './schedule.ts';

export class Calendar {
  /** When to look again. */
  nextMs: number;
  readonly #schedule: Schedule | undefined;
  #period: Period | undefined;

  constructor(schedule: Schedule | undefined) {
    this.#schedule = schedule;
    this.nextMs = schedule === undefined ? Infinity : -Infinity;
  }

  /** Looks again at the next tick, whenever that is. */
  wake(): void {
    if (this.#schedule !== undefined) this.nextMs = -Infinity;
  }

  /** The session is open at the instant. */
  isOpen(utcMs: number): boolean {
    return this.#schedule === undefined || utcMs < this.#look(utcMs).endMs;
  }

  /** Numbers that started at 1 at `createdAtMs` belong to an earlier period. */
  isOld(createdAtMs: number, utcMs: number): boolean {
    return this.#schedule !== undefined && createdAtMs < this.#look(utcMs).startMs;
  }

  #look(utcMs: number): Period {
    let period = this.#period;
    if (period === undefined || utcMs < period.startMs || utcMs >= period.nextStartMs) {
      period = this.#period = periodOf(this.#schedule as Schedule, utcMs);
    }
    this.nextMs = utcMs < period.endMs ? period.endMs : period.nextStartMs;
    return period;
  }
}
