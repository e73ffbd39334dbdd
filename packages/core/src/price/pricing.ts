/**
 * What a tier of clients is shown: the aggregated book with the tier's markup taken off, once per dirty
 * instrument and tier (`services/pricing`).
 */
import type { Aggregate } from '../market/book.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Levels, TierId, TierPrice } from '../market/quote.ts';

export interface TierTerms {
  readonly tier: TierId;
  /** Points per side taken from the price against the client. */
  readonly markupPoints: number;
  /** Levels shown per side, 1–10. */
  readonly depth: number;
}

/**
 * The next image of a tier. Without any eligible level it is `stale`: no levels, the last top kept. Bids that
 * markup would push to zero or below are left out.
 */
export function tierPrice(
  instrument: InstrumentId,
  aggregate: Aggregate,
  terms: TierTerms,
  previous: TierPrice | undefined,
): TierPrice {
  const { tier, markupPoints, depth } = terms;
  const bids = marked(aggregate.bids, -markupPoints, depth);
  const asks = marked(aggregate.asks, markupPoints, depth);
  const stale = bids.length + asks.length === 0;
  return {
    tier,
    instrument,
    sequence: (previous?.sequence ?? 0) + 1,
    bids,
    asks,
    bidVenues: aggregate.bidVenues.slice(0, bids.length / 2),
    askVenues: aggregate.askVenues.slice(0, asks.length / 2),
    state: stale ? 'stale' : 'live',
    lastBid: bids[0] ?? previous?.lastBid,
    lastAsk: asks[0] ?? previous?.lastAsk,
    receivedAtMs: stale ? (previous?.receivedAtMs ?? 0) : aggregate.receivedAtMs,
    receivedMonoMs: stale ? (previous?.receivedMonoMs ?? 0) : aggregate.receivedMonoMs,
  };
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
