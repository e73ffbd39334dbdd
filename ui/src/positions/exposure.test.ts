/** Sums in one currency are exact, say how old their rates are, and are none where a rate is missing. */
import { describe, expect, it } from 'vitest';
import type { PositionView } from '@tidegate/wire/orders';
import { dayPnl, type DayOf } from './day.pnl.ts';
import { rateOf, totalsIn, type Quotes } from './exposure.ts';

const pair = (base: string, quote: string) => ({
  id: base + quote,
  baseCurrency: base,
  quoteCurrency: quote,
});
const mids: Readonly<Record<string, readonly [price: bigint, ageMs: number]>> = {
  EURUSD: [1_100_000_000_000n, 30],
  USDJPY: [150_000_000_000_000n, 700],
  GBPUSD: [1_250_000_000_000n, 10],
};
const quotes: Quotes = {
  instruments: [pair('EUR', 'USD'), pair('USD', 'JPY'), pair('GBP', 'USD'), pair('AUD', 'NZD')],
  mid: (id) => {
    const held = mids[id];
    return held === undefined ? undefined : { value: held[0], ageMs: held[1] };
  },
};
const position = (
  instrument: string,
  quantity: string,
  averagePrice: string,
  realizedPnl: string,
): PositionView => ({
  firm: 'one',
  account: 'main',
  instrument,
  symbol: `${instrument.slice(0, 3)}/${instrument.slice(3)}`,
  quantity,
  averagePrice,
  realizedPnl,
  quoteCurrency: instrument.slice(3),
  changedAt: null,
  sequence: 1,
});

/** They began the day flat. */
const flat = { quantity: '0', averagePrice: null, realizedPnl: '0' };
const dayOf: DayOf = (one, mid) => dayPnl(one, flat, undefined, mid);

describe('rateOf', () => {
  it.each([
    ['USD', 'USD', 1_000_000_000_000n, 0],
    ['EUR', 'USD', 1_100_000_000_000n, 30],
    ['USD', 'EUR', 909_090_909_091n, 30],
    ['EUR', 'JPY', 165_000_000_000_000n, 700],
  ])('%s to %s', (from, to, value, ageMs) => {
    expect(rateOf(quotes, from, to)).toEqual({ value, ageMs });
  });
  it('is none where nothing leads', () => {
    expect(rateOf(quotes, 'AUD', 'USD')).toBeUndefined();
  });
});

describe('totalsIn', () => {
  const held = [
    position('EURUSD', '1000000', '1.09', '250.5'),
    position('USDJPY', '-200000', '151', '-3000'),
  ];
  it('adds what was realised and what is not, at the oldest rate that went into it', () => {
    const totals = totalsIn(held, quotes, 'USD', dayOf);
    expect(totals.realized.text).toBe('230.49');
    expect(totals.unrealized.text).toBe('11333.33');
    expect(totals.total.text).toBe('11563.83');
    // Rounded once for each position, and not for each part of it.
    expect(totals.day.text).toBe('11563.83');
    expect(totals.ageMs).toBe(700);
  });
  it('holds each currency once', () => {
    expect(totalsIn(held, quotes, 'USD', dayOf).exposure).toEqual([
      { currency: 'EUR', held: '1000000.00', value: '1100000.00' },
      { currency: 'JPY', held: '30200000.00', value: '201333.33' },
      { currency: 'USD', held: '-1290000.00', value: '-1290000.00' },
    ]);
  });
  it('says what is missing and gives no half sum', () => {
    const totals = totalsIn([...held, position('AUDNZD', '5', '1', '7')], quotes, 'USD', dayOf);
    expect(totals.total).toEqual({ text: null, missing: ['NZD', 'AUD/NZD'] });
    expect(totals.day).toEqual({ text: null, missing: ['AUD/NZD'] });
    expect(totals.exposure[0]).toEqual({ currency: 'AUD', held: '5.00', value: null });
  });
  it('is nothing of nothing', () => {
    expect(totalsIn([], quotes, 'EUR', dayOf)).toMatchObject({
      total: { text: '0.00' },
      ageMs: null,
      exposure: [],
    });
  });
});
