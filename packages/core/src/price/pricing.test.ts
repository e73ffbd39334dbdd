import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../market/book.ts';
import { newerByMs, sameImage, tierPrice } from './pricing.ts';

const aggregate: Aggregate = {
  bids: [100, 5, 3, 1],
  bidVenues: ['alpha', 'beta'],
  asks: [101, 5, 102, 2, 103, 9],
  askVenues: ['beta', 'alpha', 'beta'],
  bidMonoMs: [7, 4],
  askMonoMs: [5, 7, 5],
  bidStaleAfterMs: 300,
  askStaleAfterMs: 500,
  isCrossed: false,
  receivedAtMs: 70,
  receivedMonoMs: 7,
};
const empty: Aggregate = {
  bids: [],
  bidVenues: [],
  asks: [],
  askVenues: [],
  bidMonoMs: [],
  askMonoMs: [],
  bidStaleAfterMs: 0,
  askStaleAfterMs: 0,
  isCrossed: false,
  receivedAtMs: 0,
  receivedMonoMs: 0,
};

describe('tierPrice', () => {
  it('moves every level against the client and cuts the depth', () => {
    expect(
      tierPrice('EURUSD', aggregate, { tier: 'gold', markupPoints: 2, depth: 2, isOpen: true }, undefined),
    ).toEqual({
      tier: 'gold',
      instrument: 'EURUSD',
      sequence: 1,
      bids: [98, 5, 1, 1],
      bidVenues: ['alpha', 'beta'],
      asks: [103, 5, 104, 2],
      askVenues: ['beta', 'alpha'],
      bidLagsMs: [0, 3],
      askLagsMs: [2, 0],
      bidStaleAfterMs: 300,
      askStaleAfterMs: 500,
      state: 'live',
      lastBid: 98,
      lastAsk: 103,
      receivedAtMs: 70,
      receivedMonoMs: 7,
    });
  });

  it('leaves out bids that markup pushes to zero', () => {
    const price = tierPrice(
      'EURUSD',
      aggregate,
      { tier: 'gold', markupPoints: 3, depth: 10, isOpen: true },
      undefined,
    );
    expect(price.bids).toEqual([97, 5]);
    expect(price.bidVenues).toEqual(['alpha']);
  });

  it('goes stale without quotes and keeps the last top and its time', () => {
    const terms = { tier: 'gold', markupPoints: 0, depth: 10, isOpen: true };
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
    expect(oneSided).toMatchObject({ state: 'thin', lastBid: 100, lastAsk: 101, asks: [] });
  });

  it('says why there is nothing to trade on: out of hours, or venues that contradict each other', () => {
    const terms = { tier: 'gold', markupPoints: 0, depth: 10, isOpen: true };
    const live = tierPrice('EURUSD', aggregate, terms, undefined);
    const closed = tierPrice('EURUSD', aggregate, { ...terms, isOpen: false }, live);
    expect(closed).toMatchObject({ state: 'outOfHours', bids: [], asks: [], lastBid: 100, lastAsk: 101 });
    const crossed = tierPrice('EURUSD', { ...empty, isCrossed: true }, terms, live);
    expect(crossed).toMatchObject({ state: 'crossed', bids: [], asks: [], lastBid: 100, lastAsk: 101 });
  });

  it('sees which level’s quote has become newer, though it shows the same', () => {
    const terms = { tier: 'gold', markupPoints: 0, depth: 10, isOpen: true };
    const before = tierPrice('EURUSD', aggregate, terms, undefined);
    const again = { ...aggregate, bidMonoMs: [7, 7] };
    const after = tierPrice('EURUSD', again, terms, before);
    expect(sameImage(before, after)).toBe(true);
    expect(newerByMs(after, before)).toBe(3);
    expect(newerByMs(after, after)).toBe(0);
  });
});
