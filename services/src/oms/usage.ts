/** What a partition has open, counted: before something that it needs is removed, and for operators. */
import type { Market } from '@tidegate/core/market/market';
import type { Moment } from '@tidegate/core/number/time';
import type { PartitionState } from '@tidegate/core/order/partition';
import type { Proposal } from '@tidegate/core/risk/risk';
import { limitStandings, previewOf } from '@tidegate/core/risk/standing';
import type { PartitionUsage, TradingStateAnswer } from '@tidegate/wire/commands';
import type { RiskAnswer } from '@tidegate/wire/risk';

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

/** How limits stand; with an order, those that apply to it, and what it would do to them. */
export function riskAnswer(
  state: PartitionState,
  market: Market,
  proposal: Proposal | undefined,
  now: Moment,
): RiskAnswer {
  if (proposal === undefined) return { standings: limitStandings(state, market, now) };
  return { standings: previewOf(state, market, proposal, now) };
}
