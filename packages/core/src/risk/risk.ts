/**
 * What must hold before an order, or the increase of one, is accepted: a named table of checks in the order
 * in which they are made; the first that fails refuses with its code and the numbers. Cancels and reductions
 * never come here.
 */
import { creditValue } from '../market/conversion.ts';
import {
  bigPowerOfTen,
  divideRounded,
  formatDecimal,
  trimBigDecimal,
  trimDecimal,
} from '../number/decimal.ts';
import { isWithinHours } from '../market/hours.ts';
import type { LimitReached } from '../order/limit.event.ts';
import type { Instrument } from '../market/instrument.ts';
import { MONEY_SCALE, takesOrders, type Market } from '../market/market.ts';
import type { OrderType, RefusalCode, Side, TimeInForce } from '../order/order.ts';
import { holdingOf, recentOrders, type Holding, type PartitionState } from '../order/partition.ts';
import type { VenueId } from '../market/quote.ts';
import type { Moment } from '../number/time.ts';
import { takenSide } from '../order/routing.ts';
import { duplicateContent, repeatContent } from './content.ts';
import type { Path } from './ledger.ts';
import { readingOf, refuseBeyond, usesOf, type Addition, type Use } from './limits.ts';
import { providerPath } from './meters.ts';
import { scopeText, stopOn } from './stops.ts';

/** An order as it would be. */
export interface Proposal {
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly price: number | undefined;
  /** Whole quantity of the order in lots, what is filled included. */
  readonly quantity: number;
  /** Lots of new exposure: all of a new order, the difference of a replace. */
  readonly added: number;
  readonly forcedVenue: VenueId | undefined;
  /** A replace opens no order. */
  readonly isNew: boolean;
  readonly trader: string;
  /** FIX session id or user name. */
  readonly session: string;
  readonly timeInForce: TimeInForce;
  /** Gets what is to be told of limits that the order comes near. */
  readonly near?: LimitReached[];
}

export interface Refusal {
  readonly code: RefusalCode;
  readonly text: string;
}

interface Context {
  readonly state: PartitionState;
  readonly market: Market;
  readonly proposal: Proposal;
  readonly now: Moment;
  /** Known once the check `instrument` has passed. */
  readonly instrument: Instrument;
  readonly referenceTwice: number | undefined;
}

export interface Check {
  readonly name: string;
  /** Undefined: passed. */
  readonly refuse: (context: Context) => Refusal | undefined;
}

/** In this order. Cheap ones and those that later ones rely on come first. */
export const ORDER_CHECKS: readonly Check[] = [
  { name: 'journal', refuse: checkJournal },
  { name: 'tradingState', refuse: checkTradingState },
  { name: 'stopped', refuse: checkStopped },
  { name: 'instrumentPermitted', refuse: checkPermitted },
  { name: 'account', refuse: checkAccount },
  { name: 'quantity', refuse: checkQuantity },
  { name: 'hours', refuse: checkHours },
  { name: 'pricePresence', refuse: checkPricePresence },
  { name: 'reduceOnly', refuse: checkReduceOnly },
  { name: 'orderRate', refuse: checkOrderRate },
  { name: 'openOrders', refuse: checkOpenOrders },
  { name: 'venue', refuse: checkVenue },
  { name: 'crossed', refuse: checkCrossed },
  { name: 'referencePrice', refuse: checkReference },
  { name: 'collar', refuse: checkCollar },
  { name: 'notional', refuse: checkNotional },
  { name: 'limits', refuse: checkLimits },
];

/** The first refusal, or undefined when the order may be accepted. */
export function checkOrder(
  state: PartitionState,
  market: Market,
  proposal: Proposal,
  now: Moment,
): Refusal | undefined {
  const instrument = market.instrument(proposal.instrument);
  if (instrument === undefined) {
    return { code: 'UNKNOWN_INSTRUMENT', text: `instrument ${proposal.instrument} is not known` };
  }
  const referenceTwice = market.book(proposal.instrument)?.referenceTwice(now.monoMs);
  const context: Context = { state, market, proposal, now, instrument, referenceTwice };
  for (const { refuse } of ORDER_CHECKS) {
    const refusal = refuse(context);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * The worst price allowed for a side, `basisPoints` of the reference away: highest for buy, lowest (at least
 * one point) for sell. Rounded towards the reference.
 */
export function collarPrice(side: Side, referenceTwice: number, basisPoints: number): number {
  const share = BigInt(side === 'buy' ? 10_000 + basisPoints : 10_000 - basisPoints);
  const price = divideRounded(BigInt(referenceTwice) * share, 20_000n, side === 'buy' ? 'down' : 'up');
  return Math.min(Math.max(1, Number(price)), Number.MAX_SAFE_INTEGER);
}

/** Lots of a side that would only bring the position towards zero; 0 when the side would open or turn it. */
export function reducible(holding: Holding, side: Side): number {
  return Math.max(0, side === 'sell' ? holding.position.quantity : -holding.position.quantity);
}

function checkJournal({ state }: Context): Refusal | undefined {
  if (!state.isBehind) return undefined;
  const text =
    'the journal of this firm was restored from an older copy; only cancels until an operator agrees';
  return { code: 'JOURNAL_BEHIND', text };
}

function checkTradingState({ state }: Context): Refusal | undefined {
  if (state.tradingState !== 'halted') return undefined;
  return { code: 'TRADING_HALTED', text: 'trading is halted; only cancels are accepted' };
}

function checkPermitted({ market, proposal }: Context): Refusal | undefined {
  if (market.firm.mayTrade(proposal.instrument)) return undefined;
  return { code: 'INSTRUMENT_NOT_PERMITTED', text: `${proposal.instrument} is not permitted for this firm` };
}

function checkAccount({ market, proposal }: Context): Refusal | undefined {
  if (market.firm.accounts.has(proposal.account)) return undefined;
  return { code: 'UNKNOWN_ACCOUNT', text: `account ${proposal.account} is not known` };
}

function checkQuantity({ proposal, instrument }: Context): Refusal | undefined {
  return refuseQuantity(instrument, proposal.quantity);
}

/** Smallest, largest and step of an order's whole quantity. */
export function refuseQuantity(instrument: Instrument, quantity: number): Refusal | undefined {
  const text = (lots: number): string => trimDecimal(lots, instrument.quantityScale);
  if (!Number.isSafeInteger(quantity)) {
    return { code: 'QUANTITY_TOO_SMALL', text: 'the quantity is not a number' };
  }
  if (quantity < instrument.quantityMin) {
    const least = text(instrument.quantityMin);
    return { code: 'QUANTITY_TOO_SMALL', text: `quantity ${text(quantity)} is under ${least}` };
  }
  if (quantity > instrument.quantityMax) {
    const limit = text(instrument.quantityMax);
    return { code: 'QUANTITY_TOO_LARGE', text: `quantity ${text(quantity)} is over ${limit}` };
  }
  if (quantity % instrument.quantityStep !== 0) {
    const step = text(instrument.quantityStep);
    return { code: 'QUANTITY_STEP', text: `quantity ${text(quantity)} is not a multiple of ${step}` };
  }
  return undefined;
}

function checkPricePresence({ proposal }: Context): Refusal | undefined {
  return refusePrice(proposal.type, proposal.price);
}

/** A limit order has a price, a market order has none. */
export function refusePrice(type: OrderType, price: number | undefined): Refusal | undefined {
  if (type === 'market') {
    if (price === undefined) return undefined;
    return { code: 'PRICE_NOT_ALLOWED', text: 'a market order has no price' };
  }
  if (price !== undefined && Number.isSafeInteger(price) && price > 0) return undefined;
  return { code: 'PRICE_MISSING', text: 'a limit order needs a price greater than zero' };
}

/** The text says which scope, as a provider only to whom has named it. */
function checkStopped({ state, proposal }: Context): Refusal | undefined {
  if (state.stops.size === 0) return undefined;
  const { scope, stop } = stopOn(state, { ...proposal, provider: proposal.forcedVenue }) ?? {};
  if (scope === undefined || stop !== 'halted') return undefined;
  return { code: 'TRADING_STOPPED', text: `${scopeText(scope)} is halted; only cancels are accepted` };
}

/** Open reducing orders count as done, so that several of them can't turn the position together. */
function checkReduceOnly({ state, proposal, instrument }: Context): Refusal | undefined {
  const stop =
    state.stops.size === 0 ? undefined : stopOn(state, { ...proposal, provider: proposal.forcedVenue });
  if (state.tradingState !== 'reducing' && stop === undefined) return undefined;
  const holding = holdingOf(state, proposal.account, proposal.instrument);
  const open = proposal.side === 'buy' ? holding.openBuy : holding.openSell;
  const allowed = Math.max(0, reducible(holding, proposal.side) - open);
  if (proposal.added <= allowed) return undefined;
  const text = (lots: number): string => trimDecimal(lots, instrument.quantityScale);
  const of = stop === undefined ? '' : ` of ${scopeText(stop.scope)}`;
  return {
    code: 'REDUCE_ONLY',
    text:
      `only orders that reduce the position are accepted${of}: ${proposal.side} up to ${text(allowed)}, ` +
      `not ${text(proposal.added)}`,
  };
}

function checkOrderRate({ state, market, now }: Context): Refusal | undefined {
  const limit = market.firm.limits.ordersPerSecondMax;
  const recent = recentOrders(state, now.utcMs);
  if (recent < limit) return undefined;
  return { code: 'ORDER_RATE', text: `${recent} orders in the last second; the limit is ${limit}` };
}

function checkOpenOrders({ state, market, proposal }: Context): Refusal | undefined {
  const limit = market.firm.limits.openOrdersMax;
  if (!proposal.isNew || state.open.size < limit) return undefined;
  return { code: 'TOO_MANY_OPEN_ORDERS', text: `${state.open.size} orders are open; the limit is ${limit}` };
}

function checkVenue({ market, proposal }: Context): Refusal | undefined {
  const { forcedVenue, instrument } = proposal;
  if (forcedVenue === undefined || takesOrders(market.venue(forcedVenue), instrument)) return undefined;
  return { code: 'VENUE_UNAVAILABLE', text: `venue ${forcedVenue} takes no orders in ${instrument} now` };
}

function checkHours({ instrument, proposal, now }: Context): Refusal | undefined {
  if (isWithinHours(instrument.tradingHours, now.utcMs)) return undefined;
  return { code: 'OUT_OF_HOURS', text: `${proposal.instrument} does not trade at this hour` };
}

/** Nobody knows which of the venues is wrong, so nobody is dealt with until they agree again. */
function checkCrossed({ market, proposal, now }: Context): Refusal | undefined {
  if (market.book(proposal.instrument)?.isCrossed(now.monoMs) !== true) return undefined;
  const text = `the providers' prices of ${proposal.instrument} contradict each other`;
  return { code: 'BOOK_CROSSED', text };
}

function checkReference({ referenceTwice, proposal }: Context): Refusal | undefined {
  if (referenceTwice !== undefined) return undefined;
  const text = `no two-sided price of ${proposal.instrument} to check the order with`;
  return { code: 'NO_REFERENCE_PRICE', text };
}

function checkCollar({ market, proposal, instrument, referenceTwice }: Context): Refusal | undefined {
  if (proposal.price === undefined || referenceTwice === undefined) return undefined;
  const { collarBasisPoints } = market.firm.limits;
  const worst = collarPrice(proposal.side, referenceTwice, collarBasisPoints);
  if (proposal.side === 'buy' ? proposal.price <= worst : proposal.price >= worst) return undefined;
  const scale = instrument.priceScale;
  const reference = trimBigDecimal(BigInt(referenceTwice) * 5n, scale + 1);
  const shown = formatDecimal(proposal.price, scale);
  return {
    code: 'PRICE_OUTSIDE_COLLAR',
    text:
      `${proposal.side} at ${shown} is beyond ${formatDecimal(worst, scale)}, ` +
      `${collarBasisPoints} basis points from the reference ${reference}`,
  };
}

/**
 * Valued at the limit or the reference, whichever is higher: a sell far below the market is no small order.
 */
function checkNotional({ market, proposal, instrument, referenceTwice, now }: Context): Refusal | undefined {
  const priceTwice = Math.max(2 * (proposal.price ?? 0), referenceTwice ?? 0);
  const value = creditValue(market, instrument, proposal.quantity, priceTwice, now);
  const { creditCurrency, limits } = market.firm;
  if (value === undefined) {
    return {
      code: 'NO_REFERENCE_PRICE',
      text: `no price to value ${proposal.instrument} in ${creditCurrency} with`,
    };
  }
  if (value <= limits.orderNotionalMax) return undefined;
  const cents = divideRounded(value, bigPowerOfTen(MONEY_SCALE - 2), 'up');
  return {
    code: 'NOTIONAL_TOO_LARGE',
    text:
      `order value ${trimBigDecimal(cents, 2)} ${creditCurrency} is over the limit ` +
      `${trimBigDecimal(limits.orderNotionalMax, MONEY_SCALE)} ${creditCurrency}`,
  };
}

/** What is configured beside the firm's own four: every limit that applies. */
function checkLimits({ state, market, proposal, now }: Context): Refusal | undefined {
  const reading = readingOf(state, market, now);
  if (reading === undefined) return undefined;
  const { forcedVenue, instrument, near } = proposal;
  const path = pathOfProposal(proposal);
  const { quoteAgeMsMax } = reading.meters.on(path);
  const addition = additionOf(market, proposal, quoteAgeMsMax < Infinity ? now : undefined);
  const refusal = refuseBeyond(reading, path, addition, near);
  if (refusal !== undefined || forcedVenue === undefined || !reading.meters.hasProviders) return refusal;
  return refuseBeyond(reading, providerPath(forcedVenue, instrument), addition);
}

/** What an order would do to each limit of its path: for who asks before he sends it. */
export function previewLimits(
  state: PartitionState,
  market: Market,
  proposal: Proposal,
  now: Moment,
): readonly Use[] {
  const reading = readingOf(state, market, now);
  if (reading === undefined) return [];
  return usesOf(reading, pathOfProposal(proposal), additionOf(market, proposal, now));
}

function pathOfProposal({ account, trader, session, instrument }: Proposal): Path {
  return { account, trader, session, instrument, provider: '' };
}

function additionOf(market: Market, proposal: Proposal, quotesAt: Moment | undefined): Addition {
  const { side, quantity, added, isNew, type } = proposal;
  return {
    side,
    quantity,
    added,
    isNew,
    quoteAgeMs: quotesAt === undefined ? undefined : youngestMs(market, proposal, quotesAt),
    duplicate: duplicateContent({ ...proposal, orderType: type }),
    repeat: repeatContent(proposal),
  };
}

/** Of the quotes that it may be dealt on; of none, it is not dealt on an old one. */
function youngestMs(
  market: Market,
  { instrument, side, forcedVenue }: Proposal,
  { monoMs }: Moment,
): number | undefined {
  const book = market.book(instrument);
  if (book === undefined) return undefined;
  let youngest: number | undefined;
  for (const { venue, receivedMonoMs, ...quote } of book.eligible(monoMs)) {
    if (forcedVenue !== undefined && venue !== forcedVenue) continue;
    if (quote[takenSide(side)].length === 0) continue;
    youngest = Math.min(youngest ?? Infinity, Math.max(0, Math.round(monoMs - receivedMonoMs)));
  }
  return youngest;
}
