/**
 * Tokens of web and API users: JWTs signed with Ed25519. Withdrawn ones are in SQL; when SQL cannot say,
 * verification throws, so nothing is let in on a doubt. Whether the user still may is asked by the API, per
 * request, from configuration.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { roles, type Role } from '@tidegate/wire/configuration';
import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  importPKCS8,
  jwtVerify,
  SignJWT,
  type CryptoKey,
} from 'jose';
import { z } from 'zod';
import type { Clock } from '../observe/clock.ts';

export interface TokensOptions {
  readonly clock: Clock;
  readonly revocations: Revocations;
  /**
   * PKCS#8 PEM of an Ed25519 key; made, readable by its owner only, when it is absent. All replicas need the
   * same.
   */
  readonly keyFile: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Default 8 h. */
  readonly lifetimeMs?: number;
  /** From a sign-in to the end of its last token, however often it was renewed. Default 12 h. */
  readonly signInAgeMaxMs?: number;
}

export interface TokenSubject {
  readonly user: string;
  readonly role: Role;
  readonly firm: string;
}

export interface TokenClaims extends TokenSubject {
  /** Of the sign-in, which every token renewed from its first one keeps: it is what is revoked. */
  readonly id: string;
  /** When the password was shown; what ends a user's tokens is compared with it, not with a renewal. */
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
  /** No token of this sign-in lives longer. */
  readonly endsAtMs: number;
}

/** What was given out: `id` is the sign-in's. */
export interface IssuedToken extends Pick<TokenClaims, 'id' | 'expiresAtMs' | 'endsAtMs'> {
  readonly token: string;
}

export interface DeviceClaims {
  /** Of the device. */
  readonly id: string;
  readonly user: string;
  readonly issuedAtMs: number;
}

/** Tokens withdrawn before they expire. Both throw when it is not known. */
export interface Revocations {
  isRevoked(id: string): Promise<boolean>;
  revoke(id: string, expiresAtMs: number): Promise<void>;
}

const algorithm = 'EdDSA';
const tokenType = 'at+jwt';
const tokenLengthMax = 4_096;
const deviceType = 'device+jwt';
const deviceAudience = 'tidegate-sign-in';

/**
 * `issuedAtMs` beside `iat`, whose whole seconds could not tell a token from one issued just before a
 * password change.
 */
const payloadSchema = z.object({
  jti: z.string().min(1).max(100),
  sub: z.string().min(1).max(64),
  role: z.enum(roles),
  firm: z.string().min(1).max(64),
  issuedAtMs: z.int(),
  exp: z.int(),
  /** Absent on a token that was issued before there were renewals: it is a sign-in of its own. */
  sid: z.string().min(1).max(100).optional(),
  signedInAtMs: z.int().optional(),
});
const devicePayloadSchema = payloadSchema.pick({ jti: true, sub: true, issuedAtMs: true });
/** How long a device is known that nobody signs in on. */
export const deviceLifetimeMs = 180 * 24 * 3_600_000;

export class Tokens {
  readonly #options: TokensOptions;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #keyId: string;
  readonly #issuer: string;
  readonly #audience: string;
  readonly #lifetimeMs: number;
  readonly #ageMaxMs: number;

  private constructor(options: TokensOptions, privateKey: CryptoKey, publicKey: CryptoKey, keyId: string) {
    this.#options = options;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
    this.#keyId = keyId;
    this.#issuer = options.issuer ?? 'tidegate';
    this.#audience = options.audience ?? 'tidegate-api';
    this.#lifetimeMs = options.lifetimeMs ?? 8 * 3_600_000;
    this.#ageMaxMs = options.signInAgeMaxMs ?? 12 * 3_600_000;
  }

  static async open(options: TokensOptions): Promise<Tokens> {
    if (!existsSync(options.keyFile)) await makeKey(options.keyFile);
    const privateKey = await importPKCS8(readFileSync(options.keyFile, 'utf8'), algorithm, {
      extractable: true,
    });
    const { d: _private, ...jwk } = await exportJWK(privateKey);
    const publicKey = await importJWK(jwk, algorithm);
    if (publicKey instanceof Uint8Array) throw new Error(`${options.keyFile} holds no Ed25519 key`);
    return new Tokens(options, privateKey, publicKey, await calculateJwkThumbprint(jwk));
  }

  /** The first token of a sign-in. */
  async issue(subject: TokenSubject, lifetimeMs = this.#lifetimeMs): Promise<IssuedToken> {
    const signIn = { id: randomUUID(), signedInAtMs: this.#options.clock.nowMs() };
    return this.#issue(subject, signIn, lifetimeMs);
  }

  /** The next token of a sign-in that holds; it never outlives the sign-in's greatest age. */
  async renew(
    subject: TokenSubject,
    signIn: Pick<TokenClaims, 'id' | 'signedInAtMs'>,
    lifetimeMs = this.#lifetimeMs,
  ): Promise<IssuedToken> {
    return this.#issue(subject, signIn, lifetimeMs);
  }

  async #issue(
    { user, role, firm }: TokenSubject,
    { id, signedInAtMs }: Pick<TokenClaims, 'id' | 'signedInAtMs'>,
    lifetimeMs: number,
  ): Promise<IssuedToken> {
    const nowMs = this.#options.clock.nowMs();
    const endsAtMs = signedInAtMs + this.#ageMaxMs;
    const expiresAtMs = Math.floor(Math.min(nowMs + lifetimeMs, endsAtMs) / 1000) * 1000;
    const token = await new SignJWT({ role, firm, issuedAtMs: nowMs, sid: id, signedInAtMs })
      .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: this.#keyId })
      .setSubject(user)
      .setIssuer(this.#issuer)
      .setAudience(this.#audience)
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(nowMs / 1000))
      .setExpirationTime(expiresAtMs / 1000)
      .sign(this.#privateKey);
    return { token, id, expiresAtMs, endsAtMs };
  }

  /** Undefined: not ours, changed or expired. Whether it was revoked is for the caller to ask. */
  async read(token: string): Promise<TokenClaims | undefined> {
    return token.length > tokenLengthMax ? undefined : this.#read(token);
  }

  /** Undefined: not ours, changed, expired or revoked. Throws when revocation is not known. */
  async verify(token: string): Promise<TokenClaims | undefined> {
    const claims = await this.read(token);
    if (claims === undefined || (await this.#options.revocations.isRevoked(claims.id))) return undefined;
    return claims;
  }

  /**
   * Says that this user has signed in on the device that holds it: nothing that a request could use. `id`:
   * of the device, which stays the same when it signs in again.
   */
  async issueDevice(user: string, id: string = randomUUID(), lifetimeMs = deviceLifetimeMs): Promise<string> {
    const nowMs = this.#options.clock.nowMs();
    return new SignJWT({ issuedAtMs: nowMs })
      .setProtectedHeader({ alg: algorithm, typ: deviceType, kid: this.#keyId })
      .setSubject(user)
      .setIssuer(this.#issuer)
      .setAudience(deviceAudience)
      .setJti(id)
      .setIssuedAt(Math.floor(nowMs / 1000))
      .setExpirationTime(Math.floor((nowMs + lifetimeMs) / 1000))
      .sign(this.#privateKey);
  }

  /** Undefined: not ours, changed or expired. */
  async readDevice(token: string): Promise<DeviceClaims | undefined> {
    if (token.length > tokenLengthMax) return undefined;
    const payload = await this.#payloadOf(token, deviceType, deviceAudience);
    const parsed = devicePayloadSchema.safeParse(payload);
    if (!parsed.success) return undefined;
    const { jti: id, sub: user, issuedAtMs } = parsed.data;
    return { id, user, issuedAtMs };
  }

  async revoke(id: string, expiresAtMs: number): Promise<void> {
    await this.#options.revocations.revoke(id, expiresAtMs);
  }

  async #read(token: string): Promise<TokenClaims | undefined> {
    const parsed = payloadSchema.safeParse(await this.#payloadOf(token, tokenType, this.#audience));
    if (!parsed.success) return undefined;
    const { jti, sid: id = jti, sub: user, role, firm, issuedAtMs, exp } = parsed.data;
    const { signedInAtMs = issuedAtMs } = parsed.data;
    const endsAtMs = signedInAtMs + this.#ageMaxMs;
    if (endsAtMs <= this.#options.clock.nowMs()) return undefined;
    return { id, user, role, firm, signedInAtMs, expiresAtMs: exp * 1000, endsAtMs };
  }

  async #payloadOf(token: string, typ: string, audience: string): Promise<unknown> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [algorithm],
        typ,
        issuer: this.#issuer,
        audience,
        requiredClaims: ['exp', 'iat', 'jti', 'sub'],
        currentDate: new Date(this.#options.clock.nowMs()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

/** Replicas that start together on one folder agree on the first one's key. */
async function makeKey(keyFile: string): Promise<void> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
  const unfinished = `${keyFile}.${randomUUID()}.new`;
  mkdirSync(dirname(keyFile), { recursive: true });
  writeFileSync(unfinished, await exportPKCS8(privateKey), { flag: 'wx', mode: 0o600, flush: true });
  chmodSync(unfinished, 0o600);
  try {
    linkSync(unfinished, keyFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
}
