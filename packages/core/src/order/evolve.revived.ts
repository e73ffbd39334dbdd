/** Folds an order in again that was forgotten: as it stood, with what is booked of it, among the closed. */
import type { OrderRevived } from './order.ts';
import { pairKey, type Execution, type OrderState, type PartitionState } from './partition.ts';
import { orderFrom, routeFrom, saveOrder, saveRoute, type SavedOrder, type SavedRoute } from './saved.ts';

interface Saved {
  readonly order: SavedOrder;
  readonly routes: readonly SavedRoute[];
  /** By routeId + NUL + ExecID. */
  readonly executions: readonly (readonly [string, Execution])[];
}

/** A closed order of `state`, for an `orderRevived`. */
export function savedOrder(state: PartitionState, order: OrderState): string {
  const saved: Saved = {
    order: saveOrder(order),
    routes: order.routeIds.flatMap((id) => {
      const route = state.routes.get(id);
      return route === undefined ? [] : [saveRoute(route)];
    }),
    executions: order.routeIds.flatMap((id) =>
      [...(state.executions.get(id) ?? [])].map(
        ([execId, execution]) => [pairKey(id, execId), execution] as const,
      ),
    ),
  };
  return JSON.stringify(saved);
}

export function revive(state: PartitionState, { orderId, saved }: OrderRevived, atMs: number): void {
  if (state.orders.has(orderId)) return stay(state, orderId, atMs);
  const { order: savedOne, routes, executions } = JSON.parse(saved) as Saved;
  const order = orderFrom(savedOne);
  state.orders.set(orderId, order);
  for (const id of [...order.clOrdIds, ...order.aliases]) {
    const name = pairKey(order.origin.client, id);
    // A name that was used again, days later, is the other order's.
    if (!state.named.has(name)) state.named.set(name, orderId);
  }
  for (const name of order.requestIds) if (!state.requested.has(name)) state.requested.set(name, orderId);
  for (const route of routes) state.routes.set(route.routeId, routeFrom(route));
  for (const [key, execution] of executions) {
    const { routeId } = execution;
    const booked = state.executions.get(routeId) ?? new Map<string, Execution>();
    booked.set(key.slice(routeId.length + 1), execution);
    state.executions.set(routeId, booked);
  }
  state.closed.push({ orderId, atMs });
}

/** Read with more memory than it was written with: here it is not forgotten, and stays as long from now. */
function stay(state: PartitionState, orderId: string, atMs: number): void {
  const at = state.closed.findIndex((one, index) => index >= state.closedHead && one.orderId === orderId);
  if (at < 0) throw new Error(`order ${orderId} is revived and not closed`);
  state.closed.splice(at, 1);
  state.closed.push({ orderId, atMs });
}
