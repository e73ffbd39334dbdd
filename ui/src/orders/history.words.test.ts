/** Words for what happened to an order. */
import { expect, it } from 'vitest';
import { historyTone, historyWord, sinceText, statusAfter } from './history.words.ts';

it('says what happened, and shows by its name what it does not know', () => {
  expect(historyWord({ type: 'routeFilled' })).toBe('Provider filled');
  expect(historyWord({ type: 'somethingNew' })).toBe('somethingNew');
  expect(statusAfter({ status: 'partiallyFilled' })).toBe('Part filled');
  expect([statusAfter({ status: null }), statusAfter({ status: 'newer' })]).toEqual(['', '']);
});

it('warns of what is unknown and of what was refused', () => {
  const tone = (type: string, code: string | null = null) => historyTone({ type, code });
  expect([
    tone('routeFilled'),
    tone('routeUnknown', 'unknown'),
    tone('orderRefused', 'REDUCE_ONLY'),
    tone('routeClosed', 'rejected'),
    tone('routeClosed', 'canceled'),
  ]).toEqual(['good', 'warn', 'bad', 'bad', 'none']);
});

it('counts milliseconds since the event before', () => {
  const at = '2026-11-28T12:00:01.250Z';
  expect(sinceText(at, undefined)).toBe('');
  expect(sinceText(at, '2026-11-28T12:00:01.247Z')).toBe('+3 ms');
  expect(sinceText(at, '2026-11-28T12:00:00.000Z')).toBe('+1.250 s');
  expect(sinceText(at, '2026-11-28T12:00:02.000Z')).toBe('+0 ms');
});
