/**
 * A client's order messages, read: NewOrderSingle(D), OrderCancelRequest(F) and
 * OrderCancelReplaceRequest(G) become commands in the instrument's own scales. What can't be expressed
 * becomes a refusal, so that it is journaled and answered like any other. Step `gateway/client.orders` of
 * the order journey.
 */
import { parseDecimal } from '@tidegate/core/decimal';
import type { Instrument } from '@tidegate/core/instrument';
import type {
  CancelOrder,
  OrderType,
  Origin,
  RefusalCode,
  RefuseOrder,
  ReplaceOrder,
  Side,
  SubmitOrder,
  TimeInForce,
} from '@tidegate/core/order';
import type { Message } from '@tidegate/fix/codec/fields';
import { Tag } from '@tidegate/fix/dictionary/tags44';

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

export function readNewOrder(message: Message, sender: Sender): SubmitOrder | RefuseOrder {
  const symbol = message.text(Tag.Symbol) ?? '';
  const side = sideOf(message.char(Tag.Side)) ?? 'buy';
  const refuse = (code: RefusalCode, text: string): RefuseOrder => ({
    kind: 'refuse',
    commandId: sender.commandId,
    origin: sender.origin,
    account: sender.account,
    clOrdId: message.text(Tag.ClOrdID) ?? '',
    instrument: symbol,
    side,
    code,
    text,
  });

  const instrument = sender.instrumentBySymbol(symbol);
  if (instrument === undefined) return refuse('UNKNOWN_INSTRUMENT', `Symbol(55) ${symbol} is not known`);
  if (!isClOrdId(message.text(Tag.ClOrdID))) {
    return refuse('UNSUPPORTED', 'ClOrdID(11) must be 1 to 64 printable ASCII characters');
  }
  if (sideOf(message.char(Tag.Side)) === undefined) return refuse('UNSUPPORTED', 'Side(54) must be 1 or 2');
  const type = typeOf(message.char(Tag.OrdType));
  if (type === undefined) return refuse('UNSUPPORTED', 'OrdType(40) must be 1 (market) or 2 (limit)');
  const timeInForce = timesInForce[message.text(Tag.TimeInForce) ?? '0'];
  if (timeInForce === undefined) return refuse('UNSUPPORTED', 'TimeInForce(59) must be 0, 1, 3 or 4');

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
    account: message.text(Tag.Account) ?? sender.account,
    trader: sender.trader,
    clOrdId: message.text(Tag.ClOrdID)!,
    instrument: instrument.id,
    side,
    type,
    quantity,
    timeInForce,
    ...(price === undefined ? {} : { price }),
    ...(sender.forcedVenue === undefined ? {} : { forcedVenue: sender.forcedVenue }),
  };
}

export function readCancel(message: Message, sender: Sender): CancelOrder {
  return {
    kind: 'cancel',
    commandId: sender.commandId,
    origin: sender.origin,
    clOrdId: message.text(Tag.ClOrdID) ?? '',
    origClOrdId: message.text(Tag.OrigClOrdID) ?? '',
  };
}

/** Undefined when the new terms can't be expressed: the caller answers with OrderCancelReject(9). */
export function readReplace(message: Message, sender: Sender): ReplaceOrder | undefined {
  const instrument = sender.instrumentBySymbol(message.text(Tag.Symbol) ?? '');
  if (instrument === undefined) return undefined;
  const quantity = parseDecimal(message.text(Tag.OrderQty) ?? '', instrument.quantityScale);
  const priceText = message.text(Tag.Price);
  const price = priceText === undefined ? undefined : parseDecimal(priceText, instrument.priceScale);
  if (quantity === undefined || quantity <= 0) return undefined;
  if (priceText !== undefined && (price === undefined || price <= 0)) return undefined;
  return {
    kind: 'replace',
    commandId: sender.commandId,
    origin: sender.origin,
    clOrdId: message.text(Tag.ClOrdID) ?? '',
    origClOrdId: message.text(Tag.OrigClOrdID) ?? '',
    quantity,
    ...(price === undefined ? {} : { price }),
  };
}
