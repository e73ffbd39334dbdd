/**
 * Orders, routes, cases and holdings as they are written (in snapshots and in events that bring an order
 * back) and read again.
 */
import type { CaseState } from './case.ts';
import type { Holding, OrderState, RouteState } from './partition.ts';

/**
 * JSON drops `undefined`; `null` keeps each field's place, so equal states stay equal text after a restore.
 */
type Nullable<Item, Fields extends keyof Item> = Omit<Item, Fields> & {
  readonly [Field in Fields]: Item[Field] | null;
};
type OrderSince2 = 'aliases' | 'requestIds';
export type SavedOrder = Nullable<
  Omit<OrderState, 'notional' | OrderSince2>,
  'forcedVenue' | 'price' | 'pendingCancel' | 'code'
> & { readonly notional: string } & Partial<Pick<OrderState, OrderSince2>>;
export type SavedHolding = Omit<Holding, 'position'> & {
  readonly position: { readonly quantity: number; readonly cost: string; readonly realized: string };
};
type Since2 = 'held' | 'excused' | 'ending' | 'attemptsFrom';
export type SavedRoute = Omit<Nullable<RouteState, 'price' | 'outcome' | 'pendingReplace'>, Since2> &
  Partial<Pick<RouteState, Since2>>;
export type SavedCase = Nullable<CaseState, 'orderId' | 'proposal'>;

export function saveOrder(order: OrderState): SavedOrder {
  return {
    ...order,
    forcedVenue: order.forcedVenue ?? null,
    price: order.price ?? null,
    pendingCancel: order.pendingCancel ?? null,
    code: order.code ?? null,
    notional: String(order.notional),
  };
}

export function orderFrom(saved: SavedOrder): OrderState {
  return {
    ...saved,
    forcedVenue: saved.forcedVenue ?? undefined,
    price: saved.price ?? undefined,
    pendingCancel: saved.pendingCancel ?? undefined,
    code: saved.code ?? undefined,
    aliases: saved.aliases ?? [],
    requestIds: saved.requestIds ?? [],
    notional: BigInt(saved.notional),
  };
}

export function saveRoute(route: RouteState): SavedRoute {
  return {
    ...route,
    price: route.price ?? null,
    outcome: route.outcome ?? null,
    pendingReplace: route.pendingReplace ?? null,
  };
}

export function routeFrom(saved: SavedRoute): RouteState {
  return {
    ...saved,
    price: saved.price ?? undefined,
    outcome: saved.outcome ?? undefined,
    pendingReplace: saved.pendingReplace ?? undefined,
    attemptsFrom: saved.attemptsFrom ?? 0,
    held: saved.held ?? 0,
    excused: saved.excused ?? 0,
    ending: saved.ending ?? undefined,
  };
}

export function saveCase(open: CaseState): SavedCase {
  return { ...open, orderId: open.orderId ?? null, proposal: open.proposal ?? null };
}

export function caseFrom(saved: SavedCase): CaseState {
  return { ...saved, orderId: saved.orderId ?? undefined, proposal: saved.proposal ?? undefined };
}

export function saveHolding({ position: { quantity, cost, realized }, ...rest }: Holding): SavedHolding {
  return { ...rest, position: { quantity, cost: String(cost), realized: String(realized) } };
}

export function holdingFrom({ position: { quantity, cost, realized }, ...rest }: SavedHolding): Holding {
  return { ...rest, position: { quantity, cost: BigInt(cost), realized: BigInt(realized) } };
}
