/** Decisions on what clients and operators ask for: submit, cancel, replace, mass cancel, trading state. */
import { trimDecimal } from '../number/decimal.ts';
import {
  closeOrder,
  requestForcedRoute,
  settleOrder,
  standingOf,
  type Desk,
  type Standing,
} from './desk.routes.ts';
import { cancelId, orderId, replaceId } from '../number/ids.ts';
import { haveSameScales, type Instrument } from '../market/instrument.ts';
import type { LimitReached } from './limit.event.ts';
import type { CaseRefusalCode } from './case.ts';
import type { AcceptLoss } from './numbering.ts';
import type {
  CancelOrder,
  ChangeRefused,
  Origin,
  MassCancel,
  MeantOrder,
  VenueInDoubt,
  OrderAccepted,
  OrderEvent,
  OrderRefused,
  RefusalCode,
  RefuseOrder,
  ReplaceOrder,
  SetTradingState,
  SubmitOrder,
} from './order.ts';
import {
  areClOrdIdsSpent,
  clOrdIdUsed,
  currentClOrdId,
  findOrder,
  isImmediate,
  type FoundOrder,
  type OrderState,
  type PartitionState,
  type RouteState,
} from './partition.ts';
import { isOrderWithin } from '../risk/stops.ts';
import { checkOrder, refusePrice, refuseQuantity, type Proposal, type Refusal } from '../risk/risk.ts';

/** What was decided: events to append, and the answer to whoever sent the command. */
export interface Decision {
  readonly events: readonly OrderEvent[];
  readonly reply: DecisionReply;
  /** What is left to decide once these events are durable. */
  readonly rest?: MassCancel | VenueInDoubt | AcceptLoss;
}

export interface DecisionReply {
  readonly orderId?: string;
  readonly refusal?: Refusal | { readonly code: CaseRefusalCode; readonly text: string };
  /** The command was decided before: journal sequence of its first event. */
  readonly sequence?: number;
}

/** A decision about many orders stops with the order that takes it over this. */
export const DECISION_EVENTS_MAX = 400;
/** Cancel requests sent to a venue per route; after that only operations can help. */
const ROUTE_CANCELS_MAX = 10;

export function decideSubmit(desk: Desk, command: SubmitOrder): Decision {
  const { state, market, now } = desk;
  const { origin, account, instrument: instrumentId, side, type, price, quantity, forcedVenue } = command;
  const instrument = market.instrument(instrumentId);
  const near: LimitReached[] = [];
  const refusal =
    refuseName(desk, origin.client, command.clOrdId) ??
    refuseLate(desk, command) ??
    checkOrder(state, market, proposalOf(command, near), now);
  if (refusal !== undefined || instrument === undefined)
    return refuseSubmit(command, refusal as Refusal, instrument);
  const id = orderId(state.partition, state.orderCount + 1);
  const scales = { priceScale: instrument.priceScale, quantityScale: instrument.quantityScale };
  const accepted: OrderAccepted = {
    type: 'orderAccepted',
    orderId: id,
    commandId: command.commandId,
    origin,
    account,
    trader: command.trader,
    clOrdId: command.clOrdId,
    instrument: instrumentId,
    side,
    orderType: type,
    ...(price === undefined ? {} : { price }),
    quantity,
    timeInForce: command.timeInForce,
    ...(forcedVenue === undefined ? {} : { forcedVenue }),
    ...(command.shownPrice === undefined ? {} : { shownPrice: command.shownPrice }),
    ...scales,
  };
  const standing: Standing = {
    orderId: id,
    account,
    ...whoOf(command),
    instrument: instrumentId,
    side,
    orderType: type,
    timeInForce: command.timeInForce,
    forcedVenue,
    ...scales,
    acceptedAtMs: now.utcMs,
    routeIds: [],
    pendingCancel: undefined,
    price,
    quantity,
    filled: 0,
    inFlight: 0,
    knownRoutes: 0,
    unknownRoutes: 0,
    routeCount: 0,
    rounds: 0,
    rejections: [],
  };
  const next = forcedVenue === undefined ? settleOrder(desk, standing) : [requestForcedRoute(desk, standing)];
  return { events: [accepted, ...next, ...near], reply: { orderId: id } };
}

/**
 * An order that its edge refused, or that can't be placed: one event, so that the client's report has a
 * source.
 */
export function decideRefuse(command: RefuseOrder): Decision {
  const { commandId, origin, account, clOrdId, instrument, side, code, text } = command;
  const event: OrderRefused = {
    type: 'orderRefused',
    commandId,
    origin,
    account,
    clOrdId,
    instrument,
    side,
    quantity: 0,
    quantityScale: 0,
    code,
    text,
  };
  return { events: [event], reply: { refusal: { code, text } } };
}

export function decideCancel({ state }: Desk, command: CancelOrder): Decision {
  const found = findSubject(state, command);
  if (found.found !== 'open') return refuseNotOpen(command, found);
  const { order } = found;
  const mismatch = refuseMismatch(order, command.meant);
  if (mismatch !== undefined) return refuseChange(command, mismatch, order);
  if (order.pendingCancel !== undefined) {
    return refuseChange(command, { code: 'ROUTE_IN_FLIGHT', text: 'a cancel is on its way already' }, order);
  }
  // Reports go to the order's own client, whom a colleague's ClOrdID would tell nothing.
  const own = command.origin.client === order.origin.client;
  const reason = own ? 'canceled by the client' : `canceled by ${command.origin.client}`;
  const events = cancelEvents(state.routes, order, command.commandId, own ? command.clOrdId : '', reason);
  return { events, reply: { orderId: order.orderId } };
}

/**
 * Comes in portions, so that no decision is larger than the journal takes at once: `rest` is the command that
 * goes on. Only the last portion carries the command's own id, so one that was cut short can be sent again.
 */
export function decideMassCancel({ state }: Desk, command: MassCancel): Decision {
  const through = command.throughOrder ?? state.orderCount;
  const { meant, isCut } = meantNext(state, command, through);
  const commandId = isCut ? `${command.commandId}/${state.sequence + 1}` : command.commandId;
  const reason = `${command.reason} (${command.by})`;
  const events = meant.flatMap((order) => cancelEvents(state.routes, order, commandId, '', reason));
  return { events, reply: {}, ...(isCut ? { rest: { ...command, throughOrder: through } } : {}) };
}

/** What is at venues first: that can be filled while the others are dealt with. */
function meantNext(state: PartitionState, command: MassCancel, through: number) {
  const scope = { ...command, session: command.client };
  const meant: OrderState[] = [];
  let eventCount = 0;
  for (const isAtVenue of [true, false]) {
    for (const order of state.open.values()) {
      if (order.number > through) break;
      if (order.openRoutes > 0 !== isAtVenue) continue;
      if (order.pendingCancel !== undefined || !isOrderWithin(state, scope, order)) continue;
      if (eventCount >= DECISION_EVENTS_MAX) return { meant, isCut: true };
      meant.push(order);
      eventCount += 1 + Math.max(1, order.openRoutes);
    }
  }
  return { meant, isCut: false };
}

/**
 * Halting cancels all open orders: the first of them in the same breath, the others as `rest` (and, should
 * that be lost with the process, by ticks).
 */
export function decideTradingState(desk: Desk, command: SetTradingState): Decision {
  const { commandId, by, reason, state } = command;
  const changed: OrderEvent = { type: 'tradingStateChanged', commandId, by, reason, state };
  if (state !== 'halted') return { events: [changed], reply: {} };
  const all = {
    kind: 'massCancel',
    commandId: `${commandId}/cancel`,
    by,
    reason: `trading halted: ${reason}`,
  } as const;
  const { events, rest } = decideMassCancel(desk, all);
  return { events: [changed, ...events], reply: {}, ...(rest === undefined ? {} : { rest }) };
}

/** `near` gets what is to be told of limits. */
function proposalOf(command: SubmitOrder, near: LimitReached[]): Proposal {
  const { account, instrument, side, type, price, quantity, forcedVenue, timeInForce } = command;
  const terms = { account, instrument, side, type, price, quantity, forcedVenue, timeInForce };
  return { ...terms, ...whoOf(command), added: quantity, isNew: true, near };
}

/** Whose order it is, for limits. */
const whoOf = ({ trader, origin }: { readonly trader: string; readonly origin: Origin }) => ({
  trader,
  session: origin.client,
});

/** Cancels an open order: at once when nothing is at a venue, else each open route is asked to cancel. */
export function cancelEvents(
  routes: ReadonlyMap<string, RouteState>,
  order: OrderState,
  commandId: string,
  clOrdId: string,
  reason: string,
  outcome: 'canceled' | 'expired' = 'canceled',
): OrderEvent[] {
  const { orderId: id } = order;
  const events: OrderEvent[] = [{ type: 'cancelRequested', orderId: id, commandId, clOrdId, reason }];
  if (order.openRoutes === 0) events.push(closeOrder(id, outcome, undefined, reason, clOrdId));
  else events.push(...routeCancels(routes, order));
  return events;
}

/** A cancel request for each open route of an order. */
export function routeCancels(
  routes: ReadonlyMap<string, RouteState>,
  order: OrderState,
  except = '',
): OrderEvent[] {
  const events: OrderEvent[] = [];
  for (const routeId of order.routeIds) {
    const route = routes.get(routeId);
    if (route === undefined || route.standing === 'closed' || routeId === except) continue;
    if (route.cancels >= ROUTE_CANCELS_MAX) continue;
    events.push({
      type: 'routeCancelRequested',
      orderId: order.orderId,
      routeId,
      venue: route.venue,
      venueClOrdId: route.venueClOrdId,
      cancelId: cancelId(routeId, route.attemptsFrom + route.cancels + 1),
    });
  }
  return events;
}

export function decideReplace(desk: Desk, command: ReplaceOrder): Decision {
  const { state } = desk;
  const found = findSubject(state, command);
  if (found.found !== 'open') return refuseNotOpen(command, found);
  const { order } = found;
  const near: LimitReached[] = [];
  const refusal = refuseMismatch(order, command.meant) ?? refuseReplace(desk, order, command, near);
  if (refusal !== undefined) return refuseChange(command, refusal, order);
  if (order.forcedVenue !== undefined) return replaceAtVenue(desk, order, command, near);
  const { quantity, price, clOrdId, commandId } = command;
  const events: OrderEvent[] = [
    {
      type: 'orderReplaced',
      orderId: order.orderId,
      commandId,
      clOrdId,
      origClOrdId: currentClOrdId(order),
      quantity,
      ...(price === undefined ? {} : { price }),
    },
  ];
  const standing = standingOf(order);
  standing.quantity = quantity;
  standing.price = price;
  events.push(...settleOrder(desk, standing), ...near);
  return { events, reply: { orderId: order.orderId } };
}

/** A ClOrdID names one order, on its trading day and the next. */
function refuseName({ state, now }: Desk, client: string, clOrdId: string): Refusal | undefined {
  if (clOrdIdUsed(state, client, clOrdId))
    return { code: 'DUPLICATE_CLORDID', text: `ClOrdID ${clOrdId} was used before` };
  if (!areClOrdIdsSpent(state, now.utcMs)) return undefined;
  const { clOrdIdsPerDayMax } = state.retention;
  return { code: 'TOO_MANY_CLORDIDS', text: `${clOrdIdsPerDayMax} orders and replaces today; only cancels` };
}

function refuseReplace(
  desk: Desk,
  order: OrderState,
  command: ReplaceOrder,
  near: LimitReached[],
): Refusal | undefined {
  const { state, market, now } = desk;
  const { quantity, price, clOrdId } = command;
  const named = refuseName(desk, order.origin.client, clOrdId);
  if (named !== undefined) return named;
  if (order.pendingCancel !== undefined) return { code: 'ROUTE_IN_FLIGHT', text: 'a cancel is on its way' };
  if (isImmediate(order)) return { code: 'UNSUPPORTED', text: 'an immediate order cannot be replaced' };
  const instrument = market.instrument(order.instrument);
  if (instrument === undefined) {
    return { code: 'UNKNOWN_INSTRUMENT', text: `instrument ${order.instrument} is not known` };
  }
  if (!haveSameScales(instrument, order)) {
    return { code: 'UNSUPPORTED', text: 'its instrument has other scales now; it can only be canceled' };
  }
  const malformed = refuseQuantity(instrument, quantity) ?? refusePrice(order.orderType, price);
  if (malformed !== undefined) return malformed;
  const better = betterBy(order, price as number);
  const inWay =
    order.forcedVenue === undefined
      ? refuseInFlight(order, quantity, better)
      : refuseAtVenue(state.routes, order, quantity);
  if (inWay !== undefined) return inWay;
  const added = Math.max(0, quantity - order.quantity);
  if (isReduction(order, quantity, better)) return undefined;
  return (
    refuseLate(desk, command) ??
    checkOrder(
      state,
      market,
      {
        account: order.account,
        instrument: order.instrument,
        side: order.side,
        type: order.orderType,
        price,
        quantity,
        added,
        forcedVenue: order.forcedVenue,
        isNew: false,
        ...whoOf(order),
        timeInForce: order.timeInForce,
        near,
      },
      now,
    )
  );
}

/** > 0: more aggressive than it is. */
function betterBy({ side, price: present }: OrderState, price: number): number {
  return side === 'buy' ? price - (present as number) : (present as number) - price;
}

/** Less of it at no better price for others: a reduction, which nothing blocks and which is never late. */
function isReduction(order: OrderState, quantity: number, better: number): boolean {
  return quantity <= order.quantity && better <= 0;
}

/** A replace of an open order that adds nothing to it: not refused by whoever has too much to do. */
export function onlyReduces(state: PartitionState, command: ReplaceOrder): boolean {
  const found = findSubject(state, command);
  if (found.found !== 'open' || command.price === undefined) return false;
  return isReduction(found.order, command.quantity, betterBy(found.order, command.price));
}

/** Its market has moved since: whoever sent it did not mean the present one. */
function refuseLate({ now }: Desk, { decideUntilMs }: SubmitOrder | ReplaceOrder): Refusal | undefined {
  if (decideUntilMs === undefined || now.utcMs <= decideUntilMs) return undefined;
  const lateMs = now.utcMs - decideUntilMs;
  return { code: 'TOO_LATE', text: `it came ${lateMs} ms after the moment until which it was meant` };
}

/**
 * What is filled or at venues can't be taken back by a replace. `better` > 0: more aggressive than before.
 */
function refuseInFlight(order: OrderState, quantity: number, better: number): Refusal | undefined {
  if (order.inFlight > 0 && (quantity < order.filled + order.inFlight || better < 0)) {
    const busy = trimDecimal(order.filled + order.inFlight, order.quantityScale);
    return { code: 'ROUTE_IN_FLIGHT', text: `${busy} is filled or at venues at the present price` };
  }
  return refuseFilled(order, quantity);
}

function refuseAtVenue(
  routes: ReadonlyMap<string, RouteState>,
  order: OrderState,
  quantity: number,
): Refusal | undefined {
  const filled = refuseFilled(order, quantity);
  if (filled !== undefined) return filled;
  const route = routes.get(order.routeIds.at(-1) as string);
  if (route?.standing === 'acknowledged' && route.pendingReplace === undefined) return undefined;
  const text = `venue ${order.forcedVenue} has not answered the last request yet`;
  return { code: 'ROUTE_IN_FLIGHT', text };
}

function refuseFilled(order: OrderState, quantity: number): Refusal | undefined {
  if (quantity > order.filled) return undefined;
  const text = `${trimDecimal(order.filled, order.quantityScale)} is filled already`;
  return { code: 'QUANTITY_TOO_SMALL', text };
}

function replaceAtVenue(
  desk: Desk,
  order: OrderState,
  command: ReplaceOrder,
  near: readonly LimitReached[],
): Decision {
  const { state, market, now } = desk;
  const isLess = isReduction(order, command.quantity, betterBy(order, command.price as number));
  const route = state.routes.get(order.routeIds.at(-1) as string) as RouteState;
  return {
    events: [
      {
        type: 'routeReplaceRequested',
        orderId: order.orderId,
        routeId: route.routeId,
        venue: route.venue,
        venueClOrdId: route.venueClOrdId,
        replaceId: replaceId(route.routeId, route.attemptsFrom + route.replaces + 1),
        quantity: command.quantity,
        ...(command.price === undefined ? {} : { price: command.price }),
        clOrdId: command.clOrdId,
        commandId: command.commandId,
        origin: command.origin,
        ...(isLess ? {} : { deadlineMs: now.utcMs + market.routing.routeDeadlineMs }),
      },
      ...near,
    ],
    reply: { orderId: order.orderId },
  };
}

function refuseSubmit(command: SubmitOrder, refusal: Refusal, known: Instrument | undefined): Decision {
  const { commandId, origin, account, clOrdId, instrument, side, quantity, type, timeInForce, price } =
    command;
  const terms =
    known === undefined
      ? {}
      : {
          terms: {
            orderType: type,
            timeInForce,
            priceScale: known.priceScale,
            ...(price === undefined ? {} : { price }),
          },
        };
  return {
    events: [
      {
        type: 'orderRefused',
        commandId,
        origin,
        account,
        clOrdId,
        instrument,
        side,
        quantity,
        quantityScale: known?.quantityScale ?? 0,
        ...terms,
        ...refusal,
      },
    ],
    reply: { refusal },
  };
}

function refuseChange(command: CancelOrder | ReplaceOrder, refusal: Refusal, order?: OrderState): Decision {
  const { commandId, origin, clOrdId, origClOrdId, kind } = command;
  const owner = order === undefined ? {} : { orderId: order.orderId };
  const event: ChangeRefused = {
    type: 'changeRefused',
    commandId,
    origin,
    change: kind,
    clOrdId,
    origClOrdId,
    ...owner,
    ...refusal,
  };
  return { events: [event], reply: { ...owner, refusal } };
}

/** The order that a cancel or replace names: by our orderId, or by a ClOrdID of the same client. */
function findSubject(state: PartitionState, command: CancelOrder | ReplaceOrder): FoundOrder {
  if (command.orderId === undefined) return findOrder(state, command.origin.client, command.origClOrdId);
  const order = state.orders.get(command.orderId);
  if (order === undefined) return { found: 'unknown' };
  return { found: order.outcome === 'open' ? 'open' : 'closed', order };
}

/** A closed order that is still known says how it ended. */
function refuseNotOpen(command: CancelOrder | ReplaceOrder, subject: FoundOrder): Decision {
  const name = command.orderId ?? command.origClOrdId;
  const { found } = subject;
  const code: RefusalCode = found === 'closed' || found === 'forgotten' ? 'ORDER_CLOSED' : 'UNKNOWN_ORDER';
  const text = code === 'ORDER_CLOSED' ? `order ${name} is closed` : `no order ${name} is known`;
  return refuseChange(command, { code, text }, 'order' in subject ? subject.order : undefined);
}

/** Nothing of a request is taken that says something else of the order than is so. */
function refuseMismatch(order: OrderState, meant: MeantOrder | undefined): Refusal | undefined {
  if (meant === undefined) return undefined;
  for (const term of meantTerms) {
    const said = meant[term];
    if (said !== undefined && said !== order[term]) {
      return { code: 'ORDER_MISMATCH', text: `${term} of the order is ${order[term]}, not ${said}` };
    }
  }
  return undefined;
}

const meantTerms = ['orderId', 'instrument', 'side', 'account', 'orderType', 'timeInForce'] as const;
