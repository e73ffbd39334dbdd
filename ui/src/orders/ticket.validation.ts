/**
 * From what the ticket holds to an order request, checked against the instrument's scales and limits. Pure.
 */
import { formatDecimal, parseDecimal } from '@tidegate/core/number/decimal';
import type { SubmitOrderRequest } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import { parseOwnSize, usualSizes, type OwnSizes } from '../prices/own.sizes.ts';
import type { Size } from '../prices/size.ts';

export interface TicketFields {
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market';
  readonly timeInForce: SubmitOrderRequest['timeInForce'];
  readonly quantity: string;
  readonly price: string;
}

export type TicketCheck =
  | {
      readonly ok: true;
      readonly order: Omit<SubmitOrderRequest, 'clOrdId'>;
      readonly size: Size & { readonly ok: true };
    }
  | { readonly ok: false; readonly field: 'quantity' | 'price' | 'timeInForce'; readonly reason: string };

/** A market order does not rest: it is filled now or not at all. */
export const timesInForce: Readonly<Record<TicketFields['type'], readonly TicketFields['timeInForce'][]>> = {
  limit: ['ioc', 'fok', 'day', 'gtc'],
  market: ['ioc', 'fok'],
};

/** @param own the dealer's own maximum. */
export function checkTicket(
  fields: TicketFields,
  instrument: InstrumentView,
  own: OwnSizes = usualSizes(instrument),
): TicketCheck {
  const size = parseOwnSize(fields.quantity, instrument, own);
  if (!size.ok) return { ok: false, field: 'quantity', reason: size.reason };
  if (!timesInForce[fields.type].includes(fields.timeInForce)) {
    return { ok: false, field: 'timeInForce', reason: 'A market order is IOC or FOK' };
  }
  const order = {
    instrument: instrument.id,
    side: fields.side,
    type: fields.type,
    quantity: size.text,
    timeInForce: fields.timeInForce,
  };
  if (fields.type === 'market') return { ok: true, order, size };
  const price = checkPrice(fields.price, instrument);
  return price.ok
    ? { ok: true, order: { ...order, price: price.text }, size }
    : { ok: false, field: 'price', reason: price.reason };
}

export type PriceCheck =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** A price as the market writes it: digits, a point before decimals, no separators and no unit. */
export function checkPrice(typed: string, instrument: Pick<InstrumentView, 'priceScale'>): PriceCheck {
  const text = typed.trim();
  if (text === '') return { ok: false, reason: 'Enter a price' };
  if (!/^-?\d+(\.\d+)?$/.test(text)) return { ok: false, reason: 'Not a price: digits with a point' };
  const points = parseDecimal(text, instrument.priceScale);
  if (points === undefined) return { ok: false, reason: `At most ${instrument.priceScale} decimals` };
  if (points <= 0) return { ok: false, reason: 'Above zero' };
  return { ok: true, text: formatDecimal(points, instrument.priceScale) };
}

/** The price one point higher or lower; what was typed when it is not a price. */
export function stepPrice(
  typed: string,
  points: number,
  instrument: Pick<InstrumentView, 'priceScale'>,
): string {
  const from = parseDecimal(typed.trim(), instrument.priceScale);
  return from === undefined ? typed : formatDecimal(Math.max(1, from + points), instrument.priceScale);
}
