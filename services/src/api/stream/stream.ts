/**
 * The WebSocket stream of the API (`/api/v1/stream`): last step of the price journey towards the UI, and
 * the live side of orders, executions, positions, sessions and events. Protocol: `wire/stream`.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TierPrice } from '@tidegate/core/market/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { QualityStateView } from '@tidegate/wire/quality';
import type { SessionStatus } from '@tidegate/wire/sessions';
import {
  streamRequest,
  type StreamChannel,
  type StreamMessage,
  type StreamRequest,
} from '@tidegate/wire/stream';
import { may } from '@tidegate/wire/permissions';
import { priceTopic, qualityTopic, sessionTopic, systemTopic } from '@tidegate/wire/topics';
import { priceView } from '@tidegate/wire/views';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { addressOf, Door } from '../../door.ts';
import { Rate } from '../../rate.ts';
import { eyesOf, maySee, maySeeEvent, mayTrade, priceFor } from '../entitlement.ts';
import type { FeedBoard } from '../feed.board.ts';
import type { Identities } from '../identity.ts';
import { ApiProblem } from '../problem.ts';
import { withSilence } from '../silence.ts';
import {
  closeCodes,
  StreamClient,
  subscriptionsMax,
  PriceSubscription,
  type RowSubscription,
} from './client.ts';
import { IdentityWatch } from './identity.watch.ts';
import { IndicativeChannel } from './indicative.ts';
import type { OrderFeed, OrderUpdate } from './order.feed.ts';
import { rowOf, type Snapshots } from './snapshots.ts';

export interface StreamOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly identities: Identities;
  readonly feed: OrderFeed;
  readonly feeds: FeedBoard;
  readonly snapshots: Snapshots;
  readonly metrics: Metrics;
  readonly trustedProxies: readonly string[];
  /** Least time between two sends of prices to a client. */
  readonly flushMs: number;
  readonly onError: (error: unknown) => void;
}

const path = '/api/v1/stream';
const authMs = 5_000;
const clientsMax = 2_000;
/** Connections that have not signed on yet. */
const strangers = { perAddressMax: 100, totalMax: 1_000, perSecondPerAddress: 200 };
const perUserMax = 100;
const messageBytesMax = 64 * 1024;
/** Messages of one client. */
const messageRate = { perSecond: 50, burst: 200 };
const closeMs = 500;
/** How often prices are looked at that nobody tells of any more. */
const silenceMs = 250;
/** Between two tellings of sessions that changed. */
const sessionsMs = 250;

type Subscribe = Extract<StreamRequest, { op: 'subscribe' }>;

export class Stream {
  private readonly options: StreamOptions;
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
  private readonly clients = new Set<StreamClient>();
  private readonly door: Door;
  private readonly images = new Map<string, TierPrice>();
  private readonly subscriptions: Subscription[] = [];
  private readonly watch: IdentityWatch;
  private readonly indicative: IndicativeChannel;
  /** Price texts of the flush that is under way, by instrument, tier and depth: many clients, one text. */
  private readonly texts = new Map<string, string>();
  /** Since clients were last told, by id. */
  private readonly changedSessions = new Map<string, SessionStatus>();
  private cutCount = 0;
  private readonly timers: NodeJS.Timeout[] = [];
  private stopListening: (() => void) | undefined;

  constructor(options: StreamOptions) {
    this.options = options;
    const { clock, configuration, feeds, identities, metrics, onError } = options;
    this.door = new Door({ clock, ...strangers });
    this.indicative = new IndicativeChannel({ configuration, feeds, clients: () => this.clients });
    this.watch = new IdentityWatch({
      clock,
      configuration,
      identities,
      onError,
      clients: () => this.clients,
    });
    metrics.gauge('stream_clients', 'Stream clients now', [], () => this.clients.size);
    metrics.counter(
      'stream_clients_cut_total',
      'Stream clients closed because they did not read',
      [],
      () => this.cutCount,
    );
  }

  start(http: Server): void {
    const { bus, configuration, feed, flushMs } = this.options;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    this.subscriptions.push(
      bus.subscribe(priceTopic(), (price) => this.price(price), { conflate: true }),
      bus.subscribe(sessionTopic(), (status) => this.session(status)),
      bus.subscribe(systemTopic(), (event) => this.event(event)),
      bus.subscribe(qualityTopic(), (states) => this.quality(states)),
    );
    feed.listen((updates) => this.orders(updates));
    this.indicative.start();
    this.watch.start();
    this.stopListening = configuration.onChange(() => this.markAll());
    this.timers.push(
      setInterval(() => this.flush(), Math.max(flushMs, 10)),
      setInterval(() => this.silence(), silenceMs),
      setInterval(() => this.tellSessions(), sessionsMs),
    );
  }

  /** Clients are told; one that does not close its side in time is cut. */
  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopListening?.();
    this.watch.stop();
    this.indicative.stop();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    const closing = [...this.clients].map(({ socket }) => once(socket, 'close'));
    for (const client of this.clients) client.close(closeCodes.goingAway, 'STOPPING');
    this.server.close();
    const limit = new AbortController();
    await Promise.race([Promise.all(closing), delay(closeMs, undefined, { signal: limit.signal })]);
    limit.abort();
    for (const client of this.clients) client.socket.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isOurs = request.url?.split('?')[0] === path;
    const address = addressOf(request, this.options.trustedProxies);
    const leave = isOurs && this.clients.size < clientsMax ? this.door.enter(address) : undefined;
    if (leave === undefined) {
      // Node has taken its own listener off: a stranger that resets its connection would end the process.
      socket.on('error', () => socket.destroy());
      // Nor has it a time limit any more: one that never ends its side would stay for ever.
      socket.once('finish', () => socket.destroy());
      socket.end(
        `HTTP/1.1 ${isOurs ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    socket.once('close', leave);
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, address, leave));
  }

  /** `known`: to be called when it has signed on. */
  private accept(socket: WebSocket, address: string, known: () => void): void {
    const rate = new Rate({ clock: this.options.clock, ...messageRate });
    const client = new StreamClient(socket, rate, () => (this.cutCount += 1), known);
    client.address = address;
    this.clients.add(client);
    const deadline = setTimeout(() => {
      if (client.identity === undefined) client.close(closeCodes.policyViolation, 'AUTH_TIMEOUT');
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
    });
  }

  private async receive(client: StreamClient, request: StreamRequest | undefined): Promise<void> {
    if (client.identity === undefined && request?.op !== 'auth')
      return client.close(closeCodes.policyViolation, 'AUTH_FIRST');
    if (request === undefined) return client.error(null, 'BAD_MESSAGE', 'not a message of this protocol');
    switch (request.op) {
      case 'auth':
        return this.authenticate(client, request.token);
      case 'ping':
        return client.send({ op: 'pong', at: request.at, serverTimeMs: this.options.clock.nowMs() });
      case 'unsubscribe':
        return client.unsubscribe(request.id);
      default:
        return this.subscribe(client, request);
    }
  }

  /** A signed-on client may send the next token of the same user, and so outlive the first. */
  private async authenticate(client: StreamClient, token: string): Promise<void> {
    const { identities, clock } = this.options;
    const before = client.identity;
    try {
      const identity = await identities.identify(token, client.address);
      if (before !== undefined && before.user.id !== identity.user.id)
        return client.close(closeCodes.policyViolation, 'OTHER_USER');
      if (before === undefined && this.countOf(identity.user.id) >= perUserMax)
        return client.close(closeCodes.policyViolation, 'TOO_MANY_STREAMS');
      client.identity = identity;
      client.onKnown();
    } catch (error) {
      const status = error instanceof ApiProblem ? error.status : 0;
      if (status === 429) return client.close(closeCodes.tryAgainLater, 'KEY_THROTTLED');
      return status === 503
        ? client.close(closeCodes.tryAgainLater, 'IDENTITY_UNKNOWN')
        : client.close(closeCodes.policyViolation, 'TOKEN_INVALID');
    }
    client.token = token;
    client.checkedMonoMs = clock.monoMs();
    client.send({ op: 'ready', serverTimeMs: clock.nowMs() });
  }

  private countOf(user: string): number {
    let count = 0;
    for (const { identity } of this.clients) if (identity?.user.id === user) count += 1;
    return count;
  }

  private async subscribe(client: StreamClient, request: Subscribe): Promise<void> {
    const { id, channel } = request;
    if (client.has(id)) return client.error(id, 'DUPLICATE_SUBSCRIPTION', 'this id is in use');
    if (client.subscriptionCount >= subscriptionsMax)
      return client.error(id, 'TOO_MANY_SUBSCRIPTIONS', `at most ${subscriptionsMax}`);
    if (channel === 'prices') return this.subscribePrices(client, request);
    if (channel === 'indicative') return this.indicative.subscribe(client, request);
    if (channel === 'cases' && !may(client.identity!.user, 'inspect'))
      return client.error(id, 'CASES_NOT_PERMITTED', 'cases are for operators');
    if (channel === 'quality' && !may(client.identity!.user, 'seeQuality'))
      return client.error(id, 'QUALITY_NOT_PERMITTED', 'quality of providers is for operators');
    const subscription: RowSubscription = { channel, waiting: [] };
    client.rows.set(id, subscription);
    // Not waited for: the client's next requests need not wait for this snapshot.
    this.snapshot(client, id, subscription).catch(this.options.onError);
  }

  private async snapshot(client: StreamClient, id: string, subscription: RowSubscription): Promise<void> {
    const { snapshots, onError } = this.options;
    const isMeant = () => client.rows.get(id) === subscription;
    try {
      const parts = await snapshots.read(subscription.channel, eyesOf(client.identity!));
      if (!isMeant()) return; // unsubscribed meanwhile, or closed
      for (const part of parts) client.send({ ...part, id } as StreamMessage);
      const waiting = subscription.waiting ?? [];
      subscription.waiting = undefined;
      for (const message of waiting) client.send(message);
    } catch (error) {
      onError(error);
      if (isMeant())
        client.refuse(id, 'SNAPSHOT_UNAVAILABLE', 'the snapshot could not be read; subscribe again');
    }
  }

  private subscribePrices(client: StreamClient, request: Subscribe): void {
    const { id, instruments } = request;
    const { instruments: known, firms } = this.options.configuration.current;
    const firm = firms.get(client.identity!.user.firm);
    for (const instrument of instruments ?? []) {
      if (!known.has(instrument))
        return client.error(id, 'UNKNOWN_INSTRUMENT', `no instrument ${instrument}`);
      if (!mayTrade(firm, instrument))
        return client.error(id, 'INSTRUMENT_NOT_PERMITTED', `${instrument} is not permitted for this firm`);
    }
    const subscription = new PriceSubscription(request);
    client.prices.set(id, subscription);
    this.texts.clear();
    this.sendPrices(client, subscription, 'snapshot', this.shownTo(client, subscription, known.keys()));
  }

  private *shownTo(
    client: StreamClient,
    subscription: PriceSubscription,
    candidates: Iterable<string>,
  ): Iterable<TierPrice> {
    const firm = this.options.configuration.current.firms.get(client.identity!.user.firm);
    for (const instrument of candidates) {
      if (!subscription.asksFor(instrument)) continue;
      if (firm === undefined || !mayTrade(firm, instrument)) continue;
      const image = this.images.get(`${firm.tier}.${instrument}`);
      if (image !== undefined) yield image;
    }
  }

  private price(price: TierPrice): void {
    const key = `${price.tier}.${price.instrument}`;
    const isTurned = this.images.get(key)?.state !== price.state;
    this.images.set(key, price);
    const { firms } = this.options.configuration.current;
    for (const client of this.clients) {
      if (client.prices.size === 0 || client.identity === undefined) continue;
      if (firms.get(client.identity.user.firm)?.tier !== price.tier) continue;
      for (const subscription of client.prices.values())
        subscription.mark(price.instrument, price.instrument, isTurned);
    }
  }

  /** The firm may have another tier now: its images are told, not waited for. */
  private markAll(): void {
    for (const client of this.clients) {
      for (const subscription of client.prices.values())
        for (const { instrument } of this.images.values()) subscription.mark(instrument, instrument, true);
    }
  }

  /** What pricing no longer speaks of is not shown as live. */
  private silence(): void {
    const { clock, configuration } = this.options;
    const nowMs = clock.nowMs();
    for (const image of this.images.values()) {
      const shown = withSilence(image, configuration.current, nowMs);
      if (shown !== image) this.price(shown);
    }
  }

  private flush(): void {
    const monoMs = this.options.clock.monoMs();
    this.indicative.flush(monoMs);
    this.texts.clear();
    for (const client of this.clients) {
      if (client.prices.size === 0 || !client.hasRoom) continue;
      for (const subscription of client.prices.values()) {
        const changed = subscription.take(monoMs);
        if (changed.length > 0)
          this.sendPrices(client, subscription, 'update', this.shownTo(client, subscription, changed));
      }
    }
  }

  private sendPrices(
    client: StreamClient,
    { id, depth }: PriceSubscription,
    op: 'snapshot' | 'update',
    prices: Iterable<TierPrice>,
  ): void {
    const { seesProviders } = eyesOf(client.identity!);
    const data: string[] = [];
    for (const price of prices) {
      const text = this.textOf(price, depth, seesProviders);
      if (text !== undefined) data.push(text);
    }
    if (data.length === 0 && op === 'update') return;
    client.sendText(
      `{"op":"${op}","id":${JSON.stringify(id)},"channel":"prices","data":[${data.join(',')}]}`,
    );
  }

  private textOf(price: TierPrice, depth: number, seesProviders: boolean): string | undefined {
    const { configuration, clock } = this.options;
    const key = `${price.instrument} ${price.tier} ${depth} ${seesProviders}`;
    const known = this.texts.get(key);
    if (known !== undefined) return known;
    const instrument = configuration.current.instruments.get(price.instrument);
    if (instrument === undefined) return undefined;
    const view = priceView(price, instrument, depth, clock.nowMs());
    const text = JSON.stringify(priceFor({ seesProviders }, view));
    this.texts.set(key, text);
    return text;
  }

  private orders(updates: readonly OrderUpdate[]): void {
    for (const client of this.clients) {
      if (client.identity === undefined || client.rows.size === 0) continue;
      const eyes = eyesOf(client.identity);
      const { firm } = eyes;
      const own = firm === undefined ? updates : updates.filter(({ partition }) => partition === firm);
      for (const channel of ['orders', 'executions', 'positions', 'cases'] as const)
        client.tell(
          channel,
          own.flatMap((update) => rowOf(channel, update, eyes) ?? []),
        );
    }
  }

  private session(status: SessionStatus): void {
    this.changedSessions.set(status.id, status);
  }

  /** Many sessions say how they are, each when it likes: a client is told of them together. */
  private tellSessions(): void {
    if (this.changedSessions.size === 0) return;
    const { fixClients } = this.options.configuration.current;
    const changed = [...this.changedSessions.values()];
    this.changedSessions.clear();
    for (const client of this.clients) {
      if (client.identity === undefined || client.rows.size === 0) continue;
      const eyes = eyesOf(client.identity);
      client.tell(
        'sessions',
        changed.filter((status) => maySee(eyes, status, fixClients)),
      );
    }
  }

  private quality(states: readonly QualityStateView[]): void {
    for (const client of this.clients) client.tell('quality', states);
  }

  private event(event: SystemEvent): void {
    const { venues } = this.options.configuration.current;
    for (const client of this.clients) {
      if (client.identity === undefined) continue;
      if (maySeeEvent(eyesOf(client.identity), event, venues)) client.tell('events', [event]);
    }
  }
}

/** A snapshot message, or an update that completes it, before the subscription's id is put in. */
export type SnapshotPart = {
  readonly op: 'snapshot' | 'update';
  readonly channel: StreamChannel;
  readonly data: readonly unknown[];
  readonly next?: string | null;
  readonly total?: number;
};

function parse(data: RawData): StreamRequest | undefined {
  try {
    return streamRequest.parse(JSON.parse((data as Buffer).toString('utf8')));
  } catch {
    return undefined;
  }
}
