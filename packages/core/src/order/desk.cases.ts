/**
 * Decisions on cases: what is opened when a report can't be booked, and what a person's answer does. What is
 * booked goes the same way as a report's fill (`desk.fills.ts`).
 */
import { trimDecimal } from '../number/decimal.ts';
import { caseId, parseCaseId } from '../number/ids.ts';
import type {
  Booking,
  CaseKind,
  CaseOpened,
  CaseRefusalCode,
  CaseResolved,
  CaseState,
  ResolveCase,
} from './case.ts';
import type { Decision } from './desk.orders.ts';
import { clientLimit, fillEvents, leaveRoute, type Fill } from './desk.fills.ts';
import type { Desk } from './desk.routes.ts';
import { missingOf } from './evolve.cases.ts';
import type { OrderEvent, VenueReport } from './order.ts';
import { bookedAs, casesOf, type OrderState, type RouteState } from './partition.ts';
import { clientPrice, withinLimit } from './routing.ts';

export interface CaseSubject {
  readonly kind: CaseKind;
  readonly text: string;
  readonly route?: RouteState;
  readonly order?: OrderState;
  readonly proposal?: Booking;
  readonly held?: number;
  readonly counted?: number;
}

/** `offset`: cases that this decision has opened before. */
export function openCase(desk: Desk, report: VenueReport, subject: CaseSubject, offset = 0): CaseOpened {
  const { state } = desk;
  const { kind, order, proposal, held, counted } = subject;
  const text = report.text === undefined ? subject.text : `${subject.text}: ${report.text}`;
  return {
    type: 'caseOpened',
    caseId: caseId(state.partition, state.caseCount + 1 + offset),
    kind,
    commandId: report.commandId,
    venue: report.venue,
    routeId: report.routeId,
    ...(report.venueExecId === '' ? {} : { venueExecId: report.venueExecId }),
    ...(order === undefined
      ? {}
      : {
          orderId: order.orderId,
          instrument: order.instrument,
          side: order.side,
          priceScale: order.priceScale,
          quantityScale: order.quantityScale,
        }),
    text,
    ...(report.raw === undefined ? {} : { raw: report.raw }),
    ...(proposal === undefined ? {} : { proposal }),
    ...(held === undefined || held === 0 ? {} : { held }),
    ...(counted === undefined ? {} : { counted }),
  };
}

/** The open case of a route whose venue counts more than is booked. */
export function missingCaseOf({ state }: Desk, routeId: string): CaseState | undefined {
  return casesOf(state, routeId).find(({ kind }) => kind === 'MISSING_FILLS');
}

export function decideResolve(desk: Desk, command: ResolveCase): Decision {
  const { state } = desk;
  const open = state.cases.get(command.caseId);
  if (open === undefined) return refused(...missingRefusal(desk, command.caseId));
  const resolved: CaseResolved = {
    type: 'caseResolved',
    caseId: open.caseId,
    commandId: command.commandId,
    by: command.by,
    reason: command.reason,
    action: RESULTS[command.action],
    ...(open.orderId === undefined ? {} : { orderId: open.orderId }),
  };
  const reply = open.orderId === undefined ? {} : { orderId: open.orderId };
  const route = state.routes.get(open.routeId);
  const order = route === undefined ? undefined : state.orders.get(route.orderId);
  if (command.action === 'dismiss') {
    const rest = route === undefined || order === undefined ? [] : afterDismissal(desk, open, route, order);
    return { events: [resolved, ...rest], reply };
  }
  const proposal = proposalOf(open, command);
  if (proposal === undefined || route === undefined || order === undefined)
    return refused('CASE_NOT_BOOKABLE', `case ${open.caseId} proposes nothing to book`);
  const booked = bookingEvents(desk, command, { open, proposal, route, order });
  if (typeof booked === 'string') return refused('CASE_AMOUNT', booked);
  return { events: [resolved, ...booked], reply };
}

/** A person may book as a fill, by own amounts, what could not be read or did not fit. */
function proposalOf({ proposal, kind, caseId: id }: CaseState, { action }: ResolveCase): Booking | undefined {
  if (proposal !== undefined || action !== 'correct') return proposal;
  const isOfTrade = kind === 'TRADE_BUSTED' || kind === 'TRADE_CORRECTED';
  return isOfTrade ? undefined : { action: 'fill', venueExecId: id, quantity: 0 };
}

const RESULTS = { book: 'booked', correct: 'corrected', dismiss: 'dismissed' } as const;

function missingRefusal({ state }: Desk, id: string): [CaseRefusalCode, string] {
  const parts = parseCaseId(id);
  const wasOpened =
    parts !== undefined && parts.partition === state.partition && parts.number <= state.caseCount;
  return wasOpened
    ? ['CASE_CLOSED', `case ${id} is resolved already`]
    : ['UNKNOWN_CASE', `case ${id} is not known`];
}

function refused(code: CaseRefusalCode, text: string): Decision {
  return { events: [], reply: { refusal: { code, text } } };
}

/** Who books where nobody is asked: the firm's rule. */
const BY_RULE = { by: 'rule busts=atOnce', reason: 'the firm has busts and corrections booked at once' };

/**
 * The case with what books it in the same append, where the firm's rule says so and nothing of it is in
 * doubt; else the case alone.
 */
export function openAtOnce(
  desk: Desk,
  opened: CaseOpened,
  { route, order, proposal }: Omit<Subject, 'open'>,
): OrderEvent[] {
  const events = tradeChangeEvents(desk, opened.commandId, route, order, proposal);
  if (typeof events === 'string') return [opened];
  const { commandId, caseId, orderId } = opened;
  const owner = orderId === undefined ? {} : { orderId };
  return [
    { ...opened, isBooked: true },
    { type: 'caseResolved', caseId, commandId, ...BY_RULE, action: 'booked', ...owner },
    ...events,
  ];
}

function tradeChangeEvents(
  desk: Desk,
  commandId: string,
  route: RouteState,
  order: OrderState,
  proposal: Booking,
): OrderEvent[] | string {
  const { venueExecId } = proposal;
  if (proposal.action === 'bust') return bustEvents(desk, commandId, route, order, venueExecId);
  const { quantity, price } = proposal;
  const problem = amountProblem(desk, order, quantity, price);
  if (problem !== undefined || price === undefined) return problem ?? 'a price must be given';
  return correctEvents(desk, commandId, route, order, { venueExecId, quantity, price });
}

interface Subject {
  readonly open: CaseState;
  readonly proposal: Booking;
  readonly route: RouteState;
  readonly order: OrderState;
}

/** The events of a booking, or why it can't be booked. */
function bookingEvents(desk: Desk, command: ResolveCase, subject: Subject): OrderEvent[] | string {
  const { proposal, route, order, open } = subject;
  const { commandId } = command;
  if (proposal.action === 'bust') return bustEvents(desk, commandId, route, order, proposal.venueExecId);
  const isCorrected = command.action === 'correct';
  const proposed = open.kind === 'MISSING_FILLS' ? missingOf(open, route) : proposal.quantity;
  const quantity = (isCorrected ? command.quantity : undefined) ?? proposed;
  const price = (isCorrected ? command.price : undefined) ?? proposal.price;
  const problem = amountProblem(desk, order, quantity, price);
  if (problem !== undefined || price === undefined) return problem ?? 'a price must be given';
  if (proposal.action === 'correct')
    return correctEvents(desk, commandId, route, order, { ...proposal, quantity, price });
  if (bookedAs(desk.state, route.routeId, proposal.venueExecId) !== undefined)
    return `fill ${proposal.venueExecId} is booked on this route already`;
  const fill: Fill = {
    commandId,
    venueExecId: proposal.venueExecId,
    venuePrice: price,
    quantity,
    caseId: open.caseId,
    // Less than was reserved: a route that was only kept open for this is done all the same.
    ...(waitsFor(open, route) ? { isFinal: true } : {}),
  };
  return fillEvents(desk, route, order, fill, route.held - open.held);
}

function amountProblem(
  desk: Desk,
  order: OrderState,
  quantity: number,
  price: number | undefined,
): string | undefined {
  if (price === undefined) return 'a price must be given';
  if (!Number.isSafeInteger(price) || price <= 0) return 'the price is not above zero';
  if (!Number.isSafeInteger(quantity) || quantity <= 0) return 'the quantity is not above zero';
  const max = desk.market.instrument(order.instrument)?.quantityMax ?? Number.MAX_SAFE_INTEGER;
  const limit = Math.max(max, order.quantity);
  if (quantity > limit) return `the quantity is over ${trimDecimal(limit, order.quantityScale)}`;
  return undefined;
}

/** The fill as it is booked now goes back, whatever it was corrected to. */
function bustEvents(
  { state }: Desk,
  commandId: string,
  route: RouteState,
  order: OrderState,
  venueExecId: string,
): OrderEvent[] | string {
  const booked = bookedAs(state, route.routeId, venueExecId);
  if (booked === undefined || booked.quantity === 0) return `fill ${venueExecId} is not booked on this route`;
  return [
    {
      type: 'tradeBusted',
      orderId: order.orderId,
      routeId: route.routeId,
      commandId,
      venue: route.venue,
      venueExecId,
      refSequence: booked.sequence,
      quantity: booked.quantity,
      venuePrice: booked.venuePrice,
      clientPrice: booked.clientPrice,
    },
  ];
}

function correctEvents(
  { state }: Desk,
  commandId: string,
  route: RouteState,
  order: OrderState,
  { venueExecId, quantity, price }: { venueExecId: string; quantity: number; price: number },
): OrderEvent[] | string {
  const booked = bookedAs(state, route.routeId, venueExecId);
  if (booked === undefined || booked.quantity === 0) return `fill ${venueExecId} is not booked on this route`;
  return [
    {
      type: 'tradeCorrected',
      orderId: order.orderId,
      routeId: route.routeId,
      commandId,
      venue: route.venue,
      venueExecId,
      refSequence: booked.sequence,
      quantityBefore: booked.quantity,
      clientPriceBefore: booked.clientPrice,
      quantity,
      venuePrice: price,
      clientPrice: clientPrice(order.side, price, route.markup, boundOf(order, booked.clientPrice)),
    },
  ];
}

/** A correction charges the client no more than its limit allows, or than it was charged before. */
function boundOf(order: OrderState, before: number): number | undefined {
  const limit = clientLimit(order);
  if (limit === undefined || withinLimit(order.side, before, limit)) return limit;
  return before;
}

/** Nothing is booked: a route that was only kept open for this ends as its venue said. */
function afterDismissal(desk: Desk, open: CaseState, route: RouteState, order: OrderState): OrderEvent[] {
  return waitsFor(open, route) ? leaveRoute(desk, open.caseId, route, order) : [];
}

/** The venue is done with the route, and nothing but this case keeps it open. */
function waitsFor(open: CaseState, route: RouteState): boolean {
  if (route.standing === 'closed' || route.ending === undefined) return false;
  const settled = open.kind === 'MISSING_FILLS' ? missingOf(open, route) : open.held;
  return route.quantity - route.filled <= settled;
}
