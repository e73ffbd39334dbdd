/** The order that closes a position, and what it is likely to bring. Pure. */
import {
  bigPowerOfTen,
  divideRounded,
  formatBigDecimal,
  parseBigDecimal,
} from '@tidegate/core/number/decimal';
import type { PositionView, SubmitOrderRequest } from '@tidegate/wire/orders';
import type { PriceView } from '@tidegate/wire/prices';

const SCALE = 12;

export interface Flatten {
  readonly order: Omit<SubmitOrderRequest, 'clOrdId'>;
  /** Average price at which the shown book would take all of it; null: it has too little. */
  readonly price: string | null;
  /** In the quote currency, rounded against us. */
  readonly pnl: string | null;
}

/** Undefined for a flat position. */
export function flattenOf(
  position: Pick<PositionView, 'account' | 'instrument' | 'quantity' | 'averagePrice'>,
  book: Pick<PriceView, 'bids' | 'asks'> | undefined,
  priceScale: number,
): Flatten | undefined {
  const quantity = parseBigDecimal(position.quantity, SCALE) ?? 0n;
  if (quantity === 0n) return undefined;
  const side = quantity > 0n ? 'sell' : 'buy';
  const size = quantity > 0n ? quantity : -quantity;
  const cost = costOf((side === 'sell' ? book?.bids : book?.asks) ?? [], size);
  const average = parseBigDecimal(position.averagePrice ?? '', SCALE);
  const order = {
    account: position.account,
    instrument: position.instrument,
    side,
    type: 'market',
    quantity: position.quantity.replace('-', ''),
    timeInForce: 'ioc',
  } as const;
  if (cost === undefined) return { order, price: null, pnl: null };
  const price = divideRounded(cost, size, 'halfEven');
  const gain = average === undefined ? null : side === 'sell' ? cost - size * average : size * average - cost;
  return {
    order,
    price: formatBigDecimal(
      divideRounded(price, bigPowerOfTen(SCALE - priceScale - 1), 'halfEven'),
      priceScale + 1,
    ),
    pnl:
      gain === null
        ? null
        : formatBigDecimal(divideRounded(gain, bigPowerOfTen(2 * SCALE - 2), 'towardUs'), 2),
  };
}

/** Price times quantity, of 10^-24; undefined where the book has less. */
function costOf(levels: PriceView['bids'], size: bigint): bigint | undefined {
  let left = size;
  let cost = 0n;
  for (const [price, quantity] of levels) {
    const there = parseBigDecimal(quantity, SCALE) ?? 0n;
    const taken = there < left ? there : left;
    cost += taken * (parseBigDecimal(price, SCALE) ?? 0n);
    left -= taken;
    if (left === 0n) return cost;
  }
  return undefined;
}
