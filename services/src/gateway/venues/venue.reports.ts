/**
 * A provider's answers, read: ExecutionReport(8), OrderCancelReject(9) and BusinessMessageReject(j) as
 * normalised venue reports. Our ClOrdID at a venue is the routeId, with a suffix for cancels and replaces,
 * so each answer finds its route.
 */
import { parseRouteId } from '@tidegate/core/number/ids';
import type { VenueReport } from '@tidegate/core/order/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { InstrumentIndex } from '../instruments.ts';

/** OrdRejReason(103). */
const unknownOrder = 5;
const duplicateOrder = 6;

/**
 * Undefined for reports that change nothing: pending states, and "duplicate order", which says that the
 * venue has this ClOrdID already and ends nothing.
 */
export function readVenueReport(
  message: Message,
  venue: string,
  instruments: InstrumentIndex,
): VenueReport | undefined {
  const execType = message.text(Tag.ExecType) ?? '';
  const kind = execType === 'I' ? kindOfStatus(message) : kindOfExecution(execType);
  if (kind === undefined) return undefined;
  if (kind === 'rejected' && message.int(Tag.OrdRejReason) === duplicateOrder) return undefined;
  const routeId = parseRouteId(message.text(Tag.ClOrdID) ?? '')?.routeId ?? message.text(Tag.ClOrdID) ?? '';
  const venueExecId = message.text(Tag.ExecID) ?? '';
  const instrument = instruments.lastKnownAs(message.text(Tag.Symbol) ?? '');
  const cumQuantity =
    instrument === undefined ? undefined : message.decimal(Tag.CumQty, instrument.quantityScale);
  const common = {
    kind: 'venueReport',
    venue,
    routeId,
    report: kind,
    venueExecId,
    commandId: execType === 'F' ? `${venue}:${venueExecId}` : `${venue}:${routeId}:${kind}:${venueExecId}`,
    venueOrderId: message.text(Tag.OrderID) ?? '',
    ...(cumQuantity === undefined || Number.isNaN(cumQuantity) ? {} : { cumQuantity }),
    ...(message.has(Tag.Text) ? { text: message.text(Tag.Text)! } : {}),
  } as const;
  if (kind !== 'filled') return common;
  const lastPrice = instrument === undefined ? undefined : message.decimal(Tag.LastPx, instrument.priceScale);
  const lastQuantity =
    instrument === undefined ? undefined : message.decimal(Tag.LastQty, instrument.quantityScale);
  if (!isPositive(lastPrice) || !isPositive(lastQuantity)) {
    throw new Error(
      `fill ${venueExecId} of ${venue} has no usable Symbol, LastPx or LastQty: it must not be lost`,
    );
  }
  return { ...common, lastPrice, lastQuantity };
}

export function readCancelReject(message: Message, venue: string): VenueReport {
  const routeId =
    parseRouteId(message.text(Tag.OrigClOrdID) ?? '')?.routeId ??
    parseRouteId(message.text(Tag.ClOrdID) ?? '')?.routeId ??
    '';
  return {
    kind: 'venueReport',
    commandId: `${venue}:${message.text(Tag.ClOrdID) ?? ''}:cancelRejected`,
    venue,
    routeId,
    report: 'cancelRejected',
    venueExecId: '',
    venueOrderId: message.text(Tag.OrderID) ?? '',
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

/** The venue did not take the message at all: a route of it never was, one to be changed stays as it is. */
export function refusalOf(
  clOrdId: string,
  venue: string,
  by: 'businessReject' | 'reject3',
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
    venueExecId: '',
    venueOrderId: '',
    text,
  };
}

function kindOfExecution(execType: string): VenueReport['report'] | undefined {
  switch (execType) {
    case '0':
      return 'acknowledged';
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
    default:
      return undefined;
  }
}

/** An answer to H. Fills themselves come as ExecType F by resend, before it. */
function kindOfStatus(message: Message): VenueReport['report'] | undefined {
  switch (message.text(Tag.OrdStatus)) {
    case '0':
    case '1':
    case '2':
    case '6':
    case 'A':
    case 'E':
      return 'acknowledged';
    case '4':
      return 'canceled';
    case 'C':
    case '3':
      return 'expired';
    case '8':
      return message.int(Tag.OrdRejReason) === unknownOrder ? 'unknownOrder' : 'rejected';
    default:
      return undefined;
  }
}

/** TradeCorrect(G) and TradeCancel(H) of ExecType(150): a person has to book them. */
export const changesTrade = (message: Message): boolean =>
  message.msgType === '8' && ['G', 'H'].includes(message.text(Tag.ExecType) ?? '');

const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0;
