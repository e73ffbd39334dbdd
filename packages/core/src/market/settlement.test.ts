/** Value dates of spot trades, at the roll of New York in summer and winter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, isoDate, tradeDay, weekday } from '../number/time.ts';
import { spotValueDate, type Settlement } from './settlement.ts';

const at = (text: string): number => Date.parse(text);

describe('spotValueDate', () => {
  it('rolls at 17:00 New York over weekends and changes of the clock', () => {
    const around = (ms: number) => [ms - 1, ms].map((each) => spotValueDate(each));
    expect(around(at('2026-11-25T22:00:00Z'))).toEqual(['2026-11-27', '2026-11-30']);
    expect(around(at('2026-07-01T21:00:00Z'))).toEqual(['2026-07-03', '2026-07-06']);
    // A Friday: what is dealt after the roll is Monday's.
    expect(around(at('2026-03-06T22:00:00Z'))).toEqual(['2026-03-10', '2026-03-11']);
    // The clock goes forward on Sunday 8 March: Monday's roll is an hour earlier in UTC.
    expect(around(at('2026-03-09T21:00:00Z'))).toEqual(['2026-03-11', '2026-03-12']);
  });

  it('counts the days of the instrument and none of its holidays', () => {
    const tuesday = at('2026-11-24T15:00:00Z');
    expect(spotValueDate(tuesday, { days: 1 })).toBe('2026-11-25');
    expect(spotValueDate(tuesday, { days: 2, holidays: ['2026-11-26'] })).toBe('2026-11-27');
    expect(spotValueDate(tuesday, { days: 1, holidays: ['2026-11-25', '2026-11-26'] })).toBe('2026-11-27');
    expect(spotValueDate(tuesday, { days: 0 })).toBe('2026-11-24');
  });

  it('is what a walk day by day finds', () => {
    const walk = (utcMs: number, { days, holidays = [] }: Settlement): string => {
      const isOpen = (day: number) => ![0, 6].includes(weekday(day)) && !holidays.includes(isoDate(day));
      let day = tradeDay(utcMs);
      for (let open = 0; open < days; open += isOpen(day) ? 1 : 0) day += 1;
      while (!isOpen(day)) day += 1;
      return isoDate(day);
    };
    const day = fc.integer({ min: 20_000, max: 24_000 });
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 0, max: DAY_MS - 1 }),
        fc.integer({ min: 0, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 6 }),
        (date, ms, days, ahead) => {
          const settlement = { days, holidays: ahead.map((each) => isoDate(date + each)) };
          expect(spotValueDate(date * DAY_MS + ms, settlement)).toBe(walk(date * DAY_MS + ms, settlement));
        },
      ),
    );
  });
});
