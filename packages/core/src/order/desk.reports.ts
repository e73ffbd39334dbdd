/** Decisions on what venues and the gateway say of routes: answers, fills, ends, doubt. */
import { formatDecimal, roundDecimal, trimDecimal } from '../number/decimal.ts';
import { haveSameScales } from '../market/instrument.ts';
import type { Booking, CaseOpened, CaseResolved, CaseState } from './case.ts';
import { missingCaseOf, openAtOnce, openCase } from './desk.cases.ts';
import { endRoute, fillEvents, type Fill } from './desk.fills.ts';
import { DECISION_EVENTS_MAX, routeCancels, type Decision } from './desk.orders.ts';
import { settleOrder, standingOf, type Desk, type Standing } from './desk.routes.ts';
import { missingOf } from './evolve.cases.ts';
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
import {
  casesOf,
  currentClOrdId,
  holdingOf,
  bookedAs,
  routesInOrder,
  type OrderState,
  type RouteState,
} from './partition.ts';
import { withinLimit } from './routing.ts';

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
    return { events: [openCase(desk, report, { kind: 'UNKNOWN_ROUTE', text })], reply: {} };
  }
  const order = desk.state.orders.get(route.orderId) as OrderState;
  const mismatch = mismatchOf(desk, report, order);
  const events =
    mismatch === undefined
      ? REPORTS[report.report]({ desk, report, route, order })
      : [openCase(desk, report, { kind: 'SUBJECT_MISMATCH', text: mismatch, route, order })];
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
  const mayRoute = command.reason !== 'LATE';
  return { events: endRoute(desk, command.commandId, route, order, 'notSent', text, mayRoute), reply };
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
  for (const route of routesInOrder(desk.state)) {
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
  busted: (subject) => decideTradeChange(subject, 'bust'),
  corrected: (subject) => decideTradeChange(subject, 'correct'),
  unreadable: decideUnreadable,
};

/** Why the report is not of this order, or undefined. */
function mismatchOf(desk: Desk, report: VenueReport, order: OrderState): string | undefined {
  const { instrument, symbol, side } = report;
  if (side !== undefined && side !== order.side) return `it says ${side}, the route is to ${order.side}`;
  if (instrument === undefined && symbol === undefined) return undefined;
  if (instrument !== order.instrument)
    return `it is of ${instrument ?? symbol}, the route of ${order.instrument}`;
  const scales = desk.market.instrument(instrument);
  // Its numbers were read in other points and lots.
  if (scales !== undefined && !haveSameScales(scales, order)) return `${instrument} has other scales now`;
  return undefined;
}

/** It may be a fill: nothing of the route is free before somebody has read it. */
function decideUnreadable({ desk, report, route, order }: Subject): OrderEvent[] {
  const held = route.standing === 'closed' ? 0 : Math.max(0, route.quantity - route.filled - route.held);
  const subject = { kind: 'UNREADABLE', text: 'the report can not be read', route, order, held } as const;
  return [openCase(desk, report, subject)];
}

function decideAcknowledged(subject: Subject): OrderEvent[] {
  const { desk, report, route, order } = subject;
  if (route.standing === 'closed') return [];
  const missing = missingLots(report, route);
  if (missing > 0) return doubtCounted(subject, missing);
  if (route.standing === 'acknowledged' || route.ending !== undefined) return [];
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
 * It counts more as filled than it reported: not known, and asked again until fills or a case account for it.
 */
function doubtCounted(subject: Subject, missing: number): OrderEvent[] {
  const { desk, report, route, order } = subject;
  if (missingCaseOf(desk, route.routeId) !== undefined) return [];
  const opened = missingCase(subject, missing);
  if (route.standing === 'unknown') return [opened];
  return [doubtRoute(route, standingOf(order), report.commandId, 'MISSING_FILLS'), opened];
}

/** Held against the route's limit, then booked; what can't be booked as it stands becomes a case. */
function decideFilled(subject: Subject): OrderEvent[] {
  const { desk, report, route, order } = subject;
  const { venueExecId, commandId } = report;
  const leaves = route.standing === 'closed' ? 0 : Math.max(0, route.quantity - route.filled - route.held);
  const known =
    bookedAs(desk.state, route.routeId, venueExecId) ?? proposedFill(desk, route.routeId, venueExecId);
  const venuePrice = priceOf(report, order);
  const { lastQuantity: quantity } = report;
  const isUsable =
    isPositive(venuePrice) && isPositive(quantity) && isCountable(subject, venuePrice, quantity);
  // Without an ExecID nobody could tell it from the same again.
  if (!isUsable || venueExecId === '') {
    if (known !== undefined) return [];
    const text = `fill ${venueExecId || '(unnamed)'} without a usable ExecID, price and quantity`;
    return [openCase(desk, report, { kind: 'UNREADABLE', text, route, order, held: leaves })];
  }
  const proposal = { action: 'fill', venueExecId, quantity, price: venuePrice } as const;
  const held = Math.min(leaves, quantity);
  if (known !== undefined) {
    if (known.isBare === true || known.quantity === 0) return [];
    if (known.quantity === quantity && known.venuePrice === venuePrice) return [];
    const booked = amountsOf(order, known.quantity, known.venuePrice);
    const said = amountsOf(order, quantity, venuePrice);
    const text = `fill ${venueExecId} is ${booked} and came again as ${said}`;
    const again = { ...proposal, venueExecId: `${venueExecId}.${desk.state.caseCount + 1}` };
    return [openCase(desk, report, { kind: 'EXEC_ID_REUSED', text, route, order, proposal: again, held })];
  }
  if (isWorse(report, route, order, venuePrice)) {
    const said = report.exactPrice ?? formatDecimal(venuePrice, order.priceScale);
    const limit = formatDecimal(route.price as number, order.priceScale);
    const text = `fill ${venueExecId} at ${said} is worse than the limit ${limit}`;
    return [openCase(desk, report, { kind: 'WORSE_THAN_LIMIT', text, route, order, proposal, held })];
  }
  const missing = missingCaseOf(desk, route.routeId);
  const lost = report.isFinal === true ? Math.max(0, missingLots(report, route) - quantity) : 0;
  const fill: Fill = {
    commandId,
    venueExecId,
    venuePrice,
    quantity,
    ...(report.exactPrice === undefined ? {} : { exactPrice: report.exactPrice }),
    ...(report.isFinal === true && lost === 0 ? { isFinal: true } : {}),
    ...(report.text === undefined ? {} : { text: report.text }),
  };
  const events = fillEvents(desk, route, order, fill);
  if (missing !== undefined && quantity >= missingOf(missing, route))
    events.push(settledCase(missing, commandId));
  if (lost > 0) events.push(...doubtLost(subject, quantity, lost));
  return events;
}

/** The last fill counts others that never came: what they may be is not free, and is asked about. */
function doubtLost(subject: Subject, quantity: number, lost: number): OrderEvent[] {
  const { desk, report, route, order } = subject;
  const events: OrderEvent[] = [];
  if (route.standing !== 'closed' && route.filled + quantity < route.quantity)
    events.push(doubtRoute(route, standingOf(order), report.commandId, 'MISSING_FILLS'));
  if (missingCaseOf(desk, route.routeId) === undefined) events.push(missingCase(subject, lost, quantity));
  return events;
}

/** What an open case proposes to book under this ExecID: the same fill again is no other. */
function proposedFill({ state }: Desk, routeId: string, venueExecId: string): Proposed | undefined {
  for (const { proposal } of casesOf(state, routeId)) {
    if (proposal?.action !== 'fill' || proposal.venueExecId !== venueExecId) continue;
    return { quantity: proposal.quantity, venuePrice: proposal.price ?? 0 };
  }
  return undefined;
}

interface Proposed {
  readonly quantity: number;
  readonly venuePrice: number;
  readonly isBare?: boolean;
}

/** Points, the finer rounded against us: a client that buys pays less, one that sells gets more. */
function priceOf({ lastPrice, exactPrice }: VenueReport, order: OrderState): number | undefined {
  if (exactPrice === undefined) return lastPrice;
  return roundDecimal(exactPrice, order.priceScale, order.side === 'buy' ? 'down' : 'up');
}

/** Held against the exact price: a fraction of a point beyond the limit is beyond it. */
function isWorse({ exactPrice }: VenueReport, route: RouteState, order: OrderState, price: number): boolean {
  if (route.price === undefined) return false;
  if (!withinLimit(order.side, price, route.price)) return true;
  return exactPrice !== undefined && price === route.price;
}

function amountsOf(order: OrderState, quantity: number, price: number): string {
  return `${trimDecimal(quantity, order.quantityScale)} at ${formatDecimal(price, order.priceScale)}`;
}

function settledCase({ caseId, orderId }: CaseState, commandId: string): CaseResolved {
  return {
    type: 'caseResolved',
    caseId,
    commandId,
    by: 'desk',
    reason: 'the venue reported what was missing',
    action: 'settled',
    ...(orderId === undefined ? {} : { orderId }),
  };
}

function decideEnded(subject: Subject, outcome: RouteClosed['outcome']): OrderEvent[] {
  const { desk, report, route, order } = subject;
  if (route.standing === 'closed') return [];
  const missing = missingLots(report, route);
  if (missing + route.held > 0) return endReserved(subject, outcome, missing);
  const { routeId } = route;
  const open = missingCaseOf(desk, routeId);
  const events = endRoute(desk, report.commandId, route, order, outcome, report.text ?? '');
  if (open !== undefined) events.unshift(settledCase(open, report.commandId));
  return events;
}

/** Lots that the venue counts as filled and nothing of ours accounts for. */
function missingLots({ cumQuantity }: VenueReport, route: RouteState): number {
  return Math.max(0, (cumQuantity ?? 0) - route.filled - route.held - route.excused);
}

/**
 * The venue is done, and not all that it counts is booked: what it may have executed stays reserved and is
 * never routed again; the rest of the route is free.
 */
function endReserved(subject: Subject, outcome: RouteClosed['outcome'], missing: number): OrderEvent[] {
  const { desk, report, route, order } = subject;
  const quantity = route.filled + route.held + missing;
  const events: OrderEvent[] = [];
  if (route.ending === undefined || route.quantity !== quantity) {
    const { orderId, routeId } = route;
    const { commandId, text } = report;
    events.push({
      type: 'routeReduced',
      orderId,
      routeId,
      commandId,
      quantity,
      outcome,
      text: text ?? '',
    });
  }
  if (missing > 0 && missingCaseOf(desk, route.routeId) === undefined)
    events.push(missingCase(subject, missing));
  if (order.outcome !== 'open' || order.forcedVenue !== undefined || events.length === 0) return events;
  const standing = standingOf(order);
  standing.inFlight += quantity - route.quantity;
  if (route.standing !== 'unknown') {
    standing.knownRoutes -= 1;
    standing.unknownRoutes += 1;
  }
  events.push(...settleOrder(desk, standing));
  return events;
}

/** `filled`: lots that the same report brings. */
function missingCase({ desk, report, route, order }: Subject, missing: number, filled = 0): CaseOpened {
  const amount = trimDecimal(missing, order.quantityScale);
  const text = `the venue counts ${amount} more as filled than it reported`;
  // What the average says when nothing else was filled, else the worst that was allowed.
  const price = route.filled + route.held + filled === 0 ? (report.averagePrice ?? route.price) : route.price;
  const venueExecId = `missing.${desk.state.caseCount + 1}`;
  const proposal = {
    action: 'fill',
    venueExecId,
    quantity: missing,
    ...(price === undefined ? {} : { price }),
  } as const;
  const counted = report.cumQuantity === undefined ? {} : { counted: report.cumQuantity };
  return openCase(desk, report, { kind: 'MISSING_FILLS', text, route, order, proposal, ...counted });
}

/**
 * A fill that is taken back or corrected is a proposal: a person says yes before the client is told, unless
 * the firm's rule has said yes.
 */
function decideTradeChange(subject: Subject, change: 'bust' | 'correct'): OrderEvent[] {
  const { desk, report, route, order } = subject;
  const { refExecId } = report;
  const kind = change === 'bust' ? 'TRADE_BUSTED' : 'TRADE_CORRECTED';
  const booked = refExecId === undefined ? undefined : bookedAs(desk.state, route.routeId, refExecId);
  const isBooked = booked !== undefined && booked.quantity > 0;
  const verb = change === 'bust' ? 'takes back' : 'corrects';
  const text = `the venue ${verb} fill ${refExecId ?? '(unnamed)'}`;
  if (!isBooked || refExecId === undefined) {
    const unknown = `${text}, which is not booked on this route`;
    return [openCase(desk, report, { kind, text: unknown, route, order })];
  }
  const price = priceOf(report, order);
  const { lastQuantity: quantity } = report;
  const proposal: Booking | undefined =
    change === 'bust'
      ? { action: 'bust', venueExecId: refExecId }
      : isPositive(quantity)
        ? {
            action: 'correct',
            venueExecId: refExecId,
            quantity,
            ...(isPositive(price) ? { price } : {}),
          }
        : undefined;
  const opened = openCase(desk, report, {
    kind,
    text,
    route,
    order,
    ...(proposal === undefined ? {} : { proposal }),
  });
  if (desk.market.firm.busts !== 'atOnce' || proposal === undefined) return [opened];
  return mayBookAtOnce(subject, proposal) ? openAtOnce(desk, opened, { route, order, proposal }) : [opened];
}

/** A correction that is itself in doubt is for a person, whatever the rule: no price, beyond the limit. */
function mayBookAtOnce(subject: Subject, proposal: Booking): boolean {
  if (proposal.action === 'bust') return true;
  const { report, route, order } = subject;
  const { price, quantity } = proposal;
  return (
    price !== undefined && isCountable(subject, price, quantity) && !isWorse(report, route, order, price)
  );
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
    code: report.isLate === true ? 'TOO_LATE' : 'VENUE_REFUSED',
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
