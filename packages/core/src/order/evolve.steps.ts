/**
 * Steps of `evolve` that several events share: how an order's counts, exposure and place among the resting
 * orders follow from its routes, and what contradicts them.
 */
import {
  holdingOf,
  isImmediate,
  pairKey,
  type OrderState,
  type PartitionState,
  type RouteState,
} from './partition.ts';
import type { VenueId } from '../market/quote.ts';
import { addResting, removeResting } from './resting.ts';

/** After each change of an order: its exposure, its place among the resting orders, its invariants. */
export function settle(state: PartitionState, order: OrderState, atMs: number): void {
  order.updatedAtMs = atMs;
  if (order.inFlight < 0 || order.openRoutes < 0 || order.unknownRoutes < 0 || order.filled < 0) {
    throw new Error(`order ${order.orderId} counts below zero`);
  }
  if (!order.exceeded && order.filled + order.inFlight > order.quantity) {
    throw new Error(`order ${order.orderId} has more filled and in flight than ordered`);
  }
  expose(state, order);
  state.ledger.meters?.reserve(state, order);
  const available = order.quantity - order.filled - order.inFlight;
  const rests =
    order.outcome === 'open' &&
    available > 0 &&
    order.pendingCancel === undefined &&
    order.forcedVenue === undefined &&
    !isImmediate(order);
  const price = rests ? (order.price as number) : 0;
  if (price === order.restingPrice) return;
  if (order.restingPrice > 0) removeResting(state.resting, order, order.restingPrice);
  order.restingPrice = price;
  if (price > 0) addResting(state.resting, order);
}

function expose(state: PartitionState, order: OrderState): void {
  let wanted = order.quantity;
  if (order.forcedVenue !== undefined && order.openRoutes > 0) {
    const pending = state.routes.get(order.routeIds.at(-1) as string)?.pendingReplace;
    wanted = Math.max(wanted, pending?.quantity ?? 0);
  }
  const exposure = order.outcome === 'open' ? Math.max(0, wanted - order.filled) : 0;
  if (exposure === order.exposure && order.inFlight === order.flight) return;
  const holding = holdingOf(state, order.account, order.instrument);
  if (order.side === 'buy') {
    holding.openBuy += exposure - order.exposure;
    holding.flightBuy += order.inFlight - order.flight;
  } else {
    holding.openSell += exposure - order.exposure;
    holding.flightSell += order.inFlight - order.flight;
  }
  order.exposure = exposure;
  order.flight = order.inFlight;
  state.holdings.set(pairKey(order.account, order.instrument), holding);
}

/** Ends a route that was open. */
export function endRoute(
  state: PartitionState,
  order: OrderState,
  route: RouteState,
  outcome: RouteState['outcome'],
): void {
  if (route.standing === 'unknown') order.unknownRoutes -= 1;
  order.openRoutes -= 1;
  order.inFlight -= leavesOfRoute(route);
  order.roundOpen = false;
  route.standing = 'closed';
  route.outcome = outcome;
  route.pendingReplace = undefined;
  state.unanswered.delete(route.routeId);
}

export function finish(
  state: PartitionState,
  order: OrderState,
  outcome: OrderState['outcome'],
  atMs: number,
): void {
  order.outcome = outcome;
  order.pendingCancel = undefined;
  state.open.delete(order.orderId);
  state.dayOrders.delete(order.orderId);
  state.cooling.delete(order.orderId);
  state.closed.push({ orderId: order.orderId, atMs });
}

/** The venue knows the route. What can rest there needs no further word; anything else must end soon. */
export function hear(state: PartitionState, order: OrderState, route: RouteState, atMs: number): void {
  if (route.standing === 'unknown') order.unknownRoutes -= 1;
  route.standing = 'acknowledged';
  const waits = route.pendingReplace !== undefined || order.pendingCancel !== undefined;
  if (isImmediate(route) || waits) {
    ask(state, route, atMs);
  } else {
    state.unanswered.delete(route.routeId);
    route.doubts = 0;
  }
}

/** Waits for the venue's word from now on; newest last. */
export function ask(state: PartitionState, route: RouteState, atMs: number): void {
  route.askedAtMs = atMs;
  state.unanswered.delete(route.routeId);
  state.unanswered.set(route.routeId, atMs);
}

export function leavesOfRoute(route: RouteState): number {
  return route.standing === 'closed' ? 0 : Math.max(0, route.quantity - route.filled);
}

export function orderOf(state: PartitionState, orderId: string): OrderState {
  const order = state.orders.get(orderId);
  if (order === undefined) throw new Error(`event of unknown order ${orderId}`);
  return order;
}

export function routeOf(
  state: PartitionState,
  event: { readonly routeId: string; readonly orderId: string },
): { readonly route: RouteState; readonly order: OrderState } {
  const route = state.routes.get(event.routeId);
  if (route === undefined) throw new Error(`event of unknown route ${event.routeId}`);
  return { route, order: orderOf(state, event.orderId) };
}

/** A venue closed a route with something left: it is left alone for a while. */
export function countRejection(order: OrderState, venue: VenueId, atMs: number): void {
  const known = order.rejections.find((rejection) => rejection.venue === venue);
  if (known === undefined) {
    order.rejections.push({ venue, atMs, count: 1 });
  } else {
    known.atMs = atMs;
    known.count += 1;
  }
}
