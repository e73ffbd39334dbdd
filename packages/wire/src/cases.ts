/** Cases as operators see and answer them, by REST. Money and quantities are decimal text. */
import { CASE_KINDS, type CaseKind } from '@tidegate/core/order/case';
import { z } from 'zod';
import { positiveDecimalText } from './decimals.ts';

const kinds = Object.keys(CASE_KINDS) as [CaseKind, ...CaseKind[]];

export const caseView = z.object({
  caseId: z.string(),
  firm: z.string(),
  kind: z.enum(kinds),
  /** `settled`: the venue accounted for it by itself. */
  state: z.enum(['open', 'booked', 'corrected', 'dismissed', 'settled']),
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

/** Why, for the journal; `quantity` and `price` are for `correct`. */
export const caseAnswerRequest = z.object({
  reason: z.string().min(1).max(500),
  quantity: positiveDecimalText.optional(),
  price: positiveDecimalText.optional(),
});
export type CaseAnswerRequest = z.infer<typeof caseAnswerRequest>;

export const caseAnswer = z.object({ caseId: z.string(), sequence: z.int() });
export type CaseAnswer = z.infer<typeof caseAnswer>;
