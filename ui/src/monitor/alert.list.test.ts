/** Which alerts are shown, which sound, and how long they last. */
import type { AlertView } from '@tidegate/wire/alerts';
import { expect, it } from 'vitest';
import {
  Alerts,
  chosenAlerts,
  durationText,
  isMutedEvent,
  nextInFocus,
  soundingAlerts,
} from './alert.list.ts';

const alert = (id: string, change: Partial<AlertView> = {}): AlertView => ({
  id,
  about: 'alpha',
  severity: 'critical',
  kind: 'venueStale',
  subject: 'alpha',
  text: '',
  openedAt: '',
  lastAt: '',
  endedAt: null,
  count: 1,
  children: [],
  acknowledged: null,
  assigned: null,
  muted: null,
  ...change,
});
const by = { by: 'ann', at: '2030-01-01T00:00:00Z' };

it('chooses what is open, what waits, and everything', () => {
  const all = [alert('1'), alert('2', { endedAt: 'x' }), alert('3', { acknowledged: by })];
  const ids = (choice: Parameters<typeof chosenAlerts>[1]) => chosenAlerts(all, choice).map(({ id }) => id);
  expect([ids('open'), ids('waiting'), ids('all')]).toEqual([
    ['1', '3'],
    ['1', '2'],
    ['1', '2', '3'],
  ]);
});

it('sounds for what has become critical, unless it is muted or acknowledged', () => {
  const nowMs = Date.parse('2030-01-01T00:00:00Z');
  const until = (ms: number) => ({ ...by, until: new Date(nowMs + ms).toISOString() });
  const now = [
    alert('1'),
    alert('2'),
    alert('3', { severity: 'warning' }),
    alert('4', { acknowledged: by }),
    alert('5', { muted: until(1) }),
    alert('6', { muted: until(-1) }),
  ];
  const before = [alert('1'), alert('2', { severity: 'warning' })];
  expect(soundingAlerts(before, now, nowMs).map(({ id }) => id)).toEqual(['2', '6']);
});

it('gives no notice of what is muted: a provider with its sessions, of one firm, while it lasts', () => {
  const nowMs = Date.parse('2030-01-01T00:00:00Z');
  const until = (ms: number) => ({ ...by, until: new Date(nowMs + ms).toISOString() });
  const muted = [alert('1', { muted: until(1) }), alert('2', { about: 'bravo', muted: until(-1) })];
  const ofFirm = [alert('3', { about: 'main', firm: 'acme', muted: until(1) })];
  const isTold = (subject: string, firm?: string) =>
    !isMutedEvent([...muted, ...ofFirm], firm === undefined ? { subject } : { subject, firm }, nowMs);
  expect(['alpha', 'alpha-quotes', 'alpha-orders'].map((subject) => isTold(subject))).toEqual([
    false,
    false,
    false,
  ]);
  expect(['alpha-2', 'bravo', 'bravo-quotes', 'main'].map((subject) => isTold(subject))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([isTold('main', 'acme'), isTold('main', 'other'), isTold('alpha', 'acme')]).toEqual([
    false,
    true,
    true,
  ]);
});

it('keeps the focus in the list: where it was, at the next entry, or at the one before', () => {
  const then = ['a', 'b', 'c'];
  expect(nextInFocus(then, 'b', ['new', 'a', 'b', 'c'])).toBe('b');
  expect(nextInFocus(then, 'b', ['new', 'a', 'c'])).toBe('c');
  expect(nextInFocus(then, 'c', ['new', 'a', 'b'])).toBe('b');
  expect(nextInFocus(then, 'b', ['new'])).toBe(null);
  expect(nextInFocus([], 'b', ['new'])).toBe(null);
});

it('tells durations', () => {
  expect([400, 59_400, 250_000, 3_725_000].map(durationText)).toEqual([
    '0 s',
    '59 s',
    '4 min 10 s',
    '1 h 02 min',
  ]);
});

it('reads, sounds for what is new only, and says what it could not read', async () => {
  let answer: () => Promise<readonly AlertView[]> = async () => [alert('1')];
  let sounds = 0;
  const alerts = new Alerts(
    () => answer(),
    () => (sounds += 1),
  );
  await alerts.refresh();
  expect(sounds).toBe(0);
  answer = async () => [alert('2'), alert('1')];
  await alerts.refresh();
  expect([sounds, alerts.list.read()?.length]).toEqual([1, 2]);
  answer = async () => {
    throw new Error('No answer');
  };
  await alerts.refresh();
  expect([alerts.problem.read(), alerts.list.read()?.length]).toEqual(['No answer', 2]);
});
