/** Cancels that go to their venues before the journal has them: it does not answer, and they are spooled. */
import { orderImage } from '@tidegate/core/order/image';
import type { RouteCancelRequested } from '@tidegate/core/order/order';
import type { PartitionState } from '@tidegate/core/order/partition';
import type { Bus } from '@tidegate/platform/bus/bus';
import { urgentTopic } from '@tidegate/wire/topics';

export function cancelUrgently(
  bus: Bus,
  partition: string,
  { orders }: Pick<PartitionState, 'orders'>,
  cancels: readonly RouteCancelRequested[],
): void {
  for (const { venue, routeId, venueClOrdId, cancelId, orderId } of cancels) {
    const order = orders.get(orderId);
    if (order === undefined) continue;
    const image = orderImage(order);
    bus.publish(urgentTopic(partition), { partition, venue, routeId, venueClOrdId, cancelId, order: image });
  }
}
