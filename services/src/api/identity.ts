/**
 * Who asks: the bearer token's user, checked against configuration and revocations on every request. Rights
 * and exemption from the request rate by decorator. What only reduces risk does not wait for SQL's word on
 * revocations: what is known of them here is enough.
 */
import { createParamDecorator, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { networkOf } from '@tidegate/platform/identity/address';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { RevocationList } from '@tidegate/platform/identity/revocations';
import type { TokenClaims, Tokens } from '@tidegate/platform/identity/tokens';
import type { UserDocument } from '@tidegate/wire/configuration';
import { may, permissions, type Permission, type RightsHolder } from '@tidegate/wire/permissions';
import type { FastifyRequest } from 'fastify';
import { isApiKey } from '@tidegate/platform/identity/api.key.text';
import { Rates } from '../rate.ts';
import type { ApiKeyCheck } from './api.key.check.ts';
import { ApiProblem } from './problem.ts';
import { reducesRisk } from './routes.ts';

export interface Identity {
  /** With the scope of the key that it came by. */
  readonly user: UserDocument & Pick<RightsHolder, 'scope'>;
  /** A program by a key of its own: nobody has signed in. */
  readonly isByKey?: boolean;
  /** Of the sign-in, for revocation at sign-out: it ends every token that was renewed from it. */
  readonly signInId: string;
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
  readonly endsAtMs: number;
}

const publicKey = 'tidegate:public';
const needsKey = 'tidegate:needs';
const unthrottledKey = 'tidegate:unthrottled';
const identityKey = Symbol('identity');

/** No token needed. */
export const Public = () => SetMetadata(publicKey, true);
/** Only whoever has this right. Without it every signed-in user may. */
export const Needs = (right: Permission) => SetMetadata(needsKey, right);
/** Outside the request rate: what reduces risk, and what keeps the process in service. */
export const Unthrottled = () => SetMetadata(unthrottledKey, true);

type Identified = FastifyRequest & { [identityKey]?: Identity };

export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Identity =>
    context.switchToHttp().getRequest<Identified>()[identityKey]!,
);

/** Undefined where no token was needed. */
export const callerOf = (request: FastifyRequest): Identity | undefined =>
  (request as Identified)[identityKey];

export const tokenInvalid = () =>
  new ApiProblem(401, 'TOKEN_INVALID', 'the token is not valid, has expired or was revoked');

/** Turns a token into the user it stands for, and says when it no longer does. */
export class Identities {
  private readonly tokens: Tokens;
  private readonly configuration: Configuration;
  private readonly revocations: Pick<RevocationList, 'isKnown' | 'whenRevoked'>;
  private readonly keys: ApiKeyCheck;

  constructor(
    tokens: Tokens,
    configuration: Configuration,
    revocations: Pick<RevocationList, 'isKnown' | 'whenRevoked'>,
    keys: ApiKeyCheck,
  ) {
    this.tokens = tokens;
    this.configuration = configuration;
    this.revocations = revocations;
    this.keys = keys;
  }

  /**
   * Of a token, or of a key that comes from `address`. Throws ApiProblem: 401 TOKEN_INVALID, or 503
   * IDENTITY_UNKNOWN while SQL can't say what is revoked; of keys 403 KEY_ADDRESS and 429 KEY_THROTTLED too.
   */
  async identify(token: string, address: string): Promise<Identity> {
    if (isApiKey(token)) return this.programOf(token, address, 'asked');
    return this.userOf(await this.claimsOf(token));
  }

  /**
   * From memory alone: a token that is good, of a user who still may, and not known to be revoked. A key is
   * remembered from when it was used here before.
   */
  async recognise(token: string, address: string): Promise<Identity> {
    if (isApiKey(token)) return this.programOf(token, address, 'remembered');
    const claims = await this.tokens.read(token);
    return this.userOf(claims === undefined || this.revocations.isKnown(claims.id) ? undefined : claims);
  }

  private userOf(claims: TokenClaims | undefined): Identity {
    const user = claims === undefined ? undefined : this.configuration.current.users.get(claims.user);
    if (claims === undefined || user === undefined) throw tokenInvalid();
    const { id: signInId, signedInAtMs, expiresAtMs, endsAtMs } = claims;
    const identity = { user, signInId, signedInAtMs, expiresAtMs, endsAtMs };
    if (!this.isCurrent(identity)) throw tokenInvalid();
    return identity;
  }

  private async programOf(text: string, address: string, how: 'asked' | 'remembered'): Promise<Identity> {
    const { revocations } = this;
    const key = await this.keys.find(text, address, how, (signInId) => revocations.isKnown(signInId));
    const owner = this.configuration.current.users.get(key.user);
    if (owner?.role !== 'service') throw tokenInvalid();
    const { signInId, createdAtMs: signedInAtMs, expiresAtMs, rights: scope } = key;
    const identity: Identity = {
      user: { ...owner, scope },
      isByKey: true,
      ...{ signInId, signedInAtMs, expiresAtMs, endsAtMs: expiresAtMs },
    };
    if (!this.isCurrent(identity)) throw tokenInvalid();
    return identity;
  }

  /** Does configuration still know this user as the same one? Revocation and expiry are not asked here. */
  isCurrent({ user, signedInAtMs }: Identity): boolean {
    const now = this.configuration.current.users.get(user.id);
    return (
      now !== undefined &&
      !now.disabled &&
      now.firm === user.firm &&
      now.role === user.role &&
      signedInAtMs >= now.tokensValidFromMs
    );
  }

  async revoke({
    signInId,
    expiresAtMs,
    endsAtMs,
  }: Pick<Identity, 'signInId' | 'expiresAtMs' | 'endsAtMs'>): Promise<void> {
    try {
      await this.tokens.revoke(signInId, Math.max(expiresAtMs, endsAtMs));
    } catch {
      throw new ApiProblem(
        503,
        'REVOCATION_UNCONFIRMED',
        'revoked as far as is known, and not yet on record',
      );
    }
  }

  /** Told of sign-ins as they become known as revoked. Returns how to stop. */
  whenRevoked(listener: (signInId: string) => void): () => void {
    return this.revocations.whenRevoked(listener);
  }

  private async claimsOf(token: string): Promise<TokenClaims | undefined> {
    try {
      return await this.tokens.verify(token);
    } catch {
      throw new ApiProblem(503, 'IDENTITY_UNKNOWN', 'whether the token was revoked is not known now');
    }
  }
}

/** Requests of one address: what several fast programs may send, and an end to it. */
const perAddress = { perSecond: 1_000, burst: 2_000 };

export class IdentityGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly identities: Identities;
  private readonly users: Rates;
  private readonly addresses: Rates;

  constructor(reflector: Reflector, identities: Identities, clock: Clock, perUserAndSecond: number) {
    this.reflector = reflector;
    this.identities = identities;
    this.users = new Rates({ clock, perSecond: perUserAndSecond, burst: 2 * perUserAndSecond });
    this.addresses = new Rates({ clock, ...perAddress });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const told = <T>(key: string) => this.reflector.getAllAndOverride<T | undefined>(key, targets);
    const request = context.switchToHttp().getRequest<Identified>();
    const isThrottled = told<boolean>(unthrottledKey) !== true;
    if (isThrottled && !this.addresses.take(networkOf(request.ip))) throw tooMany('this address');
    if (told<boolean>(publicKey) === true) return true;
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '') {
      throw new ApiProblem(401, 'UNAUTHENTICATED', 'send an Authorization header with a bearer token');
    }
    const identity = reducesRisk(request.method, request.routeOptions.url ?? '', request.body)
      ? await this.identities.recognise(token, request.ip)
      : await this.identities.identify(token, request.ip);
    if (isThrottled && !this.users.take(identity.user.id)) throw tooMany('this user');
    const right = told<Permission>(needsKey);
    if (right !== undefined) assertMay(identity, right);
    request[identityKey] = identity;
    return true;
  }
}

/** Of what only a person who has signed in may: throws ApiProblem 403 SIGN_IN_NEEDED. */
export function assertSignedIn({ isByKey }: Identity): void {
  if (isByKey === true)
    throw new ApiProblem(403, 'SIGN_IN_NEEDED', 'a key can’t do this; it ends when it expires or is revoked');
}

const tooMany = (who: string) =>
  new ApiProblem(429, 'TOO_MANY_REQUESTS', `too many requests from ${who}; cancels are always taken`);

/** Throws ApiProblem 403 ROLE_REQUIRED. */
export function assertMay({ user }: Identity, right: Permission): void {
  if (may(user, right)) return;
  const roles = permissions[right].join(', ');
  throw new ApiProblem(403, 'ROLE_REQUIRED', `this needs ${right}, which these roles have: ${roles}`);
}

/** Firms whose data a user sees: all (undefined) by right, otherwise the user's own. */
export const firmOf = ({ user }: Identity): string | undefined =>
  may(user, 'seeAllFirms') ? undefined : user.firm;
