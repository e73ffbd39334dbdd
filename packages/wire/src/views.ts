/**
 * Images of `core` as people and machines outside read them: decimal text, symbols, ISO times. Used by the
 * projector (rows) and by the stream (updates), so both say the same.
 */
import type { CaseOpened } from '@tidegate/core/order/case';
import {
  divideRounded,
  formatBigDecimal,
  formatDecimal,
  trimBigDecimal,
} from '@tidegate/core/number/decimal';
import { executionId } from '@tidegate/core/number/ids';
import type { OrderEvent, RouteFilled, TradeBusted, TradeCorrected } from '@tidegate/core/order/order';
import { numberOf } from '@tidegate/core/order/numbering';
import type { OrderImage, PositionImage } from '@tidegate/core/order/image';
import type { TierPrice, Levels } from '@tidegate/core/market/quote';
import type { Instrument } from '@tidegate/core/market/instrument';
import { spotValueDate } from '@tidegate/core/market/settlement';
import type { SequencedEvent } from './commands.ts';
import type { CaseSignal, CaseView } from './cases.ts';
import type { ExecutionView, OrderView, PositionView } from './orders.ts';
import type { PriceView } from './prices.ts';

/** What views need to know of an instrument. */
export type Naming = (instrument: string) => Pick<Instrument, 'symbol' | 'quoteCurrency' | 'settlement'>;

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Three digits finer than the instrument's own scale, half even; undefined before the first fill. */
export function averagePrice(notional: string, quantity: number, priceScale: number): string | undefined {
  if (quantity === 0) return undefined;
  const total = BigInt(notional) * 1000n;
  return trimBigDecimal(divideRounded(total, BigInt(quantity), 'halfEven'), priceScale + 3);
}

export function orderView(firm: string, order: OrderImage, sequence: number, naming: Naming): OrderView {
  return {
    orderId: order.orderId,
    clOrdId: order.clOrdId,
    client: order.origin.client,
    channel: order.origin.channel,
    firm,
    account: order.account,
    trader: order.trader,
    instrument: order.instrument,
    symbol: naming(order.instrument).symbol,
    side: order.side,
    type: order.orderType,
    price: order.price === undefined ? null : formatDecimal(order.price, order.priceScale),
    quantity: formatDecimal(order.quantity, order.quantityScale),
    timeInForce: order.timeInForce,
    status: order.status,
    filledQuantity: formatDecimal(order.filled, order.quantityScale),
    leavesQuantity: formatDecimal(order.leaves, order.quantityScale),
    averagePrice: averagePrice(order.notional, order.filled, order.priceScale) ?? null,
    code: order.code ?? null,
    text: order.text,
    unknown: order.unknown,
    createdAt: isoTime(order.createdAtMs),
    updatedAt: isoTime(order.updatedAtMs),
    sequence,
  };
}

/** A refused order has no image: the blotter shows it as rejected all the same. */
export function refusedOrderView(
  firm: string,
  { event, sequence, atMs, numbering }: SequencedEvent,
  naming: Naming,
): OrderView | undefined {
  if (event.type !== 'orderRefused') return undefined;
  const { terms } = event;
  return {
    orderId: executionId(firm, numberOf({ sequence, numbering })),
    clOrdId: event.clOrdId,
    client: event.origin.client,
    channel: event.origin.channel,
    firm,
    account: event.account,
    trader: event.origin.client,
    instrument: event.instrument,
    symbol: naming(event.instrument).symbol,
    side: event.side,
    type: terms?.orderType ?? 'limit',
    price: terms?.price === undefined ? null : formatDecimal(terms.price, terms.priceScale),
    quantity: formatDecimal(event.quantity, event.quantityScale),
    timeInForce: terms?.timeInForce ?? 'day',
    status: 'rejected',
    filledQuantity: '0',
    leavesQuantity: '0',
    averagePrice: null,
    code: event.code,
    text: event.text,
    unknown: false,
    createdAt: isoTime(atMs),
    updatedAt: isoTime(atMs),
    sequence,
  };
}

export function executionView(
  firm: string,
  { event, order, sequence, atMs, numbering }: SequencedEvent,
  naming: Naming,
): ExecutionView | undefined {
  if (!isTrade(event) || order === undefined) return undefined;
  const { symbol, settlement } = naming(order.instrument);
  return {
    execId: executionId(firm, numberOf({ sequence, numbering })),
    execType: executionTypeOf[event.type],
    execRefId: event.type === 'routeFilled' ? null : executionId(firm, event.refSequence),
    orderId: order.orderId,
    clOrdId: order.clOrdId,
    firm,
    account: order.account,
    trader: order.trader,
    channel: order.origin.channel,
    client: order.origin.client,
    instrument: order.instrument,
    symbol,
    side: order.side,
    quantity: formatDecimal(event.quantity, order.quantityScale),
    price: formatDecimal(event.clientPrice, order.priceScale),
    valueDate: event.type === 'routeFilled' ? spotValueDate(atMs, settlement) : null,
    venue: event.venue,
    venueExecId: event.venueExecId,
    at: isoTime(atMs),
    sequence,
  };
}

const executionTypeOf = {
  routeFilled: 'trade',
  tradeBusted: 'cancel',
  tradeCorrected: 'correct',
} as const satisfies Readonly<Record<string, ExecutionView['execType']>>;

const isTrade = (event: OrderEvent): event is RouteFilled | TradeBusted | TradeCorrected =>
  event.type in executionTypeOf;

/** A case as it was opened. */
export function caseView(
  firm: string,
  event: CaseOpened,
  { sequence, atMs }: Pick<SequencedEvent, 'sequence' | 'atMs'>,
): CaseView {
  const { proposal, priceScale, quantityScale } = event;
  const amounts = proposal === undefined || proposal.action === 'bust' ? undefined : proposal;
  const price = amounts?.price;
  return {
    caseId: event.caseId,
    firm,
    kind: event.kind,
    state: 'open',
    venue: event.venue,
    routeId: event.routeId,
    venueExecId: event.venueExecId ?? null,
    orderId: event.orderId ?? null,
    instrument: event.instrument ?? null,
    side: event.side ?? null,
    text: event.text,
    raw: event.raw ?? null,
    action: proposal?.action ?? null,
    quantity: amounts === undefined ? null : formatDecimal(amounts.quantity, quantityScale ?? 0),
    price: price === undefined ? null : formatDecimal(price, priceScale ?? 0),
    priceScale: priceScale ?? null,
    quantityScale: quantityScale ?? null,
    openedAt: isoTime(atMs),
    resolvedAt: null,
    resolvedBy: null,
    reason: null,
    sequence,
  };
}

export function caseSignal(firm: string, { event, sequence, atMs }: SequencedEvent): CaseSignal | undefined {
  if (event.type !== 'caseOpened' && event.type !== 'caseResolved') return undefined;
  const state = event.type === 'caseOpened' ? 'open' : event.action;
  return { caseId: event.caseId, firm, state, at: isoTime(atMs), sequence };
}

export function positionView(
  firm: string,
  position: PositionImage,
  { sequence, atMs }: Pick<SequencedEvent, 'sequence' | 'atMs'>,
  naming: Naming,
): PositionView {
  const { symbol, quoteCurrency } = naming(position.instrument);
  const magnitude = BigInt(position.cost) < 0n ? (-BigInt(position.cost)).toString() : position.cost;
  return {
    firm,
    account: position.account,
    instrument: position.instrument,
    symbol,
    quantity: formatDecimal(position.quantity, position.quantityScale),
    averagePrice: averagePrice(magnitude, Math.abs(position.quantity), position.priceScale) ?? null,
    realizedPnl: formatBigDecimal(BigInt(position.realized), position.priceScale + position.quantityScale),
    quoteCurrency,
    changedAt: isoTime(atMs),
    sequence,
  };
}

export function priceView(price: TierPrice, instrument: Instrument, depth: number, nowMs: number): PriceView {
  const text = (value: number | undefined): string | null =>
    value === undefined ? null : formatDecimal(value, instrument.priceScale);
  const ageMs = Math.max(0, nowMs - price.receivedAtMs);
  const around = { instrument, depth, ageMs };
  return {
    instrument: instrument.id,
    symbol: instrument.symbol,
    sequence: price.sequence,
    state: price.state,
    bids: levels(price.bids, price.bidVenues, price.bidLagsMs, around),
    asks: levels(price.asks, price.askVenues, price.askLagsMs, around),
    lastBid: text(price.lastBid),
    lastAsk: text(price.lastAsk),
    receivedAtMs: price.receivedAtMs,
    ageMs,
    bidStaleAfterMs: price.bidStaleAfterMs ?? 0,
    askStaleAfterMs: price.askStaleAfterMs ?? 0,
  };
}

function levels(
  side: Levels,
  venues: readonly string[],
  lagsMs: readonly number[] | undefined,
  { instrument, depth, ageMs }: { instrument: Instrument; depth: number; ageMs: number },
): PriceView['bids'] {
  const shown: PriceView['bids'] = [];
  for (let at = 0; at < side.length && shown.length < depth; at += 2) {
    shown.push([
      formatDecimal(side[at]!, instrument.priceScale),
      formatDecimal(side[at + 1]!, instrument.quantityScale),
      venues[at / 2] ?? '',
      Math.round(ageMs + (lagsMs?.[at / 2] ?? 0)),
    ]);
  }
  return shown;
}
