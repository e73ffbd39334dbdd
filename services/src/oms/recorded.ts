/** An event as the journal keeps it: with what it leaves behind, for readers without state. */
import type { OrderEvent } from '@tidegate/core/order/order';
import { orderImage, positionImage } from '@tidegate/core/order/image';
import { holdingOf, type PartitionState } from '@tidegate/core/order/partition';
import type { RecordedEvent } from '@tidegate/wire/commands';

const movesPosition: ReadonlySet<OrderEvent['type']> = new Set([
  'routeFilled',
  'tradeBusted',
  'tradeCorrected',
]);

/** Right after the event has been folded into the state. */
export function recordedEvent(state: PartitionState, event: OrderEvent): RecordedEvent {
  const order =
    'orderId' in event && event.orderId !== undefined ? state.orders.get(event.orderId) : undefined;
  const { numbering } = state;
  const numbered = numbering === undefined ? { event } : { event, numbering };
  if (order === undefined) return numbered;
  if (!movesPosition.has(event.type)) return { ...numbered, order: orderImage(order) };
  const position = positionImage(holdingOf(state, order.account, order.instrument), order);
  return { ...numbered, order: orderImage(order), position };
}
