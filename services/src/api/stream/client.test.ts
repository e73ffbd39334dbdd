/** A subscription that asks for fewer updates gets whole ones, no more often than it asked. */
import { expect, it } from 'vitest';
import { ImageSubscription } from './client.ts';

it('keeps what changed until it is time', () => {
  const slow = new ImageSubscription('p', ['EURUSD', 'GBPUSD'], 60);
  expect(slow.asksFor('EURUSD')).toBe(true);
  expect(slow.asksFor('USDJPY')).toBe(false);
  expect(slow.take(0)).toEqual([]);
  slow.dirty.add('EURUSD');
  expect(slow.take(10)).toEqual(['EURUSD']);
  slow.dirty.add('EURUSD').add('GBPUSD').add('EURUSD');
  expect(slow.take(69)).toEqual([]);
  expect(slow.take(70)).toEqual(['EURUSD', 'GBPUSD']);
  expect(slow.take(200)).toEqual([]);
});

it('gives everything at each flush to who asks for no pace', () => {
  const fast = new ImageSubscription('p', undefined, undefined);
  for (const monoMs of [0, 0, 1]) {
    fast.dirty.add('EURUSD');
    expect(fast.take(monoMs)).toEqual(['EURUSD']);
  }
});
