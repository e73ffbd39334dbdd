/** Decisions on what venues and the gateway say of routes: answers, fills, ends, doubt. */
import { closeOrder, settleOrder, standingOf, type Desk, type Standing } from './desk.routes.ts';
import { DECISION_EVENTS_MAX, routeCancels, type Decision } from './desk.orders.ts';
import { recall } from './generations.ts';
import type {
  OrderEvent,
  RouteClosed,
  RouteInDoubt,
  RouteNotSent,
  RouteUnknown,
  VenueInDoubt,
  VenueReport,
  VenueReportUnmatched,
} from './order.ts';
import { currentClOrdId, holdingOf, pairKey, type OrderState, type RouteState } from './partition.ts';
import { clientPrice } from './routing.ts';

interface Subject {
  readonly desk: Desk;
  readonly report: VenueReport;
  readonly route: RouteState;
  readonly order: OrderState;
}

export function decideReport(desk: Desk, report: VenueReport): Decision {
  const route = desk.state.routes.get(report.routeId);
  if (route === undefined || route.venue !== report.venue) {
    const text =
      route === undefined
        ? `${report.report} for a route that is not known`
        : `${report.report} for a route at ${route.venue}`;
    return { events: [unmatched(report, text)], reply: {} };
  }
  const order = desk.state.orders.get(route.orderId) as OrderState;
  const events = REPORTS[report.report]({ desk, report, route, order });
  return { events, reply: { orderId: order.orderId } };
}

/** The gateway did not send it: a refusal like a venue's, and a late one is not tried elsewhere. */
export function decideNotSent(desk: Desk, command: RouteNotSent): Decision {
  const route = desk.state.routes.get(command.routeId);
  if (route === undefined || route.standing === 'closed') return { events: [], reply: {} };
  const order = desk.state.orders.get(route.orderId) as OrderState;
  const reply = { orderId: order.orderId };
  // A venue that has answered has received it, whatever the gateway believes.
  if (route.standing === 'acknowledged') return { events: [], reply };
  const text = NOT_SENT[command.reason];
  const events: OrderEvent[] = [closed(command.commandId, route, 'notSent', text)];
  const standing = withoutRoute(desk, order, route);
  if (order.outcome !== 'open') return { events, reply };
  if (order.forcedVenue !== undefined) events.push(...endForced(standing, 'notSent', text));
  else events.push(...settleOrder(desk, standing, command.reason !== 'LATE'));
  return { events, reply };
}

export function decideInDoubt(desk: Desk, command: RouteInDoubt): Decision {
  const route = desk.state.routes.get(command.routeId);
  if (route === undefined || route.standing === 'closed') return { events: [], reply: {} };
  const order = desk.state.orders.get(route.orderId) as OrderState;
  const reply = { orderId: order.orderId };
  if (route.standing === 'unknown') return { events: [], reply };
  const standing = standingOf(order);
  const events: OrderEvent[] = [doubtRoute(route, standing, command.commandId, command.reason)];
  const settles = order.outcome === 'open' && order.forcedVenue === undefined;
  if (settles) events.push(...settleOrder(desk, standing));
  return { events, reply };
}

/**
 * Every open route there is asked about, those that rest too; in portions. One that is unknown already is
 * asked about again in its turn.
 */
export function decideVenueInDoubt(desk: Desk, command: VenueInDoubt): Decision {
  const events: OrderEvent[] = [];
  for (const route of desk.state.routes.values()) {
    if (route.venue !== command.venue || route.standing === 'closed' || route.standing === 'unknown')
      continue;
    if (events.length === DECISION_EVENTS_MAX)
      return { events, reply: {}, rest: { ...command, commandId: `${command.commandId}+` } };
    const order = desk.state.orders.get(route.orderId) as OrderState;
    const commandId = `${command.commandId}:${route.routeId}`;
    events.push(doubtRoute(route, standingOf(order), commandId, command.reason));
  }
  return { events, reply: {} };
}

/** The event that makes a route unknown (or asks again about one that is), and its effect on the standing. */
export function doubtRoute(
  route: RouteState,
  standing: Standing,
  commandId: string,
  reason: RouteInDoubt['reason'] | VenueInDoubt['reason'],
): RouteUnknown {
  if (route.standing !== 'unknown') {
    standing.knownRoutes -= 1;
    standing.unknownRoutes += 1;
  }
  const { orderId, routeId, venue, venueClOrdId } = route;
  return { type: 'routeUnknown', orderId, routeId, commandId, venue, venueClOrdId, reason };
}

const NOT_SENT: Readonly<Record<RouteNotSent['reason'], string>> = {
  LATE: 'too late to be sent',
  VENUE_DOWN: 'the venue is not connected',
  SEND_REFUSED: 'the venue session refused it',
};

const REPORTS: Readonly<Record<VenueReport['report'], (subject: Subject) => OrderEvent[]>> = {
  acknowledged: decideAcknowledged,
  filled: decideFilled,
  canceled: (subject) => decideEnded(subject, 'canceled'),
  rejected: (subject) => decideEnded(subject, 'rejected'),
  expired: (subject) => decideEnded(subject, 'expired'),
  unknownOrder: (subject) => decideEnded(subject, 'unknownOrder'),
  replaced: decideReplaced,
  cancelRejected: decideCancelRejected,
};

function decideAcknowledged({ desk, report, route, order }: Subject): OrderEvent[] {
  if (route.standing === 'closed' || route.standing === 'acknowledged') return [];
  const events: OrderEvent[] = [
    {
      type: 'routeAcknowledged',
      orderId: order.orderId,
      routeId: route.routeId,
      commandId: report.commandId,
      venueOrderId: report.venueOrderId,
    },
  ];
  // It lives although we wanted it canceled: the request was lost with whatever made it unknown.
  if (route.standing === 'unknown' && order.pendingCancel !== undefined) {
    events.push(
      ...routeCancels(desk.state.routes, order).filter(
        (event) => 'routeId' in event && event.routeId === route.routeId,
      ),
    );
  }
  return events;
}

/**
 * Booked whatever the route's or the order's state: the venue is right. Operations hear of what should not
 * be.
 */
function decideFilled(subject: Subject): OrderEvent[] {
  const { desk, report, route, order } = subject;
  const { lastPrice, lastQuantity, venueExecId, commandId } = report;
  if (recall(desk.state.executions, pairKey(report.venue, venueExecId)) === route.routeId) return [];
  if (!isPositive(lastPrice) || !isPositive(lastQuantity) || !isCountable(subject, lastPrice, lastQuantity)) {
    return [unmatched(report, `fill ${venueExecId} without a usable price and quantity`)];
  }
  const limit = order.orderType === 'limit' && order.forcedVenue === undefined ? order.price : undefined;
  const events: OrderEvent[] = [
    {
      type: 'routeFilled',
      orderId: order.orderId,
      routeId: route.routeId,
      commandId,
      venue: report.venue,
      venueExecId,
      quantity: lastQuantity,
      venuePrice: lastPrice,
      clientPrice: clientPrice(order.side, lastPrice, route.markup, limit),
    },
  ];
  const wasClosed = route.standing === 'closed';
  if (route.filled + lastQuantity > route.quantity) {
    events.push(unmatched(report, `overfill: ${route.filled + lastQuantity} lots of ${route.quantity}`));
  } else if (wasClosed) {
    events.push(unmatched(report, `fill of ${lastQuantity} lots after the route was ${route.outcome}`));
  }
  if (order.outcome !== 'open') return events;
  const standing = afterFill(order, route, lastQuantity);
  const { filled, inFlight, quantity } = standing;
  if (filled >= quantity || filled + inFlight > quantity) {
    // Less is wanted from other venues than they may fill.
    if (standing.knownRoutes + standing.unknownRoutes > 0) {
      events.push(...routeCancels(desk.state.routes, order, route.routeId));
    }
  } else if (order.forcedVenue === undefined && !wasClosed) {
    events.push(...settleOrder(desk, standing));
  }
  return events;
}

function afterFill(order: OrderState, route: RouteState, quantity: number): Standing {
  const standing = standingOf(order);
  standing.filled += quantity;
  if (route.standing === 'closed') return standing;
  const leaves = Math.max(0, route.quantity - route.filled);
  standing.inFlight -= Math.min(leaves, quantity);
  const full = quantity >= leaves;
  if (route.standing === 'unknown') {
    standing.unknownRoutes -= 1;
    if (!full) standing.knownRoutes += 1;
  } else if (full) {
    standing.knownRoutes -= 1;
  }
  return standing;
}

function decideEnded({ desk, report, route, order }: Subject, outcome: RouteClosed['outcome']): OrderEvent[] {
  if (route.standing === 'closed') return [];
  const text = report.text ?? '';
  const events: OrderEvent[] = [closed(report.commandId, route, outcome, text)];
  const missing = (report.cumQuantity ?? 0) - route.filled;
  if (missing > 0) {
    events.push(unmatched(report, `the venue counts ${missing} lots more as filled than it reported`));
  }
  if (order.outcome !== 'open') return events;
  const standing = withoutRoute(desk, order, route);
  if (order.forcedVenue !== undefined) events.push(...endForced(standing, outcome, text));
  else if (missing > 0) events.push(...callBack(desk, report, order, standing));
  else events.push(...settleOrder(desk, standing));
  return events;
}

/**
 * Lots may be filled that no venue has reported: what is left of the order is called back, because routing it
 * again could fill it twice.
 */
function callBack(desk: Desk, report: VenueReport, order: OrderState, standing: Standing): OrderEvent[] {
  if (standing.pendingCancel !== undefined) return settleOrder(desk, standing);
  const { orderId } = order;
  const reason = 'a venue counts more as filled than it reported';
  if (standing.knownRoutes + standing.unknownRoutes === 0) {
    return [closeOrder(orderId, 'canceled', undefined, reason)];
  }
  return [
    { type: 'cancelRequested', orderId, commandId: report.commandId, clOrdId: '', reason },
    ...routeCancels(desk.state.routes, order, report.routeId),
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

function decideReplaced({ route, order }: Subject): OrderEvent[] {
  const { pendingReplace } = route;
  if (pendingReplace === undefined || order.outcome !== 'open') return [];
  const { clOrdId, commandId, quantity, price } = pendingReplace;
  return [
    {
      type: 'orderReplaced',
      orderId: order.orderId,
      commandId,
      clOrdId,
      origClOrdId: currentClOrdId(order),
      // What was filled while it was on its way is not given back: the order ends with that.
      quantity: Math.max(quantity, order.filled),
      ...(price === undefined ? {} : { price }),
    },
  ];
}

/** Only a pass-through order works on after a refused cancel; an immediate route ends by itself. */
function decideCancelRejected({ report, route, order }: Subject): OrderEvent[] {
  if (route.standing === 'closed' || order.outcome !== 'open' || order.forcedVenue === undefined) return [];
  const { pendingCancel } = order;
  const common = {
    type: 'changeRefused',
    commandId: report.commandId,
    origin: order.origin,
    origClOrdId: currentClOrdId(order),
    orderId: order.orderId,
    code: 'VENUE_REFUSED',
    text: report.text ?? 'refused by the venue',
  } as const;
  const { pendingReplace } = route;
  const isOfReplace = pendingReplace !== undefined && pendingReplace.replaceId === report.requestId;
  if (pendingCancel !== undefined && !isOfReplace) {
    // Nobody's request to answer: it stays to be canceled, and operations see it.
    if (pendingCancel.clOrdId === '') return [unmatched(report, 'the venue refused to cancel')];
    return [{ ...common, change: 'cancel', clOrdId: pendingCancel.clOrdId }];
  }
  if (pendingReplace === undefined) return [];
  return [{ ...common, change: 'replace', clOrdId: pendingReplace.clOrdId }];
}

/** The order as it is once the route is closed, its venue counted as having refused. */
function withoutRoute({ now }: Desk, order: OrderState, route: RouteState): Standing {
  const standing = standingOf(order);
  standing.inFlight -= Math.max(0, route.quantity - route.filled);
  if (route.standing === 'unknown') standing.unknownRoutes -= 1;
  else standing.knownRoutes -= 1;
  const count = order.rejections.find((known) => known.venue === route.venue)?.count ?? 0;
  standing.rejections = [
    ...order.rejections.filter((known) => known.venue !== route.venue),
    { venue: route.venue, atMs: now.utcMs, count: count + 1 },
  ];
  return standing;
}

function closed(
  commandId: string,
  route: RouteState,
  outcome: RouteClosed['outcome'],
  text: string,
): RouteClosed {
  return { type: 'routeClosed', orderId: route.orderId, routeId: route.routeId, commandId, outcome, text };
}

function unmatched(report: VenueReport, text: string): VenueReportUnmatched {
  const { commandId, venue, routeId } = report;
  const detail = report.text === undefined ? text : `${text}: ${report.text}`;
  return { type: 'venueReportUnmatched', commandId, venue, routeId, text: detail };
}

/** Whether what it adds up to stays exact. */
function isCountable({ desk, route, order }: Subject, price: number, quantity: number): boolean {
  const { position } = holdingOf(desk.state, order.account, order.instrument);
  return (
    Number.isSafeInteger(price + route.markup) &&
    Number.isSafeInteger(order.filled + quantity) &&
    Number.isSafeInteger(Math.abs(position.quantity) + quantity)
  );
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0;
}
