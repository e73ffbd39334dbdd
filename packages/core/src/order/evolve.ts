/**
 * Folds journaled events into a partition's state: the only code that writes it. Deterministic in (state,
 * event, sequence, atMs), so replaying the journal gives the state of the live run. What contradicts the
 * state is a defect of ours and throws: a desk that guesses is worse than one that stops.
 */
import { multiply } from '../number/decimal.ts';
import { remember } from './generations.ts';
import { turnDay } from './names.ts';
import { cancelAttempt, parseOrderId } from '../number/ids.ts';
import { attemptsFrom, type NumberingBegun } from './numbering.ts';
import type {
  CancelRequested,
  ChangeRefused,
  OrderAccepted,
  OrderClosed,
  OrderEvent,
  OrderReplaced,
  RouteAcknowledged,
  RouteCancelRequested,
  RouteClosed,
  RouteFilled,
  RouteReplaceRequested,
  RouteRequested,
  RouteUnknown,
} from './order.ts';
import {
  areClOrdIdsSpent,
  casesOf,
  CL_ORD_ID_CHAIN_MAX,
  clOrdIdUsed,
  isImmediate,
  pairKey,
  RATE_BUCKET_MS,
  RATE_BUCKETS,
  recallCommand,
  ROUTES_PER_ORDER_MAX,
  type OrderState,
  type PartitionState,
  type Retention,
  type RouteState,
} from './partition.ts';
import { bookTrade, note } from './evolve.trades.ts';
import { setLevel, setTrip } from '../risk/ledger.ts';
import { stopKey } from '../risk/stops.ts';
import type { StopSet } from './stop.event.ts';
import { duplicateContent, repeatContent } from '../risk/content.ts';
import {
  ask,
  countRejection,
  endRoute,
  finish,
  hear,
  leavesOfRoute,
  orderOf,
  routeOf,
  settle,
} from './evolve.steps.ts';
import {
  bustTrade,
  correctTrade,
  countExecution,
  openCase,
  reduceRoute,
  resolveCase,
} from './evolve.cases.ts';
import { tradeDay, tradingDayEndMs } from '../number/time.ts';
import { revive } from './evolve.revived.ts';

/** Reason of the cancelRequested of an expired DAY order; it makes the outcome `expired`. */
export const EXPIRY_REASON = 'end of the trading day';

/** Folds one event in. `sequence` must be the next one; `atMs` is the UTC time in its journal record. */
export function evolve(state: PartitionState, event: OrderEvent, sequence: number, atMs: number): void {
  if (sequence !== state.sequence + 1) {
    throw new Error(`event ${sequence} after ${state.sequence} of ${state.partition}`);
  }
  state.witness?.before(event);
  state.sequence = sequence;
  apply(state, event, atMs);
  rememberCommand(state, event, sequence);
  forget(state, event, atMs);
}

function apply(state: PartitionState, event: OrderEvent, atMs: number): void {
  switch (event.type) {
    case 'orderAccepted':
      return accept(state, event, atMs);
    case 'orderRefused':
      if (event.code !== 'ORDER_RATE') countOrder(state, atMs);
      // A used ClOrdID keeps naming its order, whatever the edge refuses the second one for.
      if (clOrdIdUsed(state, event.origin.client, event.clOrdId) || areClOrdIdsSpent(state, atMs)) return;
      return nameOrder(state, event.origin.client, event.clOrdId, undefined, atMs);
    case 'changeRefused':
      return refuseChange(state, event);
    case 'cancelRequested':
      return requestCancel(state, event, atMs);
    case 'orderReplaced':
      return replace(state, event, atMs);
    case 'orderClosed':
      return close(state, event, atMs);
    case 'routeRequested':
      return requestRoute(state, event, atMs);
    case 'routeAcknowledged':
      return acknowledge(state, event, atMs);
    case 'routeFilled':
      return fill(state, event, atMs);
    case 'routeClosed':
      return closeRoute(state, event, atMs);
    case 'routeUnknown':
      return doubt(state, event, atMs);
    case 'routeCancelRequested':
      return requestRouteCancel(state, event, atMs);
    case 'routeReplaceRequested':
      return requestRouteReplace(state, event, atMs);
    case 'tradingStateChanged':
      state.tradingState = event.state;
      return;
    case 'stopSet':
      return setStop(state, event, atMs);
    case 'stopReleased':
      state.stops.delete(stopKey(event.scope));
      return;
    case 'limitReached':
      return setLevel(state.ledger, event);
    case 'limitTripped':
      return setTrip(state.ledger, event.limit, event.subject, { atMs, text: event.text });
    case 'limitReleased':
      return setTrip(state.ledger, event.limit, event.subject, undefined);
    case 'numberingBegun':
      return beginNumbering(state, event);
    case 'orderRevived':
      return revive(state, event, atMs);
    case 'lossAccepted':
      state.isBehind = false;
      return;
    case 'venueReportUnmatched':
      return;
    case 'tradeBusted':
      return bustTrade(state, event, atMs);
    case 'tradeCorrected':
      return correctTrade(state, event, atMs);
    case 'routeReduced':
      return reduceRoute(state, event, atMs);
    case 'caseOpened':
      return openCase(state, event, atMs);
    case 'caseResolved':
      return resolveCase(state, event, atMs);
  }
}

function setStop(state: PartitionState, event: StopSet, atMs: number): void {
  const { scope, stop, by, reason, orders } = event;
  state.stops.set(stopKey(scope), { scope, stop, by, reason, atMs, orders });
}

function accept(state: PartitionState, event: OrderAccepted, atMs: number): void {
  const number = parseOrderId(event.orderId)?.order;
  if (number !== state.orderCount + 1) {
    throw new Error(`order ${event.orderId} after number ${state.orderCount}`);
  }
  state.orderCount = number;
  countOrder(state, atMs);
  const order: OrderState = {
    orderId: event.orderId,
    number,
    origin: event.origin,
    account: event.account,
    trader: event.trader,
    instrument: event.instrument,
    side: event.side,
    orderType: event.orderType,
    timeInForce: event.timeInForce,
    forcedVenue: event.forcedVenue,
    priceScale: event.priceScale,
    quantityScale: event.quantityScale,
    acceptedAtMs: atMs,
    expiresAtMs: event.timeInForce === 'day' ? tradingDayEndMs(atMs) : 0,
    clOrdIds: [event.clOrdId],
    aliases: [],
    requestIds: [],
    price: event.price,
    quantity: event.quantity,
    filled: 0,
    notional: 0n,
    inFlight: 0,
    openRoutes: 0,
    unknownRoutes: 0,
    routeCount: 0,
    routeIds: [],
    rounds: 0,
    roundOpen: false,
    rejections: [],
    pendingCancel: undefined,
    outcome: 'open',
    code: undefined,
    text: '',
    updatedAtMs: atMs,
    exceeded: false,
    restingPrice: 0,
    exposure: 0,
    flight: 0,
  };
  state.orders.set(order.orderId, order);
  state.open.set(order.orderId, order);
  if (order.expiresAtMs > 0) state.dayOrders.set(order.orderId, order);
  nameOrder(state, event.origin.client, event.clOrdId, order.orderId, atMs);
  note(state, order, 'order', duplicateContent(order), atMs);
  settle(state, order, atMs);
}

/** The ClOrdID of a request about an order, for who asks with it how the order stands. */
function nameRequest(state: PartitionState, client: string, clOrdId: string, order: OrderState): void {
  if (clOrdId === '' || clOrdIdUsed(state, client, clOrdId)) return;
  const name = pairKey(client, clOrdId);
  if (state.requested.get(name) === order.orderId) return;
  state.requested.set(name, order.orderId);
  keepNewest(order.requestIds, name, (oldest) => forgetName(state.requested, oldest, order));
}

function keepNewest(names: string[], name: string, forgetOldest: (oldest: string) => void): void {
  names.push(name);
  if (names.length > CL_ORD_ID_CHAIN_MAX) forgetOldest(names.shift() as string);
}

function forgetName(names: Map<string, string>, name: string, { orderId }: OrderState): void {
  if (names.get(name) === orderId) names.delete(name);
}

function requestCancel(state: PartitionState, event: CancelRequested, atMs: number): void {
  const order = orderOf(state, event.orderId);
  nameRequest(state, order.origin.client, event.clOrdId, order);
  if (order.outcome !== 'open') throw new Error(`cancel of closed order ${event.orderId}`);
  const outcome = event.reason === EXPIRY_REASON ? 'expired' : 'canceled';
  order.pendingCancel = { clOrdId: event.clOrdId, reason: event.reason, outcome };
  state.dayOrders.delete(order.orderId);
  settle(state, order, atMs);
}

/** Only a refusal by the venue ends something that was on its way; others refuse before anything began. */
function refuseChange(state: PartitionState, event: ChangeRefused): void {
  const { orderId, change, clOrdId, code } = event;
  const order = orderId === undefined ? undefined : state.orders.get(orderId);
  if (order !== undefined) nameRequest(state, event.origin.client, clOrdId, order);
  // By the venue, or by the gateway before it was sent there; others have asked nothing of a route.
  const isAnswer = code === 'VENUE_REFUSED' || code === 'TOO_LATE';
  if (order === undefined || order.outcome !== 'open' || !isAnswer) return;
  if (change === 'cancel') {
    if (order.pendingCancel?.clOrdId !== clOrdId) return;
    order.pendingCancel = undefined;
    if (order.expiresAtMs > 0) state.dayOrders.set(order.orderId, order);
    settle(state, order, order.updatedAtMs);
    return;
  }
  for (const routeId of order.routeIds) {
    const route = state.routes.get(routeId);
    if (route?.pendingReplace?.clOrdId !== clOrdId) continue;
    route.pendingReplace = undefined;
    // A refusal does not prove that the order lives: a route in doubt goes on being asked about.
    if (route.standing === 'acknowledged') state.unanswered.delete(routeId);
    settle(state, order, order.updatedAtMs);
  }
}

function replace(state: PartitionState, event: OrderReplaced, atMs: number): void {
  const order = orderOf(state, event.orderId);
  countOrder(state, atMs);
  note(state, order, 'order', '', atMs);
  order.quantity = event.quantity;
  order.price = event.price;
  const { client } = order.origin;
  keepNewest(order.clOrdIds, event.clOrdId, (oldest) =>
    forgetName(state.named, pairKey(client, oldest), order),
  );
  nameOrder(state, order.origin.client, event.clOrdId, order.orderId, atMs);
  if (order.forcedVenue !== undefined) {
    const route = state.routes.get(order.routeIds.at(-1) as string) as RouteState;
    const before = leavesOfRoute(route);
    route.quantity = event.quantity;
    route.price = event.price;
    route.venueClOrdId = route.pendingReplace?.replaceId ?? route.venueClOrdId;
    route.pendingReplace = undefined;
    // The venue has answered: a route that was in doubt is known again.
    if (route.standing === 'closed') state.unanswered.delete(route.routeId);
    else hear(state, order, route, atMs);
    order.inFlight += leavesOfRoute(route) - before;
    const full = route.filled >= route.quantity;
    if (full && route.standing !== 'closed') endRoute(state, order, route, 'filled');
  }
  if (order.outcome === 'open' && order.filled >= order.quantity) finish(state, order, 'filled', atMs);
  settle(state, order, atMs);
}

function close(state: PartitionState, event: OrderClosed, atMs: number): void {
  const order = orderOf(state, event.orderId);
  if (order.outcome !== 'open') throw new Error(`order ${event.orderId} closed twice`);
  if (order.openRoutes > 0) throw new Error(`order ${event.orderId} closed with routes in flight`);
  order.code = event.code;
  order.text = event.reason;
  finish(state, order, event.outcome, atMs);
  settle(state, order, atMs);
}

function requestRoute(state: PartitionState, event: RouteRequested, atMs: number): void {
  const order = orderOf(state, event.orderId);
  if (order.outcome !== 'open') throw new Error(`route ${event.routeId} of closed order`);
  const route: RouteState = {
    routeId: event.routeId,
    orderId: event.orderId,
    venue: event.venue,
    orderType: event.orderType,
    timeInForce: event.timeInForce,
    markup: event.markup,
    quoteId: event.evidence[0]?.quoteId ?? '',
    requestedAtMs: atMs,
    price: event.price,
    quantity: event.quantity,
    filled: 0,
    standing: 'pending',
    outcome: undefined,
    venueOrderId: '',
    venueClOrdId: event.routeId,
    askedAtMs: atMs,
    doubts: 0,
    cancels: 0,
    replaces: 0,
    attemptsFrom: 0,
    pendingReplace: undefined,
    held: 0,
    excused: 0,
    ending: undefined,
  };
  if (state.routes.has(route.routeId)) throw new Error(`route ${route.routeId} requested twice`);
  state.routes.set(route.routeId, route);
  state.unanswered.set(route.routeId, atMs);
  state.cooling.delete(order.orderId);
  order.routeCount += 1;
  keepRoute(state, order, route.routeId);
  if (!order.roundOpen) {
    order.rounds += 1;
    order.roundOpen = true;
  }
  order.openRoutes += 1;
  order.inFlight += route.quantity;
  if (!order.exceeded && order.filled + order.inFlight > order.quantity) {
    throw new Error(`order ${order.orderId} routed beyond its quantity`);
  }
  settle(state, order, atMs);
}

function acknowledge(state: PartitionState, event: RouteAcknowledged, atMs: number): void {
  const { route, order } = routeOf(state, event);
  if (route.standing === 'closed') throw new Error(`closed route ${route.routeId} acknowledged`);
  if (event.venueOrderId !== '') route.venueOrderId = event.venueOrderId;
  hear(state, order, route, atMs);
  settle(state, order, atMs);
}

function fill(state: PartitionState, event: RouteFilled, atMs: number): void {
  const { route, order } = routeOf(state, event);
  countExecution(state, event);
  if (order.filled === 0) note(state, order, 'execution', repeatContent(order), atMs);
  const before = leavesOfRoute(route);
  route.filled += event.quantity;
  order.inFlight += leavesOfRoute(route) - before;
  order.filled += event.quantity;
  order.notional += multiply(event.clientPrice, event.quantity);
  const rejected = order.rejections.findIndex((rejection) => rejection.venue === route.venue);
  if (rejected >= 0) order.rejections.splice(rejected, 1);
  if (route.standing !== 'closed') {
    if (route.filled >= route.quantity) endRoute(state, order, route, 'filled');
    else if (route.ending === undefined) hear(state, order, route, atMs);
    else ask(state, route, atMs);
  }
  bookTrade(state, order, { ...event, side: order.side, atMs });
  if (order.filled + order.inFlight > order.quantity) order.exceeded = true;
  if (order.outcome === 'open' && order.filled >= order.quantity) finish(state, order, 'filled', atMs);
  settle(state, order, atMs);
}

function closeRoute(state: PartitionState, event: RouteClosed, atMs: number): void {
  const { route, order } = routeOf(state, event);
  if (route.standing === 'closed') throw new Error(`route ${route.routeId} closed twice`);
  endRoute(state, order, route, event.outcome);
  countRejection(order, route.venue, atMs);
  if (order.outcome === 'open' && !isImmediate(order) && order.forcedVenue === undefined) {
    state.cooling.set(order.orderId, atMs);
  }
  settle(state, order, atMs);
}

function doubt(state: PartitionState, event: RouteUnknown, atMs: number): void {
  const { route, order } = routeOf(state, event);
  if (route.standing === 'closed') throw new Error(`closed route ${route.routeId} became unknown`);
  if (route.standing !== 'unknown') order.unknownRoutes += 1;
  route.standing = 'unknown';
  route.doubts += 1;
  ask(state, route, atMs);
  settle(state, order, atMs);
}

function requestRouteCancel(state: PartitionState, event: RouteCancelRequested, atMs: number): void {
  const { route, order } = routeOf(state, event);
  // One that went out before it was journaled has the id it went with: the next must have another.
  route.cancels = Math.max(route.cancels + 1, (cancelAttempt(event.cancelId) ?? 0) - route.attemptsFrom);
  if (route.standing !== 'closed') ask(state, route, atMs);
  settle(state, order, atMs);
}

function requestRouteReplace(state: PartitionState, event: RouteReplaceRequested, atMs: number): void {
  const { route, order } = routeOf(state, event);
  route.replaces += 1;
  route.pendingReplace = {
    replaceId: event.replaceId,
    clOrdId: event.clOrdId,
    commandId: event.commandId,
    quantity: event.quantity,
    price: event.price,
  };
  ask(state, route, atMs);
  nameOrder(state, order.origin.client, event.clOrdId, order.orderId, atMs);
  keepNewest(order.aliases, event.clOrdId, (oldest) => {
    if (!order.clOrdIds.includes(oldest))
      forgetName(state.named, pairKey(order.origin.client, oldest), order);
  });
  settle(state, order, atMs);
}

/** Also of what was open before: its next requests must not be called as some that are lost. */
function beginNumbering(state: PartitionState, { base }: NumberingBegun): void {
  const numbering = { from: state.sequence, base };
  state.numbering = numbering;
  state.isBehind = true;
  state.orderCount = base;
  for (const order of state.open.values()) order.routeCount += attemptsFrom(numbering);
  for (const route of state.routes.values()) route.attemptsFrom = attemptsFrom(numbering);
}

function keepRoute(state: PartitionState, order: OrderState, routeId: string): void {
  order.routeIds.push(routeId);
  if (order.routeIds.length <= ROUTES_PER_ORDER_MAX) return;
  const oldest = order.routeIds.findIndex(
    (id) => state.routes.get(id)?.standing === 'closed' && casesOf(state, id).length === 0,
  );
  if (oldest < 0) return;
  forgetRoute(state, order.routeIds[oldest] as string);
  order.routeIds.splice(oldest, 1);
}

/** `orderId` undefined: of an order that was refused. */
function nameOrder(
  state: PartitionState,
  client: string,
  clOrdId: string,
  orderId: string | undefined,
  atMs: number,
): void {
  const day = tradeDay(atMs);
  // Time that steps back over the end of a day must not forget that day.
  if (day > state.clOrdIdDay) beginDay(state, day);
  const name = pairKey(client, clOrdId);
  state.clOrdIds.young.add(name);
  if (orderId === undefined) remember(state.refused, name, true, state.retention.refusedMax);
  else state.named.set(name, orderId);
}

/** Open orders keep their names. */
function beginDay(state: PartitionState, day: number): void {
  state.clOrdIdDay = day;
  turnDay(state.clOrdIds);
  turnDay(state.taken);
  for (const { origin, clOrdIds } of state.open.values())
    for (const id of clOrdIds) state.clOrdIds.young.add(pairKey(origin.client, id));
}

/** Counts a new order or replace for the order rate. Time that steps back counts as no time passed. */
function countOrder(state: PartitionState, atMs: number): void {
  const bucket = Math.max(Math.floor(atMs / RATE_BUCKET_MS), state.rateBucket);
  const skipped = Math.min(bucket - state.rateBucket, RATE_BUCKETS);
  for (let step = 0; step < skipped; step += 1) state.rateCounts[(bucket - step) % RATE_BUCKETS] = 0;
  state.rateBucket = bucket;
  const at = bucket % RATE_BUCKETS;
  state.rateCounts[at] = (state.rateCounts[at] as number) + 1;
}

/** The first event of a command is its result. */
function rememberCommand(state: PartitionState, event: OrderEvent, sequence: number): void {
  if (!('commandId' in event)) return;
  if (recallCommand(state, event.commandId) !== undefined) return;
  const { taken, retention } = state;
  if (isTaken(event) && taken.young.size < 2 * retention.clOrdIdsPerDayMax) taken.young.add(event.commandId);
  const refused = event.type === 'orderRefused' || event.type === 'changeRefused';
  remember(
    state.commands,
    event.commandId,
    {
      sequence,
      orderId: 'orderId' in event ? event.orderId : undefined,
      refusal: refused ? { code: event.code, text: event.text } : undefined,
    },
    state.retention.commandsMax,
  );
}

/** What a client asked for and got; a mass cancel has no ClOrdIDs. */
const isTaken = (event: OrderEvent): boolean =>
  event.type === 'orderAccepted' ||
  event.type === 'orderReplaced' ||
  event.type === 'routeReplaceRequested' ||
  (event.type === 'cancelRequested' && event.clOrdId !== '');

/**
 * Forgets at most two closed orders per event, so that no event pays for many. Not the one that the event
 * names, for the next event of the same decision may name it too, nor one that a case is about.
 */
function forget(state: PartitionState, event: OrderEvent, atMs: number): void {
  const named = 'orderId' in event ? event.orderId : undefined;
  for (let step = 0; step < 2; step += 1) {
    const oldest = state.closed[state.closedHead];
    if (oldest === undefined) break;
    const tooMany = state.closed.length - state.closedHead > state.retention.closedOrdersMax;
    if (!tooMany && atMs - oldest.atMs <= state.retention.closedOrderAgeMsMax) break;
    forgetOldest(state, named, atMs);
  }
}

function forgetOldest(state: PartitionState, named: string | undefined, atMs: number): void {
  const { orderId } = state.closed[state.closedHead] as { readonly orderId: string };
  state.closedHead += 1;
  const order = orderOf(state, orderId);
  if (order.openRoutes > 0 || orderId === named || hasCase(state, order)) {
    state.closed.push({ orderId, atMs });
  } else {
    state.witness?.forgets(order);
    for (const routeId of order.routeIds) forgetRoute(state, routeId);
    const { client } = order.origin;
    for (const id of [...order.clOrdIds, ...order.aliases])
      forgetName(state.named, pairKey(client, id), order);
    for (const name of order.requestIds) forgetName(state.requested, name, order);
    state.orders.delete(orderId);
  }
  if (state.closedHead <= 1024 || state.closedHead * 2 <= state.closed.length) return;
  state.closed = state.closed.slice(state.closedHead);
  state.closedHead = 0;
}

function forgetRoute(state: PartitionState, routeId: string): void {
  state.routes.delete(routeId);
  state.executions.delete(routeId);
}

const hasCase = (state: PartitionState, { routeIds }: OrderState): boolean =>
  state.cases.size > 0 && routeIds.some((routeId) => casesOf(state, routeId).length > 0);

/**
 * What is to be kept from now on, once the journal has been read. A journal is read with no less than it was
 * written with: an order that its writer still had is then there, and one that its writer had to bring back
 * (`orderRevived`) may be there already.
 */
export function keepFrom(state: PartitionState, retention: Retention, atMs: number): void {
  state.retention = retention;
  const tooMany = state.closed.length - state.closedHead - retention.closedOrdersMax;
  for (let count = 0; count < tooMany; count += 1) forgetOldest(state, undefined, atMs);
}
