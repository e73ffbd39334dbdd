/** What a partition has open, counted: before something that it needs is removed, and for operators. */
import { creditValue } from '@tidegate/core/market/conversion';
import { MONEY_SCALE, type Market } from '@tidegate/core/market/market';
import { bigPowerOfTen, divideRounded, trimBigDecimal } from '@tidegate/core/number/decimal';
import type { Moment } from '@tidegate/core/number/time';
import type { PartitionState } from '@tidegate/core/order/partition';
import type { Proposal } from '@tidegate/core/risk/risk';
import { limitStandings, previewOf } from '@tidegate/core/risk/standing';
import type { StopScope } from '@tidegate/core/order/stop.event';
import { openInScope, stopKey, type OpenInScope } from '@tidegate/core/risk/stops';
import type { StopsAnswer, ValuedOpen } from '@tidegate/wire/stops';
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

/** What is stopped, with what is still open in each; with a scope, what is open in it. */
export function stopsAnswer(
  state: PartitionState,
  market: Market,
  scope: StopScope | undefined,
  now: Moment,
): StopsAnswer {
  const openIn = (one: StopScope) => valuedOf(market, openInScope(state, one), now);
  if (scope === undefined)
    return { stops: [...state.stops.values()].map((stop) => ({ stop, open: openIn(stop.scope) })) };
  const open = openIn(scope);
  const stop = state.stops.get(stopKey(scope));
  return { stops: stop === undefined ? [] : [{ stop, open }], open };
}

function valuedOf(market: Market, open: OpenInScope, now: Moment): ValuedOpen {
  const { creditCurrency: currency } = market.firm;
  let value: bigint | undefined = 0n;
  for (const { instrument: id, lots } of open.byInstrument) {
    const instrument = market.instrument(id);
    const reference = market.book(id)?.referenceTwice(now.monoMs);
    const one =
      instrument === undefined || reference === undefined
        ? undefined
        : creditValue(market, instrument, lots, reference, now);
    value = value === undefined || one === undefined ? undefined : value + one;
  }
  if (value === undefined) return open;
  const cents = divideRounded(value, bigPowerOfTen(MONEY_SCALE - 2), 'up');
  return { ...open, value: `${trimBigDecimal(cents, 2)} ${currency}` };
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
