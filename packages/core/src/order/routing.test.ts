import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Side } from './order.ts';
import type { VenueQuote } from '../market/quote.ts';
import { clientPrice, planSweep, planWhole, venueLimit, type SweepRequest } from './routing.ts';

function quote(venue: string, levels: readonly number[], side: Side = 'buy'): VenueQuote {
  const taken = side === 'buy' ? { asks: levels, bids: [] } : { bids: levels, asks: [] };
  return { venue, instrument: 'EURUSD', epoch: 1, sequence: 1, ...taken, receivedAtMs: 0, receivedMonoMs: 0 };
}
const buy = (quantity: number, limit: number, quantityStep = 1): SweepRequest => ({
  side: 'buy',
  quantity,
  limit,
  quantityStep,
});
const summary = (plan: readonly { quote: VenueQuote; quantity: number; price: number }[]): unknown[] =>
  plan.map(({ quote: { venue }, quantity, price }) => [venue, quantity, price]);

describe('planSweep', () => {
  const quotes = [quote('alpha', [101, 5, 103, 5]), quote('beta', [102, 5, 104, 50])];

  it('takes one venue when it is enough', () => {
    expect(summary(planSweep(quotes, buy(4, 110)))).toEqual([['alpha', 4, 101]]);
  });

  it('adds venues, one route each at its own worst price', () => {
    expect(summary(planSweep(quotes, buy(13, 110)))).toEqual([
      ['alpha', 8, 103],
      ['beta', 5, 102],
    ]);
  });

  it('stops at the limit', () => {
    expect(summary(planSweep(quotes, buy(100, 103)))).toEqual([
      ['alpha', 10, 103],
      ['beta', 5, 102],
    ]);
    expect(planSweep(quotes, buy(100, 100))).toEqual([]);
    expect(planSweep(quotes, buy(0, 200))).toEqual([]);
  });

  it('sells to the highest bid', () => {
    const bids = [quote('alpha', [101, 5, 99, 5], 'sell'), quote('beta', [100, 5], 'sell')];
    const request = { side: 'sell', quantity: 12, limit: 99, quantityStep: 1 } as const;
    expect(summary(planSweep(bids, request))).toEqual([
      ['alpha', 7, 99],
      ['beta', 5, 100],
    ]);
  });

  it('keeps to the step except for a last remainder', () => {
    const odd = [quote('alpha', [101, 17]), quote('beta', [102, 100])];
    expect(summary(planSweep(odd, buy(50, 110, 10)))).toEqual([
      ['alpha', 10, 101],
      ['beta', 40, 102],
    ]);
    expect(summary(planSweep(odd, buy(7, 110, 10)))).toEqual([['alpha', 7, 101]]);
  });

  it('breaks ties by quantity, then by venue id', () => {
    const equal = [quote('gamma', [101, 5]), quote('beta', [101, 5]), quote('alpha', [101, 4])];
    const plan = summary(planSweep(equal, buy(14, 110)));
    expect(plan).toEqual([
      ['beta', 5, 101],
      ['gamma', 5, 101],
      ['alpha', 4, 101],
    ]);
  });

  it('does not count on what an earlier plan took', () => {
    const taken = new Map<string, number>();
    expect(summary(planSweep(quotes, buy(7, 110), taken))).toEqual([
      ['alpha', 5, 101],
      ['beta', 2, 102],
    ]);
    expect(summary(planSweep(quotes, buy(5, 110), taken))).toEqual([
      ['beta', 3, 102],
      ['alpha', 2, 103],
    ]);
  });
});

describe('planWhole', () => {
  it('finds the cheapest venue that alone has it all', () => {
    const quotes = [quote('alpha', [100, 5, 109, 5]), quote('beta', [104, 10]), quote('gamma', [99, 9])];
    expect(summary([planWhole(quotes, buy(10, 110))!])).toEqual([['beta', 10, 104]]);
    expect(summary([planWhole(quotes, buy(5, 110))!])).toEqual([['gamma', 5, 99]]);
    expect(planWhole(quotes, buy(11, 110))).toBeUndefined();
    expect(planWhole(quotes, buy(10, 103))).toBeUndefined();
  });

  it('sells for the highest proceeds', () => {
    const bids = [quote('alpha', [100, 10], 'sell'), quote('beta', [101, 5, 98, 5], 'sell')];
    const request = { side: 'sell', quantity: 10, limit: 90, quantityStep: 1 } as const;
    expect(planWhole(bids, request)?.quote.venue).toBe('alpha');
  });
});

describe('prices towards the client', () => {
  it('take the markup and never break the limit', () => {
    expect(venueLimit('buy', 110, 3)).toBe(107);
    expect(venueLimit('sell', 110, 3)).toBe(113);
    expect(clientPrice('buy', 107, 3, 110)).toBe(110);
    expect(clientPrice('buy', 109, 3, 110)).toBe(110);
    expect(clientPrice('sell', 109, 3, 108)).toBe(108);
    expect(clientPrice('sell', 2, 3, undefined)).toBe(1);
    expect(clientPrice('buy', 107, 3, undefined)).toBe(110);
  });
});

/** Slow twin: one lot at a time from the best level left, by the definition of the tie-break. */
function exhaustive(quotes: readonly VenueQuote[], { side, quantity, limit }: SweepRequest): unknown[] {
  const levels = quotes.flatMap(({ venue, asks, bids }) => {
    const flat = side === 'buy' ? asks : bids;
    return flat.flatMap((price, at) =>
      at % 2 === 1 ? [] : [{ venue, price, size: flat[at + 1] as number, left: flat[at + 1] as number }],
    );
  });
  const plan = new Map<string, [string, number, number]>();
  for (let lot = 0; lot < quantity; lot += 1) {
    const open = levels.filter(
      ({ left, price }) => left > 0 && (side === 'buy' ? price <= limit : price >= limit),
    );
    open.sort(
      (a, b) =>
        (side === 'buy' ? a.price - b.price : b.price - a.price) ||
        b.size - a.size ||
        (a.venue < b.venue ? -1 : 1),
    );
    const best = open[0];
    if (best === undefined) break;
    best.left -= 1;
    const route = plan.get(best.venue);
    if (route === undefined) plan.set(best.venue, [best.venue, 1, best.price]);
    else {
      route[1] += 1;
      route[2] = best.price;
    }
  }
  return [...plan.values()];
}

const ladder = (side: Side): fc.Arbitrary<number[]> =>
  fc
    .tuple(
      fc.integer({ min: 95, max: 105 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 })), { maxLength: 5 }),
    )
    .map(([start, steps]) => {
      let price = start;
      return steps.flatMap(([step, quantity]) => {
        price += side === 'buy' ? step : -step;
        return [price, quantity];
      });
    });

describe('sweep', () => {
  it.each<Side>(['buy', 'sell'])('equals its slow twin when it takes from %s orders’ side', (side) => {
    const quotes = fc
      .array(ladder(side), { minLength: 1, maxLength: 4 })
      .map((all) =>
        all.map((levels, at) => quote(['alpha', 'beta', 'delta', 'gamma'][at] as string, levels, side)),
      );
    const limits = fc.integer({ min: 85, max: 115 });
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 60 }), limits, (all, quantity, limit) => {
        const request = { side, quantity, limit, quantityStep: 1 };
        expect(summary(planSweep(all, request))).toEqual(exhaustive(all, request));
      }),
      { numRuns: 300 },
    );
  });
});
