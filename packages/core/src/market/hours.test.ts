/** Trading hours: daily, over midnight, over the week's end, and by a clock that changes. */
import { describe, expect, it } from 'vitest';
import { isWithinHours, type TradingHours } from './hours.ts';

const at = (iso: string): number => Date.parse(iso);
const week: TradingHours = {
  startDay: 0,
  startTime: '17:00:00',
  endDay: 5,
  endTime: '17:00:00',
  timeZone: 'America/New_York',
};

describe('isWithinHours', () => {
  it('is open always without hours', () => {
    expect(isWithinHours(undefined, 0)).toBe(true);
  });

  it.each([
    ['2026-11-27T21:59:59Z', true, 'Friday before five in New York'],
    ['2026-11-27T22:00:00Z', false, 'Friday at five'],
    ['2026-11-28T12:00:00Z', false, 'Saturday'],
    ['2026-11-29T21:59:59Z', false, 'Sunday before five'],
    ['2026-11-29T22:00:00Z', true, 'Sunday at five'],
    ['2026-06-26T20:59:59Z', true, 'an hour earlier by UTC in summer'],
    ['2026-06-26T21:00:00Z', false, 'and closed then'],
  ])('week of FX: %s is %s (%s)', (iso, open) => {
    expect(isWithinHours(week, at(iso))).toBe(open);
  });

  it.each([
    ['2026-11-25T07:59:59Z', false],
    ['2026-11-25T08:00:00Z', true],
    ['2026-11-25T16:30:00Z', false],
  ])('daily: %s is %s', (iso, open) => {
    expect(isWithinHours({ startTime: '08:00:00', endTime: '16:30:00' }, at(iso))).toBe(open);
  });

  it('goes over midnight', () => {
    const night = { startTime: '22:00:00', endTime: '02:00:00' };
    expect(isWithinHours(night, at('2026-11-25T23:30:00Z'))).toBe(true);
    expect(isWithinHours(night, at('2026-11-25T01:30:00Z'))).toBe(true);
    expect(isWithinHours(night, at('2026-11-25T12:00:00Z'))).toBe(false);
  });
});
