/**
 * From a last-value image to the platform's quote: one level a side, in points and lots. Bloomberg sends
 * doubles; a double is the instrument's decimal exactly when dividing the whole number of points by the power
 * of ten gives that double back (IEEE division rounds correctly). Everything else is finer than the scale and
 * rounded against us or refused, never silently.
 */
import { powerOfTen } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import type { Levels } from '@tidegate/core/market/quote';
import type { BlpValue } from '@tidegate/blpapi/contract';
import type { Image } from './image.ts';

/** What the platform subscribes to for an instrument. */
export const quoteFields = ['BID', 'ASK', 'BID_SIZE', 'ASK_SIZE'] as const;

export type Rounding = 'against' | 'refuse';

export interface QuoteSides {
  readonly bids: Levels;
  readonly asks: Levels;
  /** Prices and sizes that did not fit the instrument's scales. */
  readonly misfits: number;
}

const nothing: Levels = Object.freeze([]);

/**
 * `value` in units of 10^-scale. Exact when it fits; else the next whole number in the direction, with
 * `isExact` false. Undefined when it is no finite number or beyond 2^53.
 */
export function unitsOf(
  value: number,
  scale: number,
  direction: 'down' | 'up',
): { readonly units: number; readonly isExact: boolean } | undefined {
  const power = powerOfTen(scale);
  const near = Math.round(value * power);
  if (!Number.isSafeInteger(near)) return undefined;
  const back = near / power;
  if (back === value) return { units: near, isExact: true };
  // The product was rounded to a double as well: compare in the original unit, not in points.
  if (direction === 'down') return { units: back < value ? near : near - 1, isExact: false };
  return { units: back > value ? near : near + 1, isExact: false };
}

/** A reader of quotes for one instrument; made once, used for every image. */
export class QuoteReader {
  private readonly instrument: Instrument;
  private readonly rounding: Rounding;
  private misfits = 0;

  constructor(instrument: Instrument, rounding: Rounding) {
    this.instrument = instrument;
    this.rounding = rounding;
  }

  read(image: Image): QuoteSides {
    this.misfits = 0;
    const bids = this.side(image.get('BID'), image.get('BID_SIZE'), 'down');
    const asks = this.side(image.get('ASK'), image.get('ASK_SIZE'), 'up');
    return { bids, asks, misfits: this.misfits };
  }

  /**
   * Null, zero and absent prices are an empty side, and so is a size of zero. Many currency composites have
   * no sizes at all: an absent or null size is the instrument's smallest quantity, since the price is what an
   * indicative quote is for.
   */
  private side(price: BlpValue | undefined, size: BlpValue | undefined, direction: 'down' | 'up'): Levels {
    if (typeof price !== 'number' || price <= 0) return nothing;
    const { priceScale, quantityScale, quantityMin } = this.instrument;
    const points = this.fitted(price, priceScale, direction);
    if (points === undefined || points <= 0) return nothing;
    const lots =
      typeof size === 'number' ? this.fitted(size, quantityScale, 'down') : Math.max(quantityMin, 1);
    return lots === undefined || lots <= 0 ? nothing : [points, lots];
  }

  private fitted(value: number, scale: number, direction: 'down' | 'up'): number | undefined {
    // The way of nearly every price, without an object for the answer.
    const power = powerOfTen(scale);
    const near = Math.round(value * power);
    if (near / power === value && Number.isSafeInteger(near)) return near;
    const fit = unitsOf(value, scale, direction);
    this.misfits += 1;
    return this.rounding === 'against' ? fit?.units : undefined;
  }
}
