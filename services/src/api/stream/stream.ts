/**
 * The WebSocket stream of the API (`/api/v1/stream`): last step of the price journey towards the UI, and
 * the live side of orders, executions, positions, sessions and events. Protocol: `wire/stream`.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TierPrice } from '@tidegate/core/quote';
import type { Bus, Subscription } from '@tidegate/platform/bus';
import type { Clock } from '@tidegate/platform/clock';
import type { Configuration } from '@tidegate/platform/configuration';
import type { Metrics } from '@tidegate/platform/metrics';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import type { SessionStatus } from '@tidegate/wire/sessions';
import {
  streamRequest,
  type StreamChannel,
  type StreamMessage,
  type StreamRequest,
} from '@tidegate/wire/stream';
import { priceTopic, sessionTopic, systemTopic } from '@tidegate/wire/topics';
import { priceView } from '@tidegate/wire/views';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { firmOf, type Identities } from '../identity.ts';
import { StreamClient, subscriptionsMax, type PriceSubscription } from './client.ts';
import type { OrderFeed, OrderUpdate } from './order.feed.ts';
import type { Snapshots } from './snapshots.ts';

export interface StreamOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly identities: Identities;
  readonly feed: OrderFeed;
  readonly snapshots: Snapshots;
  readonly metrics: Metrics;
  /** Least time between two sends of prices to a client. */
  readonly flushMs: number;
  readonly onError: (error: unknown) => void;
}

const path = '/api/v1/stream';
const authMs = 5_000;
const clientsMax = 2_000;
const messageBytesMax = 64 * 1024;
const policyViolation = 1008;
const goingAway = 1001;

type Subscribe = Extract<StreamRequest, { op: 'subscribe' }>;

export class Stream {
  private readonly options: StreamOptions;
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
  private readonly clients = new Set<StreamClient>();
  private readonly images = new Map<string, TierPrice>();
  private readonly subscriptions: Subscription[] = [];
  private readonly cut: { inc(): void };
  private timer: NodeJS.Timeout | undefined;

  constructor(options: StreamOptions) {
    this.options = options;
    this.cut = options.metrics.counter(
      'stream_clients_cut_total',
      'Stream clients closed because they did not read',
      [],
    );
    options.metrics.gauge('stream_clients', 'Stream clients now', [], () => this.clients.size);
  }

  start(http: Server): void {
    const { bus, feed, flushMs } = this.options;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    this.subscriptions.push(
      bus.subscribe(priceTopic(), (price) => this.price(price)),
      bus.subscribe(sessionTopic(), (status) => this.session(status)),
      bus.subscribe(systemTopic(), (event) => this.event(event)),
    );
    feed.listen((updates) => this.orders(updates));
    this.timer = setInterval(() => this.flush(), Math.max(flushMs, 10));
  }

  stop(): void {
    clearInterval(this.timer);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    for (const client of this.clients) client.socket.close(goingAway, 'STOPPING');
    this.server.close();
    for (const client of this.clients) client.socket.terminate();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isOurs = request.url?.split('?')[0] === path;
    if (!isOurs || this.clients.size >= clientsMax) {
      socket.end(
        `HTTP/1.1 ${isOurs ? '503 Service Unavailable' : '404 Not Found'}\r\nConnection: close\r\n\r\n`,
      );
      return;
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket));
  }

  private accept(socket: WebSocket): void {
    const client = new StreamClient(socket, () => this.cut.inc());
    this.clients.add(client);
    const deadline = setTimeout(() => {
      if (client.identity === undefined) socket.close(policyViolation, 'AUTH_TIMEOUT');
    }, authMs);
    socket.on('message', (data) => {
      this.receive(client, data).catch((error: unknown) => {
        this.options.onError(error);
        client.error(null, 'INTERNAL_ERROR', 'the request failed');
      });
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(deadline);
      this.clients.delete(client);
    });
  }

  private async receive(client: StreamClient, data: RawData): Promise<void> {
    const request = parse(data);
    if (request === undefined) {
      client.error(null, 'BAD_MESSAGE', 'not a message of this protocol');
      return;
    }
    if (request.op === 'auth') return this.authenticate(client, request.token);
    if (client.identity === undefined) {
      client.socket.close(policyViolation, 'AUTH_FIRST');
      return;
    }
    switch (request.op) {
      case 'ping':
        client.send({ op: 'pong', at: request.at, serverTimeMs: this.options.clock.nowMs() });
        return;
      case 'unsubscribe':
        client.unsubscribe(request.id);
        return;
      default:
        await this.subscribe(client, request);
    }
  }

  private async authenticate(client: StreamClient, token: string): Promise<void> {
    try {
      client.identity = await this.options.identities.identify(token);
    } catch {
      client.socket.close(policyViolation, 'TOKEN_INVALID');
      return;
    }
    client.send({ op: 'ready', serverTimeMs: this.options.clock.nowMs() });
  }

  private async subscribe(client: StreamClient, request: Subscribe): Promise<void> {
    if (client.has(request.id))
      return client.error(request.id, 'DUPLICATE_SUBSCRIPTION', 'this id is in use');
    if (client.subscriptionCount >= subscriptionsMax) {
      return client.error(request.id, 'TOO_MANY_SUBSCRIPTIONS', `at most ${subscriptionsMax}`);
    }
    if (request.channel === 'prices') return this.subscribePrices(client, request);
    client.channels.set(request.id, request.channel);
    client.pending.set(request.id, []);
    try {
      const snapshot = await this.options.snapshots.read(request.channel, firmOf(client.identity!));
      this.deliver(client, request.id, snapshot);
    } catch (error) {
      this.options.onError(error);
      client.unsubscribe(request.id);
      client.error(request.id, 'SNAPSHOT_UNAVAILABLE', 'the snapshot could not be read; subscribe again');
    }
  }

  /** The snapshot first, then what came while it was read. */
  private deliver(client: StreamClient, id: string, messages: readonly SnapshotPart[]): void {
    const waiting = client.pending.get(id);
    if (waiting === undefined) return; // unsubscribed meanwhile
    client.pending.delete(id);
    for (const part of messages) client.send({ ...part, id } as StreamMessage);
    for (const message of waiting) client.send(message);
  }

  private subscribePrices(client: StreamClient, { id, instruments, depth }: Subscribe): void {
    const known = this.options.configuration.current.instruments;
    const unknown = instruments?.find((instrument) => !known.has(instrument));
    if (unknown !== undefined) return client.error(id, 'UNKNOWN_INSTRUMENT', `no instrument ${unknown}`);
    const subscription: PriceSubscription = {
      id,
      depth: depth ?? 1,
      instruments: instruments === undefined ? undefined : new Set(instruments),
    };
    client.prices.set(id, subscription);
    this.sendPrices(client, subscription, 'snapshot', this.shownTo(client, subscription, known.keys()));
  }

  private *shownTo(
    client: StreamClient,
    { instruments }: PriceSubscription,
    candidates: Iterable<string>,
  ): Iterable<TierPrice> {
    const firm = this.options.configuration.current.firms.get(client.identity!.user.firm);
    for (const instrument of candidates) {
      if (instruments !== undefined && !instruments.has(instrument)) continue;
      if (firm === undefined || !(firm.instruments.includes('*') || firm.instruments.includes(instrument)))
        continue;
      const image = this.images.get(`${firm.tier}.${instrument}`);
      if (image !== undefined) yield image;
    }
  }

  private price(price: TierPrice): void {
    this.images.set(`${price.tier}.${price.instrument}`, price);
    for (const client of this.clients) {
      if (client.prices.size === 0) continue;
      if (this.tierOf(client) === price.tier) client.dirty.add(price.instrument);
    }
  }

  private tierOf(client: StreamClient): string | undefined {
    return this.options.configuration.current.firms.get(client.identity!.user.firm)?.tier;
  }

  private flush(): void {
    for (const client of this.clients) {
      if (client.dirty.size === 0 || !client.hasRoom) continue;
      const changed = [...client.dirty];
      client.dirty.clear();
      for (const subscription of client.prices.values()) {
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
    const { configuration, clock } = this.options;
    const nowMs = clock.nowMs();
    const data = [];
    for (const price of prices) {
      const instrument = configuration.current.instruments.get(price.instrument);
      if (instrument !== undefined) data.push(priceView(price, instrument, depth, nowMs));
    }
    if (data.length > 0 || op === 'snapshot') client.send({ op, id, channel: 'prices', data });
  }

  private orders(updates: readonly OrderUpdate[]): void {
    for (const client of this.clients) {
      if (client.identity === undefined || client.channels.size === 0) continue;
      const firm = firmOf(client.identity);
      const own = firm === undefined ? updates : updates.filter(({ partition }) => partition === firm);
      this.tell(
        client,
        'orders',
        own.flatMap(({ order }) => order ?? []),
      );
      this.tell(
        client,
        'executions',
        own.flatMap(({ execution }) => execution ?? []),
      );
      this.tell(
        client,
        'positions',
        own.flatMap(({ position }) => position ?? []),
      );
    }
  }

  private session(status: SessionStatus): void {
    for (const client of this.clients) this.tell(client, 'sessions', [status]);
  }

  private event(event: SystemEvent): void {
    for (const client of this.clients) {
      if (client.identity === undefined) continue;
      const firm = firmOf(client.identity);
      if (firm === undefined || firm === event.firm) this.tell(client, 'events', [event]);
    }
  }

  private tell(
    client: StreamClient,
    channel: Exclude<StreamChannel, 'prices'>,
    data: readonly unknown[],
  ): void {
    if (data.length === 0) return;
    for (const [id, subscribed] of client.channels) {
      if (subscribed !== channel) continue;
      const message = { op: 'update', id, channel, data } as StreamMessage;
      const pending = client.pending.get(id);
      if (pending === undefined) client.send(message);
      else pending.push(message);
    }
  }
}

/** A snapshot message, or an update that completes it, before the subscription's id is put in. */
export type SnapshotPart = {
  readonly op: 'snapshot' | 'update';
  readonly channel: StreamChannel;
  readonly data: readonly unknown[];
};

function parse(data: RawData): StreamRequest | undefined {
  try {
    return streamRequest.parse(JSON.parse(data.toString()));
  } catch {
    return undefined;
  }
}
