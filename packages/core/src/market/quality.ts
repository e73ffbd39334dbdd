/**
 * Is an image fit to trade on? `inspectImage` is called for each quote on its way into a book; an image with
 * any flag stays out of aggregation and is counted. `FeedTracker` turns flags and silence into the state of
 * one venue's feed of one instrument and says when it changed (monitor and system events).
 */
import type { InstrumentId } from './instrument.ts';
import type { Levels, VenueId, VenueQuote } from './quote.ts';

export type QualityFlag =
  /** Not pairs of safe integers, or more levels than `LEVELS_MAX`. */
  | 'malformed'
  | 'nonPositivePrice'
  | 'zeroQuantity'
  /** Bids not strictly falling or asks not strictly rising. */
  | 'unsorted'
  /** The venue's own bid is over its own ask. Equal is a choice price and fine. */
  | 'crossed'
  /** Its mid is too far from what the other venues say. */
  | 'spike'
  /** Its own spread is too wide. */
  | 'wide'
  /** Older than the image in the book: ignored. */
  | 'outdated'
  /** No configuration for this venue: ignored. */
  | 'unknownVenue';

export interface QualityLimits {
  /**
   * Distance of a venue's mid from the median of the other venues' mids, in basis points. Absent: not
   * checked.
   */
  readonly spikeBasisPoints?: number;
  /** A venue's own spread, in basis points of its mid. Absent: not checked. */
  readonly wideBasisPoints?: number;
}

export const LEVELS_MAX = 50;
const NO_FLAGS: readonly QualityFlag[] = [];

/**
 * Flags of an image, none when it is good. `referenceTwice` is twice the mid to compare with (integers have
 * no half points); undefined when nobody else quotes, then no spike is seen.
 */
export function inspectImage(
  quote: VenueQuote,
  limits: QualityLimits,
  referenceTwice: number | undefined,
): readonly QualityFlag[] {
  const flags: QualityFlag[] = [];
  inspectSide(quote.bids, -1, flags);
  inspectSide(quote.asks, 1, flags);
  const bid = quote.bids[0];
  const ask = quote.asks[0];
  if (flags.length === 0 && bid !== undefined && ask !== undefined) {
    const midTwice = bid + ask;
    if (bid > ask) flags.push('crossed');
    if (limits.wideBasisPoints !== undefined && 20_000 * (ask - bid) > limits.wideBasisPoints * midTwice) {
      flags.push('wide');
    }
    if (
      limits.spikeBasisPoints !== undefined &&
      referenceTwice !== undefined &&
      10_000 * Math.abs(midTwice - referenceTwice) > limits.spikeBasisPoints * referenceTwice
    ) {
      flags.push('spike');
    }
  }
  return flags.length === 0 ? NO_FLAGS : flags;
}

/**
 * Of twice the mids of others, which it sorts; undefined without any. Of two in the middle their mean: a
 * jump is not traded on before more than half of them confirm it. With `ownTwice` the one nearer to that: of
 * two others one may be far off, and that is no fault of a third.
 */
export function medianTwice(mids: number[], ownTwice?: number): number | undefined {
  if (mids.length === 0) return undefined;
  mids.sort((left, right) => left - right);
  const middle = mids.length >> 1;
  const upper = mids[middle] as number;
  if (mids.length % 2 === 1) return upper;
  const lower = mids[middle - 1] as number;
  if (ownTwice === undefined) return (lower + upper) / 2;
  return Math.abs(ownTwice - lower) < Math.abs(ownTwice - upper) ? lower : upper;
}

function inspectSide(levels: Levels, direction: 1 | -1, flags: QualityFlag[]): void {
  if (levels.length % 2 !== 0 || levels.length > 2 * LEVELS_MAX) {
    add(flags, 'malformed');
    return;
  }
  for (let at = 0; at < levels.length; at += 2) {
    const price = levels[at] as number;
    const quantity = levels[at + 1] as number;
    if (!Number.isSafeInteger(price) || !Number.isSafeInteger(quantity)) add(flags, 'malformed');
    if (price <= 0) add(flags, 'nonPositivePrice');
    if (quantity <= 0) add(flags, 'zeroQuantity');
    if (at > 0 && (price - (levels[at - 2] as number)) * direction <= 0) add(flags, 'unsorted');
  }
}

function add(flags: QualityFlag[], flag: QualityFlag): void {
  if (!flags.includes(flag)) flags.push(flag);
}

export type FeedState = 'silent' | 'live' | 'stale' | 'bad';

export interface FeedTransition {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly from: FeedState;
  readonly to: FeedState;
  /** Monotonic milliseconds at which it was seen. */
  readonly atMonoMs: number;
  /** Why it is bad; empty otherwise. */
  readonly flags: readonly QualityFlag[];
}

/** State of one venue's feed of one instrument. `silent` until its first image. */
export class FeedTracker {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  #state: FeedState = 'silent';
  #lastMonoMs = 0;

  constructor(venue: VenueId, instrument: InstrumentId) {
    this.venue = venue;
    this.instrument = instrument;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Monotonic receive time of the newest image; 0 while silent. */
  get lastMonoMs(): number {
    return this.#lastMonoMs;
  }

  /** An image arrived and was inspected. */
  observe(receivedMonoMs: number, flags: readonly QualityFlag[]): FeedTransition | undefined {
    if (flags.includes('outdated')) return undefined;
    this.#lastMonoMs = receivedMonoMs;
    return this.#become(flags.length === 0 ? 'live' : 'bad', receivedMonoMs, flags);
  }

  /**
   * Time passed. A silent feed stays silent; a bad one becomes stale too, since it no longer says anything.
   */
  tick(monoMs: number, staleAfterMs: number): FeedTransition | undefined {
    if (this.#state === 'silent' || monoMs - this.#lastMonoMs <= staleAfterMs) return undefined;
    return this.#become('stale', monoMs, NO_FLAGS);
  }

  #become(to: FeedState, atMonoMs: number, flags: readonly QualityFlag[]): FeedTransition | undefined {
    const from = this.#state;
    if (from === to) return undefined;
    this.#state = to;
    return { venue: this.venue, instrument: this.instrument, from, to, atMonoMs, flags };
  }
}
