import { describe, expect, it } from 'vitest';
import { FeedTracker, inspectImage, LEVELS_MAX } from './quality.ts';
import type { VenueQuote } from './quote.ts';

function image(bids: readonly number[], asks: readonly number[]): VenueQuote {
  return {
    venue: 'alpha',
    instrument: 'EURUSD',
    epoch: 1,
    sequence: 1,
    bids,
    asks,
    receivedAtMs: 0,
    receivedMonoMs: 0,
  };
}
const tooMany = Array.from({ length: 2 * (LEVELS_MAX + 1) }, (_, at) => (at % 2 === 0 ? 1000 - at : 1));

describe('inspectImage', () => {
  it.each([
    ['good', [100, 1, 99, 2], [101, 1, 102, 2], []],
    ['empty', [], [], []],
    ['one-sided', [], [101, 1], []],
    ['a choice price', [100, 1], [100, 1], []],
    ['half a level', [100], [101, 1], ['malformed']],
    ['a fraction', [100.5, 1], [101, 1], ['malformed']],
    ['too deep', tooMany, [], ['malformed']],
    ['zero price', [0, 1], [101, 1], ['nonPositivePrice']],
    ['negative price and quantity', [-1, -1], [], ['nonPositivePrice', 'zeroQuantity']],
    ['zero quantity', [100, 0], [101, 1], ['zeroQuantity']],
    ['rising bids', [99, 1, 100, 1], [101, 1], ['unsorted']],
    ['falling asks', [99, 1], [102, 1, 101, 1], ['unsorted']],
    ['one price twice', [99, 1, 99, 1], [], ['unsorted']],
    ['crossed', [102, 1], [101, 1], ['crossed']],
  ])('sees %s', (_name, bids, asks, flags) => {
    expect(inspectImage(image(bids, asks), {}, undefined)).toEqual(flags);
  });

  it('sees a spread that is too wide for its mid', () => {
    const limits = { wideBasisPoints: 100 };
    expect(inspectImage(image([995, 1], [1005, 1]), limits, undefined)).toEqual([]);
    expect(inspectImage(image([994, 1], [1005, 1]), limits, undefined)).toEqual(['wide']);
  });

  it('sees a spike against the reference and none without one', () => {
    const limits = { spikeBasisPoints: 50 };
    expect(inspectImage(image([1004, 1], [1006, 1]), limits, 2000)).toEqual([]);
    expect(inspectImage(image([1005, 1], [1006, 1]), limits, 2000)).toEqual(['spike']);
    expect(inspectImage(image([2000, 1], [2001, 1]), limits, undefined)).toEqual([]);
  });
});

describe('FeedTracker', () => {
  it('says when a feed changes its state, and only then', () => {
    const feed = new FeedTracker('alpha', 'EURUSD');
    expect(feed.tick(1_000_000, 10)).toBeUndefined();
    expect(feed.observe(100, [])).toEqual({
      venue: 'alpha',
      instrument: 'EURUSD',
      from: 'silent',
      to: 'live',
      atMonoMs: 100,
      flags: [],
    });
    expect(feed.observe(150, [])).toBeUndefined();
    expect(feed.tick(160, 10)).toBeUndefined();
    expect(feed.tick(161, 10)).toMatchObject({ from: 'live', to: 'stale', atMonoMs: 161 });
    expect(feed.tick(500, 10)).toBeUndefined();
    expect(feed.observe(510, ['crossed'])).toMatchObject({ from: 'stale', to: 'bad', flags: ['crossed'] });
    expect(feed.observe(511, ['outdated'])).toBeUndefined();
    expect(feed.observe(512, [])).toMatchObject({ from: 'bad', to: 'live' });
    expect(feed.state).toBe('live');
    expect(feed.lastMonoMs).toBe(512);
  });
});
