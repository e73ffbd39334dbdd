/** What the gateway's tests trade, and every way in which FIX lets a counterparty write its numbers. */
import { formatDecimal } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import fc from 'fast-check';

export const eurusd: Instrument = {
  id: 'EURUSD',
  symbol: 'EUR/USD',
  type: 'spot',
  baseCurrency: 'EUR',
  quoteCurrency: 'USD',
  priceScale: 5,
  quantityScale: 2,
  pipScale: 4,
  quantityMin: 100,
  quantityMax: 10_000_000_000,
  quantityStep: 1,
};

export interface Spelled {
  /** Points or lots. */
  readonly scaled: number;
  readonly text: string;
}

/**
 * A positive number of `scale` decimals at most, as FIX float (FIX 4.4 volume 1, data types) may say it: with
 * or without a zero before the point, with a bare point at the end, with zeros around it, 15 significant
 * digits and more.
 */
export function spelled(scale: number, max = 99_999_999): fc.Arbitrary<Spelled> {
  const zeros = fc.integer({ min: 0, max: 12 });
  return fc
    .tuple(fc.integer({ min: 1, max }), zeros, zeros, fc.boolean(), fc.boolean())
    .map(([scaled, before, after, isBare, isShort]) => {
      const [whole, decimals = ''] = formatDecimal(scaled, scale).split('.') as [string, string?];
      const leading = isBare && Number(whole) === 0 && decimals !== '' ? '' : '0'.repeat(before) + whole;
      const trailing = isShort ? decimals.replace(/0+$/, '') : decimals + '0'.repeat(after);
      // A bare point at the end is allowed too: `5.`; `.` alone is not, and can't be made here.
      return { scaled, text: isShort && trailing === '' && !isBare ? leading : `${leading}.${trailing}` };
    });
}

/** UTCTimestamp at the leap second of 2016 and around it, with every precision that FIX has. */
export const leapMoments = ['20161231-23:59:60', '20161231-23:59:60.000', '20161231-23:59:60.999999999'];
