/** One sample a second, an hour of them, and the extremes as they came. */
import type { PriceView } from '@tidegate/wire/prices';
import type { InstrumentView } from '@tidegate/wire/rest';
import { describe, expect, it } from 'vitest';
import { PriceHistory, samplesMax } from './price.history.ts';
import { Prices } from './prices.state.ts';

const instrument = { id: 'EURUSD', priceScale: 5 } as InstrumentView;

function watched() {
  const prices = new Prices();
  const time = { ms: 1_000_000 };
  const history = new PriceHistory(prices, [instrument], () => time.ms);
  let sequence = 0;
  const quote = (bid: string, ask: string, more: Partial<PriceView> = {}): void => {
    sequence += 1;
    const price = {
      instrument: 'EURUSD',
      sequence,
      state: 'live',
      bids: [[bid, '1', '']],
      asks: [[ask, '1', '']],
    };
    prices.apply(
      'update',
      [{ ...price, receivedAtMs: sequence, ageMs: 0, ...more } as unknown as PriceView],
      0,
    );
  };
  return { history, time, quote };
}

describe('the history of a price', () => {
  it('keeps the last price of each second', () => {
    const { history, time, quote } = watched();
    quote('1.08410', '1.08414');
    quote('1.08411', '1.08413');
    time.ms += 1_000;
    quote('1.08400', '1.08401');
    expect(history.samples('EURUSD')).toEqual([
      { second: 1_000, mid: 108_412, spread: 2 },
      { second: 1_001, mid: 108_400.5, spread: 1 },
    ]);
    expect(history.samples('EURUSD', 1)).toHaveLength(1);
    expect(history.extremes('EURUSD')).toEqual({ low: '1.08400', high: '1.08414' });
  });

  it('forgets what is older than an hour, but not the extremes', () => {
    const { history, time, quote } = watched();
    quote('1.00000', '1.00002');
    for (let second = 0; second < samplesMax + 5; second += 1) {
      time.ms += 1_000;
      quote('1.08410', '1.08412');
    }
    const samples = history.samples('EURUSD');
    expect(samples).toHaveLength(samplesMax);
    expect(samples[0]!.second).toBe(1_000 + 6);
    expect(samples.at(-1)!.second).toBe(1_000 + samplesMax + 5);
    expect(history.extremes('EURUSD')!.low).toBe('1.00000');
  });

  it('takes nothing of what is stale or one-sided', () => {
    const { history, quote } = watched();
    quote('1.08410', '1.08414', { state: 'stale' });
    quote('1.08410', '1.08414', { asks: [] });
    expect([history.count('EURUSD'), history.extremes('EURUSD')]).toEqual([0, null]);
  });
});
