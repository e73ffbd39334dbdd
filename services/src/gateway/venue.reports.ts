/**
 * A provider's answers, read: ExecutionReport(8), OrderCancelReject(9) and BusinessMessageReject(j) as
 * normalised venue reports. Our ClOrdID at a venue is the routeId, with a suffix for cancels and replaces,
 * so each answer finds its route.
 */
import { parseRouteId } from '@tidegate/core/ids';
import type { VenueReport } from '@tidegate/core/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { InstrumentIndex } from './instruments.ts';

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
  const instrument = instruments.bySymbol(message.text(Tag.Symbol) ?? '');
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

/** `reference` is the route of the message that RefSeqNum(45) names. Only an order (D) is refused by it. */
export function readBusinessReject(
  message: Message,
  venue: string,
  reference: string | undefined,
): VenueReport | undefined {
  const routeId = parseRouteId(message.text(Tag.BusinessRejectRefID) ?? '')?.routeId ?? reference;
  if (routeId === undefined || message.text(Tag.RefMsgType) !== 'D') return undefined;
  return {
    kind: 'venueReport',
    commandId: `${venue}:${routeId}:businessReject`,
    venue,
    routeId,
    report: 'rejected',
    venueExecId: '',
    venueOrderId: '',
    text: message.text(Tag.Text) ?? 'business reject',
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
