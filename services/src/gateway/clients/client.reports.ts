/**
 * What a client is told of its orders: journaled events written as ExecutionReport(8) and
 * OrderCancelReject(9). ExecID is derived from (partition, sequence), so a report written again after a
 * crash is the same report. Used by client.orders and dropcopy.
 */
import { executionId } from '@tidegate/core/number/ids';
import { numberOf } from '@tidegate/core/order/numbering';
import type { OrderImage } from '@tidegate/core/order/image';
import type {
  ChangeRefused,
  OrderEvent,
  OrderRefused,
  OrderStatus,
  RefusalCode,
  RouteFilled,
  Side,
  TradeBusted,
  TradeCorrected,
} from '@tidegate/core/order/order';
import type { FieldWriter } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { averagePrice } from '@tidegate/wire/views';

export type Write = (fields: FieldWriter) => void;
export interface Report {
  readonly msgType: '8' | '9';
  readonly write: Write;
}

const ordStatus: Readonly<Record<OrderStatus, string>> = {
  new: '0',
  partiallyFilled: '1',
  filled: '2',
  pendingCancel: '6',
  canceled: '4',
  expired: 'C',
  rejected: '8',
};

/** OrdRejReason(103), FIX 4.4 vol. 6; what has no code of its own is 99 (other) and named in Text(58). */
export const ordRejReason: Partial<Record<RefusalCode, number>> = {
  UNKNOWN_INSTRUMENT: 1,
  INSTRUMENT_NOT_PERMITTED: 1,
  TRADING_HALTED: 2,
  REDUCE_ONLY: 0,
  NOTIONAL_TOO_LARGE: 3,
  TOO_LATE: 4,
  DUPLICATE_CLORDID: 6,
  LIMIT_EXCEEDED: 3,
  LIMIT_TRIPPED: 0,
  TRADING_STOPPED: 0,
  DUPLICATE_ORDER: 6,
  INSTRUMENT_RESTRICTED: 0,
  UNSUPPORTED: 11,
  QUANTITY_TOO_SMALL: 13,
  QUANTITY_TOO_LARGE: 13,
  QUANTITY_STEP: 13,
  UNKNOWN_ACCOUNT: 15,
  ACCOUNT_NOT_PERMITTED: 15,
};

/** CxlRejReason(102). */
export const cxlRejReason: Partial<Record<RefusalCode, number>> = {
  ORDER_CLOSED: 0,
  UNKNOWN_ORDER: 1,
  DUPLICATE_CLORDID: 6,
  ROUTE_IN_FLIGHT: 3,
};

const sideCode: Readonly<Record<Side, string>> = { buy: '1', sell: '2' };
const timeInForceCode = { day: '0', gtc: '1', ioc: '3', fok: '4' } as const;

/** Text(58) goes to other people's systems: printable ASCII only, bounded. */
export const plainText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);

/** The report of an event, or undefined when clients are told nothing of it. */
export function reportOf(
  partition: string,
  sequenced: SequencedEvent,
  symbolOf: (id: string) => string,
): Report | undefined {
  const { event, order, atMs } = sequenced;
  const execId = executionId(partition, numberOf(sequenced));
  if (event.type === 'orderRefused') {
    return {
      msgType: '8',
      write: (fields) => writeRefusal(fields, event, execId, symbolOf, atMs),
    };
  }
  if (event.type === 'changeRefused') {
    return { msgType: '9', write: (fields) => writeChangeRefusal(fields, event, order, atMs) };
  }
  if (order === undefined) return undefined;
  const execType = execTypeOf(sequenced);
  if (execType === undefined) return undefined;
  return {
    msgType: '8',
    write: (fields) => {
      const ids = idsOf(sequenced, order);
      fields.text(Tag.OrderID, order.orderId).text(Tag.ClOrdID, ids.clOrdId);
      if (ids.origClOrdId !== undefined) fields.text(Tag.OrigClOrdID, ids.origClOrdId);
      fields.text(Tag.ExecID, execId).char(Tag.ExecType, execType);
      // Pending replace comes before what is filled, in FIX 4.4's order of precedence of OrdStatus(39).
      const status = event.type === 'routeReplaceRequested' ? 'E' : ordStatus[order.status];
      writeOrder(fields, order, status, symbolOf, atMs);
      if (event.type === 'tradeBusted' || event.type === 'tradeCorrected')
        fields.text(Tag.ExecRefID, executionId(partition, event.refSequence));
      if (isTrade(event)) {
        fields.decimal(Tag.LastQty, event.quantity, order.quantityScale);
        fields.decimal(Tag.LastPx, event.clientPrice, order.priceScale);
      }
      if (event.type === 'orderClosed' && (event.reason !== '' || event.code !== undefined)) {
        fields.text(Tag.Text, plainText([event.code, event.reason].filter(Boolean).join(': ')));
      }
    },
  };
}

/**
 * Answer to OrderStatusRequest(H): ExecType I, ExecID 0 as FIX 4.4 asks for reports that report no
 * execution.
 */
export function statusReport(
  order: OrderImage,
  clOrdId: string,
  symbolOf: (id: string) => string,
  atMs: number,
): Report {
  return {
    msgType: '8',
    write: (fields) => {
      fields
        .text(Tag.OrderID, order.orderId)
        .text(Tag.ClOrdID, clOrdId)
        .text(Tag.ExecID, '0')
        .char(Tag.ExecType, 'I');
      writeOrder(fields, order, ordStatus[order.status], symbolOf, atMs);
      if (order.unknown)
        fields.text(Tag.Text, 'UNKNOWN: a route is unanswered; its outcome is being asked for');
    },
  };
}

/** OrderStatusRequest for an order that we don't know. */
export function unknownOrderReport(clOrdId: string, symbol: string, side: string, atMs: number): Report {
  return {
    msgType: '8',
    write: (fields) => {
      fields
        .text(Tag.OrderID, 'NONE')
        .text(Tag.ClOrdID, plainText(clOrdId))
        .text(Tag.ExecID, '0')
        .char(Tag.ExecType, 'I')
        .char(Tag.OrdStatus, '8')
        .int(Tag.OrdRejReason, 5)
        .text(Tag.Symbol, plainText(symbol))
        .char(Tag.Side, side)
        .int(Tag.LeavesQty, 0)
        .int(Tag.CumQty, 0)
        .int(Tag.AvgPx, 0)
        .utcMillis(Tag.TransactTime, atMs)
        .text(Tag.Text, 'UNKNOWN_ORDER');
    },
  };
}

/**
 * An order refused without a journal entry, because the journal is down: ExecID comes from the client's own
 * message.
 */
export function unjournaledRefusal(
  order: { readonly clOrdId: string; readonly symbol: string; readonly side: Side },
  reportId: string,
  text: string,
  atMs: number,
): Report {
  return {
    msgType: '8',
    write: (fields) => {
      fields
        .text(Tag.OrderID, 'NONE')
        .text(Tag.ClOrdID, order.clOrdId || 'NONE')
        .text(Tag.ExecID, reportId)
        .char(Tag.ExecType, '8')
        .char(Tag.OrdStatus, '8')
        .int(Tag.OrdRejReason, 99)
        .text(Tag.Symbol, plainText(order.symbol) || 'NONE')
        .char(Tag.Side, sideCode[order.side])
        .int(Tag.LeavesQty, 0)
        .int(Tag.CumQty, 0)
        .int(Tag.AvgPx, 0)
        .utcMillis(Tag.TransactTime, atMs)
        .text(Tag.Text, plainText(text));
    },
  };
}

/**
 * OrderCancelReject(9) that no event stands behind (the request could not be read, or the journal is down).
 */
export function unjournaledChangeRefusal(
  change: { readonly clOrdId: string; readonly origClOrdId: string; readonly change: 'cancel' | 'replace' },
  text: string,
  atMs: number,
): Report {
  return {
    msgType: '9',
    write: (fields) => {
      fields
        .text(Tag.OrderID, 'NONE')
        .text(Tag.ClOrdID, plainText(change.clOrdId) || 'NONE')
        .text(Tag.OrigClOrdID, plainText(change.origClOrdId) || 'NONE')
        .char(Tag.OrdStatus, '8')
        .char(Tag.CxlRejResponseTo, change.change === 'cancel' ? '1' : '2')
        .int(Tag.CxlRejReason, 2)
        .utcMillis(Tag.TransactTime, atMs)
        .text(Tag.Text, plainText(text));
    },
  };
}

const isTrade = (event: OrderEvent): event is RouteFilled | TradeBusted | TradeCorrected =>
  event.type === 'routeFilled' || event.type === 'tradeBusted' || event.type === 'tradeCorrected';

/** ExecType(150) of the events that clients are told; routes are our business. */
function execTypeOf({ event }: SequencedEvent): string | undefined {
  switch (event.type) {
    case 'orderAccepted':
      return '0';
    case 'routeFilled':
      return 'F';
    case 'tradeBusted':
      return 'H';
    case 'tradeCorrected':
      return 'G';
    case 'cancelRequested':
      return '6';
    case 'routeReplaceRequested':
      return 'E';
    case 'orderReplaced':
      return '5';
    case 'orderClosed':
      return event.outcome === 'canceled' ? '4' : event.outcome === 'expired' ? 'C' : '8';
    default:
      return undefined;
  }
}

/**
 * A report that answers a cancel or replace names that request in ClOrdID(11) and the order in
 * OrigClOrdID(41).
 */
function idsOf({ event }: SequencedEvent, order: OrderImage): { clOrdId: string; origClOrdId?: string } {
  if (event.type === 'routeReplaceRequested') return { clOrdId: event.clOrdId, origClOrdId: order.clOrdId };
  if (event.type === 'orderReplaced') return { clOrdId: event.clOrdId, origClOrdId: event.origClOrdId };
  if (
    (event.type === 'orderClosed' || event.type === 'cancelRequested') &&
    event.clOrdId !== undefined &&
    event.clOrdId !== ''
  ) {
    return { clOrdId: event.clOrdId, origClOrdId: order.clOrdId };
  }
  return { clOrdId: order.clOrdId };
}

function writeOrder(
  fields: FieldWriter,
  order: OrderImage,
  status: string,
  symbolOf: (id: string) => string,
  atMs: number,
): void {
  fields
    .char(Tag.OrdStatus, status)
    .text(Tag.Account, order.account)
    .text(Tag.Symbol, symbolOf(order.instrument))
    .char(Tag.Side, sideCode[order.side])
    .decimal(Tag.OrderQty, order.quantity, order.quantityScale)
    .char(Tag.OrdType, order.orderType === 'market' ? '1' : '2');
  if (order.price !== undefined) fields.decimal(Tag.Price, order.price, order.priceScale);
  fields
    .char(Tag.TimeInForce, timeInForceCode[order.timeInForce])
    .decimal(Tag.LeavesQty, order.leaves, order.quantityScale)
    .decimal(Tag.CumQty, order.filled, order.quantityScale)
    .text(Tag.AvgPx, averagePrice(order.notional, order.filled, order.priceScale) ?? '0')
    .utcMillis(Tag.TransactTime, atMs);
}

function writeRefusal(
  fields: FieldWriter,
  event: OrderRefused,
  reportId: string,
  symbolOf: (id: string) => string,
  atMs: number,
): void {
  fields
    .text(Tag.OrderID, 'NONE')
    .text(Tag.ClOrdID, plainText(event.clOrdId) || 'NONE')
    .text(Tag.ExecID, reportId)
    .char(Tag.ExecType, '8')
    .char(Tag.OrdStatus, '8')
    .int(Tag.OrdRejReason, ordRejReason[event.code] ?? 99);
  if (event.account !== '') fields.text(Tag.Account, plainText(event.account));
  fields
    .text(Tag.Symbol, plainText(symbolOf(event.instrument)) || 'NONE')
    .char(Tag.Side, sideCode[event.side]);
  if (event.quantity > 0) fields.decimal(Tag.OrderQty, event.quantity, event.quantityScale);
  fields
    .int(Tag.LeavesQty, 0)
    .int(Tag.CumQty, 0)
    .int(Tag.AvgPx, 0)
    .utcMillis(Tag.TransactTime, atMs)
    .text(Tag.Text, plainText(`${event.code}: ${event.text}`));
}

function writeChangeRefusal(
  fields: FieldWriter,
  event: ChangeRefused,
  order: OrderImage | undefined,
  atMs: number,
): void {
  fields
    .text(Tag.OrderID, event.orderId ?? 'NONE')
    .text(Tag.ClOrdID, plainText(event.clOrdId) || 'NONE')
    .text(Tag.OrigClOrdID, plainText(event.origClOrdId) || 'NONE')
    .char(Tag.OrdStatus, order === undefined ? '8' : ordStatus[order.status])
    .char(Tag.CxlRejResponseTo, event.change === 'cancel' ? '1' : '2')
    .int(Tag.CxlRejReason, cxlRejReason[event.code] ?? 99)
    .utcMillis(Tag.TransactTime, atMs)
    .text(Tag.Text, plainText(`${event.code}: ${event.text}`));
}
