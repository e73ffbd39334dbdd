/** Moments in zones with and without summer time, there and back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockText, fieldTime, fileTime, isZone, momentOf, stampText, timeText } from './time.text.ts';

const at = '2026-11-28T17:20:09.123Z';

describe('timeText', () => {
  it.each([
    ['UTC', '2026-11-28 17:20:09.123'],
    ['America/New_York', '2026-11-28 12:20:09.123'],
    ['Asia/Tokyo', '2026-11-29 02:20:09.123'],
    ['Asia/Kolkata', '2026-11-28 22:50:09.123'],
    ['Australia/Lord_Howe', '2026-11-29 04:20:09.123'],
  ])('in %s is %s', (zone, text) => {
    expect(timeText(at, zone)).toBe(text);
    expect(clockText(Date.parse(at), zone)).toBe(text.slice(11, 19));
  });
  it('follows the clocks of the day that it is about', () => {
    expect(timeText('2026-03-29T00:59:59.999Z', 'Europe/London')).toBe('2026-03-29 00:59:59.999');
    expect(timeText('2026-03-29T01:00:00.000Z', 'Europe/London')).toBe('2026-03-29 02:00:00.000');
  });
  it('leaves what is no time alone', () => {
    expect(timeText('never', 'UTC')).toBe('never');
    expect(fileTime('never')).toBe('never');
  });
});

it('in files is ISO 8601 in UTC, whatever the zone', () => {
  expect(fileTime('2026-11-28T17:20:09.1Z')).toBe('2026-11-28T17:20:09.100Z');
  expect(stampText(Date.parse(at))).toBe('20261128T172009Z');
});

describe('momentOf', () => {
  it('finds the moment again that a field shows', () => {
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata', 'Europe/Zurich');
    // The hour that clocks show twice has two answers; one of them is given.
    fc.assert(
      fc.property(fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }), zones, (ms, zone) => {
        const iso = new Date(ms).toISOString();
        const found = momentOf(fieldTime(iso, zone), zone) ?? '';
        expect(timeText(found, zone)).toBe(timeText(iso, zone));
      }),
    );
  });
  it('knows what is no time', () => {
    expect(momentOf('', 'UTC')).toBeUndefined();
    expect(momentOf('soon', 'UTC')).toBeUndefined();
    expect(momentOf('2026-11-28T17:20', 'Asia/Tokyo')).toBe('2026-11-28T08:20:00.000Z');
  });
});

it('tells zones from other text', () => {
  expect(['UTC', 'Europe/Zurich', 'Mars/Base', ''].map(isZone)).toEqual([true, true, false, false]);
});
