/** An order as the events that name it have left it: for one that a partition has forgotten. */
import { evolve } from './evolve.ts';
import { savedOrder } from './evolve.revived.ts';
import { parseOrderId } from '../number/ids.ts';
import type { Numbering } from './numbering.ts';
import type { OrderEvent, OrderRevived } from './order.ts';
import { createPartition, RETENTION } from './partition.ts';

export interface PastEvent {
  readonly event: OrderEvent;
  readonly sequence: number;
  readonly atMs: number;
  readonly numbering?: Numbering;
}

const retention = { ...RETENTION, closedOrderAgeMsMax: Infinity };

/** Undefined when there is no such order, or it is not closed. `events`: all that name it, ascending. */
export function revival(
  partition: string,
  orderId: string,
  events: readonly PastEvent[],
): OrderRevived | undefined {
  const number = parseOrderId(orderId)?.order;
  if (number === undefined || events[0]?.event.type !== 'orderAccepted') return undefined;
  const state = createPartition(partition, retention);
  state.orderCount = number - 1;
  for (const { event, sequence, atMs, numbering } of events) {
    if (event.type === 'orderRevived') continue;
    state.sequence = sequence - 1;
    state.numbering = numbering;
    evolve(state, event, sequence, atMs);
  }
  const order = state.orders.get(orderId);
  if (order === undefined || order.outcome === 'open' || order.openRoutes > 0) return undefined;
  return { type: 'orderRevived', orderId, saved: savedOrder(state, order) };
}
