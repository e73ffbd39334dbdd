/**
 * Amounts of one currency in another, at the mids of the books. Exact until one last rounding, which is up: a
 * limit that is exceeded by rounding is exceeded.
 */
import { bigPowerOfTen, divideRounded, multiply } from '../number/decimal.ts';
import type { Instrument } from './instrument.ts';
import { MONEY_SCALE, type Market } from './market.ts';
import type { Moment } from '../number/time.ts';

/** A rate as an exact fraction: amount × numerator / denominator. */
export interface ExactRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

type Books = Pick<Market, 'book' | 'pair'>;

const SAME: ExactRate = { numerator: 1n, denominator: 1n };
/** Currencies through which a cross is valued when it is not quoted itself. */
const PIVOTS = ['USD', 'EUR'] as const;

/**
 * Value of `quantity` lots in the firm's credit currency, in units of 10^-MONEY_SCALE, rounded up;
 * `priceTwice` is twice the price to value it at. Undefined when no chain of books with a reference price
 * leads there.
 */
export function creditValue(
  market: Market,
  instrument: Instrument,
  quantity: number,
  priceTwice: number,
  now: Moment,
): bigint | undefined {
  const credit = market.firm.creditCurrency;
  const { baseCurrency, quoteCurrency, quantityScale, priceScale } = instrument;
  if (baseCurrency === credit) return scaled(BigInt(quantity), SAME, quantityScale);
  const fromQuote = rateOf(market, quoteCurrency, credit, now);
  if (fromQuote !== undefined) {
    const { numerator, denominator } = fromQuote;
    const half = { numerator, denominator: 2n * denominator };
    return scaled(multiply(priceTwice, quantity), half, priceScale + quantityScale);
  }
  const fromBase = rateOf(market, baseCurrency, credit, now);
  return fromBase === undefined ? undefined : scaled(BigInt(quantity), fromBase, quantityScale);
}

/** Direct, inverse, or through one pivot. */
export function rateOf(market: Books, from: string, to: string, now: Moment): ExactRate | undefined {
  const direct = quotedRate(market, from, to, now);
  if (direct !== undefined) return direct;
  for (const pivot of PIVOTS) {
    if (pivot === from || pivot === to) continue;
    const first = quotedRate(market, from, pivot, now);
    if (first === undefined) continue;
    const second = quotedRate(market, pivot, to, now);
    if (second === undefined) continue;
    return {
      numerator: first.numerator * second.numerator,
      denominator: first.denominator * second.denominator,
    };
  }
  return undefined;
}

function quotedRate(market: Books, from: string, to: string, now: Moment): ExactRate | undefined {
  if (from === to) return SAME;
  const direct = midRate(market, market.pair(from, to), now);
  if (direct !== undefined) return direct;
  const inverse = midRate(market, market.pair(to, from), now);
  if (inverse === undefined) return undefined;
  return { numerator: inverse.denominator, denominator: inverse.numerator };
}

function midRate(market: Books, instrument: Instrument | undefined, now: Moment): ExactRate | undefined {
  if (instrument === undefined) return undefined;
  const twice = market.book(instrument.id)?.referenceTwice(now.monoMs);
  if (twice === undefined) return undefined;
  return { numerator: BigInt(twice), denominator: 2n * bigPowerOfTen(instrument.priceScale) };
}

/** amount × rate from its own scale to MONEY_SCALE, rounded up once. */
function scaled(amount: bigint, { numerator, denominator }: ExactRate, scale: number): bigint {
  const divisor = denominator * bigPowerOfTen(scale);
  return divideRounded(amount * numerator * bigPowerOfTen(MONEY_SCALE), divisor, 'up');
}
