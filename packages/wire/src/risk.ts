/** How limits stand, over REST and to the owner of a partition; a limit that was tripped is released. */
import { measureNames } from '@tidegate/core/risk/limit';
import type { Proposal } from '@tidegate/core/risk/risk';
import type { LimitPreview, LimitStanding } from '@tidegate/core/risk/standing';
import { z } from 'zod';
import { decimalText, idText, positiveDecimalText } from './decimals.ts';

export const limitStandingView = z.object({
  firm: z.string(),
  limit: z.string(),
  measure: z.enum(measureNames),
  /** Whose use it is: `account main`, `trader tess, EURUSD`. */
  subject: z.string(),
  action: z.enum(['refuse', 'warn']),
  /** Money with its currency; null where it cannot be valued. */
  use: z.string().nullable(),
  maximum: z.string(),
  left: z.string().nullable(),
  percent: z.int().nullable(),
  /** Why it has disabled its subject; null where it has not. */
  tripped: z.string().nullable(),
});
export type LimitStandingView = z.infer<typeof limitStandingView>;

export const limitPreviewView = limitStandingView.extend({
  /** Use with the order. */
  after: z.string().nullable(),
  refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
});
export type LimitPreviewView = z.infer<typeof limitPreviewView>;

/** An order that is not sent. Absent: the caller's own account; at the market. */
export const previewRequest = z.strictObject({
  instrument: idText,
  side: z.enum(['buy', 'sell']),
  quantity: positiveDecimalText,
  price: decimalText.optional(),
  account: idText.optional(),
});
export type PreviewRequest = z.infer<typeof previewRequest>;

export const releaseLimitRequest = z.strictObject({
  firm: idText,
  limit: idText,
  subject: z.string().min(1).max(500),
  reason: z.string().trim().min(1).max(200),
});

/** `proposal` absent: how all limits stand. */
export interface RiskQuestion {
  readonly partition: string;
  readonly proposal?: Proposal;
}
export interface RiskAnswer {
  readonly standings: readonly (LimitStanding | LimitPreview)[];
}

export function standingViewOf(firm: string, standing: LimitStanding): LimitStandingView {
  const { limit, measure, subject, action, use, maximum, left, percent, tripped } = standing;
  return {
    ...{ firm, limit, measure, subject, action, maximum },
    use: use ?? null,
    left: left ?? null,
    percent: percent ?? null,
    tripped: tripped ?? null,
  };
}
