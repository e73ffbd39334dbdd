/**
 * Bodies of the REST interface that are not prices or orders: sign-in, me, instruments, problems, trading
 * state.
 */
import { z } from 'zod';
import { roles } from './configuration.ts';
import { difference } from './differences.ts';
import { journaledLater } from './orders.ts';
import { permissionNames } from './permissions.ts';

export const loginRequest = z
  .object({ user: z.string().min(1).max(64), password: z.string().min(1).max(256) })
  .strict();
/** Of a sign-in and of a renewal. Times are the server's: whoever has another clock counts from `at`. */
export const loginResponse = z.object({
  token: z.string(),
  at: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** No renewal lives longer: then the password is asked for. */
  endsAt: z.iso.datetime(),
});
export type LoginResponse = z.infer<typeof loginResponse>;

export const meView = z.object({
  user: z.string(),
  name: z.string(),
  role: z.enum(roles),
  permissions: z.array(z.enum(permissionNames)),
  firm: z.string(),
  account: z.string(),
  /** Accounts of the firm that the user may deal for; his own is one of them. */
  accounts: z.array(z.object({ id: z.string(), name: z.string() })),
  tier: z.string(),
  version: z.string(),
  profile: z.enum(['demo', 'production']),
});
export type MeView = z.infer<typeof meView>;

export const instrumentView = z.object({
  id: z.string(),
  symbol: z.string(),
  baseCurrency: z.string(),
  quoteCurrency: z.string(),
  priceScale: z.int(),
  quantityScale: z.int(),
  pipScale: z.int(),
  quantityMin: z.string(),
  quantityMax: z.string(),
  quantityStep: z.string(),
});
export type InstrumentView = z.infer<typeof instrumentView>;

/** RFC 9457 problem details with a machine-readable code. Content type application/problem+json. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string(),
  /** Of VERSION_CONFLICT: the document that is there, and the one that was to replace it. */
  conflict: z
    .object({
      kind: z.string(),
      id: z.string(),
      version: z.int(),
      changedBy: z.string(),
      changedAt: z.string(),
      theirs: z.record(z.string(), z.unknown()).nullable(),
      yours: z.record(z.string(), z.unknown()).nullable(),
      differences: z.array(difference),
    })
    .optional(),
});
export type Problem = z.infer<typeof problem>;

/** Kill switch and its release. `firm` absent means every firm. Halting also cancels all open orders. */
export const tradingStateRequest = z
  .object({
    firm: z.string().optional(),
    state: z.enum(['active', 'reducing', 'halted']),
    reason: z.string().min(1).max(200),
  })
  .strict();

/**
 * A firm's journal was restored from an older copy: what it lacks is lost, its open orders are canceled, and
 * it trades again under numbers that were never given before.
 */
export const journalLossRequest = z
  .object({ firm: z.string().max(64), reason: z.string().trim().min(1).max(200) })
  .strict();

/**
 * Trading state of one firm, as GET /api/v1/trading-state lists it: the caller's firm, or every firm for an
 * administrator. `unknown` when the firm's owner does not answer. Who and why are in its `tradingState`
 * system event.
 */
export const tradingStateView = z.object({
  firm: z.string(),
  state: z.enum(['active', 'reducing', 'halted', 'unknown']),
  ...journaledLater,
  /** Its journal was restored from an older copy, and nobody has accepted the loss: no order is taken. */
  isBehind: z.boolean().optional(),
  /** While halted: orders that are not closed yet. */
  openOrders: z.int().optional(),
});
export type TradingStateView = z.infer<typeof tradingStateView>;

/** Page of a list: newest first; `next` is the cursor of the following page. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() });
