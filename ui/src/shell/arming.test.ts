/** One click is off at first and after idle. */
import { expect, it } from 'vitest';
import { Arming, IDLE_MS } from './arming.ts';

it('is off at first, and off again after a time without the user', () => {
  const arming = new Arming();
  expect(arming.isArmed.read()).toBe(false);
  arming.set(true, 0);
  arming.touch(IDLE_MS - 1);
  arming.tick(2 * IDLE_MS - 2);
  expect(arming.isArmed.read()).toBe(true);
  arming.tick(2 * IDLE_MS - 1);
  expect(arming.isArmed.read()).toBe(false);
});

it('does not take the first touch after a pause for having been there', () => {
  const arming = new Arming();
  arming.set(true, 0);
  arming.touch(IDLE_MS);
  expect(arming.isArmed.read()).toBe(false);
});
