/**
 * Orders that rest in the platform, sorted per instrument and side with the best last: worst price first,
 * newest first among equals. Orders come and go near the best price, so that end is the cheap one. A quote
 * is compared with the best order only, so instruments without a marketable order cost next to nothing.
 */
import type { InstrumentId } from '../market/instrument.ts';
import type { OrderState, RestingSides } from './partition.ts';

/** Adds an order under its `restingPrice`. */
export function addResting(resting: Map<InstrumentId, RestingSides>, order: OrderState): void {
  let sides = resting.get(order.instrument);
  if (sides === undefined) {
    sides = { buy: [], sell: [] };
    resting.set(order.instrument, sides);
  }
  const queue = sides[order.side];
  const at = placeOf(queue, order, order.restingPrice);
  if (queue[at] === order) throw new Error(`order ${order.orderId} rests twice`);
  queue.splice(at, 0, order);
}

/** Removes an order that rests under `price`. An instrument without resting orders is forgotten. */
export function removeResting(
  resting: Map<InstrumentId, RestingSides>,
  order: OrderState,
  price: number,
): void {
  const sides = resting.get(order.instrument);
  const queue = sides?.[order.side];
  const at = queue === undefined ? 0 : placeOf(queue, order, price);
  if (sides === undefined || queue?.[at] !== order) throw new Error(`order ${order.orderId} does not rest`);
  queue.splice(at, 1);
  if (sides.buy.length + sides.sell.length === 0) resting.delete(order.instrument);
}

/** Index of the first order that is not behind one with this price and number. */
function placeOf(queue: readonly OrderState[], order: OrderState, price: number): number {
  const direction = order.side === 'buy' ? -1 : 1;
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle] as OrderState;
    const behind = (other.restingPrice - price) * direction || other.number - order.number;
    if (behind > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
