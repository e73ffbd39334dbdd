/** What a fill does, whoever said it (a report, a case), and how a route ends: the events of both. */
import { routeCancels } from './desk.orders.ts';
import { closeOrder, settleOrder, standingOf, type Desk, type Standing } from './desk.routes.ts';
import type { OrderEvent, RouteClosed, VenueReportUnmatched } from './order.ts';
import type { OrderState, RouteState } from './partition.ts';
import { clientPrice } from './routing.ts';

export interface Fill {
  readonly commandId: string;
  readonly venueExecId: string;
  /** Points. */
  readonly venuePrice: number;
  readonly quantity: number;
  readonly exactPrice?: string;
  readonly caseId?: string;
  /** The venue is done with the route, whatever is left of it. */
  readonly isFinal?: boolean;
  readonly text?: string;
}

/**
 * Booked whatever the route's or the order's state: the venue is right. Operations hear of what should not
 * be.
 * `held`: lots of the route that other cases keep reserved.
 */
export function fillEvents(
  desk: Desk,
  route: RouteState,
  order: OrderState,
  fill: Fill,
  held = route.held,
): OrderEvent[] {
  const { commandId, quantity } = fill;
  const limit = clientLimit(order);
  const events: OrderEvent[] = [
    {
      type: 'routeFilled',
      orderId: order.orderId,
      routeId: route.routeId,
      commandId,
      venue: route.venue,
      venueExecId: fill.venueExecId,
      quantity,
      venuePrice: fill.venuePrice,
      clientPrice: clientPrice(order.side, fill.venuePrice, route.markup, limit),
      ...(fill.exactPrice === undefined ? {} : { exactPrice: fill.exactPrice }),
      ...(fill.caseId === undefined ? {} : { caseId: fill.caseId }),
    },
  ];
  const wasClosed = route.standing === 'closed';
  const isFull = route.filled + quantity >= route.quantity;
  if (route.filled + quantity > route.quantity) {
    events.push(remark(fill, route, 'it filled more than was sent'));
  } else if (wasClosed) {
    events.push(remark(fill, route, `a fill came after the route was ${route.outcome}`));
  }
  if (order.outcome !== 'open') return events;
  const standing = afterFill(order, route, quantity);
  const ends = fill.isFinal === true && !wasClosed && !isFull && held === 0;
  if (ends) {
    events.push(closedRoute(commandId, route, 'canceled', fill.text ?? ''));
    // Heard of, so no longer unknown, unless it was kept open for what is missing.
    const isUnknown = route.standing === 'unknown' && route.ending !== undefined;
    withoutRoute(desk, standing, route, route.quantity - route.filled - quantity, isUnknown);
  }
  const { filled, inFlight, quantity: wanted } = standing;
  if (filled >= wanted || filled + inFlight > wanted) {
    // Less is wanted from other venues than they may fill.
    if (standing.knownRoutes + standing.unknownRoutes > 0)
      events.push(...routeCancels(desk.state.routes, order, route.routeId));
  } else if (order.forcedVenue === undefined) {
    if (!wasClosed) events.push(...settleOrder(desk, standing));
  } else if (ends || (isFull && !wasClosed)) {
    // Full, and the order is not: the venue is done with it, or took a fill back.
    const ending = route.ending ?? { outcome: 'canceled' as const, text: fill.text ?? '' };
    events.push(...endForced(standing, ending.outcome, ending.text));
  }
  return events;
}

/** What a client is charged at most: its limit, unless its order goes to the venue as it is. */
export function clientLimit({ orderType, forcedVenue, price }: OrderState): number | undefined {
  return orderType === 'limit' && forcedVenue === undefined ? price : undefined;
}

function afterFill(order: OrderState, route: RouteState, quantity: number): Standing {
  const standing = standingOf(order);
  standing.filled += quantity;
  if (route.standing === 'closed') return standing;
  const leaves = Math.max(0, route.quantity - route.filled);
  standing.inFlight -= Math.min(leaves, quantity);
  const full = quantity >= leaves;
  if (route.standing === 'unknown') {
    if (full || route.ending === undefined) standing.unknownRoutes -= 1;
    if (!full && route.ending === undefined) standing.knownRoutes += 1;
  } else if (full) {
    standing.knownRoutes -= 1;
  }
  return standing;
}

/** Ends a route that was kept open only until it was known what was done on it. */
export function leaveRoute(
  desk: Desk,
  commandId: string,
  route: RouteState,
  order: OrderState,
): OrderEvent[] {
  const { outcome, text } = route.ending ?? { outcome: 'canceled', text: '' };
  return endRoute(desk, commandId, route, order, outcome, text);
}

export function endRoute(
  desk: Desk,
  commandId: string,
  route: RouteState,
  order: OrderState,
  outcome: RouteClosed['outcome'],
  text: string,
  mayRoute = true,
): OrderEvent[] {
  const events: OrderEvent[] = [closedRoute(commandId, route, outcome, text)];
  if (order.outcome !== 'open') return events;
  const standing = standingOf(order);
  const leaves = Math.max(0, route.quantity - route.filled);
  withoutRoute(desk, standing, route, leaves, route.standing === 'unknown');
  if (outcome === 'rejected') standing.refusal = text;
  if (order.forcedVenue !== undefined) events.push(...endForced(standing, outcome, text));
  else events.push(...settleOrder(desk, standing, mayRoute));
  return events;
}

/** The standing as it is once the route is closed with `leaves` lots, its venue counted as having refused. */
function withoutRoute(
  { now }: Desk,
  standing: Standing,
  route: RouteState,
  leaves: number,
  isUnknown: boolean,
): void {
  standing.inFlight -= leaves;
  if (isUnknown) standing.unknownRoutes -= 1;
  else standing.knownRoutes -= 1;
  const count = standing.rejections.find((known) => known.venue === route.venue)?.count ?? 0;
  standing.rejections = [
    ...standing.rejections.filter((known) => known.venue !== route.venue),
    { venue: route.venue, atMs: now.utcMs, count: count + 1 },
  ];
}

/** A pass-through order ends with its route. */
function endForced(standing: Standing, outcome: RouteClosed['outcome'], text: string): OrderEvent[] {
  const { orderId, pendingCancel } = standing;
  if (pendingCancel !== undefined) {
    const { clOrdId, reason } = pendingCancel;
    return [closeOrder(orderId, pendingCancel.outcome, undefined, reason, clOrdId)];
  }
  switch (outcome) {
    case 'canceled':
      return [closeOrder(orderId, 'canceled', undefined, text || 'canceled by the venue')];
    case 'expired':
      return [closeOrder(orderId, 'expired', undefined, text || 'expired at the venue')];
    case 'rejected': {
      const end = standing.filled > 0 ? 'canceled' : 'rejected';
      return [closeOrder(orderId, end, 'VENUE_REFUSED', text || 'rejected by the venue')];
    }
    case 'notSent':
    case 'unknownOrder': {
      const end = standing.filled > 0 ? 'canceled' : 'rejected';
      return [closeOrder(orderId, end, 'VENUE_UNAVAILABLE', text || 'the venue never had it')];
    }
  }
}

function closedRoute(
  commandId: string,
  route: RouteState,
  outcome: RouteClosed['outcome'],
  text: string,
): RouteClosed {
  return { type: 'routeClosed', orderId: route.orderId, routeId: route.routeId, commandId, outcome, text };
}

function remark({ commandId, venueExecId }: Fill, route: RouteState, text: string): VenueReportUnmatched {
  const { venue, routeId } = route;
  return { type: 'venueReportUnmatched', commandId, venue, routeId, text: `fill ${venueExecId}: ${text}` };
}
