/** Bloomberg's prices: newest held, states of the same sequence taken, refusal and loss told. */
import { describe, expect, it } from 'vitest';
import type { IndicativeView } from '@tidegate/wire/bloomberg';
import { indicativeAgeMs, IndicativePrices } from './indicative.state.ts';

const view = (instrument: string, sequence: number, over: Partial<IndicativeView> = {}): IndicativeView => ({
  feed: 'bloomberg',
  feedName: 'Bloomberg',
  instrument,
  symbol: instrument,
  state: 'live',
  isDelayed: false,
  isEmulated: true,
  bid: '1',
  ask: '2',
  lastBid: '1',
  lastAsk: '2',
  sequence,
  receivedAtMs: sequence,
  ageMs: 5,
  ...over,
});
const heldSequence = (prices: IndicativePrices, instrument: string): number | undefined =>
  prices.get(instrument)?.view.sequence;

describe('IndicativePrices', () => {
  it('is permitted and connected from the first snapshot on', () => {
    const prices = new IndicativePrices();
    expect([prices.isPermitted.read(), prices.isConnected]).toEqual([false, false]);
    prices.apply('snapshot', [], 0);
    expect([prices.isPermitted.read(), prices.isConnected]).toEqual([true, true]);
  });

  it('drops what was overtaken, takes the same sequence again and a restarted feed', () => {
    const prices = new IndicativePrices();
    prices.apply('snapshot', [view('EURUSD', 9)], 0);
    prices.apply('update', [view('EURUSD', 8)], 1);
    expect(heldSequence(prices, 'EURUSD')).toBe(9);
    prices.apply('update', [view('EURUSD', 9, { state: 'stale', bid: null, ask: null })], 2);
    expect(prices.get('EURUSD')?.view.state).toBe('stale');
    prices.apply('update', [view('EURUSD', 1, { receivedAtMs: 50 })], 3);
    expect(heldSequence(prices, 'EURUSD')).toBe(1);
  });

  it('lets a snapshot take the place of everything and leaves other feeds alone', () => {
    const prices = new IndicativePrices();
    prices.apply('snapshot', [view('EURUSD', 9), view('USDJPY', 9)], 0);
    const heard: string[] = [];
    prices.listen('USDJPY', () => heard.push('USDJPY'));
    prices.apply('snapshot', [view('EURUSD', 2), view('GBPUSD', 1, { feed: 'other' })], 1);
    expect(heldSequence(prices, 'EURUSD')).toBe(2);
    expect([prices.get('USDJPY'), prices.get('GBPUSD')]).toEqual([undefined, undefined]);
    expect(heard).toEqual(['USDJPY']);
  });

  it('tells every listener once when the stream is lost', () => {
    const prices = new IndicativePrices();
    prices.apply('snapshot', [view('EURUSD', 1)], 0);
    let told = 0;
    const leave = prices.listen('EURUSD', () => (told += 1));
    prices.disconnect();
    prices.disconnect();
    expect([told, prices.isConnected]).toEqual([1, false]);
    leave();
    prices.apply('update', [view('EURUSD', 2)], 0);
    expect(told).toBe(1);
  });

  it('forgets everything when it is refused', () => {
    const prices = new IndicativePrices();
    prices.apply('snapshot', [view('EURUSD', 1)], 0);
    prices.refuse();
    expect([prices.isPermitted.read(), prices.get('EURUSD')]).toEqual([false, undefined]);
  });

  it('ages from the receipt at the feed', () => {
    const prices = new IndicativePrices();
    prices.apply('snapshot', [view('EURUSD', 1)], 100);
    const held = prices.get('EURUSD');
    expect(held === undefined ? -1 : indicativeAgeMs(held, 130)).toBe(35);
  });
});
