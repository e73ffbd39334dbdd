/** A tier's price as REST and the stream show it: decimal text. */
import { z } from 'zod';

/** [price, quantity, source venue], best first. The venue is empty for who may not see providers. */
export const priceLevel = z.tuple([z.string(), z.string(), z.string()]);

export const priceView = z.object({
  instrument: z.string(),
  symbol: z.string(),
  sequence: z.int(),
  state: z.enum(['live', 'stale']),
  bids: z.array(priceLevel),
  asks: z.array(priceLevel),
  /** Last top of book, kept while stale. */
  lastBid: z.string().nullable(),
  lastAsk: z.string().nullable(),
  /** UTC milliseconds of the newest quote in it. */
  receivedAtMs: z.number(),
  /** Age of that quote when this was written. */
  ageMs: z.number(),
});
export type PriceView = z.infer<typeof priceView>;
