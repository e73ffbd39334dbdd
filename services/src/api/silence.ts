/**
 * Silence of pricing itself: it says when quotes have become too old, but when it has died nobody does. A
 * price whose newest quote is older than any venue's may be is shown as stale, here, on its last step.
 */
import type { TierPrice } from '@tidegate/core/market/quote';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';

/** For pricing's own word to arrive, and for clocks of hosts that differ. */
const graceMs = 5_000;

/** The price as it may be shown now; the same object when it needs no change. */
export function withSilence(
  price: TierPrice,
  { venues }: Pick<ConfigurationSnapshot, 'venues'>,
  nowMs: number,
): TierPrice {
  const ageMs = nowMs - price.receivedAtMs;
  if (price.bids.length + price.asks.length === 0 || ageMs <= graceMs) return price;
  const staleAfterMs = Math.max(0, ...[...venues.values()].map((venue) => venue.staleAfterMs));
  if (ageMs <= staleAfterMs + graceMs) return price;
  // The next sequence: readers drop what is not newer, and pricing's own next one brings newer quotes.
  const sequence = price.sequence + 1;
  return { ...price, sequence, state: 'stale', bids: [], asks: [], bidVenues: [], askVenues: [] };
}
