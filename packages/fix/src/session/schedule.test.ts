/** When a session is open: days, weeks, midnight, time zones and changes of the clock. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from './calendar.ts';
import { sessionConfig } from './owner.ts';
import { isOpen, nextOpenMs, periodOf, periodStartMs, scheduleFault, type Schedule } from './schedule.ts';

const at = (text: string): number => Date.parse(text);
const DAY_MS = 86_400_000;

describe('schedule', () => {
  it('names the period of every instant', () => {
    const day: Schedule = { startTime: '08:00:00', endTime: '17:00:00' };
    expect(isOpen(day, at('2026-03-10T07:59:59.999Z'))).toBe(false);
    expect(isOpen(day, at('2026-03-10T08:00:00Z'))).toBe(true);
    expect(isOpen(day, at('2026-03-10T16:59:59.999Z'))).toBe(true);
    expect(isOpen(day, at('2026-03-10T17:00:00Z'))).toBe(false);
    expect(periodStartMs(day, at('2026-03-10T07:00:00Z'))).toBe(at('2026-03-09T08:00:00Z'));
    expect(periodStartMs(day, at('2026-03-10T23:00:00Z'))).toBe(at('2026-03-10T08:00:00Z'));
    expect(nextOpenMs(day, at('2026-03-10T23:00:00Z'))).toBe(at('2026-03-11T08:00:00Z'));
    expect(nextOpenMs(day, at('2026-03-10T09:00:00Z'))).toBe(at('2026-03-10T09:00:00Z'));
  });

  it('goes over midnight, and round the clock', () => {
    const night: Schedule = { startTime: '22:00:00', endTime: '21:30:00' };
    expect(isOpen(night, at('2026-03-10T21:45:00Z'))).toBe(false);
    expect(periodStartMs(night, at('2026-03-10T03:00:00Z'))).toBe(at('2026-03-09T22:00:00Z'));
    const always: Schedule = { startTime: '00:00:00', endTime: '00:00:00' };
    expect(isOpen(always, at('2026-03-10T00:00:00Z'))).toBe(true);
    expect(isOpen(always, at('2026-03-09T23:59:59.999Z'))).toBe(true);
    expect(periodStartMs(always, at('2026-03-10T12:00:00Z'))).toBe(at('2026-03-10T00:00:00Z'));
  });

  it('knows weeks', () => {
    const fx: Schedule = {
      startTime: '17:00:00',
      endTime: '17:00:00',
      startDay: 0,
      endDay: 5,
      timeZone: 'America/New_York',
    };
    // Winter time, UTC-5, until 8 March 2026; then summer time, UTC-4.
    expect(isOpen(fx, at('2026-03-06T21:59:59Z'))).toBe(true);
    expect(isOpen(fx, at('2026-03-06T22:00:00Z'))).toBe(false);
    expect(nextOpenMs(fx, at('2026-03-07T12:00:00Z'))).toBe(at('2026-03-08T21:00:00Z'));
    expect(periodStartMs(fx, at('2026-03-12T12:00:00Z'))).toBe(at('2026-03-08T21:00:00Z'));
    const within: Schedule = { startTime: '09:00:00', endTime: '08:00:00', startDay: 3, endDay: 3 };
    expect(isOpen(within, at('2026-03-11T08:30:00Z'))).toBe(false);
    expect(isOpen(within, at('2026-03-17T08:30:00Z'))).toBe(true);
  });

  it('follows the clock of the place', () => {
    const early: Schedule = { startTime: '02:30:00', endTime: '23:00:00', timeZone: 'Europe/Berlin' };
    // 29 March 2026: 02:00 becomes 03:00; 25 October: 03:00 becomes 02:00.
    expect(periodStartMs(early, at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-28T01:30:00Z'));
    expect(periodStartMs(early, at('2026-03-29T12:00:00Z'))).toBe(at('2026-03-29T01:30:00Z'));
    expect(periodStartMs(early, at('2026-03-30T12:00:00Z'))).toBe(at('2026-03-30T00:30:00Z'));
    expect(periodStartMs(early, at('2026-10-25T12:00:00Z'))).toBe(at('2026-10-25T00:30:00Z'));
    const tokyo: Schedule = { startTime: '07:00:00', endTime: '06:00:00', timeZone: 'Asia/Tokyo' };
    expect(periodStartMs(tokyo, at('2026-03-10T00:00:00Z'))).toBe(at('2026-03-09T22:00:00Z'));
    expect(isOpen(tokyo, at('2026-03-10T21:30:00Z'))).toBe(false);
  });

  it('lays period to period without overlap, whatever the schedule and the place', () => {
    const time = fc
      .tuple(fc.nat(23), fc.nat(59), fc.nat(59))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const zones = ['UTC', 'America/New_York', 'Europe/London', 'Asia/Kolkata', 'Australia/Lord_Howe'];
    fc.assert(
      fc.property(
        time,
        time,
        fc.option(fc.tuple(fc.nat(6), fc.nat(6)), { nil: undefined }),
        fc.constantFrom(...zones),
        fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
        (startTime, endTime, days, timeZone, utcMs) => {
          const week = days === undefined ? undefined : { startDay: days[0], endDay: days[1] };
          const schedule: Schedule = { startTime, endTime, timeZone, ...week };
          const { startMs, endMs, nextStartMs } = periodOf(schedule, utcMs);
          const longestMs = (week === undefined ? 1 : 7) * DAY_MS + 3_600_000;
          expect(startMs).toBeLessThanOrEqual(utcMs);
          expect(nextStartMs).toBeGreaterThan(utcMs);
          expect(nextStartMs - startMs).toBeLessThanOrEqual(longestMs);
          expect(endMs).toBeLessThanOrEqual(nextStartMs);
          expect(endMs).toBeGreaterThan(startMs - 3_600_000);
          expect(periodOf(schedule, startMs).startMs).toBe(startMs);
          expect(periodOf(schedule, nextStartMs).startMs).toBe(nextStartMs);
          expect(periodOf(schedule, nextStartMs - 1).startMs).toBe(startMs);
          const opens = nextOpenMs(schedule, utcMs);
          expect(opens).toBeGreaterThanOrEqual(utcMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses nonsense', () => {
    const good: Schedule = { startTime: '08:00:00', endTime: '17:00:00' };
    expect(scheduleFault(good)).toBeUndefined();
    expect(scheduleFault({ ...good, startTime: '8:00' })).toContain('startTime');
    expect(scheduleFault({ ...good, endTime: '24:00:00' })).toContain('endTime');
    expect(scheduleFault({ ...good, startDay: 1 })).toContain('go together');
    expect(scheduleFault({ ...good, startDay: 1, endDay: 7 })).toContain('not a day');
    expect(scheduleFault({ ...good, timeZone: 'Mars/Olympus' })).toContain('Mars/Olympus');
    const settings = { beginString: 'FIX.4.4', senderCompId: 'A', targetCompId: 'B' } as const;
    expect(() =>
      sessionConfig({ ...settings, schedule: { ...good, timeZone: 'No/Where' } }, 'acceptor'),
    ).toThrow('not a time zone');
    expect(() => periodOf({ startTime: 'x', endTime: 'y' }, 0)).toThrow(RangeError);
  });
});

describe('calendar', () => {
  it('says when to look again', () => {
    const calendar = new Calendar({ startTime: '08:00:00', endTime: '17:00:00' });
    expect(calendar.isOpen(at('2026-03-10T09:00:00Z'))).toBe(true);
    expect(calendar.nextMs).toBe(at('2026-03-10T17:00:00Z'));
    expect(calendar.isOpen(at('2026-03-10T17:00:00Z'))).toBe(false);
    expect(calendar.nextMs).toBe(at('2026-03-11T08:00:00Z'));
    expect(calendar.isOld(at('2026-03-10T08:00:00Z'), at('2026-03-11T08:00:00Z'))).toBe(true);
    expect(calendar.isOld(at('2026-03-10T08:00:00Z'), at('2026-03-10T23:00:00Z'))).toBe(false);
    // A clock that was set back.
    expect(calendar.isOpen(at('2026-03-09T09:00:00Z'))).toBe(true);
    expect(new Calendar(undefined).nextMs).toBe(Infinity);
  });
});

describe('settings', () => {
  const settings = { beginString: 'FIX.4.0', senderCompId: 'A', targetCompId: 'B' } as const;

  it('leave out what the version does not have', () => {
    const all = {
      ...settings,
      timestampPrecision: 6,
      enableNextExpectedMsgSeqNum: true,
      enableLastMsgSeqNumProcessed: true,
    } as const;
    expect(sessionConfig(all, 'acceptor')).toMatchObject({
      timestampPrecision: 0,
      enableNextExpectedMsgSeqNum: false,
      enableLastMsgSeqNumProcessed: false,
      heartBtInt: 30,
      queuedMessagesMax: 10_000,
    });
    expect(sessionConfig({ ...all, beginString: 'FIX.4.3' }, 'acceptor')).toMatchObject({
      timestampPrecision: 6,
      enableNextExpectedMsgSeqNum: false,
      enableLastMsgSeqNumProcessed: true,
    });
    expect(sessionConfig({ ...all, beginString: 'FIX.4.4' }, 'acceptor').enableNextExpectedMsgSeqNum).toBe(
      true,
    );
  });

  it('are refused when they make no sense', () => {
    expect(() => sessionConfig({ ...settings, heartBtInt: -1 }, 'initiator')).toThrow('heartBtInt');
    expect(() => sessionConfig({ ...settings, beginString: 'FIXT.1.1' }, 'initiator')).toThrow(
      'defaultVersion',
    );
    expect(() => sessionConfig({ ...settings, queuedMessagesMax: 0.5 }, 'acceptor')).toThrow(
      'queuedMessagesMax',
    );
  });
});
