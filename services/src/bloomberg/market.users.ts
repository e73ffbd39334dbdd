/**
 * Who asks at the market data server: the user of the platform's token, checked against configuration and
 * revocations; and, where the feed document names Bloomberg's own users, whether Bloomberg says that the user
 * holds the entitlement ids (EID) of the data.
 */
import type { BlpIdentity, BlpSessionPort, BlpValue } from '@tidegate/blpapi/contract';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Tokens } from '@tidegate/platform/identity/tokens';
import { bloombergFeed, mayReadFeed } from '@tidegate/wire/bloomberg';
import type { FeedDocument, UserDocument } from '@tidegate/wire/configuration';
import { Refusal } from './refusal.ts';

export interface MarketUser {
  readonly user: UserDocument;
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
  /** Of the client's connection: some identities are bound to it. */
  readonly address: string;
}

export interface MarketUsersOptions {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly configuration: Pick<Configuration, 'current'>;
  /** The session in force, while it is up. */
  readonly session: () => BlpSessionPort | undefined;
  readonly onError: (error: unknown) => void;
}

interface UserIdentity {
  readonly session: BlpSessionPort;
  readonly identity: Promise<BlpIdentity>;
  correlationId: number | undefined;
  /** By service and id: true held, false not, absent not asked. */
  readonly held: Map<string, boolean>;
  readonly asking: Set<string>;
}

const identitiesMax = 1_000;
const heldMax = 10_000;

export class MarketUsers {
  private readonly options: MarketUsersOptions;
  private readonly identities = new Map<string, UserIdentity>();
  /** Whose identity Bloomberg has revoked in this session: refused until there is another session. */
  private readonly revoked = new Map<string, BlpSessionPort>();

  constructor(options: MarketUsersOptions) {
    this.options = options;
  }

  get feed(): FeedDocument | undefined {
    return this.options.configuration.current.feeds.get(bloombergFeed);
  }

  /** Throws Refusal: TOKEN_INVALID, IDENTITY_UNKNOWN. */
  async identify(token: string, address: string): Promise<MarketUser> {
    const claims = await this.options.tokens.verify(token).catch(() => {
      throw new Refusal(503, 'IDENTITY_UNKNOWN', 'whether the token was revoked is not known now');
    });
    const user = claims === undefined ? undefined : this.options.configuration.current.users.get(claims.user);
    if (claims === undefined || user === undefined) throw tokenInvalid();
    const { signedInAtMs, expiresAtMs } = claims;
    const one = { user, signedInAtMs, expiresAtMs, address };
    if (!this.isCurrent(one)) throw tokenInvalid();
    return one;
  }

  /** Does configuration still know this user as the same one? */
  isCurrent({ user, signedInAtMs }: MarketUser): boolean {
    const now = this.options.configuration.current.users.get(user.id);
    return (
      now !== undefined &&
      !now.disabled &&
      now.firm === user.firm &&
      now.role === user.role &&
      signedInAtMs >= now.tokensValidFromMs
    );
  }

  /** Throws Refusal when the user may not read the service or one of the fields. */
  require({ user }: MarketUser, service: string, fields: readonly string[]): void {
    const { feed } = this;
    if (this.checksIds && feed?.identities?.[user.id] === undefined)
      throw new Refusal(403, 'NO_BLOOMBERG_USER', `the feed document names no Bloomberg user for ${user.id}`);
    if (!mayReadFeed(feed, user, service))
      throw new Refusal(403, 'SERVICE_NOT_PERMITTED', `${service} is not permitted for ${user.id}`);
    const forbidden = fields.filter((field) => !mayReadFeed(feed, user, service, field));
    if (forbidden.length > 0)
      throw new Refusal(403, 'FIELD_NOT_PERMITTED', `not permitted: ${forbidden.slice(0, 10).join(', ')}`);
  }

  /** Is data checked against Bloomberg's entitlement ids? */
  get checksIds(): boolean {
    return this.feed?.identities !== undefined;
  }

  /**
   * May the user see data with these entitlement ids (the field EID)? Undefined: Bloomberg is being asked,
   * look again later. Data without ids is open to whoever may read the service.
   */
  holds(user: MarketUser, service: string, value: BlpValue | undefined): boolean | undefined {
    if (!this.checksIds) return true;
    const session = this.options.session();
    if (session === undefined) return undefined;
    if (this.revoked.get(user.user.id) === session) return false;
    const ids = entitlementIds(value);
    if (ids.length === 0) return true;
    const known = this.known(user, session);
    if (known === undefined) return false;
    const keys = ids.map((id) => `${service} ${id}`);
    if (keys.some((key) => known.held.get(key) === false)) return false;
    const missing = ids.filter((_, index) => !known.held.has(keys[index]!));
    if (missing.length === 0) return true;
    this.ask(known, service, missing);
    return undefined;
  }

  /** The user's identity in the session in force, for requests; undefined: the session's own is used. */
  async identityFor(user: MarketUser): Promise<BlpIdentity | undefined> {
    const session = this.options.session();
    if (!this.checksIds || session === undefined) return undefined;
    if (this.revoked.get(user.user.id) === session)
      throw new Refusal(403, 'AUTHORIZATION_REVOKED', 'Bloomberg has revoked this user’s authorisation');
    return this.known(user, session)?.identity;
  }

  /**
   * Bloomberg has revoked one of our users in this session; another session may have used the same
   * correlation id. Returns who, or undefined when it is none of them.
   */
  revoke(session: BlpSessionPort, correlationId: number): string | undefined {
    for (const [key, known] of this.identities) {
      if (known.session !== session || known.correlationId !== correlationId) continue;
      const id = key.split(' ')[0]!;
      this.identities.delete(key);
      this.revoked.set(id, known.session);
      return id;
    }
    return undefined;
  }

  private known(user: MarketUser, session: BlpSessionPort): UserIdentity | undefined {
    const bloomberg = this.feed?.identities?.[user.user.id];
    if (bloomberg === undefined) return undefined;
    const ipAddress = bloomberg.ipAddress ?? user.address;
    const key = `${user.user.id} ${bloomberg.uuid} ${ipAddress}`;
    const known = this.identities.get(key);
    if (known?.session === session) return known;
    if (this.identities.size >= identitiesMax) this.forgetOldest();
    const fresh: UserIdentity = {
      session,
      identity: session
        .openService('//blp/apiauth')
        .then(() => session.authorize({ mode: 'userRequest', uuid: bloomberg.uuid, ipAddress })),
      correlationId: undefined,
      held: new Map(),
      asking: new Set(),
    };
    fresh.identity.then(
      ({ correlationId }) => (fresh.correlationId = correlationId),
      (error: unknown) => {
        // Asked for again when somebody needs it next.
        if (this.identities.get(key) === fresh) this.identities.delete(key);
        this.options.onError(error);
      },
    );
    this.identities.set(key, fresh);
    return fresh;
  }

  /** What the session would keep for ever is given back: it has a limit as well. */
  private forgetOldest(): void {
    const [oldest] = this.identities;
    if (oldest === undefined) return;
    const [key, { identity }] = oldest;
    this.identities.delete(key);
    identity.then((one) => one.release()).catch(() => undefined);
  }

  private ask(known: UserIdentity, service: string, ids: readonly number[]): void {
    const question = `${service} ${ids.join(' ')}`;
    if (known.asking.has(question) || known.held.size > heldMax) return;
    known.asking.add(question);
    known.identity
      .then((identity) => identity.missingEntitlements(service, ids))
      .then((lacking) => {
        for (const id of ids) known.held.set(`${service} ${id}`, !lacking.includes(id));
      })
      .catch(this.options.onError)
      .finally(() => known.asking.delete(question));
  }
}

const tokenInvalid = () =>
  new Refusal(401, 'TOKEN_INVALID', 'the token is not valid, has expired or was revoked');

function entitlementIds(value: BlpValue | undefined): number[] {
  const list = Array.isArray(value) ? (value as readonly BlpValue[]) : [value ?? null];
  return list.filter((one): one is number => typeof one === 'number' && Number.isInteger(one));
}
