/**
 * Until when an order may be decided, told from when it was sent: FIX clients say that in SendingTime,
 * requests by REST in a header. First step of the order journey, for gateway and API.
 */
import type { OrderType, TimeInForce } from '@tidegate/core/order/order';
import { isImmediate } from '@tidegate/core/order/partition';
import type { Settings } from '@tidegate/platform/configuration/config';

export interface Horizon {
  readonly immediateMs: number;
  /** Of orders that may rest, and of replaces. */
  readonly restingMs: number;
}

export const horizonOf = (settings: Pick<Settings, 'decideWithinMs' | 'decideRestingWithinMs'>): Horizon => ({
  immediateMs: settings.decideWithinMs,
  restingMs: settings.decideRestingWithinMs,
});

/**
 * UTC milliseconds. `sentMs` is the sender's: one whose clock is ahead gets no more time than one who says
 * nothing.
 */
export function decideUntil(
  { immediateMs, restingMs }: Horizon,
  order: { readonly orderType: OrderType; readonly timeInForce: TimeInForce } | 'replace',
  sentMs: number | undefined,
  nowMs: number,
): number {
  const horizonMs = order !== 'replace' && isImmediate(order) ? immediateMs : restingMs;
  return Math.min(sentMs ?? nowMs, nowMs) + horizonMs;
}
