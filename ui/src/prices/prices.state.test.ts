/** The price store: newest price held, overtaken ones dropped, listeners of that instrument only. */
import { describe, expect, it } from 'vitest';
import type { PriceView } from '@tidegate/wire/prices';
import { ageMs, Prices } from './prices.state.ts';

const price = (instrument: string, sequence: number, receivedAtMs = sequence): PriceView => ({
  instrument,
  symbol: instrument,
  sequence,
  state: 'live',
  bids: [['1', '1', 'A', 5]],
  asks: [['2', '1', 'A', 5]],
  lastBid: '1',
  lastAsk: '2',
  receivedAtMs,
  ageMs: 5,
  bidStaleAfterMs: 1_000,
  askStaleAfterMs: 1_000,
});

describe('Prices', () => {
  it('drops an update that was overtaken', () => {
    const prices = new Prices();
    prices.apply('update', [price('EURUSD', 3), price('EURUSD', 2), price('EURUSD', 3)], 100);
    expect(prices.get('EURUSD')?.price.sequence).toBe(3);
  });

  it('takes a lower sequence with a newer quote: pricing has started again', () => {
    const prices = new Prices();
    prices.apply('update', [price('EURUSD', 900, 1000), price('EURUSD', 1, 1001)], 0);
    expect(prices.get('EURUSD')?.price.sequence).toBe(1);
  });

  it('lets a snapshot take the place of everything, older or not', () => {
    const prices = new Prices();
    prices.apply('update', [price('EURUSD', 9), price('USDJPY', 9)], 0);
    const heard: unknown[] = [];
    prices.listen('USDJPY', (held) => heard.push(held));
    prices.apply('snapshot', [price('EURUSD', 2)], 0);
    expect(prices.get('EURUSD')?.price.sequence).toBe(2);
    expect(prices.get('USDJPY')).toBeUndefined();
    expect(heard).toEqual([undefined]);
  });

  it('tells listeners of the instrument only, until they leave', () => {
    const prices = new Prices();
    const heard: number[] = [];
    const leave = prices.listen('EURUSD', (held) => heard.push(held?.price.sequence ?? 0));
    prices.apply('update', [price('EURUSD', 1), price('USDJPY', 2), price('EURUSD', 1)], 0);
    leave();
    prices.apply('update', [price('EURUSD', 5)], 0);
    expect(heard).toEqual([1]);
  });

  it('ages from the quote, not from the arrival', () => {
    const prices = new Prices();
    prices.apply('update', [price('EURUSD', 1)], 100);
    const held = prices.get('EURUSD');
    expect(held === undefined ? -1 : ageMs(held, 130)).toBe(35);
  });
});
