/**
 * The position of one account in one instrument, folded from fills at average cost. The desk (for risk) and
 * the projector (for screens and reports) use this same function, so they can't disagree.
 */
import { divideRounded, multiply, type RoundingMode } from '../number/decimal.ts';
import type { Side } from './order.ts';

export interface Position {
  /** Signed lots: long is positive. */
  readonly quantity: number;
  /**
   * Signed cost of `quantity` at average price, in units of 10^-(priceScale + quantityScale) of the quote
   * currency.
   */
  readonly cost: bigint;
  /** Realized profit or loss, same unit. */
  readonly realized: bigint;
}

export const FLAT: Position = { quantity: 0, cost: 0n, realized: 0n };

/**
 * The position after a fill of `quantity` lots at `price` points. What closes takes its share of the cost
 * with it, rounded half even; the rest of the cost stays, so `cost - realized` is always the exact sum of
 * signed price × quantity.
 */
export function applyFill(position: Position, side: Side, quantity: number, price: number): Position {
  const signed = side === 'buy' ? quantity : -quantity;
  const net = position.quantity + signed;
  if (!Number.isSafeInteger(net)) throw new Error('position beyond a safe integer of lots');
  if (position.quantity === 0 || position.quantity > 0 === signed > 0) {
    return { quantity: net, cost: position.cost + multiply(signed, price), realized: position.realized };
  }
  const closing = Math.min(quantity, Math.abs(position.quantity));
  const held = BigInt(Math.abs(position.quantity));
  const share = divideRounded(position.cost * BigInt(closing), held, 'halfEven');
  const proceeds = multiply(side === 'buy' ? -closing : closing, price);
  const opening = quantity - closing;
  const turned = multiply(side === 'buy' ? opening : -opening, price);
  const costAfter = opening > 0 ? turned : position.cost - share;
  return { quantity: net, cost: costAfter, realized: position.realized + proceeds - share };
}

/**
 * Average price of the open position in points at a finer `scaleUp` (10^scaleUp parts of a point); undefined
 * when flat.
 */
export function averagePrice(position: Position, mode: RoundingMode, scaleUp = 0): bigint | undefined {
  if (position.quantity === 0) return undefined;
  return divideRounded(position.cost * 10n ** BigInt(scaleUp), BigInt(position.quantity), mode);
}

/** Profit or loss of the open position at `price` points, in the unit of `cost`. */
export function unrealized(position: Position, price: number): bigint {
  return multiply(position.quantity, price) - position.cost;
}
