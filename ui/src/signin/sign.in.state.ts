/**
 * How long a sign-in lasts, decided purely: a desk in use renews its token, one that nobody touches is warned
 * of and ends, and none outlives the age that the server allows. All times are this browser's clock; the
 * server's are turned into it when they come.
 */
import type { LoginResponse } from '@tidegate/wire/rest';
import { z } from 'zod';

export const held = z.object({
  user: z.string(),
  token: z.string(),
  renewedAtMs: z.number(),
  expiresAtMs: z.number(),
  /** No renewal goes beyond. */
  endsAtMs: z.number(),
});
/** A sign-in that is good now, as it is kept for a reload and given to other tabs. */
export type Held = z.infer<typeof held>;

export type Verdict =
  | { readonly kind: 'rest' }
  | { readonly kind: 'renew' }
  /** `input`: anything done at the desk keeps it. `password`: only signing in again does. */
  | { readonly kind: 'warn'; readonly atMs: number; readonly needs: 'input' | 'password' }
  | { readonly kind: 'ended' };

/** Renewals in the life of a token: so precise is the time without input after which it ends. */
const renewalsPerLife = 12;
const warnMsMax = 5 * 60_000;
/** Expiry is in whole seconds. */
const roundingMs = 1_000;

/** The answer to a sign-in or renewal, whose clock may be another than ours. */
export function heldFrom(user: string, answer: LoginResponse, nowMs: number): Held {
  const ours = (text: string): number => nowMs + Date.parse(text) - Date.parse(answer.at);
  return {
    user,
    token: answer.token,
    renewedAtMs: nowMs,
    expiresAtMs: ours(answer.expiresAt),
    endsAtMs: ours(answer.endsAt),
  };
}

export interface Moment {
  readonly nowMs: number;
  /** The last key, click or movement of the mouse. */
  readonly activeAtMs: number;
  /** A locked desk is not in use. */
  readonly isLocked: boolean;
}

export function judge(sign: Held, { nowMs, activeAtMs, isLocked }: Moment): Verdict {
  const leftMs = sign.expiresAtMs - nowMs;
  if (leftMs <= 0) return { kind: 'ended' };
  if (isLocked) return { kind: 'rest' };
  const lifeMs = sign.expiresAtMs - sign.renewedAtMs;
  const isLast = sign.endsAtMs - sign.expiresAtMs < roundingMs;
  const isDue = nowMs - sign.renewedAtMs >= lifeMs / renewalsPerLife;
  if (!isLast && isDue && activeAtMs > sign.renewedAtMs) return { kind: 'renew' };
  if (leftMs <= Math.min(warnMsMax, lifeMs / 4))
    return { kind: 'warn', atMs: sign.expiresAtMs, needs: isLast ? 'password' : 'input' };
  return { kind: 'rest' };
}

/** What tabs of one browser tell each other. */
export const tabMessage = z.discriminatedUnion('kind', [
  /** A tab that has just been opened. */
  z.object({ kind: z.literal('ask') }),
  /** `isEntered`: by a password just now, which opens a locked desk of the same user. */
  z.object({ kind: z.literal('held'), held, isEntered: z.boolean() }),
  z.object({ kind: z.literal('locked'), user: z.string() }),
  z.object({ kind: z.literal('left'), user: z.string() }),
]);
export type TabMessage = z.infer<typeof tabMessage>;

/** What a tab makes of another's sign-in. `user`: whose desk is open here, locked or not. */
export function adopts(
  own: { readonly held: Held | null; readonly user: string | null; readonly isLocked: boolean },
  other: Extract<TabMessage, { kind: 'held' }>,
): 'enter' | 'renew' | 'ignore' {
  if (own.user === null) return 'enter';
  if (own.user !== other.held.user) return 'ignore';
  if (own.isLocked) return other.isEntered ? 'enter' : own.held === null ? 'ignore' : later(own.held, other);
  return own.held === null ? 'ignore' : later(own.held, other);
}

const later = (own: Held, other: { readonly held: Held }): 'renew' | 'ignore' =>
  other.held.renewedAtMs > own.renewedAtMs ? 'renew' : 'ignore';
