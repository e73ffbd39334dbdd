/** Cases as operators see and answer them, by REST. Money and quantities are decimal text. */
import { CASE_KINDS, type CaseKind } from '@tidegate/core/order/case';
import { z } from 'zod';
import { idText, positiveDecimalText } from './decimals.ts';
import { executionView, orderView, positionView } from './orders.ts';

const kinds = Object.keys(CASE_KINDS) as [CaseKind, ...CaseKind[]];
export const caseStates = ['open', 'booked', 'corrected', 'dismissed', 'settled'] as const;

export const caseListQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  /** `resolved`: whatever is not open. */
  state: z.enum([...caseStates, 'resolved']).optional(),
  kind: z.enum(kinds).optional(),
  venue: idText.optional(),
  firm: idText.optional(),
  instrument: idText.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(200).optional(),
});
export type CaseListQuery = z.infer<typeof caseListQuery>;

export const caseView = z.object({
  caseId: z.string(),
  firm: z.string(),
  kind: z.enum(kinds),
  /** `settled`: the venue accounted for it by itself. */
  state: z.enum(caseStates),
  venue: z.string(),
  routeId: z.string(),
  venueExecId: z.string().nullable(),
  orderId: z.string().nullable(),
  instrument: z.string().nullable(),
  side: z.enum(['buy', 'sell']).nullable(),
  text: z.string(),
  /** The message, `|` between its fields. */
  raw: z.string().nullable(),
  /** What `book` would do; null where nothing is proposed. */
  action: z.enum(['fill', 'bust', 'correct']).nullable(),
  quantity: z.string().nullable(),
  price: z.string().nullable(),
  /** Decimals that a price and a quantity given with `correct` may have. */
  priceScale: z.int().nullable(),
  quantityScale: z.int().nullable(),
  openedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  resolvedBy: z.string().nullable(),
  reason: z.string().nullable(),
  sequence: z.int(),
});
export type CaseView = z.infer<typeof caseView>;

/** A case with what it is about, as that stands now; null where it is about nothing that we know. */
export const caseDetail = z.object({
  ...caseView.shape,
  order: orderView.nullable(),
  position: positionView.nullable(),
  /** What is booked of the fill that a bust or correction names. */
  execution: executionView.nullable(),
});
export type CaseDetail = z.infer<typeof caseDetail>;

/** On the stream: that a case was opened, or answered. What it says is by REST. */
export const caseSignal = z.object({
  caseId: z.string(),
  firm: z.string(),
  state: caseView.shape.state,
  at: z.iso.datetime(),
  sequence: z.int(),
});
export type CaseSignal = z.infer<typeof caseSignal>;

/** Why, for the journal; `quantity` and `price` are for `correct`. */
export const caseAnswerRequest = z.object({
  reason: z.string().min(1).max(500),
  quantity: positiveDecimalText.optional(),
  price: positiveDecimalText.optional(),
});
export type CaseAnswerRequest = z.infer<typeof caseAnswerRequest>;

export const caseAnswer = z.object({ caseId: z.string(), sequence: z.int() });
export type CaseAnswer = z.infer<typeof caseAnswer>;
