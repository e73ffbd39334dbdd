/**
 * What a tier of clients is shown: the aggregated book with the tier's markup taken off, once per dirty
 * instrument and tier (`services/pricing`).
 */
import type { Aggregate } from '../market/book.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Levels, PriceState, TierId, TierPrice } from '../market/quote.ts';

export interface TierTerms {
  readonly tier: TierId;
  /** Points per side taken from the price against the client. */
  readonly markupPoints: number;
  /** Levels shown per side, 1–10. */
  readonly depth: number;
  /** The instrument trades now. */
  readonly isOpen: boolean;
}

/**
 * The next image of a tier. Without any level to trade on, its state says why and the last top is kept. Bids
 * that markup would push to zero or below are left out.
 */
export function tierPrice(
  instrument: InstrumentId,
  aggregate: Aggregate,
  terms: TierTerms,
  previous: TierPrice | undefined,
): TierPrice {
  const { tier, markupPoints, isOpen } = terms;
  const depth = isOpen ? terms.depth : 0;
  const bids = marked(aggregate.bids, -markupPoints, depth);
  const asks = marked(aggregate.asks, markupPoints, depth);
  const isEmpty = bids.length + asks.length === 0;
  const lags = (monoMs: readonly number[], levels: readonly number[]): number[] =>
    monoMs.slice(0, levels.length / 2).map((at) => Math.round(aggregate.receivedMonoMs - at));
  return {
    tier,
    instrument,
    sequence: (previous?.sequence ?? 0) + 1,
    bids,
    asks,
    bidVenues: aggregate.bidVenues.slice(0, bids.length / 2),
    askVenues: aggregate.askVenues.slice(0, asks.length / 2),
    bidLagsMs: lags(aggregate.bidMonoMs, bids),
    askLagsMs: lags(aggregate.askMonoMs, asks),
    bidStaleAfterMs: aggregate.bidStaleAfterMs,
    askStaleAfterMs: aggregate.askStaleAfterMs,
    state: stateOf(aggregate, isOpen, bids, asks),
    lastBid: bids[0] ?? previous?.lastBid,
    lastAsk: asks[0] ?? previous?.lastAsk,
    receivedAtMs: isEmpty ? (previous?.receivedAtMs ?? 0) : aggregate.receivedAtMs,
    receivedMonoMs: isEmpty ? (previous?.receivedMonoMs ?? 0) : aggregate.receivedMonoMs,
  };
}

function stateOf({ isCrossed }: Aggregate, isOpen: boolean, bids: Levels, asks: Levels): PriceState {
  if (!isOpen) return 'outOfHours';
  if (isCrossed) return 'crossed';
  if (bids.length + asks.length === 0) return 'stale';
  return bids.length === 0 || asks.length === 0 ? 'thin' : 'live';
}

/**
 * By how much the quotes of an image that shows the same are newer, ms: the most that any level has gained.
 */
export function newerByMs(image: TierPrice, previous: TierPrice): number {
  const gained = image.receivedMonoMs - previous.receivedMonoMs;
  let most = gained;
  for (const side of ['bidLagsMs', 'askLagsMs'] as const) {
    const [now = [], before = []] = [image[side], previous[side]];
    for (let at = 0; at < now.length; at += 1) {
      most = Math.max(most, gained - (now[at] as number) + (before[at] ?? 0));
    }
  }
  return most;
}

/** Whether two images show the same: nothing to send. Sequence and receive time do not count. */
export function sameImage(left: TierPrice, right: TierPrice): boolean {
  return (
    left.state === right.state &&
    same(left.bids, right.bids) &&
    same(left.asks, right.asks) &&
    same(left.bidVenues, right.bidVenues) &&
    same(left.askVenues, right.askVenues)
  );
}

function marked(levels: Levels, points: number, depth: number): number[] {
  const shown: number[] = [];
  for (let at = 0; at < levels.length && at < 2 * depth; at += 2) {
    const price = (levels[at] as number) + points;
    if (price <= 0) break;
    shown.push(price, levels[at + 1] as number);
  }
  return shown;
}

function same(left: readonly (number | string)[], right: readonly (number | string)[]): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}
