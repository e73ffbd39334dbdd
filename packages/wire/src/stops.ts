/** The kill switch by scope, over REST and to the owner of a partition. */
import type { StopScope } from '@tidegate/core/order/stop.event';
import type { OpenInScope, Stop } from '@tidegate/core/risk/stops';
import { z } from 'zod';
import { idText } from './decimals.ts';

const name = z.string().trim().min(1).max(130).optional();
const reason = z.string().trim().min(1).max(200);
/** All that is given must be so. `session` is a FIX session, or the user who deals at the desk. */
const scope = z
  .strictObject({ provider: name, account: name, trader: name, session: name, instrument: name })
  .refine((fields) => Object.values(fields).some((field) => field !== undefined), {
    message: 'name at least one; a firm as a whole has its trading state',
  });

/** Absent: in every firm. */
const firm = idText.optional();
export const stopPreviewRequest = z.strictObject({ firm, scope });
export const stopRequest = z.strictObject({ firm, scope, stop: z.enum(['halted', 'reducing']), reason });
export const releaseStopRequest = z.strictObject({ firm: idText, scope, reason });
export type StopPreviewRequest = z.infer<typeof stopPreviewRequest>;
export type StopRequest = z.infer<typeof stopRequest>;
export type ReleaseStopRequest = z.infer<typeof releaseStopRequest>;

const open = z.object({
  orders: z.int(),
  /** Of them, those whose cancel is on its way. */
  canceling: z.int(),
  /** What is not filled, in the firm's credit currency; null where it cannot be valued. */
  value: z.string().nullable(),
  /** Open routes there; of them, those of which nothing is known. */
  providers: z.array(z.object({ provider: z.string(), routes: z.int(), unknown: z.int() })),
});
export type OpenView = z.infer<typeof open>;

/** Of one firm: what is open in the scope; `isConfirmed` false: its owner did not answer. */
const stopOutcome = z.object({
  firm: z.string(),
  isConfirmed: z.boolean(),
  /** The journal does not answer: carried out, and journaled when it is back. */
  isJournaled: z.boolean().optional(),
  /** Open in the scope when it was stopped; of a preview, now. Null: the owner did not say. */
  orders: z.int().nullable(),
  /** What is open in the scope as it is told: after a stop, what is not canceled yet. */
  open: open.nullable(),
});
export const stopOutcomes = z.array(stopOutcome);
export type StopOutcome = z.infer<typeof stopOutcome>;

const stopView = z.object({
  firm: z.string(),
  scope: z.object({ provider: name, account: name, trader: name, session: name, instrument: name }),
  stop: z.enum(['halted', 'reducing']),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
  /** Open when it was set, and still. */
  orders: z.int(),
  open,
});
export const stopViews = z.array(stopView);
export type StopView = z.infer<typeof stopView>;

export interface StopsQuestion {
  readonly partition: string;
  /** Absent: all stops. */
  readonly scope?: StopScope;
}
export interface ValuedOpen extends OpenInScope {
  readonly value?: string;
}
export interface StopsAnswer {
  readonly stops: readonly { readonly stop: Stop; readonly open: ValuedOpen }[];
  readonly open?: ValuedOpen;
}

/** Who may not see providers is not told where it lies. */
export function openViewOf(
  { orders, canceling, value, byProvider }: ValuedOpen,
  seesProviders: boolean,
): OpenView {
  return { orders, canceling, value: value ?? null, providers: seesProviders ? [...byProvider] : [] };
}
