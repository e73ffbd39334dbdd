/**
 * Images of an order and of a position after an event: plain data that travels with the event, so that
 * reports, drop copy, projection and stream are written without replaying anything. Prices in points,
 * quantities in lots.
 */
import type { Instrument, InstrumentId } from '../market/instrument.ts';
import type { OrderStatus, OrderType, Origin, Side, TimeInForce } from './order.ts';
import { currentClOrdId, leavesOf, orderStatus, type Holding, type OrderState } from './partition.ts';
import type { VenueId } from '../market/quote.ts';

export interface OrderImage {
  readonly orderId: string;
  readonly origin: Origin;
  readonly account: string;
  readonly trader: string;
  /** The newest ClOrdID of the chain. */
  readonly clOrdId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly price?: number;
  readonly quantity: number;
  readonly timeInForce: TimeInForce;
  readonly forcedVenue?: VenueId;
  readonly status: OrderStatus;
  readonly filled: number;
  /** Quantity still working: 0 once the order is closed. */
  readonly leaves: number;
  /** Sum of clientPrice × quantity of its fills, points × lots, as integer text. */
  readonly notional: string;
  /** A route of it has an unknown outcome. */
  readonly unknown: boolean;
  readonly code?: string;
  readonly text: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly priceScale: number;
  readonly quantityScale: number;
}

export interface PositionImage {
  readonly account: string;
  readonly instrument: InstrumentId;
  /** Signed lots. */
  readonly quantity: number;
  /** Signed cost of the open quantity, points × lots, as integer text. */
  readonly cost: string;
  /** Realised profit and loss, points × lots, as integer text. */
  readonly realized: string;
  readonly priceScale: number;
  readonly quantityScale: number;
}

/** The image of an order as the state has it now: call it right after `evolve` of its event. */
export function orderImage(order: OrderState): OrderImage {
  return {
    orderId: order.orderId,
    origin: order.origin,
    account: order.account,
    trader: order.trader,
    clOrdId: currentClOrdId(order),
    instrument: order.instrument,
    side: order.side,
    orderType: order.orderType,
    ...(order.price === undefined ? {} : { price: order.price }),
    quantity: order.quantity,
    timeInForce: order.timeInForce,
    ...(order.forcedVenue === undefined ? {} : { forcedVenue: order.forcedVenue }),
    status: orderStatus(order),
    filled: order.filled,
    leaves: leavesOf(order),
    notional: String(order.notional),
    unknown: order.unknownRoutes > 0,
    ...(order.code === undefined ? {} : { code: order.code }),
    text: order.text,
    createdAtMs: order.acceptedAtMs,
    updatedAtMs: order.updatedAtMs,
    priceScale: order.priceScale,
    quantityScale: order.quantityScale,
  };
}

/** The image of a holding's position; an order of that instrument carries the scales too. */
export function positionImage(
  holding: Holding,
  scales: Pick<Instrument, 'priceScale' | 'quantityScale'>,
): PositionImage {
  const { account, instrument, position } = holding;
  return {
    account,
    instrument,
    quantity: position.quantity,
    cost: String(position.cost),
    realized: String(position.realized),
    priceScale: scales.priceScale,
    quantityScale: scales.quantityScale,
  };
}
