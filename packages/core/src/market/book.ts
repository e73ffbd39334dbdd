/**
 * The raw book of one instrument: the latest image of each venue, and views over them. `pricing` aggregates
 * it for tiers, `desk` routes on it, `risk` takes its reference price from it. Replacing an image is O(1)
 * (with a spike limit, O(venues)); everything else is computed when asked, so a burst of quotes costs nothing
 * downstream.
 */
import type { Instrument } from './instrument.ts';
import { inspectImage, medianTwice, type QualityFlag, type QualityLimits } from './quality.ts';
import type { Levels, VenueId, VenueQuote } from './quote.ts';

export interface BookLimits extends QualityLimits {
  /**
   * The best bid may be over the best ask of another venue by so much of their mid, in basis points. Beyond
   * it somebody is wrong and nobody knows who: nothing is traded or shown. Absent: not checked.
   */
  readonly crossedBasisPoints?: number;
}

/** What the configuration says of a venue's quotes. */
export interface QuoteTerms {
  readonly enabled: boolean;
  /** An image older than this is not traded on or shown. */
  readonly staleAfterMs: number;
  /**
   * Information only (Bloomberg): a reference for risk checks and for the quality of others, never a level to
   * trade on or to show as tradable.
   */
  readonly indicative?: boolean;
}

/** A level of the aggregated book: one venue's quantity at one price. */
export interface BookLevel {
  readonly price: number;
  readonly quantity: number;
  readonly quote: VenueQuote;
}

/** The best levels of all venues, in the shape of a `TierPrice` before markup. */
export interface Aggregate {
  readonly bids: Levels;
  readonly asks: Levels;
  readonly bidVenues: readonly VenueId[];
  readonly askVenues: readonly VenueId[];
  /** Receipt of each level's own quote, monotonic, aligned with the venues. */
  readonly bidMonoMs: readonly number[];
  readonly askMonoMs: readonly number[];
  /** How old the best level of a side may become; 0 without one. */
  readonly bidStaleAfterMs: number;
  readonly askStaleAfterMs: number;
  /** The venues contradict each other beyond the limit: no levels. */
  readonly isCrossed: boolean;
  /** Receipt of the newest image in it; 0 when empty. */
  readonly receivedAtMs: number;
  readonly receivedMonoMs: number;
}

export interface Sweep {
  readonly levels: readonly BookLevel[];
  /** Less than asked for when the book is thin. */
  readonly quantity: number;
  /** Price of the last level needed; undefined when nothing is there. */
  readonly worstPrice: number | undefined;
  /** Sum of price × quantity, exact; divide by quantity for the average (VWAP). */
  readonly notional: bigint;
}

export const DEPTH_MAX = 10;
/** Without fresh quotes on both sides, images up to this age still give a reference price for risk checks. */
export const REFERENCE_AGE_MS_MAX = 60_000;
const OUTDATED: readonly QualityFlag[] = ['outdated'];
const UNKNOWN_VENUE: readonly QualityFlag[] = ['unknownVenue'];

interface Entry {
  quote: VenueQuote;
  flags: readonly QualityFlag[];
}

export class Book {
  readonly instrument: Instrument;
  readonly #entries = new Map<VenueId, Entry>();
  readonly #terms: (venue: VenueId) => QuoteTerms | undefined;
  readonly #limits: BookLimits;

  /** `terms` is asked at each use, so a changed configuration holds from the next decision on. */
  constructor(
    instrument: Instrument,
    terms: (venue: VenueId) => QuoteTerms | undefined,
    limits: BookLimits = {},
  ) {
    this.instrument = instrument;
    this.#terms = terms;
    this.#limits = limits;
  }

  /**
   * Replaces the venue's image. The flags say what is wrong with it: a flagged image replaces the good one
   * before it and stays out of every view, since its venue no longer stands behind the old one. `outdated`
   * and `unknownVenue` images are not kept.
   */
  replace(quote: VenueQuote): readonly QualityFlag[] {
    const entry = this.#entries.get(quote.venue);
    if (entry === undefined) {
      if (this.#terms(quote.venue) === undefined) return UNKNOWN_VENUE;
    } else if (
      quote.epoch < entry.quote.epoch ||
      (quote.epoch === entry.quote.epoch && quote.sequence <= entry.quote.sequence)
    ) {
      return OUTDATED;
    }
    const reference = this.#limits.spikeBasisPoints === undefined ? undefined : this.#medianOfOthers(quote);
    const flags = inspectImage(quote, this.#limits, reference);
    if (entry === undefined) {
      this.#entries.set(quote.venue, { quote, flags });
    } else {
      entry.quote = quote;
      entry.flags = flags;
    }
    return flags;
  }

  /** Forgets the venue's image: its session or subscription ended. */
  remove(venue: VenueId): void {
    this.#entries.delete(venue);
  }

  /** The venue's latest image, good or not. */
  quote(venue: VenueId): VenueQuote | undefined {
    return this.#entries.get(venue)?.quote;
  }

  flags(venue: VenueId): readonly QualityFlag[] | undefined {
    return this.#entries.get(venue)?.flags;
  }

  /** Images fit to trade on now: good, fresh, of enabled venues; none of a crossed book. */
  eligible(monoMs: number): VenueQuote[] {
    const quotes = this.#good(monoMs, undefined, false);
    return this.#isInverted(quotes) ? [] : quotes;
  }

  /** The venues contradict each other beyond the limit. */
  isCrossed(monoMs: number): boolean {
    return this.#isInverted(this.#good(monoMs, undefined, false));
  }

  /** Up to `depth` levels a side, best first, ties by larger quantity and then venue id. */
  aggregate(monoMs: number, depth: number = DEPTH_MAX): Aggregate {
    const good = this.#good(monoMs, undefined, false);
    const isCrossed = this.#isInverted(good);
    const quotes = isCrossed ? [] : good;
    let newest: VenueQuote | undefined;
    for (const quote of quotes) {
      const empty = quote.bids.length + quote.asks.length === 0;
      if (!empty && (newest === undefined || quote.receivedMonoMs > newest.receivedMonoMs)) newest = quote;
    }
    const bids: number[] = [];
    const asks: number[] = [];
    const bidVenues: VenueId[] = [];
    const askVenues: VenueId[] = [];
    const bidMonoMs: number[] = [];
    const askMonoMs: number[] = [];
    walkLevels(quotes, 'bids', (price, quantity, quote) => {
      bids.push(price, quantity);
      bidMonoMs.push(quote.receivedMonoMs);
      return bidVenues.push(quote.venue) < depth;
    });
    walkLevels(quotes, 'asks', (price, quantity, quote) => {
      asks.push(price, quantity);
      askMonoMs.push(quote.receivedMonoMs);
      return askVenues.push(quote.venue) < depth;
    });
    return {
      bids,
      asks,
      bidVenues,
      askVenues,
      bidMonoMs,
      askMonoMs,
      bidStaleAfterMs: this.#staleAfterMs(bidVenues[0]),
      askStaleAfterMs: this.#staleAfterMs(askVenues[0]),
      isCrossed,
      receivedAtMs: newest?.receivedAtMs ?? 0,
      receivedMonoMs: newest?.receivedMonoMs ?? 0,
    };
  }

  /** Best price of a side over all eligible venues. */
  best(side: 'bids' | 'asks', monoMs: number): number | undefined {
    return bestPrice(this.eligible(monoMs), side);
  }

  /** The levels that `quantity` lots would take from a side, best first. */
  sweep(side: 'bids' | 'asks', quantity: number, monoMs: number): Sweep {
    const levels: BookLevel[] = [];
    let left = quantity;
    let notional = 0n;
    walkLevels(this.eligible(monoMs), side, (price, available, quote) => {
      const taken = Math.min(left, available);
      if (taken <= 0) return false;
      levels.push({ price, quantity: taken, quote });
      notional += BigInt(price) * BigInt(taken);
      left -= taken;
      return left > 0;
    });
    return { levels, quantity: quantity - left, worstPrice: levels.at(-1)?.price, notional };
  }

  /**
   * Twice the reference mid in points (no half points in integers): of the eligible top of book, else of
   * fresh indicative images, else of any good image up to `REFERENCE_AGE_MS_MAX` old. Undefined when there is
   * no two-sided price.
   */
  referenceTwice(monoMs: number): number | undefined {
    return (
      midTwice(this.eligible(monoMs)) ??
      midTwice(this.#good(monoMs, undefined, true)) ??
      midTwice(this.#good(monoMs, REFERENCE_AGE_MS_MAX, true))
    );
  }

  #staleAfterMs(venue: VenueId | undefined): number {
    return venue === undefined ? 0 : (this.#terms(venue)?.staleAfterMs ?? 0);
  }

  #isInverted(quotes: readonly VenueQuote[]): boolean {
    const limit = this.#limits.crossedBasisPoints;
    if (limit === undefined || quotes.length < 2) return false;
    const bid = bestPrice(quotes, 'bids');
    const ask = bestPrice(quotes, 'asks');
    return bid !== undefined && ask !== undefined && 20_000 * (bid - ask) > limit * (bid + ask);
  }

  #good(monoMs: number, ageMsMax: number | undefined, withIndicative: boolean): VenueQuote[] {
    const quotes: VenueQuote[] = [];
    for (const [venue, { quote, flags }] of this.#entries) {
      if (flags.length > 0) continue;
      const terms = this.#terms(venue);
      if (terms === undefined || !terms.enabled) continue;
      if (terms.indicative === true && !withIndicative) continue;
      if (monoMs - quote.receivedMonoMs <= (ageMsMax ?? terms.staleAfterMs)) quotes.push(quote);
    }
    return quotes;
  }

  /**
   * Twice the median of the other venues' mids. Flagged images count as well, so that when the whole market
   * jumps the first venue to move is held back only until a second one confirms it.
   */
  #medianOfOthers(quote: VenueQuote): number | undefined {
    const mids: number[] = [];
    for (const [venue, entry] of this.#entries) {
      if (venue === quote.venue) continue;
      const terms = this.#terms(venue);
      if (terms === undefined || !terms.enabled) continue;
      if (quote.receivedMonoMs - entry.quote.receivedMonoMs > terms.staleAfterMs) continue;
      const bid = entry.quote.bids[0];
      const ask = entry.quote.asks[0];
      if (bid !== undefined && ask !== undefined && bid > 0 && ask > 0) mids.push(bid + ask);
    }
    return medianTwice(mids);
  }
}

/**
 * Visits the levels of a side of several images, best price first; ties by larger quantity, then by venue id.
 * Stops when `visit` returns false. A k-way merge: each image is sorted already (quality sees to it).
 */
export function walkLevels(
  quotes: readonly VenueQuote[],
  side: 'bids' | 'asks',
  visit: (price: number, quantity: number, quote: VenueQuote) => boolean,
): void {
  const direction = side === 'asks' ? 1 : -1;
  const cursors = new Array<number>(quotes.length).fill(0);
  for (;;) {
    let best = -1;
    let bestLevelPrice = 0;
    let bestQuantity = 0;
    for (let at = 0; at < quotes.length; at += 1) {
      const levels = (quotes[at] as VenueQuote)[side];
      const cursor = cursors[at] as number;
      if (cursor >= levels.length) continue;
      const price = levels[cursor] as number;
      const quantity = levels[cursor + 1] as number;
      const distance = best < 0 ? -1 : (price - bestLevelPrice) * direction;
      const wins =
        distance < 0 ||
        (distance === 0 &&
          (quantity > bestQuantity ||
            (quantity === bestQuantity &&
              (quotes[at] as VenueQuote).venue < (quotes[best] as VenueQuote).venue)));
      if (!wins) continue;
      best = at;
      bestLevelPrice = price;
      bestQuantity = quantity;
    }
    if (best < 0) return;
    cursors[best] = (cursors[best] as number) + 2;
    if (!visit(bestLevelPrice, bestQuantity, quotes[best] as VenueQuote)) return;
  }
}

export function bestPrice(quotes: readonly VenueQuote[], side: 'bids' | 'asks'): number | undefined {
  let best: number | undefined;
  for (const quote of quotes) {
    const price = quote[side][0];
    if (price === undefined) continue;
    if (best === undefined || (side === 'asks' ? price < best : price > best)) best = price;
  }
  return best;
}

function midTwice(quotes: readonly VenueQuote[]): number | undefined {
  const bid = bestPrice(quotes, 'bids');
  const ask = bestPrice(quotes, 'asks');
  return bid === undefined || ask === undefined ? undefined : bid + ask;
}
