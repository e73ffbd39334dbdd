/**
 * May I deal on this instrument now, on which side, and if not why: one function of what is known. The server
 * says what state the price is in; what it can't say (a frozen line, a quote that grows old here) is seen by
 * the page's own clock. Pure.
 */
import type { PriceState } from '@tidegate/core/market/quote';
import type { PriceView } from '@tidegate/wire/prices';
import type { TradingStateView } from '@tidegate/wire/rest';
import type { Scales } from './price.format.ts';
import type { HeldPrice } from './prices.state.ts';
import { sweep } from './sweep.ts';

export const marketStates = [
  'ready',
  'reduceOnly',
  'halted',
  'outOfHours',
  'crossed',
  'thin',
  'stale',
  'disconnected',
] as const;
export type MarketState = (typeof marketStates)[number];
export type Side = 'buy' | 'sell';

export interface MarketFacts {
  readonly isConnected: boolean;
  /** Nothing has come on the line for two pings. */
  readonly isSilent: boolean;
  /** Undefined: no price has come on this connection. */
  readonly held: HeldPrice | undefined;
  readonly tradingState: TradingStateView['state'];
  /** Signed position of the account that would deal, decimal text. */
  readonly position: string;
  /** In lots; 0 while what is typed is no size. */
  readonly lots: number;
}

export interface Market {
  readonly state: MarketState;
  /** Sides that may be dealt on. */
  readonly buy: boolean;
  readonly sell: boolean;
  /** UTC milliseconds of the price shown, for "as of"; 0 without one. */
  readonly asOfMs: number;
}

export const noMarket: Market = { state: 'disconnected', buy: false, sell: false, asOfMs: 0 };

const ofPrice: Readonly<Record<PriceState, MarketState>> = {
  live: 'ready',
  thin: 'thin',
  stale: 'stale',
  crossed: 'crossed',
  outOfHours: 'outOfHours',
};

export function marketOf(facts: MarketFacts, scales: Scales, nowMs: number): Market {
  const { held } = facts;
  const asOfMs = held?.price.receivedAtMs ?? 0;
  const closed = (state: MarketState): Market => ({ state, buy: false, sell: false, asOfMs });
  if (!facts.isConnected) return closed('disconnected');
  if (facts.tradingState === 'halted') return closed('halted');
  if (facts.isSilent || held === undefined) return closed('stale');
  const state = ofPrice[held.price.state];
  if (state !== 'ready') return closed(state);
  const isFresh = { buy: isFreshSide(held, 'buy', nowMs), sell: isFreshSide(held, 'sell', nowMs) };
  if (!isFresh.buy && !isFresh.sell) return closed('stale');
  const buy = isFresh.buy && holds(held.price, 'buy', facts.lots, scales);
  const sell = isFresh.sell && holds(held.price, 'sell', facts.lots, scales);
  if (facts.tradingState === 'reducing') {
    const side = reducingSide(facts.position);
    return { state: 'reduceOnly', buy: buy && side === 'buy', sell: sell && side === 'sell', asOfMs };
  }
  return { state: buy || sell ? 'ready' : 'thin', buy, sell, asOfMs };
}

/** Age now of the quote behind a level, ms. */
export function levelAgeMs(
  level: PriceView['bids'][number],
  held: Pick<HeldPrice, 'arrivedMs'>,
  nowMs: number,
): number {
  return Math.max(0, level[3] + (nowMs - held.arrivedMs));
}

function isFreshSide(held: HeldPrice, side: Side, nowMs: number): boolean {
  const { price } = held;
  const top = side === 'buy' ? price.asks[0] : price.bids[0];
  const limitMs = side === 'buy' ? price.askStaleAfterMs : price.bidStaleAfterMs;
  return top !== undefined && (limitMs === 0 || levelAgeMs(top, held, nowMs) <= limitMs);
}

function holds(price: PriceView, side: Side, lots: number, scales: Scales): boolean {
  if (lots === 0) return true;
  return sweep(side === 'buy' ? price.asks : price.bids, lots, side, scales).average !== null;
}

function reducingSide(position: string): Side | null {
  if (!/[1-9]/.test(position)) return null;
  return position.startsWith('-') ? 'buy' : 'sell';
}
