/** A tier's price as REST and the stream show it: decimal text. */
import { priceStates } from '@tidegate/core/market/quote';
import { z } from 'zod';

/**
 * [price, quantity, source venue, age of its own quote in ms when this was written], best first. The venue is
 * empty for who may not see providers.
 */
export const priceLevel = z.tuple([z.string(), z.string(), z.string(), z.int()]);

export const priceView = z.object({
  instrument: z.string(),
  symbol: z.string(),
  sequence: z.int(),
  /**
   * `thin`: one side is missing. Without levels: `stale`, no fresh quote; `crossed`, the providers contradict
   * each other; `outOfHours`, it does not trade now.
   */
  state: z.enum(priceStates),
  bids: z.array(priceLevel),
  asks: z.array(priceLevel),
  /** Last top of book, kept while there are no levels. */
  lastBid: z.string().nullable(),
  lastAsk: z.string().nullable(),
  /** UTC milliseconds of the newest quote in it. */
  receivedAtMs: z.number(),
  /** Age of that quote when this was written. */
  ageMs: z.number(),
  /** The best level of a side is not dealt on when its quote is older, ms; 0 without one. */
  bidStaleAfterMs: z.int(),
  askStaleAfterMs: z.int(),
});
export type PriceView = z.infer<typeof priceView>;
