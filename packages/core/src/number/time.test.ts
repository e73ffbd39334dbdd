import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  civilDate,
  dayNumber,
  isoDate,
  newYorkOffsetMs,
  tradeDay,
  tradingDayEndMs,
  tradingDayStartMs,
  valueDate,
} from './time.ts';

const at = (text: string): number => Date.parse(text);
const moments = fc.integer({ min: at('2007-04-01T00:00:00Z'), max: at('2090-01-01T00:00:00Z') });
const newYork = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

describe('calendar', () => {
  it('agrees with the platform about civil dates', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        expect(civilDate(days)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
        const { year, month, day } = civilDate(days);
        expect(dayNumber(year, month, day)).toBe(days);
      }),
    );
  });

  it('agrees with the time zone database about New York since 2007', () => {
    fc.assert(
      fc.property(moments, (utcMs) => {
        const parts = newYork.formatToParts(utcMs);
        const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
        const local = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
        expect(newYorkOffsetMs(utcMs)).toBe(local - Math.floor(utcMs / 1000) * 1000);
      }),
    );
  });
});

describe('the 17:00 New York roll', () => {
  it.each([
    ['2026-11-20T21:59:59.999Z', '2026-11-20'], // Friday 16:59 in winter
    ['2026-11-20T22:00:00Z', '2026-11-23'],
    ['2026-11-22T12:00:00Z', '2026-11-23'],
    ['2026-11-22T22:00:00Z', '2026-11-23'], // Sunday 17:00
    ['2026-11-23T22:00:00Z', '2026-11-24'],
    ['2026-07-01T20:59:59Z', '2026-07-01'], // 16:59 in summer
    ['2026-07-01T21:00:00Z', '2026-07-02'],
  ])('%s trades for %s', (moment, date) => {
    expect(isoDate(tradeDay(at(moment)))).toBe(date);
  });

  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T22:00:00Z'],
    ['2026-11-20T22:00:00Z', '2026-11-23T22:00:00Z'],
    ['2026-03-06T23:00:00Z', '2026-03-09T21:00:00Z'], // over the change to summer time
    ['2026-10-30T22:00:00Z', '2026-11-02T22:00:00Z'], // and back
  ])('the day of %s ends at %s', (moment, end) => {
    expect(tradingDayEndMs(at(moment))).toBe(at(end));
  });

  it('ends after the moment, within four days, where the next trade date begins', () => {
    fc.assert(
      fc.property(moments, (utcMs) => {
        const end = tradingDayEndMs(utcMs);
        expect(end).toBeGreaterThan(utcMs);
        expect(end - utcMs).toBeLessThanOrEqual(3 * 86_400_000 + 3_600_000);
        expect(tradeDay(end - 1)).toBe(tradeDay(utcMs));
        expect(tradeDay(end)).toBeGreaterThan(tradeDay(utcMs));
        const start = tradingDayStartMs(utcMs);
        expect(start).toBeLessThanOrEqual(utcMs);
        expect(tradingDayEndMs(start)).toBe(end);
        expect(tradingDayEndMs(start - 1)).toBe(start);
      }),
    );
  });

  it('settles spot two business days later, over weekends and holidays', () => {
    expect(valueDate(at('2026-11-19T12:00:00Z'), 2)).toBe('2026-11-23');
    expect(valueDate(at('2026-11-19T12:00:00Z'), 1)).toBe('2026-11-20');
    expect(valueDate(at('2026-11-19T12:00:00Z'), 0)).toBe('2026-11-19');
    const christmas = (date: string): boolean => date.endsWith('-12-25');
    expect(valueDate(at('2026-12-23T12:00:00Z'), 2, christmas)).toBe('2026-12-28');
    expect(() => valueDate(0, 1, () => true)).toThrow(/business day/);
  });
});
