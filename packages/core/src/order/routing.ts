/**
 * Which venues get how much of an order, at what limit: a pure plan over raw books. Best price first; several
 * venues when the size needs them, one route each, limited at that venue's worst price needed. Ties go to the
 * larger level, then to the smaller venue id, so the same book always gives the same plan.
 */
import { walkLevels } from '../market/book.ts';
import { multiply } from '../number/decimal.ts';
import type { Side } from './order.ts';
import type { VenueId, VenueQuote } from '../market/quote.ts';

export interface PlannedRoute {
  readonly quote: VenueQuote;
  readonly quantity: number;
  /** The venue's worst price needed for the quantity: the route's limit. */
  readonly price: number;
}

/** Lots already planned at a venue's level by earlier plans of the same decision: key is `levelKey`. */
export type Taken = Map<string, number>;

export interface SweepRequest {
  readonly side: Side;
  readonly quantity: number;
  /** Worst venue price allowed, in points. */
  readonly limit: number;
  /** Venue quantities are multiples of it, except for a last remainder smaller than one step. */
  readonly quantityStep: number;
}

export function levelKey(venue: VenueId, price: number): string {
  return `${venue} ${price}`;
}

/** The side of a book that an order takes from. */
export function takenSide(side: Side): 'bids' | 'asks' {
  return side === 'buy' ? 'asks' : 'bids';
}

/** Whether a price is at the limit or better for the side. */
export function withinLimit(side: Side, price: number, limit: number): boolean {
  return side === 'buy' ? price <= limit : price >= limit;
}

/**
 * Takes level after level until the quantity is reached or the limit passed. Quotes are those the order may
 * trade on. What is planned is added to `taken`.
 */
export function planSweep(
  quotes: readonly VenueQuote[],
  request: SweepRequest,
  taken?: Taken,
): PlannedRoute[] {
  const { side, limit, quantityStep } = request;
  const routes: { quote: VenueQuote; quantity: number; price: number }[] = [];
  let left = request.quantity;
  if (left <= 0) return routes;
  walkLevels(quotes, takenSide(side), (price, quantity, quote) => {
    if (!withinLimit(side, price, limit)) return false;
    const key = taken === undefined ? '' : levelKey(quote.venue, price);
    const used = taken?.get(key) ?? 0;
    let take = Math.min(left, quantity - used);
    if (take < left) take -= take % quantityStep;
    if (take <= 0) return true;
    taken?.set(key, used + take);
    left -= take;
    const route = routes.find((planned) => planned.quote === quote);
    if (route === undefined) {
      routes.push({ quote, quantity: take, price });
    } else {
      route.quantity += take;
      route.price = price;
    }
    return left > 0;
  });
  return routes;
}

/**
 * The one venue that fills all of the quantity within the limit at the lowest cost (for sell, the highest
 * proceeds); ties go to the smaller venue id. Undefined when no venue alone can.
 */
export function planWhole(quotes: readonly VenueQuote[], request: SweepRequest): PlannedRoute | undefined {
  let best: PlannedRoute | undefined;
  let bestCost = 0n;
  for (const quote of quotes) {
    const found = wholeAt(quote, request);
    if (found === undefined) continue;
    const cost = request.side === 'buy' ? found.notional : -found.notional;
    const wins =
      best === undefined || cost < bestCost || (cost === bestCost && quote.venue < best.quote.venue);
    if (!wins) continue;
    best = { quote, quantity: request.quantity, price: found.price };
    bestCost = cost;
  }
  return best;
}

function wholeAt(
  quote: VenueQuote,
  { side, quantity, limit }: SweepRequest,
): { readonly price: number; readonly notional: bigint } | undefined {
  const levels = quote[takenSide(side)];
  let left = quantity;
  let notional = 0n;
  for (let at = 0; at < levels.length; at += 2) {
    const price = levels[at] as number;
    if (!withinLimit(side, price, limit)) return undefined;
    const take = Math.min(left, levels[at + 1] as number);
    notional += multiply(price, take);
    left -= take;
    if (left === 0) return { price, notional };
  }
  return undefined;
}

/**
 * The worst venue price that still gives the client its limit once the markup is added. May be zero or less:
 * no route then.
 */
export function venueLimit(side: Side, clientLimit: number, markup: number): number {
  return side === 'buy' ? clientLimit - markup : clientLimit + markup;
}

/**
 * What the client is told for a venue's price: markup against the client, never worse than the client's limit
 * (the difference is ours to bear), never under one point.
 */
export function clientPrice(
  side: Side,
  venuePrice: number,
  markup: number,
  clientLimit: number | undefined,
): number {
  const marked = side === 'buy' ? venuePrice + markup : Math.max(1, venuePrice - markup);
  if (clientLimit === undefined || withinLimit(side, marked, clientLimit)) return marked;
  return clientLimit;
}
