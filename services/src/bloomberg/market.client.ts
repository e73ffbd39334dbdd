/**
 * One WebSocket client of the market data server. Conflated subscriptions keep nothing but the number of the
 * newest message the client has seen; what it is sent is read from the shared image when its time has come
 * and its socket has room. Unconflated ones have a bounded queue. A client that does not read is cut.
 */
import type { BlpDataEvent } from '@tidegate/blpapi/contract';
import type { CorrelationId, MarketDataMessage } from '@tidegate/wire/bloomberg.protocol';
import type { WebSocket } from 'ws';
import type { Rate } from '../rate.ts';
import type { MarketUser } from './market.users.ts';
import type { Consumer, FeedSubscription } from './subscription.ts';
import { jsonText } from './values.ts';

/** Close codes of RFC 6455 section 7.4.1. */
export const closeCodes = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 } as const;

/** Above it, data waits: conflated images get newer, queues drop their oldest. */
const roomBytes = 256 * 1024;
/** Above it, whatever it is: status messages alone never come near. */
const queueBytesMax = 4 * 1024 * 1024;
const eventsMax = 1_000;
/** Characters that the queue of one subscription may hold. */
const eventsLengthMax = 1024 * 1024;
const requestsMax = 100;

export class ClientSubscription implements Consumer {
  readonly correlationId: CorrelationId;
  readonly conflateMs: number;
  subscription!: FeedSubscription;
  /** Sequence of the newest message that the client has been sent something of. */
  sent = 0;
  /** Nothing of it has been sent yet. */
  isNew = true;
  /** Bloomberg has not confirmed the user's right to this data, or has denied it. */
  isWithheld = false;
  private readonly client: MarketClient;
  private readonly prefix: string;
  /** Fields that were added for us and that the client did not ask for. */
  private readonly hidden: ReadonlySet<string>;
  private events: string[] = [];
  private eventsLength = 0;
  private told = '';
  private dropped = 0;

  constructor(
    client: MarketClient,
    correlationId: CorrelationId,
    conflateMs: number,
    hidden: ReadonlySet<string>,
  ) {
    this.client = client;
    this.correlationId = correlationId;
    this.conflateMs = conflateMs;
    this.hidden = hidden;
    this.prefix = `{"correlationId":${JSON.stringify(correlationId)},`;
  }

  /** What the client asked for. */
  get fields(): readonly string[] {
    return this.subscription.want.fields.filter((name) => !this.hidden.has(name));
  }

  onEvent(subscription: FeedSubscription, event: BlpDataEvent): void {
    if (this.conflateMs > 0) return;
    const fields: string[] = [];
    for (const name in event.fields) {
      if (!this.hidden.has(name)) fields.push(`${JSON.stringify(name)}:${jsonText(event.fields[name]!)}`);
    }
    const text = `${head(subscription, 'event', event.messageType)},"fields":{${fields.join(',')}}}`;
    this.events.push(text);
    this.eventsLength += text.length;
    while (this.events.length > eventsMax || this.eventsLength > eventsLengthMax) {
      this.eventsLength -= this.events.shift()!.length;
      this.dropped += 1;
      this.client.countDropped();
    }
  }

  onState(subscription: FeedSubscription): void {
    const state = shownState(subscription);
    const { cause, exceptions } = subscription;
    const key = `${state} ${cause?.code ?? ''} ${exceptions.length}`;
    if (key === this.told) return;
    this.told = key;
    this.client.send({
      op: 'status',
      correlationId: this.correlationId,
      state,
      ...(cause === null ? {} : cause),
      ...(exceptions.length === 0 ? {} : { exceptions: [...exceptions] }),
    });
  }

  /** Texts of updates that are due, into `out`. `texts` is shared by all clients of one flush. */
  collect(out: string[], texts: Map<string, string>): void {
    const { image } = this.subscription;
    if (this.conflateMs > 0 || this.isNew) {
      if (image.sequence === this.sent || image.fields.size === 0) return;
      out.push(this.prefix + this.imageText(texts));
      this.sent = image.sequence;
      const isFirst = this.isNew;
      this.isNew = false;
      // The snapshot holds what these say.
      if (isFirst) this.forgetEvents();
      if (this.conflateMs > 0) return;
    }
    for (const text of this.events) {
      out.push(this.prefix + (this.dropped > 0 ? `"dropped":${this.dropped},` : '') + text);
      this.dropped = 0;
    }
    this.forgetEvents();
  }

  private forgetEvents(): void {
    this.events = [];
    this.eventsLength = 0;
  }

  private imageText(texts: Map<string, string>): string {
    const { subscription } = this;
    const from = this.isNew ? -1 : this.sent;
    const key = `${subscription.id} ${from} ${this.hidden.size}`;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const fields: string[] = [];
    for (const [name, field] of subscription.image.fields) {
      if (field.at > from && !this.hidden.has(name))
        fields.push(`${JSON.stringify(name)}:${jsonText(field.value)}`);
    }
    const kind = this.isNew ? 'snapshot' : 'update';
    const text = `${head(subscription, kind, subscription.messageType)},"fields":{${fields.join(',')}}}`;
    texts.set(key, text);
    return text;
  }
}

function head(subscription: FeedSubscription, kind: string, messageType: string): string {
  const { image, isLive, isDelayed } = subscription;
  return (
    `"kind":"${kind}","messageType":${JSON.stringify(messageType)},"sequence":${image.sequence},` +
    `"isStale":${!isLive},"isDelayed":${isDelayed}`
  );
}

function shownState({ state, isDelayed, image }: FeedSubscription): string {
  if (state === 'live') return isDelayed ? 'delayed' : 'live';
  if (state === 'failed' || state === 'waiting' || state === 'stale') return state;
  return image.sequence > 0 ? 'stale' : 'subscribed';
}

export interface MarketClientOptions {
  readonly rate: Rate;
  /** Without room for data for so long, the client is not reading. */
  readonly blockedMsMax: number;
  readonly onCut: () => void;
  readonly onDropped: () => void;
  /** It has signed on. */
  readonly onKnown: () => void;
}

export class MarketClient {
  readonly socket: WebSocket;
  readonly address: string;
  user: MarketUser | undefined;
  token = '';
  checkedMonoMs = 0;
  isAlive = true;
  readonly subscriptions = new Map<CorrelationId, ClientSubscription>();
  private readonly options: MarketClientOptions;
  private requests = 0;
  private work: Promise<void> = Promise.resolve();
  private blockedSinceMonoMs: number | undefined;
  /** By conflation interval: number of the last interval that was flushed. */
  private readonly flushed = new Map<number, number>();

  constructor(socket: WebSocket, address: string, options: MarketClientOptions) {
    this.socket = socket;
    this.address = address;
    this.options = options;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  known(): void {
    this.options.onKnown();
  }

  countDropped(): void {
    this.options.onDropped();
  }

  /** Requests are carried out one after the other, so a subscription may follow `auth` without waiting. */
  enqueue(request: () => Promise<void> | void): void {
    if (!this.isOpen) return;
    if (this.requests >= requestsMax || !this.options.rate.take())
      return this.close(closeCodes.policyViolation, 'TOO_MANY_MESSAGES');
    this.requests += 1;
    this.work = this.work.then(async () => {
      if (this.isOpen) await request();
      this.requests -= 1;
    });
  }

  send(message: MarketDataMessage): void {
    this.sendText(JSON.stringify(message));
  }

  error(correlationId: CorrelationId | null, code: string, text: string): void {
    this.send({ op: 'error', correlationId, code, text });
  }

  /** What is due now, in one frame. `may`: is the user allowed to see this subscription's data now? */
  flush(
    monoMs: number,
    texts: Map<string, string>,
    may: (subscription: ClientSubscription) => boolean,
  ): void {
    if (this.subscriptions.size === 0 || !this.hasRoom(monoMs)) return;
    const due = new Set<number>();
    const updates: string[] = [];
    for (const subscription of this.subscriptions.values()) {
      const { conflateMs } = subscription;
      // The same intervals for all clients: what is sent to many is made once.
      if (conflateMs > 0 && !subscription.isNew && !due.has(conflateMs)) {
        const interval = Math.floor(monoMs / conflateMs);
        if (this.flushed.get(conflateMs) === interval) continue;
        this.flushed.set(conflateMs, interval);
        due.add(conflateMs);
      }
      if (may(subscription)) subscription.collect(updates, texts);
    }
    if (updates.length > 0) this.sendText(`{"op":"data","updates":[${updates.join(',')}]}`);
  }

  close(code: number, reason: string): void {
    if (this.isOpen) this.socket.close(code, reason);
  }

  private hasRoom(monoMs: number): boolean {
    if (this.socket.bufferedAmount < roomBytes) {
      this.blockedSinceMonoMs = undefined;
      return this.isOpen;
    }
    this.blockedSinceMonoMs ??= monoMs;
    if (monoMs - this.blockedSinceMonoMs >= this.options.blockedMsMax) this.cut();
    return false;
  }

  private sendText(text: string): void {
    if (!this.isOpen) return;
    if (this.socket.bufferedAmount > queueBytesMax) return this.cut();
    this.socket.send(text);
  }

  /** A close frame would wait behind what it does not read. */
  private cut(): void {
    this.options.onCut();
    this.close(closeCodes.tryAgainLater, 'SLOW_CONSUMER');
    this.socket.terminate();
  }
}
