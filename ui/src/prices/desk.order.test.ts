/** Tiles stand where a dealer looks for them. */
import { expect, it } from 'vitest';
import { deskOrder } from './desk.order.ts';

it('puts dollar pairs first, then crosses, metals and the rest', () => {
  const ids = [
    'BTCUSD',
    'AUDUSD',
    'EURGBP',
    'XAGUSD',
    'USDJPY',
    'XAUUSD',
    'GBPUSD',
    'EURJPY',
    'EURUSD',
    'ETHUSD',
    'USDCHF',
  ];
  const pairs = ids.map((id) => ({ id, baseCurrency: id.slice(0, 3), quoteCurrency: id.slice(3) }));
  expect(deskOrder(pairs).map(({ id }) => id)).toEqual([
    'EURUSD',
    'USDJPY',
    'GBPUSD',
    'AUDUSD',
    'USDCHF',
    'EURJPY',
    'EURGBP',
    'XAUUSD',
    'XAGUSD',
    'BTCUSD',
    'ETHUSD',
  ]);
  expect(pairs.map(({ id }) => id)).toEqual(ids);
});
