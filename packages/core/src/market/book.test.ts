import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Book, type QuoteTerms } from './book.ts';
import { EURUSD } from '../order/desk.fixture.ts';
import type { VenueQuote } from './quote.ts';

function quote(
  venue: string,
  sequence: number,
  bids: readonly number[],
  asks: readonly number[],
  receivedMonoMs = 0,
): VenueQuote {
  return {
    venue,
    instrument: 'EURUSD',
    epoch: 1,
    sequence,
    bids,
    asks,
    receivedAtMs: 7_000 + receivedMonoMs,
    receivedMonoMs,
  };
}

function bookOf(...quotes: readonly VenueQuote[]): Book {
  const book = new Book(EURUSD, () => ({ enabled: true, staleAfterMs: 1_000 }));
  for (const each of quotes) book.replace(each);
  return book;
}

describe('Book', () => {
  it('merges venues best first, ties by quantity and then by venue id', () => {
    const book = bookOf(
      quote('beta', 1, [100, 5, 98, 1], [101, 5]),
      quote('alpha', 1, [100, 5, 99, 1], [101, 7], 3),
      quote('gamma', 1, [97, 1], [101, 5, 102, 1]),
    );
    expect(book.aggregate(10)).toEqual({
      bids: [100, 5, 100, 5, 99, 1, 98, 1, 97, 1],
      bidVenues: ['alpha', 'beta', 'alpha', 'beta', 'gamma'],
      asks: [101, 7, 101, 5, 101, 5, 102, 1],
      askVenues: ['alpha', 'beta', 'gamma', 'gamma'],
      bidMonoMs: [3, 0, 3, 0, 0],
      askMonoMs: [3, 0, 0, 0],
      bidStaleAfterMs: 1_000,
      askStaleAfterMs: 1_000,
      isCrossed: false,
      receivedAtMs: 7_003,
      receivedMonoMs: 3,
    });
    expect(book.best('bids', 10)).toBe(100);
    expect(book.best('asks', 10)).toBe(101);
    expect(book.referenceTwice(10)).toBe(201);
  });

  it('shows no more levels than asked for', () => {
    const levels = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 1000 - at : 1));
    expect(bookOf(quote('alpha', 1, levels, [])).aggregate(0).bidVenues).toHaveLength(10);
    expect(bookOf(quote('alpha', 1, levels, [])).aggregate(0, 3).bids).toEqual(levels.slice(0, 6));
  });

  it('ignores images older than the one it has, and venues it does not know', () => {
    const terms = { enabled: true, staleAfterMs: 9 };
    const book = new Book(EURUSD, (venue) => (venue === 'alpha' ? terms : undefined));
    expect(book.replace(quote('alpha', 5, [100, 1], []))).toEqual([]);
    expect(book.replace(quote('alpha', 5, [99, 1], []))).toEqual(['outdated']);
    expect(book.replace({ ...quote('alpha', 9, [99, 1], []), epoch: 0 })).toEqual(['outdated']);
    expect(book.replace({ ...quote('alpha', 1, [98, 1], []), epoch: 2 })).toEqual([]);
    expect(book.replace(quote('beta', 1, [99, 1], []))).toEqual(['unknownVenue']);
    expect(book.best('bids', 0)).toBe(98);
  });

  it('leaves out stale, flagged and disabled venues, and forgets removed ones', () => {
    let terms: QuoteTerms = { enabled: true, staleAfterMs: 100 };
    const book = new Book(EURUSD, (venue) =>
      venue === 'beta' ? terms : { enabled: true, staleAfterMs: 100 },
    );
    book.replace(quote('alpha', 1, [100, 1], [110, 1], 0));
    book.replace(quote('beta', 1, [101, 1], [109, 1], 50));
    expect(book.best('bids', 100)).toBe(101);
    expect(book.eligible(101).map(({ venue }) => venue)).toEqual(['beta']);
    expect(book.replace(quote('beta', 2, [120, 1], [109, 1], 60))).toEqual(['crossed']);
    expect(book.best('bids', 100)).toBe(100);
    book.replace(quote('beta', 3, [102, 1], [109, 1], 60));
    terms = { ...terms, enabled: false };
    expect(book.best('bids', 100)).toBe(100);
    terms = { ...terms, enabled: true };
    book.remove('beta');
    expect(book.best('bids', 100)).toBe(100);
    expect(book.quote('beta')).toBeUndefined();
  });

  it('falls back on older images for its reference, up to a minute', () => {
    const book = bookOf(quote('alpha', 1, [100, 1], [102, 1]));
    expect(book.referenceTwice(1_001)).toBe(202);
    expect(book.referenceTwice(60_000)).toBe(202);
    expect(book.referenceTwice(60_001)).toBeUndefined();
    book.replace(quote('beta', 1, [99, 1], [], 1_001));
    expect(book.referenceTwice(1_001)).toBe(202);
  });

  it('takes an indicative source as a reference and never trades on it or shows it', () => {
    const book = new Book(EURUSD, (venue) => ({
      enabled: true,
      staleAfterMs: 1_000,
      indicative: venue === 'paper',
    }));
    book.replace(quote('alpha', 1, [100, 1], [102, 1], 0));
    book.replace(quote('paper', 1, [109, 9], [111, 9], 500));
    expect(book.eligible(500).map(({ venue }) => venue)).toEqual(['alpha']);
    expect(book.aggregate(500).bidVenues).toEqual(['alpha']);
    expect(book.sweep('asks', 5, 500).quantity).toBe(1);
    expect(book.referenceTwice(500)).toBe(202);
    // Nobody tradable is fresh: better a fresh indication than an old quote.
    expect(book.referenceTwice(1_400)).toBe(220);
    expect(book.best('bids', 1_400)).toBeUndefined();
  });

  it('holds a venue that leaves the others and the indicative source behind', () => {
    const book = new Book(
      EURUSD,
      (venue) => ({ enabled: true, staleAfterMs: 1_000, indicative: venue === 'paper' }),
      {
        spikeBasisPoints: 100,
      },
    );
    book.replace(quote('paper', 1, [999, 1], [1001, 1]));
    expect(book.replace(quote('alpha', 1, [1099, 1], [1101, 1]))).toEqual(['spike']);
    expect(book.replace(quote('alpha', 2, [1000, 1], [1002, 1]))).toEqual([]);
  });

  it('holds back the first venue that jumps and lets the market follow', () => {
    const book = new Book(EURUSD, () => ({ enabled: true, staleAfterMs: 1_000 }), { spikeBasisPoints: 100 });
    for (const venue of ['alpha', 'beta', 'gamma']) book.replace(quote(venue, 1, [999, 1], [1001, 1]));
    expect(book.replace(quote('alpha', 2, [1099, 1], [1101, 1]))).toEqual(['spike']);
    expect(book.replace(quote('beta', 2, [1099, 1], [1101, 1]))).toEqual(['spike']);
    expect(book.replace(quote('gamma', 2, [1099, 1], [1101, 1]))).toEqual([]);
    expect(book.replace(quote('alpha', 3, [1099, 1], [1101, 1]))).toEqual([]);
    expect(book.flags('beta')).toEqual(['spike']);
  });

  it('prices a sweep', () => {
    const book = bookOf(quote('alpha', 1, [], [101, 5, 103, 5]), quote('beta', 1, [], [102, 5]));
    const sweep = book.sweep('asks', 12, 0);
    const levels = sweep.levels.map(({ price, quantity }) => [price, quantity]);
    expect(levels).toEqual([
      [101, 5],
      [102, 5],
      [103, 2],
    ]);
    expect(sweep).toMatchObject({ quantity: 12, worstPrice: 103, notional: 1221n });
    expect(book.sweep('asks', 100, 0)).toMatchObject({ quantity: 15, worstPrice: 103 });
    const nothing = { levels: [], quantity: 0, worstPrice: undefined, notional: 0n };
    expect(book.sweep('bids', 1, 0)).toEqual(nothing);
  });
});

interface Image {
  readonly venue: string;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
  readonly receivedMonoMs: number;
}
const side = (direction: 1 | -1): fc.Arbitrary<number[]> =>
  fc
    .tuple(
      fc.integer({ min: 90, max: 110 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })), { maxLength: 6 }),
    )
    .map(([start, steps]) => {
      let price = start;
      return steps.flatMap(([step, quantity]) => {
        price += direction * step;
        return [price, quantity];
      });
    });
const images: fc.Arbitrary<Image[]> = fc.array(
  fc.record({
    venue: fc.constantFrom('alpha', 'beta', 'gamma', 'delta'),
    bids: side(-1),
    asks: side(1),
    receivedMonoMs: fc.integer({ min: 0, max: 200 }),
  }),
  { maxLength: 8 },
);

/** The slow twin: latest image per venue, drop the bad ones by definition, sort everything. */
function naive(
  all: readonly Image[],
  monoMs: number,
  name: 'bids' | 'asks',
): (readonly [number, number, string])[] {
  const latest = new Map(all.map((image) => [image.venue, image]));
  const sorted = (levels: readonly number[], direction: number): boolean =>
    levels.every(
      (price, at) => at % 2 === 1 || at < 2 || (price - (levels[at - 2] as number)) * direction > 0,
    );
  const good = [...latest.values()].filter(
    ({ bids, asks, receivedMonoMs }) =>
      monoMs - receivedMonoMs <= 100 &&
      sorted(bids, -1) &&
      sorted(asks, 1) &&
      [...bids, ...asks].every((value) => value > 0) &&
      !(bids.length > 0 && asks.length > 0 && (bids[0] as number) > (asks[0] as number)),
  );
  const levels = good.flatMap((image) =>
    image[name].flatMap((price, at) =>
      at % 2 === 1 ? [] : [[price, image[name][at + 1] as number, image.venue] as const],
    ),
  );
  const direction = name === 'asks' ? 1 : -1;
  // Within one venue the image's own order stays: equal prices of one venue don't occur in good images.
  return levels
    .sort(
      (left, right) =>
        (left[0] - right[0]) * direction || right[1] - left[1] || (left[2] < right[2] ? -1 : 1),
    )
    .slice(0, 10);
}

describe('the aggregated book', () => {
  it('equals its slow twin', () => {
    fc.assert(
      fc.property(images, fc.integer({ min: 0, max: 300 }), (all, monoMs) => {
        const book = new Book(EURUSD, () => ({ enabled: true, staleAfterMs: 100 }));
        all.forEach((image, at) => {
          book.replace(quote(image.venue, at + 1, image.bids, image.asks, image.receivedMonoMs));
        });
        const { bids, asks, bidVenues, askVenues } = book.aggregate(monoMs);
        const flat = (levels: readonly number[], venues: readonly string[]): unknown[] =>
          venues.map((venue, at) => [levels[2 * at], levels[2 * at + 1], venue]);
        expect(flat(bids, bidVenues)).toEqual(naive(all, monoMs, 'bids'));
        expect(flat(asks, askVenues)).toEqual(naive(all, monoMs, 'asks'));
      }),
      { numRuns: 500 },
    );
  });
});
