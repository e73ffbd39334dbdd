/** What the header and the kill switch say of trading states. */
import { expect, it } from 'vitest';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { gravestState, lastChange } from './trading.words.ts';

it('finds the gravest state', () => {
  const of = (...states: ('active' | 'reducing' | 'halted' | 'unknown')[]) =>
    gravestState(states.map((state, index) => ({ firm: `f${index}`, state })))?.state;
  expect([
    of(),
    of('active'),
    of('active', 'reducing', 'unknown'),
    of('halted', 'unknown', 'active'),
  ]).toEqual([undefined, 'active', 'unknown', 'halted']);
});

it('finds the newest change of the firm', () => {
  const event = (kind: SystemEvent['kind'], subject: string, text: string) =>
    ({ kind, subject, text }) as SystemEvent;
  const events = [
    event('sessionUp', 'alpha', 'a'),
    event('tradingState', 'beta', 'b'),
    event('tradingState', 'alpha', 'c'),
    event('tradingState', 'alpha', 'd'),
  ];
  expect(lastChange(events, 'alpha')?.text).toBe('c');
  expect(lastChange(events, 'gamma')).toBeUndefined();
});
