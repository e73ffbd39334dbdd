/**
 * What a tier of clients is shown: the aggregated book with the tier's markup taken off, once per dirty
 * instrument and tier (`services/pricing`). And the difference between two images, for FIX incremental
 * refresh (X) and screens.
 */
import type { Aggregate } from './book.ts';
import type { InstrumentId } from './instrument.ts';
import type { Levels, TierId, TierPrice, VenueId } from './quote.ts';

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

/** One side of an image: flat levels and the venue of each. */
export interface SideImage {
  readonly levels: Levels;
  readonly venues: readonly VenueId[];
}

export interface LevelChange {
  /** FIX MDUpdateAction(279): 0, 1, 2. */
  readonly action: 'new' | 'change' | 'delete';
  readonly price: number;
  /** 0 for `delete`. */
  readonly quantity: number;
  readonly venue: VenueId;
}

/**
 * Identity of a level within a side: a venue has at most one level at a price. MDEntryID(278) is made of it.
 */
export function levelId(price: number, venue: VenueId): string {
  return `${venue}:${price}`;
}

/**
 * What turns `previous` into `next`: deletes first, then changes and new levels, best first. A level is the
 * same level when venue and price are. Sides have at most ten levels, so comparing all pairs beats building
 * an index.
 */
export function diffLevels(previous: SideImage, next: SideImage): LevelChange[] {
  const changes: LevelChange[] = [];
  for (let at = 0; at < previous.venues.length; at += 1) {
    const price = previous.levels[2 * at] as number;
    const venue = previous.venues[at] as VenueId;
    if (indexOfLevel(next, price, venue) < 0) changes.push({ action: 'delete', price, quantity: 0, venue });
  }
  for (let at = 0; at < next.venues.length; at += 1) {
    const price = next.levels[2 * at] as number;
    const quantity = next.levels[2 * at + 1] as number;
    const venue = next.venues[at] as VenueId;
    const before = indexOfLevel(previous, price, venue);
    if (before < 0) changes.push({ action: 'new', price, quantity, venue });
    else if (previous.levels[2 * before + 1] !== quantity) {
      changes.push({ action: 'change', price, quantity, venue });
    }
  }
  return changes;
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

function indexOfLevel(side: SideImage, price: number, venue: VenueId): number {
  for (let at = 0; at < side.venues.length; at += 1) {
    if (side.levels[2 * at] === price && side.venues[at] === venue) return at;
  }
  return -1;
}

function same(left: readonly (number | string)[], right: readonly (number | string)[]): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}
