/** A subscription that asks for fewer updates gets whole ones, no more often than it asked. */
import { expect, it } from 'vitest';
import { ImageSubscription } from './client.ts';

const mark = (to: ImageSubscription, instrument: string, isUrgent?: boolean): void =>
  to.mark(instrument, instrument, isUrgent);

it('keeps what changed until it is time', () => {
  const slow = new ImageSubscription('p', ['EURUSD', 'GBPUSD'], 60);
  expect(slow.take(0)).toEqual([]);
  mark(slow, 'EURUSD');
  expect(slow.take(10)).toEqual(['EURUSD']);
  for (const instrument of ['EURUSD', 'GBPUSD', 'EURUSD']) mark(slow, instrument);
  expect(slow.take(69)).toEqual([]);
  expect(slow.take(70)).toEqual(['EURUSD', 'GBPUSD']);
  expect(slow.take(200)).toEqual([]);
});

it('waits for nothing because of what was not asked for', () => {
  const slow = new ImageSubscription('p', ['EURUSD'], 60_000);
  mark(slow, 'USDJPY');
  expect(slow.take(0)).toEqual([]);
  mark(slow, 'EURUSD');
  expect(slow.take(1)).toEqual(['EURUSD']);
});

it('tells at once that a price is no longer live, with all that waits', () => {
  const slow = new ImageSubscription('p', undefined, 60_000);
  mark(slow, 'EURUSD');
  slow.take(0);
  mark(slow, 'GBPUSD');
  expect(slow.take(1)).toEqual([]);
  mark(slow, 'EURUSD', true);
  expect(slow.take(2)).toEqual(['GBPUSD', 'EURUSD']);
  mark(slow, 'EURUSD');
  expect(slow.take(3)).toEqual([]);
});

it('gives everything at each flush to who asks for no pace', () => {
  const fast = new ImageSubscription('p', undefined, undefined);
  for (const monoMs of [0, 0, 1]) {
    mark(fast, 'EURUSD');
    expect(fast.take(monoMs)).toEqual(['EURUSD']);
  }
});
