/** States, reasons, durations and counters as the Bloomberg page says them. */
import { describe, expect, it } from 'vitest';
import { feedStates, feedSubscriptionStates, type FeedSubscriptionView } from '@tidegate/wire/bloomberg';
import {
  causeText,
  countersOf,
  durationText,
  elapsedMs,
  feedMeaning,
  feedWord,
  isFeedEvent,
  rateText,
  shownSubscription,
  subscriptionKey,
  subscriptionReason,
  subscriptionWord,
} from './bloomberg.words.ts';

const row = (over: Partial<FeedSubscriptionView> = {}): FeedSubscriptionView => ({
  id: 1,
  security: 'EURUSD BGN Curncy',
  service: '//blp/mktdata',
  instrument: 'EURUSD',
  fields: ['BID'],
  state: 'live',
  isDelayed: false,
  ticks: 0,
  ticksPerSecond: 0,
  lastTickAt: null,
  users: 1,
  cause: null,
  exceptions: [],
  ...over,
});

it('has a word and a meaning for every state', () => {
  for (const state of feedStates) expect([feedWord[state], feedMeaning[state]]).not.toContain('');
  for (const state of feedSubscriptionStates) expect(subscriptionWord[state]).not.toBe('');
});

describe('subscriptions', () => {
  it('are called delayed only while they live', () => {
    expect(shownSubscription(row({ isDelayed: true }))).toBe('delayed');
    expect(shownSubscription(row({ isDelayed: true, state: 'stale' }))).toBe('stale');
    expect(shownSubscription(row())).toBe('live');
  });

  it('say why, and which fields are refused', () => {
    expect(subscriptionReason(row())).toBe('');
    const cause = { code: 'BAD_SEC', text: 'unknown security' };
    const exceptions = [{ field: 'FOO', category: 'BAD_FLD' }];
    expect(subscriptionReason(row({ cause, exceptions }))).toBe('BAD_SEC: unknown security · FOO: BAD_FLD');
    expect(causeText({ code: 'X', text: '' })).toBe('X');
    expect(causeText({ code: 'X', text: 'load: X: none' })).toBe('load: X: none');
    expect(causeText(null)).toBe('');
  });

  it('have keys of their own even when they were refused before they had an id', () => {
    const keys = ['EURUSD', 'USDJPY'].map((instrument) => subscriptionKey(row({ id: 0, instrument })));
    expect(new Set(keys).size).toBe(2);
  });
});

describe('times', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [7_900, '7 s'],
    [60_000, '1 min'],
    [725_000, '12 min 5 s'],
    [3_600_000 + 5_000, '1 h'],
    [3 * 86_400_000 + 4 * 3_600_000 + 59_000, '3 d 4 h'],
  ])('says %i ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('takes both ends from one clock', () => {
    expect(elapsedMs('2026-01-05T10:00:00.000Z', '2026-01-05T10:00:01.250Z')).toBe(1250);
    expect(elapsedMs('2026-01-05T10:00:02.000Z', '2026-01-05T10:00:01.250Z')).toBe(0);
    expect(elapsedMs(null, '2026-01-05T10:00:01.250Z')).toBeNull();
  });
});

it('shows small rates with a tenth', () => {
  expect([0, 4.04, 9.99, 44.98].map(rateText)).toEqual(['0.0', '4.0', '10.0', '45']);
});

it('counts every total of the feed, and tells trouble from traffic', () => {
  const totals = {
    ticks: 5,
    quotes: 4,
    dataLosses: 1,
    slowConsumerWarnings: 0,
    messagesTooLarge: 0,
    stalls: 0,
    misfits: 0,
    requests: 0,
    reconnects: 2,
  };
  const counters = countersOf({ totals });
  expect(counters.map(({ key }) => key).sort()).toEqual(Object.keys(totals).sort());
  const trouble = counters.filter(({ isTrouble, value }) => isTrouble && value > 0);
  expect(trouble.map(({ key }) => key)).toEqual(['reconnects', 'dataLosses']);
});

it('knows events of the feed by their kind or their subject', () => {
  expect(isFeedEvent({ kind: 'feedDown', subject: 'x' }, 'bloomberg')).toBe(true);
  expect(isFeedEvent({ kind: 'queueFull', subject: 'bloomberg' }, 'bloomberg')).toBe(true);
  expect(isFeedEvent({ kind: 'sessionUp', subject: 'alpha' }, 'bloomberg')).toBe(false);
});
