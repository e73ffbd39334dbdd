/** Why an order is asked about before it is sent, and why one can't be sent at all. Pure. */
import type { InstrumentView } from '@tidegate/wire/rest';
import type { MarketState } from '../prices/market.state.ts';
import { isFarThrough, wantsConfirmation, type OwnSizes } from '../prices/own.sizes.ts';
import { shortSize } from '../prices/price.format.ts';
import type { Size } from '../prices/size.ts';

export interface Intent {
  readonly instrument: InstrumentView;
  readonly side: 'buy' | 'sell';
  readonly size: Size & { readonly ok: true };
  /** Null: at market. */
  readonly limit: string | null;
  /** Best price of the side taken from, null without one. */
  readonly best: string | null;
}

/** Empty: it may be sent without asking. */
export function reasonsToAsk({ instrument, side, size, limit, best }: Intent, own: OwnSizes): string[] {
  const reasons: string[] = [];
  if (wantsConfirmation(size.lots, instrument, own)) {
    reasons.push(
      `${shortSize(size.text)} is above the ${shortSize(own.confirmAbove)} you want to be asked about`,
    );
  }
  if (limit !== null && isFarThrough(side, limit, best, instrument.priceScale)) {
    reasons.push(`${limit} is far through the market, which is at ${best ?? 'no price'}`);
  }
  return reasons;
}

export const intentText = ({ instrument, side, size, limit }: Intent): string =>
  `${side === 'buy' ? 'Buy' : 'Sell'} ${shortSize(size.text)} ${instrument.symbol} ` +
  (limit === null ? 'at market' : `@ ${limit}`);

const closedTicket: Readonly<Partial<Record<MarketState, string>>> = {
  disconnected: 'Not connected: nothing can be sent',
  halted: 'Trading is halted: only cancels pass',
  outOfHours: 'It does not trade at this hour',
  crossed: 'The providers contradict each other: nothing is dealt until they agree',
};

/** What closes the ticket; empty when it is open. `isAtOnce`: what is not dealt at once is not dealt. */
export function ticketClosed(mayTrade: boolean, market: MarketState, isAtOnce: boolean): string {
  if (!mayTrade) return 'You may look but not trade';
  if (market === 'stale' && isAtOnce) return 'No fresh quote: only orders that can wait are sent';
  return closedTicket[market] ?? '';
}
