/**
 * A client's order messages, read: NewOrderSingle(D), OrderCancelRequest(F) and
 * OrderCancelReplaceRequest(G) become commands in the instrument's own scales. What can't be expressed
 * becomes a refusal, so that it is journaled and answered like any other. Step `gateway/client.orders` of
 * the order journey.
 */
import { parseDecimal } from '@tidegate/core/number/decimal';
import type { Instrument } from '@tidegate/core/market/instrument';
import type {
  CancelOrder,
  MeantOrder,
  OrderType,
  Origin,
  RefusalCode,
  RefuseOrder,
  ReplaceOrder,
  Side,
  SubmitOrder,
  TimeInForce,
} from '@tidegate/core/order/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';
import { decideUntil, type Horizon } from '../../horizon.ts';

/** What the session knows about who sends. */
export interface Sender {
  readonly origin: Origin;
  readonly account: string;
  readonly trader: string;
  /** The idempotency key of the message: session, when its numbers began, MsgSeqNum. */
  readonly commandId: string;
  /** Pass-through listeners route to their provider only. */
  readonly forcedVenue?: string;
  readonly instrumentBySymbol: (symbol: string) => Instrument | undefined;
  readonly horizon: Horizon;
  readonly nowMs: number;
}

const buy = 0x31;
const sell = 0x32;

export const sideOf = (code: number | undefined): Side | undefined =>
  code === buy ? 'buy' : code === sell ? 'sell' : undefined;

const typeOf = (code: number | undefined): OrderType | undefined =>
  code === 0x31 ? 'market' : code === 0x32 ? 'limit' : undefined;

const timesInForce: Readonly<Record<string, TimeInForce>> = {
  '0': 'day',
  '1': 'gtc',
  '3': 'ioc',
  '4': 'fok',
};

/** ClOrdIDs are kept to what every counterparty takes: printable ASCII, at most 64. */
export const isClOrdId = (text: string | undefined): text is string =>
  text !== undefined && /^[\x21-\x7e]{1,64}$/.test(text);

/** What a stranger wrote, as it may be journaled and shown: printable ASCII, at most 64. */
const shown = (text: string | undefined): string => (text ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 64);

/** Terms that would change what is traded and that we do not offer: refused, never left out in silence. */
const unsupportedTerms: readonly (readonly [tag: number, name: string])[] = [
  [Tag.ExecInst, 'ExecInst(18)'],
  [Tag.SettlDate, 'SettlDate(64)'],
  [Tag.StopPx, 'StopPx(99)'],
  [Tag.MinQty, 'MinQty(110)'],
  [Tag.MaxFloor, 'MaxFloor(111)'],
  [Tag.ExpireTime, 'ExpireTime(126)'],
  [Tag.CashOrderQty, 'CashOrderQty(152)'],
  [Tag.EffectiveTime, 'EffectiveTime(168)'],
  [Tag.OrderQty2, 'OrderQty2(192)'],
  [Tag.PegOffsetValue, 'PegOffsetValue(211)'],
  [Tag.ExpireDate, 'ExpireDate(432)'],
  [Tag.OrderPercent, 'OrderPercent(516)'],
  [Tag.Price2, 'Price2(640)'],
];

/** Undefined when the message asks for nothing but what we do: spot, in the base currency. */
function unsupportedTerm(message: Message, instrument: Instrument): string | undefined {
  const found = unsupportedTerms.find(([tag]) => message.has(tag));
  if (found !== undefined) return `${found[1]} is not supported`;
  const currency = message.text(Tag.Currency);
  if (currency !== undefined && currency !== instrument.baseCurrency)
    return `Currency(15) must be ${instrument.baseCurrency}, the currency that OrderQty(38) is in`;
  const settlType = message.text(Tag.SettlType);
  return settlType === undefined || settlType === '0' ? undefined : 'SettlType(63) must be 0 (spot)';
}

export function readNewOrder(message: Message, sender: Sender): SubmitOrder | RefuseOrder {
  const symbol = message.text(Tag.Symbol) ?? '';
  const instrument = sender.instrumentBySymbol(symbol);
  const side = sideOf(message.char(Tag.Side)) ?? 'buy';
  const refuse = (code: RefusalCode, text: string): RefuseOrder => ({
    kind: 'refuse',
    commandId: sender.commandId,
    origin: sender.origin,
    account: shown(message.text(Tag.Account) ?? sender.account),
    clOrdId: shown(message.text(Tag.ClOrdID)),
    instrument: instrument?.id ?? shown(symbol),
    side,
    code,
    text,
  });

  if (instrument === undefined)
    return refuse('UNKNOWN_INSTRUMENT', `Symbol(55) ${shown(symbol)} is not known`);
  if (!isClOrdId(message.text(Tag.ClOrdID))) {
    return refuse('UNSUPPORTED', 'ClOrdID(11) must be 1 to 64 printable ASCII characters');
  }
  if (sideOf(message.char(Tag.Side)) === undefined) return refuse('UNSUPPORTED', 'Side(54) must be 1 or 2');
  const type = typeOf(message.char(Tag.OrdType));
  if (type === undefined) return refuse('UNSUPPORTED', 'OrdType(40) must be 1 (market) or 2 (limit)');
  const timeInForce = timesInForce[message.text(Tag.TimeInForce) ?? '0'];
  if (timeInForce === undefined) return refuse('UNSUPPORTED', 'TimeInForce(59) must be 0, 1, 3 or 4');
  const term = unsupportedTerm(message, instrument);
  if (term !== undefined) return refuse('UNSUPPORTED', term);
  const account = message.text(Tag.Account) ?? sender.account;
  if (shown(account) !== account)
    return refuse('UNKNOWN_ACCOUNT', 'Account(1) must be 1 to 64 printable ASCII characters');

  const quantity = parseDecimal(message.text(Tag.OrderQty) ?? '', instrument.quantityScale);
  if (quantity === undefined || quantity <= 0) {
    return refuse(
      'QUANTITY_STEP',
      `OrderQty(38) must be positive with at most ${instrument.quantityScale} decimals`,
    );
  }
  const priceText = message.text(Tag.Price);
  const price = priceText === undefined ? undefined : parseDecimal(priceText, instrument.priceScale);
  if (priceText !== undefined && (price === undefined || price <= 0)) {
    return refuse('PRICE_SCALE', `Price(44) must be positive with at most ${instrument.priceScale} decimals`);
  }
  return {
    kind: 'submit',
    commandId: sender.commandId,
    origin: sender.origin,
    account,
    trader: sender.trader,
    clOrdId: message.text(Tag.ClOrdID)!,
    instrument: instrument.id,
    side,
    type,
    quantity,
    timeInForce,
    ...(price === undefined ? {} : { price }),
    ...(sender.forcedVenue === undefined ? {} : { forcedVenue: sender.forcedVenue }),
    decideUntilMs: decideUntil(
      sender.horizon,
      { orderType: type, timeInForce },
      sentMs(message),
      sender.nowMs,
    ),
  };
}

/** What F or G says of its order: our words where we have them, else what was written. */
function meantOrder(message: Message, sender: Sender): MeantOrder {
  const said = (tag: number, name: (text: string) => string | undefined) => {
    const text = message.text(tag);
    return text === undefined ? undefined : (name(text) ?? shown(text));
  };
  // NONE is our own word for an order that we do not know.
  const orderId = said(Tag.OrderID, (text) => text);
  const account = said(Tag.Account, (text) => text);
  const instrument = said(Tag.Symbol, (symbol) => sender.instrumentBySymbol(symbol)?.id);
  const side = said(Tag.Side, (text) => (text.length === 1 ? sideOf(text.charCodeAt(0)) : undefined));
  const orderType = said(Tag.OrdType, (text) => (text.length === 1 ? typeOf(text.charCodeAt(0)) : undefined));
  const timeInForce = said(Tag.TimeInForce, (text) => timesInForce[text]);
  return {
    ...(orderId === undefined || orderId === 'NONE' ? {} : { orderId: shown(orderId) }),
    ...(account === undefined ? {} : { account: shown(account) }),
    ...(instrument === undefined ? {} : { instrument }),
    ...(side === undefined ? {} : { side }),
    ...(orderType === undefined ? {} : { orderType }),
    ...(timeInForce === undefined ? {} : { timeInForce }),
  };
}

/** When it was first sent: a resent order is as old as its original. */
function sentMs(message: Message): number | undefined {
  const micros = message.utcMicros(Tag.OrigSendingTime) ?? message.utcMicros(Tag.SendingTime);
  return micros === undefined ? undefined : Math.floor(micros / 1_000);
}

export function readCancel(message: Message, sender: Sender): CancelOrder {
  return {
    kind: 'cancel',
    commandId: sender.commandId,
    origin: sender.origin,
    clOrdId: message.text(Tag.ClOrdID) ?? '',
    origClOrdId: message.text(Tag.OrigClOrdID) ?? '',
    meant: meantOrder(message, sender),
  };
}

/** A text when the new terms can't be expressed: the caller answers with OrderCancelReject(9). */
export function readReplace(message: Message, sender: Sender): ReplaceOrder | string {
  const symbol = message.text(Tag.Symbol) ?? '';
  const instrument = sender.instrumentBySymbol(symbol);
  if (instrument === undefined) return `UNKNOWN_INSTRUMENT: Symbol(55) ${shown(symbol)} is not known`;
  const term = unsupportedTerm(message, instrument);
  if (term !== undefined) return `UNSUPPORTED: ${term}`;
  const { quantityScale, priceScale } = instrument;
  const quantity = parseDecimal(message.text(Tag.OrderQty) ?? '', quantityScale);
  if (quantity === undefined || quantity <= 0)
    return `QUANTITY_STEP: OrderQty(38) must be positive with at most ${quantityScale} decimals`;
  const priceText = message.text(Tag.Price);
  const price = priceText === undefined ? undefined : parseDecimal(priceText, priceScale);
  if (priceText !== undefined && (price === undefined || price <= 0))
    return `PRICE_SCALE: Price(44) must be positive with at most ${priceScale} decimals`;
  return {
    kind: 'replace',
    commandId: sender.commandId,
    origin: sender.origin,
    clOrdId: message.text(Tag.ClOrdID) ?? '',
    origClOrdId: message.text(Tag.OrigClOrdID) ?? '',
    meant: meantOrder(message, sender),
    quantity,
    ...(price === undefined ? {} : { price }),
    decideUntilMs: decideUntil(sender.horizon, 'replace', sentMs(message), sender.nowMs),
  };
}
