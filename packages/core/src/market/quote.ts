/**
 * Images on the journey of a price: what one venue quotes (`VenueQuote`), and what a tier of clients is shown
 * (`TierPrice`). Both are complete images, so loss and conflation are harmless. Immutable once published.
 */
import type { InstrumentId } from './instrument.ts';

export type VenueId = string;
export type TierId = string;

/** Price levels, best first, flat: [price, quantity, price, quantity, …] in points and lots. */
export type Levels = readonly number[];

export interface VenueQuote {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** Grows each time the venue's session or subscription starts again. */
  readonly epoch: number;
  /** Grows by one with each image in an epoch. */
  readonly sequence: number;
  readonly bids: Levels;
  readonly asks: Levels;
  /** UTC milliseconds at receipt in the gateway, for records. */
  readonly receivedAtMs: number;
  /** Monotonic milliseconds at receipt, on the host's clock, for ages. */
  readonly receivedMonoMs: number;
}

/** What a quote is called in decisions and records: `venue:epoch:sequence`. */
export function quoteId(quote: VenueQuote): string {
  return `${quote.venue}:${quote.epoch}:${quote.sequence}`;
}

/** An aggregated, marked-up image for one tier. */
export interface TierPrice {
  readonly tier: TierId;
  readonly instrument: InstrumentId;
  readonly sequence: number;
  readonly bids: Levels;
  readonly asks: Levels;
  /** Source venue per level, aligned with bids and asks (index = level). */
  readonly bidVenues: readonly VenueId[];
  readonly askVenues: readonly VenueId[];
  /**
   * `stale`: no venue has a fresh quote; levels are then empty and the last top is kept in lastBid/lastAsk.
   */
  readonly state: 'live' | 'stale';
  readonly lastBid: number | undefined;
  readonly lastAsk: number | undefined;
  /** Receipt of the newest quote in it. */
  readonly receivedAtMs: number;
  readonly receivedMonoMs: number;
}
