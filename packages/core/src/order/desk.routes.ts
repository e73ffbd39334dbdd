/**
 * What happens next to an order: more routes, rest, or its end. `Standing` is an order as it will be after
 * the events decided so far, so that one decision can hold several events without touching the state.
 */
import { bestPrice } from '../market/book.ts';
import { routeId } from '../number/ids.ts';
import { haveSameScales, type InstrumentId } from '../market/instrument.ts';
import { takesOrders, type Market } from '../market/market.ts';
import type {
  OrderClosed,
  OrderEvent,
  OrderType,
  QuoteEvidence,
  RefusalCode,
  RouteRequested,
  Side,
  TimeInForce,
} from './order.ts';
import {
  holdingOf,
  isImmediate,
  type OrderState,
  type PartitionState,
  type PendingCancel,
  type Rejection,
} from './partition.ts';
import { quoteId, type VenueId, type VenueQuote } from '../market/quote.ts';
import type { ProviderRoom } from '../risk/provider.room.ts';
import { collarPrice, reducible } from '../risk/risk.ts';
import { isReducing, stopOn } from '../risk/stops.ts';
import {
  planSweep,
  planWhole,
  takenSide,
  venueLimit,
  withinLimit,
  type PlannedRoute,
  type Taken,
} from './routing.ts';
import type { Moment } from '../number/time.ts';

/** What a decision is made on. */
export interface Desk {
  readonly state: PartitionState;
  readonly market: Market;
  readonly now: Moment;
  /** Where providers have limits. */
  readonly room?: ProviderRoom | undefined;
}

export interface Standing {
  readonly orderId: string;
  readonly account: string;
  readonly trader: string;
  readonly session: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly timeInForce: TimeInForce;
  readonly forcedVenue: VenueId | undefined;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly acceptedAtMs: number;
  readonly routeIds: readonly string[];
  readonly pendingCancel: PendingCancel | undefined;
  price: number | undefined;
  quantity: number;
  filled: number;
  inFlight: number;
  /** Open routes whose venue is expected to answer. */
  knownRoutes: number;
  unknownRoutes: number;
  routeCount: number;
  rounds: number;
  rejections: readonly Rejection[];
  /** What the venue said whose refusal is being decided on. */
  refusal?: string;
  /** A limit left no room with a provider that had the price. */
  isOutOfRoom?: boolean;
}

/** Orders looked at per instrument and side when a book changes; the rest come with the next change. */
const RESTING_ORDERS_MAX = 256;
const COOL_DOWN_DOUBLINGS_MAX = 5;
const NONE: readonly never[] = [];

export function standingOf(order: OrderState): Standing {
  return {
    orderId: order.orderId,
    account: order.account,
    trader: order.trader,
    session: order.origin.client,
    instrument: order.instrument,
    side: order.side,
    orderType: order.orderType,
    timeInForce: order.timeInForce,
    forcedVenue: order.forcedVenue,
    priceScale: order.priceScale,
    quantityScale: order.quantityScale,
    acceptedAtMs: order.acceptedAtMs,
    routeIds: order.routeIds,
    pendingCancel: order.pendingCancel,
    price: order.price,
    quantity: order.quantity,
    filled: order.filled,
    inFlight: order.inFlight,
    knownRoutes: order.openRoutes - order.unknownRoutes,
    unknownRoutes: order.unknownRoutes,
    routeCount: order.routeCount,
    rounds: order.rounds,
    rejections: order.rejections,
  };
}

/**
 * Events that follow once nothing of the order is waiting for a venue: a canceled one ends, an immediate one
 * is routed again or ends, a resting one is routed as far as the book allows. `mayRoute` false: nothing is
 * sent now (a late route).
 */
export function settleOrder(desk: Desk, standing: Standing, mayRoute = true): OrderEvent[] {
  if (standing.filled >= standing.quantity || standing.knownRoutes > 0) return [];
  const { pendingCancel } = standing;
  if (pendingCancel !== undefined) {
    if (standing.unknownRoutes > 0) return [];
    const { outcome, reason, clOrdId } = pendingCancel;
    return [closeOrder(standing.orderId, outcome, undefined, reason, clOrdId)];
  }
  if (!isImmediate(standing)) return mayRoute ? requestRoutes(desk, standing) : [];
  if (mayRoute && mayRouteAgain(desk, standing)) {
    const routes = requestRoutes(desk, standing);
    if (routes.length > 0) return routes;
  }
  // What is unknown may still have been filled; the order waits for the venue's word.
  if (standing.unknownRoutes > 0) return [];
  const { code, reason } = endOfImmediate(desk, standing, mayRoute);
  return [closeOrder(standing.orderId, 'canceled', code, reason)];
}

export function closeOrder(
  orderId: string,
  outcome: OrderClosed['outcome'],
  code: RefusalCode | undefined,
  reason: string,
  clOrdId = '',
): OrderClosed {
  return {
    type: 'orderClosed',
    orderId,
    outcome,
    ...(code === undefined ? {} : { code }),
    reason,
    ...(clOrdId === '' ? {} : { clOrdId }),
  };
}

/** Routes for what is neither filled nor in flight, as far as the book has it within the client's limit. */
export function requestRoutes(desk: Desk, standing: Standing, taken?: Taken): RouteRequested[] {
  const { state, market, now } = desk;
  const instrument = market.instrument(standing.instrument);
  const book = market.book(standing.instrument);
  const quantity = routable(state, standing);
  if (instrument === undefined || book === undefined || quantity <= 0) return [];
  // Its limit would be read in other points.
  if (!haveSameScales(instrument, standing)) return [];
  const clientLimit = limitOf(desk, standing);
  if (clientLimit === undefined) return [];
  const markup = market.firm.markupPoints(standing.instrument);
  const limit = venueLimit(standing.side, clientLimit, markup);
  if (limit <= 0) return [];
  const ageMsMax = quoteAgeMsMax(desk, standing);
  const quotes = book
    .eligible(now.monoMs)
    .filter((quote) => now.monoMs - quote.receivedMonoMs <= ageMsMax && mayTake(desk, standing, quote));
  const request = { side: standing.side, quantity, limit, quantityStep: instrument.quantityStep };
  if (standing.timeInForce !== 'fok') {
    const plans = planWithin(desk, standing, quotes, (some, used) => planSweep(some, request, used), taken);
    return plans.map((plan) => requestRoute(desk, standing, plan, markup, 'ioc'));
  }
  if (standing.filled > 0 || quantity < standing.quantity) return [];
  const wholes = planWithin(desk, standing, quotes, (some) => {
    const whole = planWhole(some, request);
    return whole === undefined ? [] : [whole];
  });
  return wholes.map((plan) => requestRoute(desk, standing, plan, markup, 'fok'));
}

/** Plans again without a provider whose limits leave no room for its part, until all parts have theirs. */
function planWithin(
  { room }: Desk,
  standing: Standing,
  quotes: readonly VenueQuote[],
  plan: (quotes: readonly VenueQuote[], taken: Taken | undefined) => readonly PlannedRoute[],
  taken?: Taken,
): readonly PlannedRoute[] {
  if (room === undefined) return plan(quotes, taken);
  const { instrument, side } = standing;
  for (let left = quotes; ;) {
    const used = taken && new Map(taken);
    const plans = plan(left, used);
    const mark = room.mark;
    const full = plans.find(({ quote, quantity }) => !room.take(quote.venue, instrument, side, quantity));
    if (full === undefined) {
      if (used !== undefined) for (const [key, lots] of used) taken?.set(key, lots);
      return plans;
    }
    room.giveBack(mark);
    standing.isOutOfRoom = true;
    left = left.filter(({ venue }) => venue !== full.quote.venue);
  }
}

function quoteAgeMsMax({ state }: Desk, standing: Standing): number {
  const { account, trader, session, instrument } = standing;
  const { meters } = state.ledger;
  return meters?.on({ account, trader, session, instrument, provider: '' }).quoteAgeMsMax ?? Infinity;
}

/** A pass-through order's one route: the client's own terms, to the venue it named, where it rests. */
export function requestForcedRoute(desk: Desk, standing: Standing): RouteRequested {
  const venue = standing.forcedVenue as VenueId;
  const quote = desk.market.book(standing.instrument)?.quote(venue);
  const top = quote?.[takenSide(standing.side)][0];
  const evidence = quote === undefined || top === undefined ? NONE : [evidenceOf(desk, quote, top)];
  standing.routeCount += 1;
  return {
    type: 'routeRequested',
    orderId: standing.orderId,
    routeId: routeId(standing.orderId, standing.routeCount),
    venue,
    instrument: standing.instrument,
    side: standing.side,
    quantity: standing.quantity,
    orderType: standing.orderType,
    ...(standing.price === undefined ? {} : { price: standing.price }),
    timeInForce: standing.timeInForce,
    markup: 0,
    deadlineMs: desk.now.utcMs + desk.market.routing.routeDeadlineMs,
    evidence,
    configurationVersion: desk.market.configurationVersion,
  };
}

/**
 * Routes of resting orders that the book of an instrument now reaches. Compares the best order of each side
 * with the best price before anything else. Orders share what the book shows: what one takes the next does
 * not.
 */
export function routeResting(desk: Desk, instrument: InstrumentId): OrderEvent[] {
  const { state, market, now } = desk;
  const sides = state.resting.get(instrument);
  if (sides === undefined || state.tradingState === 'halted') return [];
  const quotes = market.book(instrument)?.eligible(now.monoMs);
  if (quotes === undefined || quotes.length === 0) return [];
  const markup = market.firm.markupPoints(instrument);
  const events: OrderEvent[] = [];
  for (const side of ['buy', 'sell'] as const) {
    const best = bestPrice(quotes, takenSide(side));
    if (best === undefined) continue;
    const queue = sides[side];
    const taken: Taken = new Map();
    for (let at = queue.length - 1; at >= 0 && at >= queue.length - RESTING_ORDERS_MAX; at -= 1) {
      const order = queue[at] as OrderState;
      if (!withinLimit(side, best, venueLimit(side, order.restingPrice, markup))) break;
      const routes = requestRoutes(desk, standingOf(order), taken);
      for (const route of routes) events.push(route);
      // While reducing, each route changes what may still be reduced: one order at a time.
      if (routes.length > 0 && isReducing(state)) return events;
    }
  }
  return events;
}

/** How long a venue that refused a resting order is left alone by it. */
export function coolDownMs(market: Market, rejection: Rejection): number {
  return market.routing.restingCoolDownMs * 2 ** Math.min(rejection.count - 1, COOL_DOWN_DOUBLINGS_MAX);
}

function requestRoute(
  desk: Desk,
  standing: Standing,
  plan: PlannedRoute,
  markup: number,
  timeInForce: TimeInForce,
): RouteRequested {
  standing.routeCount += 1;
  standing.knownRoutes += 1;
  standing.inFlight += plan.quantity;
  return {
    type: 'routeRequested',
    orderId: standing.orderId,
    routeId: routeId(standing.orderId, standing.routeCount),
    venue: plan.quote.venue,
    instrument: standing.instrument,
    side: standing.side,
    quantity: plan.quantity,
    orderType: 'limit',
    price: plan.price,
    timeInForce,
    markup,
    deadlineMs: desk.now.utcMs + desk.market.routing.routeDeadlineMs,
    evidence: [evidenceOf(desk, plan.quote, plan.price)],
    configurationVersion: desk.market.configurationVersion,
  };
}

function evidenceOf({ now }: Desk, quote: VenueQuote, price: number): QuoteEvidence {
  const ageMs = Math.max(0, Math.round(now.monoMs - quote.receivedMonoMs));
  return { quoteId: quoteId(quote), ageMs, price };
}

/** Lots that may go to venues now. While only reducing is allowed, never more than closes the position. */
function routable(state: PartitionState, standing: Standing): number {
  const { numbering } = state;
  // One of before the journal was restored may have been done in what is lost.
  if (numbering !== undefined && (state.orders.get(standing.orderId)?.number ?? Infinity) <= numbering.base)
    return 0;
  const available = standing.quantity - standing.filled - standing.inFlight;
  if (state.tradingState === 'halted') return 0;
  const stop =
    state.stops.size === 0 ? undefined : stopOn(state, { ...standing, provider: standing.forcedVenue });
  if (stop?.stop === 'halted') return 0;
  if (state.tradingState === 'active' && stop === undefined) return available;
  return Math.min(available, toReduce(state, standing));
}

/** Lots that may go to venues while only reducing is allowed. */
function toReduce(state: PartitionState, standing: Standing): number {
  const holding = holdingOf(state, standing.account, standing.instrument);
  const flight = standing.side === 'buy' ? holding.flightBuy : holding.flightSell;
  return reducible(holding, standing.side) - flight;
}

/** The worst price for the client: its own limit, or the collar for a market order. */
function limitOf({ market, now }: Desk, standing: Standing): number | undefined {
  if (standing.orderType === 'limit') return standing.price;
  const reference = market.book(standing.instrument)?.referenceTwice(now.monoMs);
  if (reference === undefined) return undefined;
  return collarPrice(standing.side, reference, market.firm.limits.collarBasisPoints);
}

function mayTake({ state, market, now }: Desk, standing: Standing, quote: VenueQuote): boolean {
  const { venue } = quote;
  if (!takesOrders(market.venue(venue), standing.instrument)) return false;
  if (isStoppedAt(state, standing, venue)) return false;
  const rejection = standing.rejections.find((known) => known.venue === venue);
  if (rejection !== undefined) {
    if (isImmediate(standing)) return false;
    if (now.utcMs - rejection.atMs < coolDownMs(market, rejection)) return false;
  }
  if (standing.routeIds.length === 0) return true;
  const id = quoteId(quote);
  for (const used of standing.routeIds) if (state.routes.get(used)?.quoteId === id) return false;
  return true;
}

/** Who may only reduce with a provider goes there with what is a reduction as a whole. */
function isStoppedAt(state: PartitionState, standing: Standing, provider: VenueId): boolean {
  if (state.stops.size === 0) return false;
  const stop = stopOn(state, { ...standing, provider });
  if (stop === undefined) return false;
  return stop.stop === 'halted' || routable(state, standing) > toReduce(state, standing);
}

function mayRouteAgain({ market, now }: Desk, { rounds, acceptedAtMs }: Standing): boolean {
  if (rounds === 0) return true;
  const { rerouteRoundsMax, rerouteBudgetMs } = market.routing;
  return rounds <= rerouteRoundsMax && now.utcMs - acceptedAtMs <= rerouteBudgetMs;
}

/**
 * A refusal is never told as a want of liquidity: the price was there, and its provider would not have it.
 */
function endOfImmediate(
  { state }: Desk,
  standing: Standing,
  mayRoute: boolean,
): { readonly code: RefusalCode; readonly reason: string } {
  if (!mayRoute) return { code: 'NO_LIQUIDITY', reason: 'a route was too late to be sent' };
  if (standing.isOutOfRoom === true) {
    const reason = 'limits leave no room with the providers that have the price';
    return { code: 'LIMIT_EXCEEDED', reason };
  }
  if (standing.rounds === 0) return { code: 'NO_LIQUIDITY', reason: 'no liquidity within the limit' };
  const rounds = standing.rounds === 1 ? 'round' : 'rounds';
  const left = `no liquidity left within the limit after ${standing.rounds} ${rounds}`;
  const before = standing.routeIds.filter((id) => state.routes.get(id)?.outcome === 'rejected').length;
  const refusals = before + (standing.refusal === undefined ? 0 : 1);
  if (refusals === 0) return { code: 'NO_LIQUIDITY', reason: left };
  const said = standing.refusal === undefined || standing.refusal === '' ? left : standing.refusal;
  const who = refusals === 1 ? 'a provider refused' : `providers refused ${refusals} times`;
  return { code: 'PROVIDER_REFUSED', reason: `${who}: ${said}` };
}
