/** When two orders are equal, for limits on duplicates and on repeated executions. */
import type { OrderType, Side, TimeInForce } from '../order/order.ts';

interface Content {
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly quantity: number;
}

/** The same order sent again: all its terms. */
export function duplicateContent(
  order: Content & {
    readonly orderType: OrderType;
    readonly timeInForce: TimeInForce;
    readonly price?: number | undefined;
  },
): string {
  return `${repeatContent(order)}|${order.orderType}|${order.timeInForce}|${order.price ?? ''}`;
}

/** The same trade again, at whatever price: what a strategy that has run away does. */
export function repeatContent({ account, instrument, side, quantity }: Content): string {
  return `${account}|${instrument}|${side}|${quantity}`;
}
