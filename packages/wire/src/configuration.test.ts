/** What configuration documents say about FIX sessions: schedules that mean something, whole key pairs. */
import { describe, expect, it } from 'vitest';
import { sessionSchedule, venueTls } from './configuration.ts';

describe('configuration documents', () => {
  it('take schedules by day or week, in time zones that exist', () => {
    const day = { startTime: '17:05:00', endTime: '16:55:00' };
    const good = [day, { ...day, timeZone: 'America/New_York' }, { ...day, startDay: 0, endDay: 5 }];
    for (const schedule of good) expect(sessionSchedule.parse(schedule)).toEqual(schedule);
    const bad = [
      { ...day, startTime: '24:00:00' },
      { ...day, endTime: '17:05' },
      { ...day, startDay: 0 },
      { ...day, startDay: 0, endDay: 7 },
      { ...day, timeZone: 'Mars/Olympus' },
    ];
    for (const schedule of bad)
      expect([schedule, sessionSchedule.safeParse(schedule).success]).toContain(false);
  });

  it('take a certificate with its key or neither', () => {
    for (const tls of [{}, { caFile: 'ca' }, { certFile: 'c', keyFile: 'k', serverName: 'venue.test' }])
      expect(venueTls.parse(tls)).toEqual(tls);
    expect(venueTls.safeParse({ certFile: 'c' }).success).toBe(false);
    expect(venueTls.safeParse({ keyFile: 'k' }).success).toBe(false);
  });
});
