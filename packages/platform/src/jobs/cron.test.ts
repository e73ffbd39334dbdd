/** Slots of schedules: over both changes of the clock, and however the time is cut into looks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSlots, nextSlot, slotsBetween } from './cron.ts';

const zone = 'America/New_York';
const between = (cron: string, from: string, to: string, timeZone = zone) =>
  slotsBetween(cron, timeZone, Date.parse(from), Date.parse(to)).map((ms) => new Date(ms).toISOString());

describe('slots', () => {
  it('of a time that the zone leaves out come once, right after the change', () => {
    expect(between('30 2 * * *', '2026-03-07T12:00:00Z', '2026-03-09T12:00:00Z')).toEqual([
      '2026-03-08T07:30:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ]);
  });

  it('of a time that the zone has twice come the first time, also when one looks between the two', () => {
    const first = '2026-11-01T05:30:00.000Z';
    expect(between('30 1 * * *', '2026-10-31T12:00:00Z', '2026-11-02T05:00:00Z')).toEqual([first]);
    expect(between('30 1 * * *', first, '2026-11-02T05:00:00Z')).toEqual([]);
    expect(between('30 1 * * *', '2026-11-01T06:00:00Z', '2026-11-02T05:00:00Z')).toEqual([]);
  });

  it('of every half hour come in each real half hour', () => {
    for (const day of ['2026-03-08', '2026-11-01']) {
      const slots = between('*/30 * * * *', `${day}T00:00:00Z`, `${day}T12:00:00Z`);
      expect(slots).toHaveLength(24);
      expect(new Set(slots).size).toBe(24);
    }
  });

  it('are the same however often and whenever one looks', () => {
    const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'UTC'];
    const crons = ['30 1 * * *', '0 2 * * *', '15 * * * *', '0 17 * * 1-5', '59 23 * * *'];
    const starts = ['2026-03-07T00:00:00Z', '2026-10-24T00:00:00Z', '2026-10-31T00:00:00Z'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...crons),
        fc.constantFrom(...starts),
        fc.array(fc.integer({ min: 0, max: 72 * 60 }), { maxLength: 8 }),
        (timeZone, cron, start, cuts) => {
          const fromMs = Date.parse(start);
          const toMs = fromMs + 72 * 3_600_000;
          const whole = slotsBetween(cron, timeZone, fromMs, toMs);
          const times = [...cuts.toSorted((a, b) => a - b).map((minute) => fromMs + minute * 60_000), toMs];
          let afterMs = fromMs;
          const parts: number[] = [];
          for (const ms of times) {
            parts.push(...slotsBetween(cron, timeZone, afterMs, ms));
            afterMs = ms;
          }
          expect(parts).toEqual(whole);
          expect(nextSlot({ cron, timeZone }, fromMs)).toBe(whole[0] ?? nextSlot({ cron, timeZone }, fromMs));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('that nobody was there for are passed over, or made up for once', () => {
    const schedule = { name: 'x', cron: '0 * * * *', timeZone: 'UTC' };
    const [afterMs, nowMs] = [Date.parse('2026-06-01T00:00:00Z'), Date.parse('2026-06-01T03:30:00Z')];
    const hour = (n: number) => afterMs + n * 3_600_000;
    expect(dueSlots({ ...schedule, missed: 'skip' }, afterMs, nowMs)).toEqual({
      run: [],
      skipped: [1, 2, 3].map(hour),
    });
    expect(dueSlots({ ...schedule, missed: 'last' }, afterMs, nowMs)).toEqual({
      run: [hour(3)],
      skipped: [1, 2].map(hour),
    });
    expect(dueSlots({ ...schedule, missed: 'last' }, afterMs, hour(3) + 1_000)).toEqual({
      run: [hour(3)],
      skipped: [1, 2].map(hour),
    });
  });
});
