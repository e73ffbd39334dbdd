/**
 * One-time links by which a user gives himself a password. The token is shown once to who made it; the user's
 * document keeps its hash, and loses it with the first password, so that nobody comes in by it again.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { UserDocument } from '@tidegate/wire/configuration';

const tokenBytes = 32;

export interface NewInvitation {
  /** `user.secret`, good in a URL. */
  readonly token: string;
  readonly invitation: NonNullable<UserDocument['invitation']>;
}

export function newInvitation(user: string, expiresAtMs: number): NewInvitation {
  const secret = randomBytes(tokenBytes).toString('base64url');
  return { token: `${user}.${secret}`, invitation: { tokenHash: hashOf(secret), expiresAtMs } };
}

/** Whom a token would be for; whether it is good is another question. */
export const invitedUser = (token: string): string => token.slice(0, Math.max(0, token.lastIndexOf('.')));

export function isInvited(
  user: Pick<UserDocument, 'invitation' | 'disabled'> | undefined,
  token: string,
  nowMs: number,
): boolean {
  const { tokenHash = hashOf(''), expiresAtMs = 0 } = user?.invitation ?? {};
  const shown = Buffer.from(hashOf(token.slice(token.lastIndexOf('.') + 1)));
  const kept = Buffer.from(tokenHash);
  const isRight = shown.length === kept.length && timingSafeEqual(shown, kept);
  return isRight && user?.disabled === false && nowMs < expiresAtMs;
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
