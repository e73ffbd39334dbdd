/** Doubles to points against decimal text as the slow twin; images and what they are made of. */
import type { BlpDataEvent, BlpRecord } from '@tidegate/blpapi/contract';
import { decimalText } from '@tidegate/blpapi/decimal';
import { parseDecimal } from '@tidegate/core/number/decimal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Image } from './image.ts';
import { QuoteReader, unitsOf } from './quotes.ts';

const instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: 100,
  quantityMax: 1_000_000_000,
  quantityStep: 1,
} as const;

const event = (fields: BlpRecord, fragment: BlpDataEvent['fragment'] = 'none'): BlpDataEvent => ({
  kind: 'data',
  correlationId: 1,
  messageType: 'MarketDataEvents',
  recap: 'none',
  fragment,
  fields,
});

describe('units of a double', () => {
  it('are those of its decimal text, when it fits', () => {
    const scaled = fc.tuple(fc.integer({ min: 0, max: 2 ** 43 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(scaled, ([units, scale]) => {
        const value = Number(`${units}e-${scale}`);
        expect(parseDecimal(decimalText(value)!, scale)).toBe(units);
        expect(unitsOf(value, scale, 'down')).toEqual({ units, isExact: true });
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the next ones against us, when it does not, and never beyond the value', () => {
    const any = fc.double({ min: 1e-7, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 6 }), (value, scale) => {
        const [down, up] = [unitsOf(value, scale, 'down')!, unitsOf(value, scale, 'up')!];
        const fits = decimalText(value, scale) !== undefined;
        expect([down.isExact, up.isExact]).toEqual([fits, fits]);
        if (fits) return;
        expect(up.units - down.units).toBe(1);
        expect(Number(`${down.units}e-${scale}`)).toBeLessThan(value);
        expect(Number(`${up.units}e-${scale}`)).toBeGreaterThan(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are none for what is no number of them', () => {
    for (const value of [NaN, Infinity, 2 ** 53]) expect(unitsOf(value, 5, 'down')).toBeUndefined();
  });
});

describe('a quote', () => {
  const sidesOf = (fields: BlpRecord) => {
    const image = new Image();
    image.apply(event(fields), true);
    return new QuoteReader(instrument, 'against').read(image);
  };

  it('has an empty side where there is no price, and the smallest size where none is told', () => {
    expect(sidesOf({ BID: 1.1, ASK: null })).toEqual({ bids: [110_000, 100], asks: [], misfits: 0 });
    expect(sidesOf({ BID: 0, ASK: -1 })).toMatchObject({ bids: [], asks: [] });
    expect(sidesOf({ BID: 1.1, BID_SIZE: 0, ASK: 1.2, ASK_SIZE: null })).toMatchObject({
      bids: [],
      asks: [120_000, 100],
    });
    expect(sidesOf({ BID: 'N.A.', ASK: NaN })).toMatchObject({ bids: [], asks: [] });
  });
});

describe('an image', () => {
  it('keeps what is absent, clears what is null, and is replaced by a whole one, fragments and all', () => {
    const image = new Image();
    image.apply(event({ BID: 1, ASK: 2, LAST: 3 }), true);
    image.apply(event({ ASK: null }), false);
    expect([image.get('BID'), image.get('ASK'), image.get('LAST')]).toEqual([1, null, 3]);
    image.apply(event({ BID: 4 }, 'start'), true);
    image.apply(event({ OPEN: 5 }, 'intermediate'), true);
    expect(image.get('LAST')).toBe(3);
    image.apply(event({ ASK: 6 }, 'end'), true);
    expect(Object.fromEntries([...image.fields].map(([name, { value }]) => [name, value]))).toEqual({
      BID: 4,
      ASK: 6,
      LAST: null,
      OPEN: 5,
    });
    expect(image.fields.get('LAST')!.at).toBe(image.sequence);
  });
});
