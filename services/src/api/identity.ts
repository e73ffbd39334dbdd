/**
 * Who asks: the bearer token's user, checked against configuration and revocations on every request. Roles
 * by decorator.
 */
import { createParamDecorator, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Configuration } from '@tidegate/platform/configuration';
import type { Tokens } from '@tidegate/platform/tokens';
import type { Role, UserDocument } from '@tidegate/wire/configuration';
import type { FastifyRequest } from 'fastify';
import { ApiProblem } from './problem.ts';

export interface Identity {
  readonly user: UserDocument;
  /** Token id, for revocation at sign-out. */
  readonly tokenId: string;
  readonly expiresAtMs: number;
}

const publicKey = 'tidegate:public';
const rolesKey = 'tidegate:roles';
const identityKey = Symbol('identity');

/** No token needed. */
export const Public = () => SetMetadata(publicKey, true);
/** Only these roles. Without it every signed-in user may. */
export const Roles = (...roles: readonly Role[]) => SetMetadata(rolesKey, roles);

type Identified = FastifyRequest & { [identityKey]?: Identity };

export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Identity =>
    context.switchToHttp().getRequest<Identified>()[identityKey]!,
);

/** Turns a token into the user it stands for, or an ApiProblem 401. */
export class Identities {
  private readonly tokens: Tokens;
  private readonly configuration: Configuration;

  constructor(tokens: Tokens, configuration: Configuration) {
    this.tokens = tokens;
    this.configuration = configuration;
  }

  async identify(token: string): Promise<Identity> {
    const claims = await this.tokens.verify(token);
    if (claims === undefined)
      throw new ApiProblem(401, 'TOKEN_INVALID', 'the token is not valid, has expired or was revoked');
    const user = this.configuration.current.users.get(claims.user);
    if (user === undefined || user.disabled || claims.issuedAtMs < user.tokensValidFromMs) {
      throw new ApiProblem(401, 'TOKEN_INVALID', 'the token is not valid, has expired or was revoked');
    }
    return { user, tokenId: claims.id, expiresAtMs: claims.expiresAtMs };
  }
}

export class IdentityGuard implements CanActivate {
  private readonly reflector: Reflector;
  private readonly identities: Identities;

  constructor(reflector: Reflector, identities: Identities) {
    this.reflector = reflector;
    this.identities = identities;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true) return true;
    const request = context.switchToHttp().getRequest<Identified>();
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined) {
      throw new ApiProblem(401, 'UNAUTHENTICATED', 'send an Authorization header with a bearer token');
    }
    const identity = await this.identities.identify(token);
    const roles = this.reflector.getAllAndOverride<readonly Role[] | undefined>(rolesKey, targets);
    if (roles !== undefined && !roles.includes(identity.user.role)) {
      throw new ApiProblem(403, 'ROLE_REQUIRED', `this needs one of the roles ${roles.join(', ')}`);
    }
    request[identityKey] = identity;
    return true;
  }
}

/** Firms whose data a user sees: an administrator all (undefined), others their own. */
export const firmOf = ({ user }: Identity): string | undefined =>
  user.role === 'admin' ? undefined : user.firm;
