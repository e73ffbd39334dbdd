/** Words and counts of system events. */
import { expect, it } from 'vitest';
import { eventWord, unreadEvents } from './unread.ts';

it('counts events later than what was read', () => {
  const events = [{ at: '2026-01-03T00:00:00Z' }, { at: '2026-01-02T00:00:00Z' }];
  expect([
    unreadEvents(events, ''),
    unreadEvents(events, '2026-01-02T00:00:00Z'),
    unreadEvents([], ''),
  ]).toEqual([2, 1, 0]);
});

it('spells kinds for people', () => {
  expect(eventWord({ kind: 'venueReportUnmatched' })).toBe('Venue report unmatched');
});
