/**
 * An instrument and its two scales. Everywhere in `core` a price is a safe integer of points (10^-priceScale
 * of the quote currency) and a quantity a safe integer of lots (10^-quantityScale of the base currency);
 * comparisons use them directly.
 */

export type InstrumentId = string;

export interface Instrument {
  /** Used in topics and URLs: `EURUSD`. Letters, digits and `-` only. */
  readonly id: InstrumentId;
  /** FIX Symbol(55): `EUR/USD`. */
  readonly symbol: string;
  /** Forwards, swaps and NDFs have their keys reserved; only spot trades now. */
  readonly type: 'spot';
  readonly baseCurrency: string;
  readonly quoteCurrency: string;
  /** Decimals of a point: price = points / 10^priceScale. */
  readonly priceScale: number;
  /** Decimals of a lot: quantity = lots / 10^quantityScale. */
  readonly quantityScale: number;
  /** Decimals of a pip, for people. */
  readonly pipScale: number;
  /** Smallest, largest and step of an order's quantity, in lots. */
  readonly quantityMin: number;
  readonly quantityMax: number;
  readonly quantityStep: number;
}
