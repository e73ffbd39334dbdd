/** What a partition has open, counted: before something that it needs is removed, and for operators. */
import type { PartitionState } from '@tidegate/core/order/partition';
import type { PartitionUsage, TradingStateAnswer } from '@tidegate/wire/commands';

export function usageOf({ open, routes }: PartitionState): PartitionUsage {
  const orders = new Map<string, number>();
  const openRoutes = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { origin } of open.values()) count(orders, origin.client);
  for (const { venue, standing } of routes.values()) if (standing !== 'closed') count(openRoutes, venue);
  return { orders: [...orders], routes: [...openRoutes] };
}

/** While a halt's cancels are under way, also how many orders are left. */
export function tradingStateOf({ tradingState: state, isBehind, open }: PartitionState): TradingStateAnswer {
  return {
    state,
    ...(isBehind ? { isBehind } : {}),
    ...(state === 'halted' && open.size > 0 ? { openOrders: open.size } : {}),
  };
}
