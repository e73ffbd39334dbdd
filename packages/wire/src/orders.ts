/**
 * Orders, executions and positions as REST and the stream show them, and what clients write. Decimal text
 * throughout.
 */
import { z } from 'zod';
import { idText, positiveDecimalText } from './decimals.ts';

export const submitOrderRequest = z
  .object({
    /** Unique per client; also the idempotency key of the request. */
    clOrdId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
    account: idText.optional(),
    instrument: idText,
    side: z.enum(['buy', 'sell']),
    type: z.enum(['market', 'limit']),
    quantity: positiveDecimalText,
    price: positiveDecimalText.optional(),
    timeInForce: z.enum(['day', 'gtc', 'ioc', 'fok']),
    /** Price the user saw when sending with one click. */
    shownPrice: positiveDecimalText.optional(),
  })
  .strict();
export type SubmitOrderRequest = z.infer<typeof submitOrderRequest>;

/** What a request may say of the order that it changes: refused (`ORDER_MISMATCH`) where it is not so. */
const meantOrder = {
  account: idText.optional(),
  instrument: idText.optional(),
  side: z.enum(['buy', 'sell']).optional(),
  type: z.enum(['market', 'limit']).optional(),
  timeInForce: z.enum(['day', 'gtc', 'ioc', 'fok']).optional(),
};

export const cancelOrderRequest = z
  .object({ clOrdId: z.string().regex(/^[\x21-\x7e]{1,64}$/), ...meantOrder })
  .strict();
export const replaceOrderRequest = z
  .object({
    clOrdId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
    ...meantOrder,
    quantity: positiveDecimalText,
    price: positiveDecimalText.optional(),
  })
  .strict();

export const orderStatuses = [
  'new',
  'partiallyFilled',
  'filled',
  'pendingCancel',
  'canceled',
  'expired',
  'rejected',
] as const;

export const orderView = z.object({
  orderId: z.string(),
  clOrdId: z.string(),
  client: z.string(),
  channel: z.enum(['fix', 'rest', 'ui']),
  firm: z.string(),
  account: z.string(),
  trader: z.string(),
  instrument: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'limit']),
  price: z.string().nullable(),
  quantity: z.string(),
  timeInForce: z.enum(['day', 'gtc', 'ioc', 'fok']),
  status: z.enum(orderStatuses),
  filledQuantity: z.string(),
  leavesQuantity: z.string(),
  averagePrice: z.string().nullable(),
  /** Refusal or cancel code, and text for people. */
  code: z.string().nullable(),
  text: z.string(),
  /** A route of it has an unknown outcome. */
  unknown: z.boolean(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Journal sequence that this view includes; a view with a lower one is older. */
  sequence: z.int(),
});
export type OrderView = z.infer<typeof orderView>;

export const executionTypes = ['trade', 'cancel', 'correct'] as const;

export const executionView = z.object({
  execId: z.string(),
  /**
   * FIX ExecType(150) F, H and G: a trade; one that was taken back (`quantity` and `price` are what goes
   * back); one that was corrected (they are what stands now, in place of what stood before).
   */
  execType: z.enum(executionTypes),
  /** ExecID of the trade that is taken back or corrected. */
  execRefId: z.string().nullable(),
  orderId: z.string(),
  clOrdId: z.string(),
  firm: z.string(),
  account: z.string(),
  /** Of the order: who entered it, by what, and the user or FIX client that it came from. */
  trader: z.string(),
  channel: z.enum(['fix', 'rest', 'ui']),
  client: z.string(),
  instrument: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  quantity: z.string(),
  price: z.string(),
  /**
   * When the trade settles, by its instrument's `settlement`. Null of a trade that was taken back or
   * corrected: it is the date of the trade that `execRefId` names.
   */
  valueDate: z.iso.date().nullable(),
  /** Both empty for who may not see providers. */
  venue: z.string(),
  venueExecId: z.string(),
  at: z.iso.datetime(),
  sequence: z.int(),
});
export type ExecutionView = z.infer<typeof executionView>;

export const positionView = z.object({
  firm: z.string(),
  account: z.string(),
  instrument: z.string(),
  symbol: z.string(),
  /** Signed, base currency. */
  quantity: z.string(),
  averagePrice: z.string().nullable(),
  /** Quote currency. */
  realizedPnl: z.string(),
  quoteCurrency: z.string(),
  /** When it changed last; null: before that was written down. */
  changedAt: z.iso.datetime().nullable(),
  sequence: z.int(),
});
export type PositionView = z.infer<typeof positionView>;

/** A position as the trading day found it, for the profit and loss of the day. */
export const positionOpening = z.object({
  firm: z.string(),
  account: z.string(),
  instrument: z.string(),
  quantity: z.string(),
  averagePrice: z.string().nullable(),
  realizedPnl: z.string(),
});
export type PositionOpening = z.infer<typeof positionOpening>;

/** A mid of before the trading day, and until when it had been looked at. */
export const closingMark = z.object({ price: z.string(), at: z.iso.datetime() });
export type ClosingMark = z.infer<typeof closingMark>;

export const positionOpenings = z.object({
  /** From 17:00 New York to 17:00 New York of the trade date. */
  day: z.object({ tradeDate: z.iso.date(), from: z.iso.datetime(), to: z.iso.datetime() }),
  /** Of every position there is; what is missing was opened before anybody wrote it down. */
  positions: z.array(positionOpening),
  /** By instrument, where there is one. */
  marks: z.record(z.string(), closingMark),
});
export type PositionOpenings = z.infer<typeof positionOpenings>;

/**
 * There, and false, where the journal did not answer: it was carried out, is kept on disk and is journaled
 * later; `sequence` is 0.
 */
export const journaledLater = { isJournaled: z.literal(false).optional() };

/** Answer to submit, cancel and replace: the durable result. */
export const orderResult = z.object({
  orderId: z.string(),
  clOrdId: z.string(),
  sequence: z.int(),
  ...journaledLater,
});
export type OrderResult = z.infer<typeof orderResult>;

/** Whose open orders: my own, those of an account, my firm's, those of every firm that I may see. */
export const cancelScopes = ['mine', 'account', 'firm', 'all'] as const;
export type CancelScope = (typeof cancelScopes)[number];

/** Absent: mine. `account` goes with its scope; absent: my own. */
export const cancelAllRequest = z
  .object({ scope: z.enum(cancelScopes).optional(), account: idText.optional() })
  .strict()
  .optional();

/** Answer to cancel all. */
export const cancelAllResult = z.object({
  sequence: z.int(),
  ...journaledLater,
  /** Firms whose owner did not answer: their orders may still be open. */
  unanswered: z.array(z.string()).optional(),
});

/** How many orders are open, by whose they are; `all` is null for who sees his own firm only. */
export const openOrderCounts = z.object({
  mine: z.int(),
  account: z.int(),
  firm: z.int(),
  all: z.int().nullable(),
});
export type OpenOrderCounts = z.infer<typeof openOrderCounts>;
export type CancelAllResult = z.infer<typeof cancelAllResult>;
