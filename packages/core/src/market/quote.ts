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

export const priceStates = ['live', 'thin', 'stale', 'crossed', 'outOfHours'] as const;
export type PriceState = (typeof priceStates)[number];

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
  /** How much older each level's own quote is than the newest one in the image, ms; aligned with venues. */
  readonly bidLagsMs?: readonly number[];
  readonly askLagsMs?: readonly number[];
  /** How old the best level of a side may become before it is not traded on. */
  readonly bidStaleAfterMs?: number;
  readonly askStaleAfterMs?: number;
  /**
   * `thin`: one side has no level. Without any level: `stale`, no venue has a fresh quote; `crossed`, the
   * venues contradict each other beyond the limit; `outOfHours`, the instrument does not trade now. The last
   * top is kept in lastBid/lastAsk.
   */
  readonly state: PriceState;
  readonly lastBid: number | undefined;
  readonly lastAsk: number | undefined;
  /** Receipt of the newest quote in it. */
  readonly receivedAtMs: number;
  readonly receivedMonoMs: number;
}
