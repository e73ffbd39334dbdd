/**
 * What happened to an order, event by event, as REST tells it: routes, what providers answered, and the
 * quotes that a decision rested on, as far as the journal keeps them. Who may not see providers is told
 * neither their names nor their prices nor their words.
 */
import { formatDecimal } from '@tidegate/core/number/decimal';
import { executionId } from '@tidegate/core/number/ids';
import { spotValueDate, type Settlement } from '@tidegate/core/market/settlement';
import { numberOf } from '@tidegate/core/order/numbering';
import type { OrderEvent } from '@tidegate/core/order/order';
import { z } from 'zod';
import type { SequencedEvent } from './commands.ts';
import { orderView } from './orders.ts';

/** A quote of a provider at the moment of the decision. */
const usedQuote = z.object({ quoteId: z.string(), ageMs: z.number(), price: z.string() });

export const orderHistoryEvent = z.object({
  sequence: z.int(),
  at: z.iso.datetime(),
  /** As the journal has it: `orderAccepted`, `routeRequested`, `routeFilled` … */
  type: z.string(),
  /** Who asked: user or FIX session; null where nobody did. */
  by: z.string().nullable(),
  clOrdId: z.string().nullable(),
  routeId: z.string().nullable(),
  /** Empty for who may not see providers; null where no provider is part of it. */
  venue: z.string().nullable(),
  quantity: z.string().nullable(),
  /** The client's: a limit, or what a fill was booked at. */
  price: z.string().nullable(),
  /** The provider's, before markup. */
  venuePrice: z.string().nullable(),
  execId: z.string().nullable(),
  venueExecId: z.string().nullable(),
  /** When a fill settles; null of everything else. */
  valueDate: z.iso.date().nullable(),
  /** Refusal code or outcome. */
  code: z.string().nullable(),
  text: z.string(),
  quotes: z.array(usedQuote),
  configurationVersion: z.int().nullable(),
  /** Of the order after it. */
  status: z.string().nullable(),
  filledQuantity: z.string().nullable(),
});
export type OrderHistoryEvent = z.infer<typeof orderHistoryEvent>;

export const orderHistory = z.object({
  order: orderView,
  events: z.array(orderHistoryEvent),
  /** False: the order is so old or so long that some of its events are not here. */
  isWhole: z.boolean(),
  /** The archive that has what is not here. */
  archive: z.string().nullable(),
});
export type OrderHistory = z.infer<typeof orderHistory>;

export const orderMessage = z.object({
  session: z.string(),
  at: z.iso.datetime(),
  direction: z.enum(['in', 'out']),
  text: z.string(),
  isCut: z.boolean(),
});
export type OrderMessage = z.infer<typeof orderMessage>;

interface Scales {
  readonly priceScale: number;
  readonly quantityScale: number;
}

type Told = Partial<
  Omit<OrderHistoryEvent, 'sequence' | 'at' | 'type' | 'valueDate' | 'status' | 'filledQuantity'>
>;

const nothing = {
  by: null,
  clOrdId: null,
  routeId: null,
  venue: null,
  quantity: null,
  price: null,
  venuePrice: null,
  execId: null,
  venueExecId: null,
  code: null,
  text: '',
  quotes: [],
  configurationVersion: null,
} as const satisfies Told;

export function orderHistoryEventOf(
  firm: string,
  sequenced: SequencedEvent,
  seesProviders: boolean,
  settlement?: Settlement,
): OrderHistoryEvent {
  const { event, order, sequence, atMs, numbering } = sequenced;
  const scales: Scales = order ?? scalesOf(event);
  const isTrade = ['routeFilled', 'tradeBusted', 'tradeCorrected'].includes(event.type);
  const told = { ...nothing, ...toldOf(event, scales) };
  return {
    sequence,
    at: new Date(atMs).toISOString(),
    type: event.type,
    ...(seesProviders ? told : withoutProviders(told)),
    execId: isTrade ? executionId(firm, numberOf({ sequence, numbering })) : null,
    valueDate: event.type === 'routeFilled' ? spotValueDate(atMs, settlement) : null,
    status: order?.status ?? null,
    filledQuantity: order === undefined ? null : formatDecimal(order.filled, order.quantityScale),
  };
}

/** A provider's words go with its name. */
const withoutProviders = (
  told: Omit<OrderHistoryEvent, 'sequence' | 'at' | 'type' | 'valueDate' | 'status' | 'filledQuantity'>,
) => ({
  ...told,
  venue: told.venue === null ? null : '',
  venueExecId: null,
  venuePrice: null,
  price: told.venue !== null && told.venuePrice === null ? null : told.price,
  text: told.routeId === null ? told.text : '',
  quotes: [],
});

function scalesOf(event: OrderEvent): Scales {
  if (event.type === 'orderAccepted') return event;
  if (event.type === 'orderRefused')
    return { quantityScale: event.quantityScale, priceScale: event.terms?.priceScale ?? 0 };
  return { priceScale: 0, quantityScale: 0 };
}

function toldOf(event: OrderEvent, scales: Scales): Told {
  const lots = (value: number): string => formatDecimal(value, scales.quantityScale);
  const points = (value: number | undefined): string | null =>
    value === undefined ? null : formatDecimal(value, scales.priceScale);
  switch (event.type) {
    case 'orderAccepted':
      return {
        by: event.origin.client,
        clOrdId: event.clOrdId,
        quantity: lots(event.quantity),
        price: points(event.price),
        text: event.shownPrice === undefined ? '' : `shown ${points(event.shownPrice) ?? ''}`,
      };
    case 'orderRefused':
      return {
        by: event.origin.client,
        clOrdId: event.clOrdId,
        quantity: lots(event.quantity),
        price: points(event.terms?.price),
        code: event.code,
        text: event.text,
      };
    case 'changeRefused':
      return { by: event.origin.client, clOrdId: event.clOrdId, code: event.code, text: event.text };
    case 'orderReplaced':
      return { clOrdId: event.clOrdId, quantity: lots(event.quantity), price: points(event.price) };
    case 'cancelRequested':
      return { clOrdId: event.clOrdId, text: event.reason };
    case 'orderClosed':
      return {
        clOrdId: event.clOrdId ?? null,
        code: event.code ?? event.outcome,
        text: event.reason,
      };
    default:
      return toldOfRoute(event, lots, points);
  }
}

function toldOfRoute(
  event: OrderEvent,
  lots: (value: number) => string,
  points: (value: number | undefined) => string | null,
): Told {
  switch (event.type) {
    case 'routeRequested':
      return {
        routeId: event.routeId,
        venue: event.venue,
        quantity: lots(event.quantity),
        price: points(event.price),
        quotes: event.evidence.map(({ quoteId, ageMs, price }) => ({
          quoteId,
          ageMs,
          price: points(price) ?? '',
        })),
        configurationVersion: event.configurationVersion,
      };
    case 'routeAcknowledged':
      return { routeId: event.routeId, text: event.venueOrderId };
    case 'routeFilled':
    case 'tradeBusted':
    case 'tradeCorrected':
      return {
        routeId: event.routeId,
        venue: event.venue,
        venueExecId: event.venueExecId,
        quantity: lots(event.quantity),
        price: points(event.clientPrice),
        venuePrice: points(event.venuePrice),
      };
    case 'routeReduced':
      return {
        routeId: event.routeId,
        quantity: lots(event.quantity),
        code: event.outcome,
        text: event.text,
      };
    case 'routeClosed':
      return { routeId: event.routeId, code: event.outcome, text: event.text };
    case 'routeUnknown':
      return { routeId: event.routeId, venue: event.venue, code: 'unknown', text: event.reason };
    case 'routeCancelRequested':
      return { routeId: event.routeId, venue: event.venue, clOrdId: event.cancelId };
    case 'routeReplaceRequested':
      return {
        routeId: event.routeId,
        venue: event.venue,
        clOrdId: event.replaceId,
        quantity: lots(event.quantity),
        price: points(event.price),
      };
    default:
      return {};
  }
}
