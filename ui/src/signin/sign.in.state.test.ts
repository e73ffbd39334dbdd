/** When a token is renewed, when its end is told, and what tabs make of each other. */
import { describe, expect, it } from 'vitest';
import { adopts, heldFrom, judge, type Held } from './sign.in.state.ts';

const minute = 60_000;
const held: Held = {
  user: 'ann',
  token: 'one',
  renewedAtMs: 0,
  expiresAtMs: 60 * minute,
  endsAtMs: 720 * minute,
};
const at = (minutes: number, activeAtMinutes: number, isLocked = false) => ({
  nowMs: minutes * minute,
  activeAtMs: activeAtMinutes * minute,
  isLocked,
});

describe('a sign-in', () => {
  it('is renewed while the desk is used, and not more often than needed', () => {
    expect(judge(held, at(4, 4))).toEqual({ kind: 'rest' });
    expect(judge(held, at(5, 4))).toEqual({ kind: 'renew' });
    expect(judge(held, at(30, 0))).toEqual({ kind: 'rest' });
    expect(judge(held, at(30, 30, true))).toEqual({ kind: 'rest' });
  });

  it('tells its end before it comes, and goes on with any input', () => {
    expect(judge(held, at(54.9, 0))).toEqual({ kind: 'rest' });
    expect(judge(held, at(55, 0))).toEqual({ kind: 'warn', atMs: 60 * minute, needs: 'input' });
    expect(judge(held, at(59, 59))).toEqual({ kind: 'renew' });
    expect(judge(held, at(60, 59))).toEqual({ kind: 'ended' });
    expect(judge(held, at(60, 59, true))).toEqual({ kind: 'ended' });
  });

  it('asks for the password when no renewal would help', () => {
    const last = { ...held, endsAtMs: 60 * minute + 500 };
    expect(judge(last, at(30, 30))).toEqual({ kind: 'rest' });
    expect(judge(last, at(56, 56))).toEqual({ kind: 'warn', atMs: 60 * minute, needs: 'password' });
  });

  it('counts from the server’s clock, however wrong ours is', () => {
    const answer = {
      token: 'one',
      at: '2030-01-01T08:00:00.000Z',
      expiresAt: '2030-01-01T09:00:00.000Z',
      endsAt: '2030-01-01T20:00:00.000Z',
    };
    expect(heldFrom('ann', answer, 0)).toEqual({ ...held, renewedAtMs: 0 });
  });
});

describe('a second tab', () => {
  const other = (change: Partial<Held> = {}, isEntered = false) =>
    ({ kind: 'held', held: { ...held, renewedAtMs: 5, ...change }, isEntered }) as const;
  it('is signed in by the first', () => {
    expect(adopts({ held: null, user: null, isLocked: false }, other())).toBe('enter');
  });
  it('takes the newer token, and never another user’s', () => {
    const own = { held, user: 'ann', isLocked: false };
    expect(adopts(own, other())).toBe('renew');
    expect(adopts(own, other({ renewedAtMs: -1 }))).toBe('ignore');
    expect(adopts(own, other({ user: 'bob' }, true))).toBe('ignore');
  });
  it('is opened by a password only, when it is locked', () => {
    const locked = { held, user: 'ann', isLocked: true };
    expect(adopts(locked, other())).toBe('renew');
    expect(adopts(locked, other({}, true))).toBe('enter');
    expect(adopts({ ...locked, held: null }, other())).toBe('ignore');
    expect(adopts({ ...locked, held: null }, other({}, true))).toBe('enter');
    expect(adopts(locked, other({ user: 'bob' }, true))).toBe('ignore');
  });
});
