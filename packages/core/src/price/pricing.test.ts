import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../market/book.ts';
import { sameImage, tierPrice } from './pricing.ts';

const aggregate: Aggregate = {
  bids: [100, 5, 3, 1],
  bidVenues: ['alpha', 'beta'],
  asks: [101, 5, 102, 2, 103, 9],
  askVenues: ['beta', 'alpha', 'beta'],
  receivedAtMs: 70,
  receivedMonoMs: 7,
};
const empty: Aggregate = {
  bids: [],
  bidVenues: [],
  asks: [],
  askVenues: [],
  receivedAtMs: 0,
  receivedMonoMs: 0,
};

describe('tierPrice', () => {
  it('moves every level against the client and cuts the depth', () => {
    expect(tierPrice('EURUSD', aggregate, { tier: 'gold', markupPoints: 2, depth: 2 }, undefined)).toEqual({
      tier: 'gold',
      instrument: 'EURUSD',
      sequence: 1,
      bids: [98, 5, 1, 1],
      bidVenues: ['alpha', 'beta'],
      asks: [103, 5, 104, 2],
      askVenues: ['beta', 'alpha'],
      state: 'live',
      lastBid: 98,
      lastAsk: 103,
      receivedAtMs: 70,
      receivedMonoMs: 7,
    });
  });

  it('leaves out bids that markup pushes to zero', () => {
    const price = tierPrice('EURUSD', aggregate, { tier: 'gold', markupPoints: 3, depth: 10 }, undefined);
    expect(price.bids).toEqual([97, 5]);
    expect(price.bidVenues).toEqual(['alpha']);
  });

  it('goes stale without quotes and keeps the last top and its time', () => {
    const terms = { tier: 'gold', markupPoints: 0, depth: 10 };
    const live = tierPrice('EURUSD', aggregate, terms, undefined);
    const stale = tierPrice('EURUSD', empty, terms, live);
    expect(stale).toMatchObject({
      sequence: 2,
      state: 'stale',
      bids: [],
      asks: [],
      lastBid: 100,
      lastAsk: 101,
      receivedMonoMs: 7,
    });
    expect(sameImage(live, stale)).toBe(false);
    expect(sameImage(stale, tierPrice('EURUSD', empty, terms, stale))).toBe(true);
    const oneSided = tierPrice('EURUSD', { ...aggregate, asks: [], askVenues: [] }, terms, stale);
    expect(oneSided).toMatchObject({ state: 'live', lastBid: 100, lastAsk: 101, asks: [] });
  });
});
