/**
 * Profit and loss of the trading day (17:00 to 17:00 New York), exact until one last rounding against us:
 * what was realised since it began, and what the unrealised has changed by, from the mid that the day began
 * with. Pure.
 */
import {
  bigPowerOfTen,
  divideRounded,
  formatBigDecimal,
  parseBigDecimal,
} from '@tidegate/core/number/decimal';
import type { PositionOpening, PositionView } from '@tidegate/wire/orders';

/** Decimals that prices and amounts are computed with. */
const SCALE = 12;
const MONEY_SCALE = 2;
const ONE = bigPowerOfTen(SCALE);

type Held = Pick<PositionView, 'quantity' | 'averagePrice' | 'realizedPnl'>;

/** Integers of 10^-24 of the quote currency; null: a price is missing that it needs. */
export interface DayPnl {
  readonly realized: bigint;
  readonly unrealized: bigint | null;
}

/** Of a position at a mid; undefined: how the day found it is not known. */
export type DayOf = (position: PositionView, mid: bigint | undefined) => DayPnl | undefined;

/**
 * @param opening the position as the day found it; absent: not known, and so is the day's profit.
 * @param mark the mid that the day began with, as decimal text; needed only when something was held then.
 * @param mid the mid now, an integer of 10^-12; needed only when something is held.
 */
export function dayPnl(
  position: Held,
  opening: Pick<PositionOpening, 'quantity' | 'averagePrice' | 'realizedPnl'> | undefined,
  mark: string | undefined,
  mid: bigint | undefined,
): DayPnl | undefined {
  if (opening === undefined) return undefined;
  const now = unrealizedOf(position, mid);
  const then = unrealizedOf(opening, parseBigDecimal(mark ?? '', SCALE));
  return {
    realized: (amountOf(position.realizedPnl) - amountOf(opening.realizedPnl)) * ONE,
    unrealized: now === null || then === null ? null : now - then,
  };
}

/** In the quote currency with two decimals; empty: not known. */
export const dayText = (amount: bigint | null | undefined): string =>
  amount === null || amount === undefined
    ? ''
    : formatBigDecimal(
        divideRounded(amount, bigPowerOfTen(2 * SCALE - MONEY_SCALE), 'towardUs'),
        MONEY_SCALE,
      );

export const dayTotal = (day: DayPnl | undefined): bigint | null =>
  day === undefined || day.unrealized === null ? null : day.realized + day.unrealized;

/** Flat: nothing, whatever the price. */
function unrealizedOf(
  { quantity, averagePrice }: Pick<Held, 'quantity' | 'averagePrice'>,
  price: bigint | undefined,
): bigint | null {
  const held = amountOf(quantity);
  if (held === 0n) return 0n;
  const average = parseBigDecimal(averagePrice ?? '', SCALE);
  return price === undefined || average === undefined ? null : held * (price - average);
}

const amountOf = (text: string): bigint => parseBigDecimal(text, SCALE) ?? 0n;
