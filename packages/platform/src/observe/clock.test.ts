/** UTC under which decisions are made, over steps of the wall clock. */
import { expect, it } from 'vitest';
import { SteadyTime } from './clock.ts';

it.each([3_600_000, 3_000, 1])(
  'goes on where the wall clock is set back by %i ms, until that has caught up',
  (ms) => {
    const clock = { wall: 10_000_000, mono: 5_000 };
    const time = new SteadyTime({ nowMs: () => clock.wall, monoMs: () => clock.mono });
    const pass = (passed: number) => {
      clock.wall += passed;
      clock.mono += passed;
    };
    expect(time.nowMs()).toBe(10_000_000);
    clock.wall -= ms;
    pass(250);
    expect(time.nowMs()).toBe(10_000_250);
    clock.wall += 2 * ms;
    expect(time.nowMs()).toBe(10_000_250 + ms);
  },
);

it('is not earlier than what was recorded before, and passes from there', () => {
  const clock = { wall: 10_000_000, mono: 5_000 };
  const time = new SteadyTime({ nowMs: () => clock.wall, monoMs: () => clock.mono });
  time.witness(13_600_000);
  clock.mono += 40;
  clock.wall += 40;
  expect(time.nowMs()).toBe(13_600_040);
  time.witness(9_000_000);
  expect(time.nowMs()).toBe(13_600_040);
});
