/**
 * A provider's answers, read: ExecutionReport(8), OrderCancelReject(9) and BusinessMessageReject(j) as
 * normalised venue reports. Our ClOrdID at a venue is the routeId, with a suffix for cancels and replaces,
 * so each answer finds its route.
 */
import type { Instrument } from '@tidegate/core/market/instrument';
import { parseRouteId } from '@tidegate/core/number/ids';
import type { VenueReport } from '@tidegate/core/order/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { frameText } from '@tidegate/fix/transport/message.log';
import type { InstrumentIndex } from '../instruments.ts';

/** OrdRejReason(103). */
const unknownOrder = 5;
const duplicateOrder = 6;

const sides = { '1': 'buy', '2': 'sell' } as const;
/** OrdStatus(39) with which a venue is done with an order. */
const endStatus = new Set(['2', '3', '4', '8', 'C']);

/**
 * Undefined for reports that change nothing: pending states, and "duplicate order", which says that the
 * venue has this ClOrdID already and ends nothing. What can't be read is `unreadable` and becomes a case;
 * nothing throws for what a message says.
 */
export function readVenueReport(
  message: Message,
  venue: string,
  instruments: InstrumentIndex,
): VenueReport | undefined {
  const execType = message.text(Tag.ExecType) ?? '';
  if (changesNothing.has(execType)) return undefined;
  const symbol = message.text(Tag.Symbol);
  const instrument = symbol === undefined ? undefined : instruments.lastKnownAs(symbol);
  const cumQuantity = amount(message, Tag.CumQty, instrument?.quantityScale);
  const kind = Number.isNaN(cumQuantity) ? 'unreadable' : kindOf(message, execType);
  if (kind === undefined) return undefined;
  if (kind === 'rejected' && message.int(Tag.OrdRejReason) === duplicateOrder) return undefined;
  const clOrdId = message.text(Tag.ClOrdID) ?? '';
  const routeId = parseRouteId(clOrdId)?.routeId ?? clOrdId;
  const venueExecId = message.text(Tag.ExecID) ?? '';
  const averagePrice = amount(message, Tag.AvgPx, instrument?.priceScale);
  const side = sides[message.text(Tag.Side) as '1' | '2'];
  return {
    kind: 'venueReport',
    venue,
    routeId,
    report: kind,
    venueExecId,
    commandId: `${venue}:${routeId}:${kind}:${venueExecId || message.seqNum}`,
    venueOrderId: message.text(Tag.OrderID) ?? '',
    ...(cumQuantity === undefined || Number.isNaN(cumQuantity) ? {} : { cumQuantity }),
    ...(isPositive(averagePrice) ? { averagePrice } : {}),
    ...(instrument === undefined ? {} : { instrument: instrument.id }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(side === undefined ? {} : { side }),
    ...(isFinal(message) ? { isFinal: true } : {}),
    ...(message.has(Tag.Text) ? { text: message.text(Tag.Text)! } : {}),
    ...(kind === 'acknowledged' && !isPositive(cumQuantity) ? {} : { raw: frameText(message.raw) }),
    ...(kind === 'filled' || kind === 'busted' || kind === 'corrected' ? tradeOf(message, instrument) : {}),
  };
}

/** A report that the session itself could not take: whatever of it can be found out, for a case. */
export function unreadableReport(message: Message, venue: string, why: string): VenueReport {
  const clOrdId = message.text(Tag.ClOrdID) ?? '';
  const routeId = parseRouteId(clOrdId)?.routeId ?? clOrdId;
  const venueExecId = message.text(Tag.ExecID) ?? '';
  return {
    kind: 'venueReport',
    venue,
    routeId,
    report: 'unreadable',
    venueExecId,
    commandId: `${venue}:${routeId}:unreadable:${venueExecId || message.seqNum}`,
    venueOrderId: message.text(Tag.OrderID) ?? '',
    raw: frameText(message.raw),
    text: why,
  };
}

/** Amounts as far as they can be read: the desk decides what that is worth. */
function tradeOf(message: Message, instrument: Instrument | undefined): Partial<VenueReport> {
  const lastQuantity = amount(message, Tag.LastQty, instrument?.quantityScale);
  const lastPrice = amount(message, Tag.LastPx, instrument?.priceScale);
  const refExecId = message.text(Tag.ExecRefID);
  const exactPrice = Number.isNaN(lastPrice) ? message.text(Tag.LastPx) : undefined;
  return {
    ...(isPositive(lastQuantity) ? { lastQuantity } : {}),
    ...(isPositive(lastPrice) ? { lastPrice } : {}),
    ...(exactPrice === undefined ? {} : { exactPrice }),
    ...(refExecId === undefined ? {} : { refExecId }),
  };
}

/** Undefined when absent, or when nobody knows how many decimals it has; NaN when it can't be read. */
function amount(message: Message, tag: number, scale: number | undefined): number | undefined {
  return scale === undefined ? undefined : message.decimal(tag, scale);
}

const isFinal = (message: Message): boolean =>
  endStatus.has(message.text(Tag.OrdStatus) ?? '') && message.decimal(Tag.LeavesQty, 0) === 0;

export function readCancelReject(message: Message, venue: string): VenueReport {
  const clOrdId = message.text(Tag.ClOrdID) ?? '';
  const routeId =
    parseRouteId(message.text(Tag.OrigClOrdID) ?? '')?.routeId ?? parseRouteId(clOrdId)?.routeId ?? '';
  return {
    kind: 'venueReport',
    commandId: `${venue}:${clOrdId}:cancelRejected`,
    venue,
    routeId,
    report: 'cancelRejected',
    requestId: clOrdId,
    venueExecId: '',
    venueOrderId: message.text(Tag.OrderID) ?? '',
    raw: frameText(message.raw),
    text: message.text(Tag.Text) ?? `CxlRejReason ${message.text(Tag.CxlRejReason) ?? 'absent'}`,
  };
}

/**
 * `reference` is the ClOrdID of the message that RefSeqNum(45) names. Of an order (D), cancel (F) or replace
 * (G); whoever does not answer a status request says nothing of the route.
 */
export function readBusinessReject(
  message: Message,
  venue: string,
  reference: string | undefined,
): VenueReport | undefined {
  const type = message.text(Tag.RefMsgType) ?? '';
  if (!['D', 'F', 'G'].includes(type)) return undefined;
  // Some name the order where they mean its cancel: that must not end it.
  const isMeant = (id: string): boolean => (parseRouteId(id)?.routeId === id) === (type === 'D');
  const ids = [message.text(Tag.BusinessRejectRefID) ?? '', reference ?? ''];
  const clOrdId = ids.find((id) => parseRouteId(id) !== undefined && isMeant(id));
  if (clOrdId === undefined) return undefined;
  return refusalOf(clOrdId, venue, 'businessReject', message.text(Tag.Text) ?? 'business reject');
}

/**
 * The venue did not take the message, or never got it: a route of it never was, one to be changed stays as it
 * is.
 */
export function refusalOf(
  clOrdId: string,
  venue: string,
  by: 'businessReject' | 'reject3' | 'notSent',
  text: string,
): VenueReport | undefined {
  const routeId = parseRouteId(clOrdId)?.routeId;
  if (routeId === undefined) return undefined;
  const isOrder = clOrdId === routeId;
  return {
    kind: 'venueReport',
    commandId: isOrder ? `${venue}:${routeId}:${by}` : `${venue}:${clOrdId}:cancelRejected`,
    venue,
    routeId,
    report: isOrder ? 'rejected' : 'cancelRejected',
    ...(isOrder ? {} : { requestId: clOrdId }),
    venueExecId: '',
    venueOrderId: '',
    text,
  };
}

/** Suspended, stopped, calculated, and what is on its way: nothing has been done yet. */
const changesNothing = new Set(['6', 'A', 'E', '7', '9', 'B']);

function kindOf(message: Message, execType: string): VenueReport['report'] | undefined {
  switch (execType) {
    case '0':
      return 'acknowledged';
    // 1 and 2 as before FIX 4.3, of which some providers keep the habit.
    case '1':
    case '2':
    case 'F':
      return 'filled';
    case '4':
      return 'canceled';
    case '5':
      return 'replaced';
    case '8':
      return 'rejected';
    case 'C':
    case '3':
      return 'expired';
    case 'H':
      return 'busted';
    case 'G':
      return 'corrected';
    case 'D':
    case 'I':
      return kindOfStatus(message);
    default:
      return 'unreadable';
  }
}

/**
 * How the order stands: an answer to H, or restated. Fills themselves come as ExecType F by resend, before
 * it. A venue that is done with it ends it, whatever we think is left.
 */
function kindOfStatus(message: Message): VenueReport['report'] | undefined {
  const status = message.text(Tag.OrdStatus) ?? '';
  switch (status) {
    case '0':
    case '1':
    case '6':
    case 'A':
    case 'E':
      return 'acknowledged';
    case '2':
      // Without its count nobody knows what of it is done.
      return message.has(Tag.CumQty) ? 'canceled' : 'unreadable';
    case '4':
      return 'canceled';
    case 'C':
    case '3':
      return 'expired';
    case '8':
      return message.int(Tag.OrdRejReason) === unknownOrder ? 'unknownOrder' : 'rejected';
    default:
      return 'unreadable';
  }
}

const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0;
