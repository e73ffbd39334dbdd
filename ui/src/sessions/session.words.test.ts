/** What is said of sessions, and when an action is offered. */
import { unopened, type SessionStatus } from '@tidegate/wire/sessions';
import { describe, expect, it } from 'vitest';
import { consequences, scheduleText, sessionActions, stateTone, stateWord, whyNot } from './session.words.ts';

const session = (more: Partial<SessionStatus>): SessionStatus => ({
  ...unopened(
    { id: 'alpha-orders', side: 'venue', counterparty: 'alpha', purpose: 'trading' },
    '2026-11-29T06:00:00.000Z',
  ),
  isEnabled: true,
  areNumbersKept: true,
  ...more,
});
const offered = (more: Partial<SessionStatus>) =>
  sessionActions.filter((action) => whyNot(action, session(more)) === '');

describe('a session', () => {
  it('is offered what is right in its state', () => {
    expect(offered({ state: 'up' })).toEqual(['disable', 'disconnect']);
    expect(offered({ state: 'down' })).toEqual(['disable', 'reset']);
    expect(offered({ state: 'down', isEnabled: false })).toEqual(['enable', 'reset']);
    expect(offered({ state: 'down', areNumbersKept: false })).toEqual(['disable']);
    // Its Logout is still under way.
    expect(offered({ state: 'up', isEnabled: false })).toEqual(['enable', 'disconnect']);
  });

  it('has a word and a tone for each state', () => {
    const told = (more: Partial<SessionStatus>) => [stateWord(session(more)), stateTone(session(more))];
    expect(told({ state: 'up' })).toEqual(['Up', 'good']);
    expect(told({ state: 'down' })).toEqual(['Down', 'bad']);
    expect(told({ state: 'down', side: 'client' })).toEqual(['Down', 'none']);
    expect(told({ state: 'down', isEnabled: false })).toEqual(['Disabled', 'warn']);
  });

  it('says what becomes of open orders before it is cut', () => {
    for (const action of ['disable', 'disconnect'] as const) {
      expect(consequences(action, session({})).join(' ')).toContain('unknown until the session is back');
      expect(consequences(action, session({ side: 'client' })).join(' ')).toContain('cancel on disconnect');
    }
    expect(consequences('reset', session({})).join(' ')).toContain('are lost');
  });

  it('has its schedule in words', () => {
    expect(scheduleText(undefined)).toBe('Always open');
    const week = { startDay: 1, startTime: '00:00:00', endDay: 5, endTime: '22:00:00' };
    expect(scheduleText({ ...week, timeZone: 'Europe/London' })).toBe(
      'Mon 00:00:00 – Fri 22:00:00 Europe/London',
    );
    expect(scheduleText({ startTime: '17:00:00', endTime: '16:59:00' })).toBe('17:00:00 – 16:59:00 UTC');
  });
});
