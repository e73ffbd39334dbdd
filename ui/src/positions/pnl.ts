/** Unrealised profit and loss of a position at mid, exact: quantity × (mid − average). Pure. */
import {
  bigPowerOfTen,
  divideRounded,
  formatBigDecimal,
  parseBigDecimal,
} from '@tidegate/core/number/decimal';
import type { PositionView } from '@tidegate/wire/orders';
import type { PriceView } from '@tidegate/wire/prices';
import { groupedDecimal } from '../prices/price.format.ts';

/** Decimals that prices and average prices are computed with. */
const SCALE = 12;
/** Decimals of money shown. */
const moneyScale = 2;

/**
 * Mid of the best bid and ask, as an integer of 10^-12; undefined without both. The last top serves while
 * stale.
 */
export function midOf(
  price: Pick<PriceView, 'lastBid' | 'lastAsk' | 'bids' | 'asks'> | undefined,
): bigint | undefined {
  const bid = parseBigDecimal(price?.bids[0]?.[0] ?? price?.lastBid ?? '', SCALE);
  const ask = parseBigDecimal(price?.asks[0]?.[0] ?? price?.lastAsk ?? '', SCALE);
  return bid === undefined || ask === undefined ? undefined : divideRounded(bid + ask, 2n, 'halfEven');
}

/**
 * In the quote currency with two decimals, rounded against us; null when there is no price or no position.
 */
export function unrealizedPnl(
  position: Pick<PositionView, 'quantity' | 'averagePrice'>,
  mid: bigint | undefined,
): string | null {
  const quantity = parseBigDecimal(position.quantity, SCALE);
  const average = parseBigDecimal(position.averagePrice ?? '', SCALE);
  if (quantity === undefined || quantity === 0n || average === undefined || mid === undefined) return null;
  const exact = quantity * (mid - average);
  return formatBigDecimal(
    divideRounded(exact, bigPowerOfTen(2 * SCALE - moneyScale), 'towardUs'),
    moneyScale,
  );
}

/** Of money as text; nothing counts as zero. */
export const signOf = (text: string): 'zero' | 'minus' | 'plus' =>
  !/[1-9]/.test(text) ? 'zero' : text.startsWith('-') ? 'minus' : 'plus';

/** Money to two decimals, rounded against us; the text itself when it is not a number. */
export function money(text: string): string {
  const value = parseBigDecimal(text, SCALE);
  if (value === undefined) return text;
  return formatBigDecimal(divideRounded(value, bigPowerOfTen(SCALE - moneyScale), 'towardUs'), moneyScale);
}

/** Two decimals always: `-1,234.50`. */
export function groupedMoney(text: string): string {
  const [whole = '', decimals] = text.split('.');
  return decimals === undefined ? groupedDecimal(whole) : `${groupedDecimal(whole)}.${decimals}`;
}

/** A mid at the instrument's scale and one decimal more, because a mid may lie between two points. */
export function midText(mid: bigint | undefined, priceScale: number): string {
  return mid === undefined
    ? ''
    : formatBigDecimal(divideRounded(mid, bigPowerOfTen(SCALE - priceScale - 1), 'halfEven'), priceScale + 1);
}
