/** Folds in what cases and corrections of trades do to routes, orders and positions. Part of `evolve`. */
import { numberOf } from './numbering.ts';
import { multiply } from '../number/decimal.ts';
import { parseCaseId } from '../number/ids.ts';
import type { CaseOpened, CaseResolved, CaseState } from './case.ts';
import { ask, countRejection, endRoute, finish, leavesOfRoute, routeOf, settle } from './evolve.steps.ts';
import type { RouteFilled, RouteReduced, TradeBusted, TradeCorrected } from './order.ts';
import {
  CASES_MAX,
  dropCase,
  keepCase,
  type Execution,
  type OrderState,
  type PartitionState,
  type RouteState,
} from './partition.ts';
import { bookTrade } from './evolve.trades.ts';

export function openCase(state: PartitionState, event: CaseOpened, atMs: number): void {
  const number = parseCaseId(event.caseId)?.number;
  if (number !== state.caseCount + 1) throw new Error(`case ${event.caseId} after ${state.caseCount}`);
  state.caseCount = number;
  const { caseId, kind, venue, routeId, orderId, proposal } = event;
  const counted = event.counted === undefined ? {} : { counted: event.counted };
  const held = event.held ?? 0;
  if (held > 0) {
    const { route, order } = routeOf(state, { routeId, orderId: orderId as string });
    route.held += held;
    settle(state, order, atMs);
  }
  if (state.cases.size >= CASES_MAX && held === 0 && event.isBooked !== true) return;
  keepCase(state, { caseId, kind, venue, routeId, orderId, proposal, held, ...counted });
}

export function resolveCase(state: PartitionState, event: CaseResolved, atMs: number): void {
  const open = state.cases.get(event.caseId);
  if (open === undefined) throw new Error(`case ${event.caseId} is not open`);
  dropCase(state, open);
  const route = state.routes.get(open.routeId);
  const order = route === undefined ? undefined : state.orders.get(route.orderId);
  if (route === undefined || order === undefined) return;
  route.held -= open.held;
  // What the venue counts and a person says was never done is not asked about again.
  if (event.action === 'dismissed')
    route.excused += open.kind === 'MISSING_FILLS' ? missingOf(open, route) : open.held;
  settle(state, order, atMs);
}

/** Lots that a case of missing fills is still about: fills that came since then are not missing any more. */
export function missingOf({ proposal, counted }: CaseState, route: RouteState): number {
  if (counted !== undefined) return Math.max(0, counted - route.filled - route.held - route.excused);
  return proposal?.action === 'fill' ? proposal.quantity : 0;
}

/** Its place in the queue of questions is kept: what is not accounted for is asked about again. */
export function reduceRoute(state: PartitionState, event: RouteReduced, atMs: number): void {
  const { route, order } = routeOf(state, event);
  if (route.standing === 'closed') throw new Error(`closed route ${route.routeId} reduced`);
  const before = leavesOfRoute(route);
  if (route.standing !== 'unknown') order.unknownRoutes += 1;
  route.standing = 'unknown';
  route.doubts += 1;
  route.quantity = event.quantity;
  route.pendingReplace = undefined;
  if (route.ending === undefined) countRejection(order, route.venue, atMs);
  route.ending = { outcome: event.outcome, text: event.text };
  order.inFlight += leavesOfRoute(route) - before;
  order.roundOpen = false;
  if (order.filled + order.inFlight > order.quantity) order.exceeded = true;
  ask(state, route, atMs);
  settle(state, order, atMs);
}

/** What is booked under an ExecID, so that the same again is known and a correction finds it. */
export function countExecution(state: PartitionState, event: RouteFilled): void {
  const { routeId, quantity, venuePrice, clientPrice } = event;
  keepExecution(state, event, { routeId, sequence: numberOf(state), quantity, venuePrice, clientPrice });
}

export function bustTrade(state: PartitionState, event: TradeBusted, atMs: number): void {
  const { route, order } = routeOf(state, event);
  const { quantity, clientPrice, routeId, refSequence: sequence } = event;
  reverse(state, route, order, quantity, clientPrice, atMs);
  keepExecution(state, event, { routeId, sequence, quantity: 0, venuePrice: 0, clientPrice: 0 });
  recount(state, route, order, atMs);
}

export function correctTrade(state: PartitionState, event: TradeCorrected, atMs: number): void {
  const { route, order } = routeOf(state, event);
  const { routeId, refSequence: sequence, quantity, venuePrice, clientPrice } = event;
  reverse(state, route, order, event.quantityBefore, event.clientPriceBefore, atMs);
  order.notional += multiply(clientPrice, quantity);
  order.filled += quantity;
  const before = leavesOfRoute(route);
  route.filled += quantity;
  if (route.standing !== 'closed') route.quantity += quantity;
  order.inFlight += leavesOfRoute(route) - before;
  bookTrade(state, order, { ...event, side: order.side, atMs });
  keepExecution(state, event, { routeId, sequence, quantity, venuePrice, clientPrice });
  recount(state, route, order, atMs);
}

function reverse(
  state: PartitionState,
  route: RouteState,
  order: OrderState,
  quantity: number,
  clientPrice: number,
  atMs: number,
): void {
  const before = leavesOfRoute(route);
  order.filled -= quantity;
  order.notional -= multiply(clientPrice, quantity);
  route.filled -= quantity;
  // An open route's venue owes no more for it: what it took back is free again.
  if (route.standing !== 'closed') route.quantity -= quantity;
  order.inFlight += leavesOfRoute(route) - before;
  const side = order.side === 'buy' ? 'sell' : 'buy';
  bookTrade(state, order, { venue: route.venue, side, quantity, clientPrice, atMs });
}

/** A closed order stays closed, whatever is taken back; an open one may have become full. */
function recount(state: PartitionState, route: RouteState, order: OrderState, atMs: number): void {
  if (order.filled + order.inFlight > order.quantity) order.exceeded = true;
  if (route.standing !== 'closed' && route.filled >= route.quantity) endRoute(state, order, route, 'filled');
  if (order.outcome === 'filled' && order.filled < order.quantity) {
    order.outcome = 'canceled';
    order.text = 'a fill was taken back after the order had ended';
  } else if (order.outcome === 'open' && order.filled >= order.quantity) {
    finish(state, order, 'filled', atMs);
  }
  settle(state, order, atMs);
}

function keepExecution(
  state: PartitionState,
  { routeId, venueExecId }: { readonly routeId: string; readonly venueExecId: string },
  execution: Execution,
): void {
  const booked = state.executions.get(routeId);
  if (booked === undefined) {
    state.executions.set(routeId, new Map([[venueExecId, execution]]));
    return;
  }
  booked.set(venueExecId, execution);
  if (booked.size <= state.retention.executionsMax) return;
  const [oldest] = booked.keys();
  booked.delete(oldest as string);
}
