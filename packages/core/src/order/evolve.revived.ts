/** Folds an order in again that was forgotten: as it stood, with what is booked of it, among the closed. */
import { recall, remember } from './generations.ts';
import type { OrderRevived } from './order.ts';
import type { Execution, OrderState, PartitionState } from './partition.ts';
import { orderFrom, routeFrom, saveOrder, saveRoute, type SavedOrder, type SavedRoute } from './snapshot.ts';

interface Saved {
  readonly order: SavedOrder;
  readonly routes: readonly SavedRoute[];
  /** By their keys in the partition. */
  readonly executions: readonly (readonly [string, Execution])[];
}

/** A closed order of `state`, for an `orderRevived`. */
export function savedOrder(state: PartitionState, order: OrderState): string {
  const { young, old } = state.executions;
  const saved: Saved = {
    order: saveOrder(order),
    routes: order.routeIds.flatMap((id) => {
      const route = state.routes.get(id);
      return route === undefined ? [] : [saveRoute(route)];
    }),
    executions: [...old, ...young],
  };
  return JSON.stringify(saved);
}

export function revive(state: PartitionState, { orderId, saved }: OrderRevived, atMs: number): void {
  if (state.orders.has(orderId)) throw new Error(`order ${orderId} is not forgotten`);
  const { order, routes, executions } = JSON.parse(saved) as Saved;
  state.orders.set(orderId, orderFrom(order));
  for (const route of routes) state.routes.set(route.routeId, routeFrom(route));
  for (const [key, execution] of executions) {
    if (recall(state.executions, key) === undefined)
      remember(state.executions, key, execution, state.retention.executionsMax);
  }
  state.closed.push({ orderId, atMs });
}
