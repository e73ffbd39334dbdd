/**
 * Trading sessions of one simulated provider: D, F, G, H, AF and Q in, ExecutionReport(8),
 * OrderCancelReject(9) and BusinessMessageReject(j) out. The far end of an order's journey. What cannot be
 * sent is kept until there is a session.
 */
import type { FieldWriter, Message } from '@tidegate/fix/codec/fields';
import { fieldText } from '@tidegate/fix/codec/encoder';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import type { SimInstrument } from './instruments.ts';
import { instrumentsBySymbol } from './instruments.ts';
import { ordRejReason } from './provider.orders.ts';
import type {
  Answer,
  CancelReject,
  ExecutionReport,
  OrderInput,
  OrderType,
  ProviderInput,
  Side,
  TimeInForce,
} from './provider.messages.ts';
import { writeLots } from './quotes.fix.ts';

/** BusinessRejectReason(380). */
const businessRejectReason = { unsupportedMessageType: 3, conditionallyRequiredFieldMissing: 5 } as const;
/** OrdRejReason(103) "unsupported order characteristic". */
const UNSUPPORTED_CHARACTERISTIC = 11;
/** Answers kept for a client without a session, beyond which the oldest are given up and counted. */
const UNSENT_MAX = 100_000;
/** Further decimals of AvgPx(6) behind those of a price. */
const AVERAGE_DECIMALS = 3;

const timesInForce: Readonly<Record<string, TimeInForce>> = { 0: 'day', 1: 'gtc', 3: 'ioc', 4: 'fok' };
const timeInForceChars: Readonly<Record<TimeInForce, string>> = { day: '0', gtc: '1', ioc: '3', fok: '4' };
const orderTypes: Readonly<Record<string, OrderType>> = { 1: 'market', 2: 'limit' };
const sides: Readonly<Record<string, Side>> = { 1: 'buy', 2: 'sell' };

export interface OrderCounters {
  messagesUnsupported: number;
  answersGivenUp: number;
}

export class OrderSessions implements Application {
  readonly counters: OrderCounters = { messagesUnsupported: 0, answersGivenUp: 0 };
  readonly #decide: (input: ProviderInput) => void;
  readonly #sessions = new Map<string, SessionHandle>();
  readonly #unsent = new Map<string, Answer[]>();

  constructor(decide: (input: ProviderInput) => void) {
    this.#decide = decide;
  }

  get sessions(): readonly SessionHandle[] {
    return [...this.#sessions.values()].filter((session) => session.isLoggedOn);
  }

  /**
   * A session that can be sent to from now on, logged on or not; replaces an earlier one of the same client.
   */
  attach(session: SessionHandle): void {
    this.#sessions.set(session.targetCompId, session);
    const unsent = this.#unsent.get(session.targetCompId) ?? [];
    this.#unsent.delete(session.targetCompId);
    for (const answer of unsent) this.send(answer);
  }

  onMessage(message: Message, session: SessionHandle): void {
    const client = session.targetCompId;
    const input =
      message.msgType === 'Q'
        ? { kind: 'dontKnow' as const, client, execId: message.text(Tag.ExecID) ?? '' }
        : read(message, client);
    if (input === 'unsupported') {
      this.#businessReject(
        message,
        session,
        businessRejectReason.unsupportedMessageType,
        'unsupported message type',
      );
    } else if (input === 'incomplete') {
      this.#businessReject(
        message,
        session,
        businessRejectReason.conditionallyRequiredFieldMissing,
        'a field is missing',
      );
    } else {
      this.#decide(input);
    }
  }

  /** Sends to the client's session, stored for resending; keeps the answer when there is no session yet. */
  send(answer: Answer): void {
    const session = this.#sessions.get(answer.client);
    const sent =
      session === undefined
        ? 0
        : answer.kind === 'execution'
          ? session.send('8', (fields) => writeExecutionReport(fields, answer))
          : session.send('9', (fields) => writeCancelReject(fields, answer));
    if (sent !== 0) return;
    const unsent = this.#unsent.get(answer.client) ?? [];
    this.#unsent.set(answer.client, unsent);
    unsent.push(answer);
    if (unsent.length <= UNSENT_MAX) return;
    unsent.shift();
    this.counters.answersGivenUp += 1;
  }

  #businessReject(message: Message, session: SessionHandle, reason: number, text: string): void {
    this.counters.messagesUnsupported += 1;
    const { seqNum, msgType } = message;
    const id = message.text(Tag.ClOrdID);
    session.send('j', (fields) => {
      fields.int(Tag.RefSeqNum, seqNum).text(Tag.RefMsgType, fieldText(msgType));
      if (id !== undefined) fields.text(Tag.BusinessRejectRefID, fieldText(id));
      fields.int(Tag.BusinessRejectReason, reason).text(Tag.Text, text);
    });
  }
}

function read(message: Message, client: string): OrderInput | 'unsupported' | 'incomplete' {
  switch (message.msgType) {
    case 'D':
      return readNewOrder(message, client);
    case 'F':
    case 'G':
      return readChange(message, client);
    case 'H':
      return readStatusRequest(message, client);
    case 'AF': {
      const requestId = message.text(Tag.MassStatusReqID);
      // MassStatusReqType(585) 7: status for all orders.
      if (message.text(Tag.MassStatusReqType) !== '7') return 'unsupported';
      return requestId === undefined ? 'incomplete' : { kind: 'massStatus', client, requestId };
    }
    default:
      return 'unsupported';
  }
}

function readNewOrder(message: Message, client: string): OrderInput | 'incomplete' {
  const clOrdId = message.text(Tag.ClOrdID);
  const symbol = message.text(Tag.Symbol);
  if (clOrdId === undefined || symbol === undefined) return 'incomplete';
  const side = sides[message.text(Tag.Side) ?? ''];
  const type = orderTypes[message.text(Tag.OrdType) ?? ''];
  const timeInForce = timesInForce[message.text(Tag.TimeInForce) ?? '0'];
  const refuse = (reason: number, text: string): OrderInput => ({
    kind: 'refusedOrder',
    client,
    clOrdId,
    symbol,
    side: side ?? 'sell',
    reason,
    text,
  });
  const instrument = instrumentsBySymbol.get(symbol);
  if (instrument === undefined) {
    return refuse(ordRejReason.unknownSymbol, `unknown symbol ${fieldText(symbol)}`);
  }
  if (side === undefined) return refuse(UNSUPPORTED_CHARACTERISTIC, 'Side must be 1 (buy) or 2 (sell)');
  if (type === undefined) {
    return refuse(UNSUPPORTED_CHARACTERISTIC, 'OrdType must be 1 (market) or 2 (limit)');
  }
  if (timeInForce === undefined) {
    return refuse(UNSUPPORTED_CHARACTERISTIC, 'TimeInForce must be 0, 1, 3 or 4');
  }
  const quantity = message.decimal(Tag.OrderQty, instrument.document.quantityScale) ?? NaN;
  if (Number.isNaN(quantity)) {
    return refuse(ordRejReason.incorrectQuantity, 'OrderQty is not a quantity of this instrument');
  }
  const price =
    type === 'limit' ? (message.decimal(Tag.Price, instrument.document.priceScale) ?? NaN) : undefined;
  if (Number.isNaN(price)) return refuse(ordRejReason.other, 'Price is not a price of this instrument');
  const account = message.text(Tag.Account);
  return {
    kind: 'order',
    client,
    clOrdId,
    symbol,
    side,
    type,
    quantity,
    timeInForce,
    possResend: message.possResend,
    ...(price === undefined ? {} : { price }),
    ...(account === undefined ? {} : { account }),
  };
}

function readChange(message: Message, client: string): OrderInput | 'incomplete' {
  const clOrdId = message.text(Tag.ClOrdID);
  const origClOrdId = message.text(Tag.OrigClOrdID);
  const symbol = message.text(Tag.Symbol);
  const side = sides[message.text(Tag.Side) ?? ''];
  if (clOrdId === undefined || origClOrdId === undefined || symbol === undefined || side === undefined) {
    return 'incomplete';
  }
  const change = { client, clOrdId, origClOrdId, symbol, side };
  if (message.msgType === 'F') return { kind: 'cancel', ...change };
  // For an unknown symbol any scale will do: the replace is refused for that.
  const document = instrumentsBySymbol.get(symbol)?.document;
  const quantity = message.decimal(Tag.OrderQty, document?.quantityScale ?? 0) ?? NaN;
  const price = message.decimal(Tag.Price, document?.priceScale ?? 0);
  return { kind: 'replace', ...change, quantity, ...(price === undefined ? {} : { price }) };
}

function readStatusRequest(message: Message, client: string): OrderInput | 'incomplete' {
  const clOrdId = message.text(Tag.ClOrdID);
  const symbol = message.text(Tag.Symbol);
  const requestId = message.text(Tag.OrdStatusReqID);
  if (clOrdId === undefined || symbol === undefined) return 'incomplete';
  return {
    kind: 'status',
    client,
    clOrdId,
    symbol,
    side: sides[message.text(Tag.Side) ?? ''] ?? 'buy',
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function writeExecutionReport(fields: FieldWriter, report: ExecutionReport): void {
  const instrument = instrumentsBySymbol.get(report.symbol);
  fields.text(Tag.OrderID, report.orderId);
  fields.text(Tag.ClOrdID, fieldText(report.clOrdId));
  if (report.origClOrdId !== undefined) fields.text(Tag.OrigClOrdID, fieldText(report.origClOrdId));
  if (report.statusRequestId !== undefined) {
    fields.text(Tag.OrdStatusReqID, fieldText(report.statusRequestId));
  }
  if (report.massStatus !== undefined) {
    fields
      .text(Tag.MassStatusReqID, fieldText(report.massStatus.requestId))
      .int(Tag.TotNumReports, report.massStatus.total)
      .boolean(Tag.LastRptRequested, report.massStatus.isLast);
  }
  fields
    .text(Tag.ExecID, report.execId)
    .char(Tag.ExecType, report.execType)
    .char(Tag.OrdStatus, report.status);
  if (report.refExecId !== undefined) fields.text(Tag.ExecRefID, report.refExecId);
  if (report.rejectReason !== undefined) fields.int(Tag.OrdRejReason, report.rejectReason);
  if (report.account !== undefined) fields.text(Tag.Account, fieldText(report.account));
  fields.text(Tag.Symbol, fieldText(report.symbol)).char(Tag.Side, report.side === 'buy' ? '1' : '2');
  writeTerms(fields, report, instrument);
  const priceScale = instrument?.document.priceScale ?? 0;
  const quantityScale = instrument?.document.quantityScale ?? 0;
  if (report.lastQuantity !== undefined && report.lastPrice !== undefined) {
    writeLots(fields, Tag.LastQty, report.lastQuantity, quantityScale);
    fields.decimal(Tag.LastPx, report.lastPrice, priceScale);
  }
  writeLots(fields, Tag.LeavesQty, report.leavesQuantity, quantityScale);
  writeLots(fields, Tag.CumQty, report.cumQuantity, quantityScale);
  fields.decimal(Tag.AvgPx, averagePrice(report), priceScale + AVERAGE_DECIMALS);
  fields.utcMillis(Tag.TransactTime, Math.floor(report.atMs));
  if (report.text !== undefined) fields.text(Tag.Text, fieldText(report.text));
}

function writeTerms(
  fields: FieldWriter,
  report: ExecutionReport,
  instrument: SimInstrument | undefined,
): void {
  if (instrument === undefined) return;
  const { priceScale, quantityScale } = instrument.document;
  if (report.quantity !== undefined) writeLots(fields, Tag.OrderQty, report.quantity, quantityScale);
  if (report.type !== undefined) fields.char(Tag.OrdType, report.type === 'market' ? '1' : '2');
  if (report.price !== undefined) fields.decimal(Tag.Price, report.price, priceScale);
  if (report.timeInForce !== undefined) fields.char(Tag.TimeInForce, timeInForceChars[report.timeInForce]);
}

/**
 * Volume-weighted price of the fills with AVERAGE_DECIMALS more decimals than a price, halves up; 0 without
 * fills.
 */
function averagePrice(report: ExecutionReport): number {
  if (report.cumQuantity === 0) return 0;
  const cum = BigInt(report.cumQuantity);
  return Number((report.notional * 2n * 10n ** BigInt(AVERAGE_DECIMALS) + cum) / (2n * cum));
}

function writeCancelReject(fields: FieldWriter, reject: CancelReject): void {
  fields
    .text(Tag.OrderID, reject.orderId)
    .text(Tag.ClOrdID, fieldText(reject.clOrdId))
    .text(Tag.OrigClOrdID, fieldText(reject.origClOrdId))
    .char(Tag.OrdStatus, reject.status)
    .utcMillis(Tag.TransactTime, Math.floor(reject.atMs))
    .char(Tag.CxlRejResponseTo, reject.responseTo === 'cancel' ? '1' : '2')
    .int(Tag.CxlRejReason, reject.reason)
    .text(Tag.Text, fieldText(reject.text));
}
