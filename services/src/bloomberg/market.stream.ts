/**
 * The WebSocket side of the market data server: sign-in, subscriptions by the client's own correlation ids,
 * one flush for all clients. Protocol: `wire/bloomberg.protocol`.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@tidegate/platform/observe/clock';
import {
  marketDataRequest,
  streamServices,
  type CorrelationId,
  type MarketDataMessage,
  type MarketDataRequest,
  type StreamSubscription,
} from '@tidegate/wire/bloomberg.protocol';
import { serviceName, type FeedCause } from '@tidegate/wire/bloomberg';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { addressOf, Door } from '../door.ts';
import { Rate } from '../rate.ts';
import { ClientSubscription, closeCodes, MarketClient } from './market.client.ts';
import type { MarketUsers } from './market.users.ts';
import { Refusal } from './refusal.ts';
import type { SubscriptionTable } from './subscription.table.ts';
import type { Want } from './subscription.ts';
import type { UsageMeter } from './usage.meter.ts';

export interface MarketStreamOptions {
  readonly clock: Clock;
  readonly table: SubscriptionTable;
  readonly users: MarketUsers;
  readonly usage: UsageMeter;
  /** State of the feed, for the first message and whenever it changes. */
  readonly feed: () => {
    readonly state: string;
    readonly cause: FeedCause | null;
    readonly isEmulated: boolean;
  };
  readonly trustedProxies: readonly string[];
  readonly onError: (error: unknown) => void;
  /** Time between two flushes. Default 20. */
  readonly flushMs?: number;
  /** A client whose socket takes nothing for so long is cut. Default 10 s. */
  readonly blockedMsMax?: number;
}

const path = '/stream';
const authMs = 5_000;
const clientsMax = 1_000;
/** Connections that have not signed on yet. */
const strangers = { perAddressMax: 100, totalMax: 500, perSecondPerAddress: 100 };
const perUserMax = 50;
const subscriptionsMax = 5_000;
const messageBytesMax = 256 * 1024;
const messageRate = { perSecond: 50, burst: 200 };
const pingMs = 20_000;
const askAgainMs = 10_000;
/** While SQL can't say whether a token was revoked, its stream goes on for so long. */
const unknownMsMax = 60_000;
const askedMax = 50;
const closeMs = 500;
const conflateMsDefault = 100;

export class MarketStream {
  readonly clients = new Set<MarketClient>();
  cut = 0;
  dropped = 0;
  private readonly options: MarketStreamOptions;
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
  private readonly door: Door;
  private readonly texts = new Map<string, string>();
  private readonly asked = new Set<MarketClient>();
  private readonly timers: NodeJS.Timeout[] = [];
  private pingedMonoMs: number;

  constructor(options: MarketStreamOptions) {
    this.options = options;
    this.door = new Door({ clock: options.clock, ...strangers });
    this.pingedMonoMs = options.clock.monoMs();
  }

  start(http: Server): void {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    this.timers.push(
      setInterval(() => this.flush(), this.options.flushMs ?? 20),
      setInterval(() => this.watch(), 1_000),
    );
  }

  /** Clients are told; one that does not close its side in time is cut. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    const closing = [...this.clients].map(({ socket }) => once(socket, 'close'));
    for (const client of this.clients) client.close(closeCodes.goingAway, 'STOPPING');
    this.server.close();
    const limit = new AbortController();
    await Promise.race([Promise.all(closing), delay(closeMs, undefined, { signal: limit.signal })]);
    limit.abort();
    for (const client of this.clients) client.socket.terminate();
  }

  /** The feed as a whole has changed. */
  tellFeed(): void {
    const { state, cause } = this.options.feed();
    const message: MarketDataMessage = {
      op: 'status',
      correlationId: null,
      state,
      ...(cause === null ? {} : cause),
    };
    for (const client of this.clients) if (client.user !== undefined) client.send(message);
  }

  /** Configuration changed: who may no longer is out; what may no longer be read ends. */
  recheck(): void {
    const { users } = this.options;
    for (const client of this.clients) {
      if (client.user === undefined) continue;
      if (!users.isCurrent(client.user)) client.close(closeCodes.policyViolation, 'IDENTITY_CHANGED');
      else this.recheckRights(client);
    }
  }

  /** Bloomberg took a user's rights: nothing more is delivered to it. */
  revoke(user: string): void {
    for (const client of this.clients) {
      if (client.user?.user.id !== user) continue;
      for (const id of [...client.subscriptions.keys()])
        this.end(client, id, 'AUTHORIZATION_REVOKED', 'Bloomberg has revoked this user’s authorisation');
    }
  }

  // -------------------------------------------------------------- connections

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isOurs = request.url?.split('?')[0] === path;
    const address = addressOf(request, this.options.trustedProxies);
    const leave = isOurs && this.clients.size < clientsMax ? this.door.enter(address) : undefined;
    if (leave === undefined) {
      // Node has taken its own listener off: a stranger that resets its connection would end the process.
      socket.on('error', () => socket.destroy());
      const status = isOurs ? '503 Service Unavailable' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      return;
    }
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    socket.once('close', leave);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const client = this.accept(webSocket, address, leave);
      if (scheme?.toLowerCase() === 'bearer' && token !== undefined)
        client.enqueue(() => this.authenticate(client, token));
    });
  }

  private accept(socket: WebSocket, address: string, onKnown: () => void): MarketClient {
    const rate = new Rate({ clock: this.options.clock, ...messageRate });
    const client = new MarketClient(socket, address, {
      rate,
      blockedMsMax: this.options.blockedMsMax ?? 10_000,
      onCut: () => (this.cut += 1),
      onDropped: () => (this.dropped += 1),
      onKnown,
    });
    this.clients.add(client);
    const deadline = setTimeout(() => {
      if (client.user === undefined) client.close(closeCodes.policyViolation, 'AUTH_TIMEOUT');
    }, authMs);
    socket.on('message', (data, isBinary) => {
      client.isAlive = true;
      const request = isBinary ? undefined : parse(data);
      client.enqueue(() =>
        this.receive(client, request).catch((error: unknown) => {
          this.options.onError(error);
          client.error(null, 'INTERNAL_ERROR', 'the request failed');
        }),
      );
    });
    socket.on('pong', () => (client.isAlive = true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(deadline);
      this.clients.delete(client);
      this.unsubscribe(client, [...client.subscriptions.keys()]);
    });
    return client;
  }

  private async receive(client: MarketClient, request: MarketDataRequest | undefined): Promise<void> {
    if (client.user === undefined && request?.op !== 'auth')
      return client.close(closeCodes.policyViolation, 'AUTH_FIRST');
    if (request === undefined) return client.error(null, 'BAD_MESSAGE', 'not a message of this protocol');
    switch (request.op) {
      case 'auth':
        return this.authenticate(client, request.token);
      case 'ping':
        return client.send({ op: 'pong', at: request.at, serverTimeMs: this.options.clock.nowMs() });
      case 'unsubscribe':
        return this.unsubscribeTold(client, request.correlationIds);
      default:
        for (const one of request.subscriptions) this.subscribe(client, one);
    }
  }

  /** A signed-on client may send the next token of the same user, and so outlive the first. */
  private async authenticate(client: MarketClient, token: string): Promise<void> {
    const { users, clock } = this.options;
    const before = client.user;
    try {
      const user = await users.identify(token, client.address);
      if (before !== undefined && before.user.id !== user.user.id)
        return client.close(closeCodes.policyViolation, 'OTHER_USER');
      if (before === undefined && this.countOf(user.user.id) >= perUserMax)
        return client.close(closeCodes.policyViolation, 'TOO_MANY_STREAMS');
      client.user = user;
      client.known();
    } catch (error) {
      const isUnknown = error instanceof Refusal && error.status === 503;
      return isUnknown
        ? client.close(closeCodes.tryAgainLater, 'IDENTITY_UNKNOWN')
        : client.close(closeCodes.policyViolation, 'TOKEN_INVALID');
    }
    client.token = token;
    client.checkedMonoMs = clock.monoMs();
    const { state, isEmulated } = this.options.feed();
    const source = isEmulated ? 'emulator' : 'bloomberg';
    client.send({ op: 'ready', serverTimeMs: clock.nowMs(), source, state });
  }

  private countOf(user: string): number {
    let count = 0;
    for (const client of this.clients) if (client.user?.user.id === user) count += 1;
    return count;
  }

  // -------------------------------------------------------------- subscriptions

  private subscribe(client: MarketClient, asked: StreamSubscription): void {
    const { correlationId } = asked;
    try {
      this.acquire(client, asked);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      client.error(correlationId, error.code, error.message);
    }
  }

  private acquire(client: MarketClient, asked: StreamSubscription): void {
    const { table, usage, users } = this.options;
    const { correlationId } = asked;
    if (client.subscriptions.has(correlationId))
      throw new Refusal(400, 'DUPLICATE_CORRELATION_ID', 'this correlation id is in use');
    if (client.subscriptions.size >= subscriptionsMax)
      throw new Refusal(429, 'TOO_MANY_SUBSCRIPTIONS', `at most ${subscriptionsMax}`);
    const { want, hidden } = wantOf(asked, users.checksIds);
    users.require(client.user!, want.service, asked.fields);
    if (table.find(want) === undefined) {
      const refused = usage.take({
        user: client.user!.user.id,
        service: want.service,
        securities: [want.security],
        fields: want.fields.length,
        subscriptions: 1,
      });
      if (refused !== undefined) throw new Refusal(429, refused.code, refused.text);
    }
    const isConflated = want.service === '//blp/mktdata' || want.service === '//blp/mktvwap';
    const conflateMs = asked.conflateMs ?? (isConflated ? conflateMsDefault : 0);
    const one = new ClientSubscription(client, correlationId, conflateMs, hidden);
    one.subscription = table.acquire(want, one);
    client.subscriptions.set(correlationId, one);
    one.onState(one.subscription);
  }

  private unsubscribeTold(client: MarketClient, ids: readonly CorrelationId[] | undefined): void {
    const chosen = ids ?? [...client.subscriptions.keys()];
    for (const id of chosen) {
      if (!client.subscriptions.has(id)) client.error(id, 'UNKNOWN_CORRELATION_ID', 'nothing is subscribed');
      else client.send({ op: 'status', correlationId: id, state: 'unsubscribed' });
    }
    this.unsubscribe(client, chosen);
  }

  private unsubscribe(client: MarketClient, ids: readonly CorrelationId[]): void {
    for (const id of ids) {
      const one = client.subscriptions.get(id);
      if (one === undefined) continue;
      client.subscriptions.delete(id);
      this.options.table.release(one.subscription, one);
    }
  }

  /** Ends a subscription from our side. */
  private end(client: MarketClient, id: CorrelationId, code: string, text: string): void {
    client.send({ op: 'status', correlationId: id, state: 'failed', code, text });
    this.unsubscribe(client, [id]);
  }

  private recheckRights(client: MarketClient): void {
    const { users } = this.options;
    for (const [id, { subscription, fields }] of client.subscriptions) {
      try {
        users.require(client.user!, subscription.want.service, fields);
        if (users.checksIds && !subscription.want.fields.includes('EID'))
          throw new Refusal(403, 'ENTITLEMENTS_CHECKED', 'entitlement ids are checked now: subscribe again');
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.end(client, id, error.code, error.message);
      }
    }
  }

  private flush(): void {
    this.texts.clear();
    const monoMs = this.options.clock.monoMs();
    const { users } = this.options;
    for (const client of this.clients) {
      const { user } = client;
      if (user === undefined) continue;
      client.flush(monoMs, this.texts, (one) => !users.checksIds || this.mayDeliver(client, one));
    }
  }

  /** Bloomberg's word on the entitlement ids of the data; told to the client when it is no. */
  private mayDeliver(client: MarketClient, one: ClientSubscription): boolean {
    const { want, image } = one.subscription;
    // The ids may come with a later fragment.
    if (image.isPainting) return false;
    const isHeld = this.options.users.holds(client.user!, want.service, image.get('EID'));
    if (isHeld === false && !one.isWithheld) {
      one.isWithheld = true;
      const text = 'Bloomberg says that this user does not hold the entitlement of this data';
      client.send({
        op: 'status',
        correlationId: one.correlationId,
        state: 'failed',
        code: 'EID_NOT_HELD',
        text,
      });
    } else if (isHeld === true) one.isWithheld = false;
    return isHeld === true;
  }

  // -------------------------------------------------------------- who may stay

  private watch(): void {
    const { clock } = this.options;
    const [nowMs, monoMs] = [clock.nowMs(), clock.monoMs()];
    const isPinging = monoMs - this.pingedMonoMs >= pingMs;
    if (isPinging) this.pingedMonoMs = monoMs;
    for (const client of this.clients) {
      if (isPinging) ping(client);
      if (client.user === undefined) continue;
      if (client.user.expiresAtMs <= nowMs) client.close(closeCodes.policyViolation, 'TOKEN_EXPIRED');
      else if (monoMs - client.checkedMonoMs >= askAgainMs && this.asked.size < askedMax)
        this.askAgain(client);
    }
  }

  private askAgain(client: MarketClient): void {
    if (this.asked.has(client)) return;
    this.asked.add(client);
    const { clock, users } = this.options;
    const { token } = client;
    users
      .identify(token, client.address)
      .then(
        () => {
          client.checkedMonoMs = clock.monoMs();
        },
        (error: unknown) => {
          if (token !== client.token) return;
          if (error instanceof Refusal && error.status === 401)
            client.close(closeCodes.policyViolation, 'TOKEN_INVALID');
          else if (clock.monoMs() - client.checkedMonoMs >= unknownMsMax)
            client.close(closeCodes.tryAgainLater, 'IDENTITY_UNKNOWN');
        },
      )
      .finally(() => this.asked.delete(client))
      .catch(this.options.onError);
  }
}

/** Checked text to a want; EID comes along, unseen, where Bloomberg's ids are checked. */
function wantOf(asked: StreamSubscription, checksIds: boolean): { want: Want; hidden: ReadonlySet<string> } {
  const service = `//blp/${serviceName(asked.service ?? 'mktdata')}`;
  if (!streamServices.some((one) => one === service))
    throw new Refusal(403, 'SERVICE_NOT_PERMITTED', `${service} is none of ${streamServices.join(', ')}`);
  if (asked.fields.length === 0 && service !== '//blp/pagedata')
    throw new Refusal(400, 'FIELDS_MISSING', 'name at least one field');
  const { interval, conflate, delayed, other } = asked.options ?? {};
  const isHidden = checksIds && !asked.fields.includes('EID');
  return {
    want: {
      service,
      security: asked.security,
      fields: [...new Set(isHidden ? [...asked.fields, 'EID'] : asked.fields)],
      interval,
      isConflated: conflate,
      isDelayed: delayed,
      options: other,
    },
    hidden: isHidden ? new Set(['EID']) : noFields,
  };
}

const noFields: ReadonlySet<string> = new Set();

/** Half-open connections look alive until somebody asks. */
function ping(client: MarketClient): void {
  if (!client.isAlive) {
    client.socket.terminate();
    return;
  }
  client.isAlive = false;
  if (client.isOpen) client.socket.ping();
}

function parse(data: RawData): MarketDataRequest | undefined {
  try {
    return marketDataRequest.parse(JSON.parse((data as Buffer).toString('utf8')));
  } catch {
    return undefined;
  }
}
