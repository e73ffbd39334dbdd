/**
 * The kill switch by scope: what is stopped, and whom a stop holds. A stop is a scope of one firm's orders
 * that is halted, or may only reduce, until a person releases it. Folded from events into the partition's
 * state; the firm as a whole has its trading state.
 */
import type { Side } from '../order/order.ts';
import type { OrderState, PartitionState } from '../order/partition.ts';
import type { StopKind, StopScope } from '../order/stop.event.ts';

export interface Stop {
  readonly scope: StopScope;
  readonly stop: StopKind;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  /** Orders that were open in the scope when it was set. */
  readonly orders: number;
}

/** Whose order it is, and where. `provider`: where it goes, if that is known. */
export type Stoppable = { readonly [Field in keyof Required<StopScope>]: string | undefined };

/** Of one firm at a time; who needs more halts the firm. */
export const STOPS_MAX = 1_000;

export const scopeFields = [
  'provider',
  'account',
  'trader',
  'session',
  'instrument',
] as const satisfies readonly (keyof StopScope)[];

export function stopKey(scope: StopScope): string {
  return scopeFields.map((field) => scope[field] ?? '').join('\u0000');
}

/** `account main, instrument EURUSD`: for people. */
export function scopeText(scope: StopScope): string {
  return scopeFields
    .flatMap((field) => (scope[field] === undefined ? [] : `${field} ${scope[field]}`))
    .join(', ');
}

/** All that the scope names is so. */
export function isWithin(scope: StopScope, one: Stoppable): boolean {
  for (const field of scopeFields)
    if (scope[field] !== undefined && scope[field] !== one[field]) return false;
  return true;
}

/** The gravest stop that holds it; halted before reducing. */
export function stopOn({ stops }: Pick<PartitionState, 'stops'>, one: Stoppable): Stop | undefined {
  let found: Stop | undefined;
  for (const stop of stops.values()) {
    if (!isWithin(stop.scope, one)) continue;
    if (stop.stop === 'halted') return stop;
    found ??= stop;
  }
  return found;
}

/** Somewhere only what reduces goes on: each route then changes what the next one may do. */
export function isReducing({ tradingState, stops }: PartitionState): boolean {
  if (tradingState === 'reducing') return true;
  for (const { stop } of stops.values()) if (stop === 'reducing') return true;
  return false;
}

/** An open order that a scope means: of a provider, one that is bound to it or has something open there. */
export function isOrderWithin(
  { routes }: Pick<PartitionState, 'routes'>,
  scope: StopScope,
  order: OrderState,
): boolean {
  const { account, trader, instrument, forcedVenue, origin } = order;
  const { provider, ...whose } = scope;
  if (!isWithin(whose, { account, trader, instrument, session: origin.client, provider: undefined }))
    return false;
  if (provider === undefined || forcedVenue === provider) return true;
  return order.routeIds.some((id) => {
    const route = routes.get(id);
    return route?.venue === provider && route.standing !== 'closed';
  });
}

/** What is open in a scope: before it is stopped what would be canceled, afterwards what is left. */
export interface OpenInScope {
  readonly orders: number;
  /** Of them, those whose cancel is on its way. */
  readonly canceling: number;
  readonly byInstrument: readonly OpenInInstrument[];
  /** What providers hold: open routes, and of them those of which nothing is known. */
  readonly byProvider: readonly OpenAtProvider[];
}

export interface OpenInInstrument {
  readonly instrument: string;
  readonly side: Side;
  readonly orders: number;
  /** Lots not filled. */
  readonly lots: number;
  readonly quantityScale: number;
}

export interface OpenAtProvider {
  readonly provider: string;
  readonly routes: number;
  readonly unknown: number;
}

export function openInScope(state: PartitionState, scope: StopScope): OpenInScope {
  const lines = new Map<string, { -readonly [Key in keyof OpenInInstrument]: OpenInInstrument[Key] }>();
  const providers = new Map<string, { -readonly [Key in keyof OpenAtProvider]: OpenAtProvider[Key] }>();
  let orders = 0;
  let canceling = 0;
  for (const order of state.open.values()) {
    if (!isOrderWithin(state, scope, order)) continue;
    orders += 1;
    if (order.pendingCancel !== undefined) canceling += 1;
    const { instrument, side, quantityScale } = order;
    const key = `${instrument} ${side} ${quantityScale}`;
    const line = lines.get(key) ?? { instrument, side, quantityScale, orders: 0, lots: 0 };
    lines.set(key, line);
    line.orders += 1;
    line.lots += Math.max(0, order.quantity - order.filled);
    for (const id of order.routeIds) {
      const route = state.routes.get(id);
      if (route === undefined || route.standing === 'closed') continue;
      const held = providers.get(route.venue) ?? { provider: route.venue, routes: 0, unknown: 0 };
      providers.set(route.venue, held);
      held.routes += 1;
      if (route.standing === 'unknown') held.unknown += 1;
    }
  }
  return { orders, canceling, byInstrument: [...lines.values()], byProvider: [...providers.values()] };
}
