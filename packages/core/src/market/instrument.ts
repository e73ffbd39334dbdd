/**
 * An instrument and its two scales. Everywhere in `core` a price is a safe integer of points (10^-priceScale
 * of the quote currency) and a quantity a safe integer of lots (10^-quantityScale of the base currency);
 * comparisons use them directly.
 */

import type { QualityOverrides } from '../quality/thresholds.ts';
import type { TradingHours } from './hours.ts';
import type { Settlement } from './settlement.ts';

export type InstrumentId = string;

export interface Instrument {
  /** Used in topics and URLs: `EURUSD`. Letters, digits, `-` and `_` only. */
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
  /** When what is dealt settles; absent: two weekdays after the trade date. */
  readonly settlement?: Settlement;
  /** Absent: always. */
  readonly tradingHours?: TradingHours;
  /** When its data counts as bad, at every source that says nothing else. */
  readonly quality?: QualityOverrides;
}

export type Scales = Pick<Instrument, 'priceScale' | 'quantityScale'>;

/** Whether points and lots of the one are points and lots of the other. */
export function haveSameScales(left: Scales, right: Scales): boolean {
  return left.priceScale === right.priceScale && left.quantityScale === right.quantityScale;
}

/**
 * How many orders of the largest size may be added up (positions, aggregated books) and stay exact: below
 * 2^53.
 */
export const AGGREGATION_MAX = 100_000;

/** What makes an instrument unusable, checked when it is loaded; undefined when it is fine. */
export function instrumentFault(instrument: Instrument): string | undefined {
  const { priceScale, quantityScale, pipScale, quantityMin, quantityMax, quantityStep } = instrument;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(instrument.id)) return `id ${instrument.id} is not a topic token`;
  if (!isScale(priceScale, 9)) return 'priceScale is out of range';
  if (!isScale(pipScale, priceScale)) return 'pipScale is out of range';
  if (!isScale(quantityScale, 8)) return 'quantityScale is out of range';
  for (const lots of [quantityMin, quantityMax, quantityStep]) {
    if (!Number.isSafeInteger(lots) || lots <= 0) return 'quantities must be whole lots greater than zero';
  }
  if (quantityMin > quantityMax) return 'quantityMin is over quantityMax';
  if (quantityMin % quantityStep !== 0) return 'quantityMin is not a multiple of quantityStep';
  if (quantityMax > Number.MAX_SAFE_INTEGER / AGGREGATION_MAX) return 'quantityMax leaves no room to add up';
  return undefined;
}

function isScale(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
