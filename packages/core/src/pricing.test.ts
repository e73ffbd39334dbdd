import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Aggregate } from './book.ts';
import { diffLevels, levelId, sameImage, tierPrice, type SideImage } from './pricing.ts';

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

const sides: fc.Arbitrary<SideImage> = fc
  .uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom('alpha', 'beta'),
      fc.integer({ min: 1, max: 3 }),
    ),
    { selector: ([price, venue]) => levelId(price, venue), maxLength: 10 },
  )
  .map((levels) => ({
    levels: levels.flatMap(([price, , quantity]) => [price, quantity]),
    venues: levels.map(([, venue]) => venue),
  }));
const entries = ({ levels, venues }: SideImage): Map<string, number> =>
  new Map(
    venues.map((venue, at) => [levelId(levels[2 * at] as number, venue), levels[2 * at + 1] as number]),
  );

describe('diffLevels', () => {
  it('turns the previous image into the next with as few entries as possible', () => {
    fc.assert(
      fc.property(sides, sides, (previous, next) => {
        const held = entries(previous);
        for (const { action, price, venue, quantity } of diffLevels(previous, next)) {
          const id = levelId(price, venue);
          expect(held.has(id)).toBe(action !== 'new');
          if (action === 'change') expect(held.get(id)).not.toBe(quantity);
          if (action === 'delete') held.delete(id);
          else held.set(id, quantity);
        }
        expect(held).toEqual(entries(next));
      }),
    );
  });

  it('is empty between equal images', () => {
    const side = { levels: [100, 5], venues: ['alpha'] };
    expect(diffLevels(side, side)).toEqual([]);
  });
});
