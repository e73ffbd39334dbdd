/**
 * When a spot trade settles. Days and holidays are data of the instrument, since no rule knows them: USD/CAD
 * settles a day after the trade date, most pairs two. The trade date is New York's, the next one from 17:00.
 */
import { valueDate } from '../number/time.ts';

export interface Settlement {
  /** Business days after the trade date. */
  readonly days: number;
  /** ISO dates on which it does not settle, beside Saturdays and Sundays. */
  readonly holidays?: readonly string[];
}

/** Most pairs. */
export const SPOT: Settlement = { days: 2 };

/** ISO date on which what is dealt at `utcMs` settles. */
export function spotValueDate(utcMs: number, { days, holidays = [] }: Settlement = SPOT): string {
  return valueDate(utcMs, days, (date) => holidays.includes(date));
}
