/**
 * One WebSocket client of the stream: who it is, what it subscribed to, and what waits for it. Prices are
 * conflated: a changed instrument is only marked and the newest image goes out when the socket has room.
 * Everything else is queued by the socket itself up to a limit; a client beyond it is closed and comes back
 * to a new snapshot.
 */
import type { StreamChannel, StreamMessage, StreamRequest } from '@tidegate/wire/stream';
import type { WebSocket } from 'ws';
import type { Rate } from '../../rate.ts';
import type { Identity } from '../identity.ts';

/** Of indicative prices, and of what is dealt on. */
export class ImageSubscription {
  readonly id: string;
  /** What has changed since the last update: instruments; of indicative prices feed and instrument. */
  readonly #dirty = new Set<string>();
  /** undefined: every permitted instrument. */
  readonly #instruments: ReadonlySet<string> | undefined;
  readonly #everyMs: number;
  #sentMonoMs = -Infinity;
  #isUrgent = false;

  /** @param everyMs least time between two updates; undefined: each flush may be one. */
  constructor(id: string, instruments: readonly string[] | undefined, everyMs: number | undefined) {
    this.id = id;
    this.#instruments = instruments === undefined ? undefined : new Set(instruments);
    this.#everyMs = everyMs ?? 0;
  }

  asksFor(instrument: string): boolean {
    return this.#instruments?.has(instrument) ?? true;
  }

  /** `isUrgent`: it is no longer what it was said to be (live, stale), which waits for no pace. */
  mark(key: string, instrument: string, isUrgent = false): void {
    if (!this.asksFor(instrument)) return;
    this.#dirty.add(key);
    if (isUrgent) this.#isUrgent = true;
  }

  /** What is to be sent now, if it is time. */
  take(monoMs: number): readonly string[] {
    const isTime = this.#isUrgent || monoMs - this.#sentMonoMs >= this.#everyMs;
    if (this.#dirty.size === 0 || !isTime) return nothing;
    this.#sentMonoMs = monoMs;
    this.#isUrgent = false;
    const changed = [...this.#dirty];
    this.#dirty.clear();
    return changed;
  }
}

const nothing: readonly string[] = [];

export class PriceSubscription extends ImageSubscription {
  readonly depth: number;

  constructor({ id, instruments, everyMs, depth = 1 }: SubscribeToImages) {
    super(id, instruments, everyMs);
    this.depth = depth;
  }
}

type SubscribeToImages = Extract<StreamRequest, { op: 'subscribe' }>;

/** Channels whose rows are queued, not conflated. */
export type RowChannel = Exclude<StreamChannel, 'prices' | 'indicative'>;

export interface RowSubscription {
  readonly channel: RowChannel;
  /** Updates that came while its snapshot is being read, in order; undefined once that has been sent. */
  waiting: StreamMessage[] | undefined;
}

/** Why the server closes a stream: close codes of RFC 6455 section 7.4.1; a reason goes with each. */
export const closeCodes = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 } as const;

const queueBytesMax = 4 * 1024 * 1024;
const pricesWaitAboveBytes = 256 * 1024;
export const subscriptionsMax = 50;
/** Requests not yet answered, at most. */
const requestsMax = 100;
const waitingMax = 10_000;

export class StreamClient {
  readonly socket: WebSocket;
  readonly onKnown: () => void;
  identity: Identity | undefined;
  /** Where it comes from; behind trusted proxies what they say. */
  address = '';
  /** The token it last signed on with, to ask again whether it still holds. */
  token = '';
  /** When that was last asked, monotonic milliseconds. */
  checkedMonoMs = 0;
  /** It has been heard of since the last ping. */
  isAlive = true;
  readonly prices = new Map<string, PriceSubscription>();
  readonly indicative = new Map<string, ImageSubscription>();
  readonly rows = new Map<string, RowSubscription>();
  private readonly rate: Rate;
  private readonly onCut: () => void;
  private requests = 0;
  private work: Promise<void> = Promise.resolve();

  /** `onKnown`: to be called when it has signed on. */
  constructor(socket: WebSocket, rate: Rate, onCut: () => void, onKnown: () => void) {
    this.socket = socket;
    this.onKnown = onKnown;
    this.rate = rate;
    this.onCut = onCut;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  get subscriptionCount(): number {
    return this.prices.size + this.indicative.size + this.rows.size;
  }

  /** True when prices may be sent now. */
  get hasRoom(): boolean {
    return this.socket.bufferedAmount < pricesWaitAboveBytes;
  }

  /** Requests are carried out one after the other, so a subscription may follow `auth` without waiting. */
  enqueue(request: () => Promise<void> | void): void {
    if (!this.isOpen) return;
    if (this.requests >= requestsMax || !this.rate.take()) {
      this.close(closeCodes.policyViolation, 'TOO_MANY_MESSAGES');
      return;
    }
    this.requests += 1;
    this.work = this.work.then(async () => {
      if (this.isOpen) await request();
      this.requests -= 1;
    });
  }

  send(message: StreamMessage): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    if (!this.isOpen) return;
    if (this.socket.bufferedAmount > queueBytesMax) {
      this.onCut();
      this.close(closeCodes.tryAgainLater, 'SLOW_CONSUMER');
      return;
    }
    this.socket.send(text);
  }

  error(id: string | null, code: string, text: string): void {
    this.send({ op: 'error', id, code, text });
  }

  /** Nothing is sent to it any more. */
  close(code: number, reason: string): void {
    this.prices.clear();
    this.indicative.clear();
    this.rows.clear();
    this.socket.close(code, reason);
  }

  has(id: string): boolean {
    return this.prices.has(id) || this.indicative.has(id) || this.rows.has(id);
  }

  unsubscribe(id: string): void {
    this.prices.delete(id);
    this.indicative.delete(id);
    this.rows.delete(id);
  }

  /** Rows for every subscription of the channel: at once, or after the snapshot that is being read. */
  tell(channel: RowChannel, data: readonly unknown[]): void {
    if (data.length === 0) return;
    for (const [id, subscription] of this.rows) {
      if (subscription.channel !== channel) continue;
      const message = { op: 'update', id, channel, data } as StreamMessage;
      if (subscription.waiting === undefined) this.send(message);
      else if (subscription.waiting.length < waitingMax) subscription.waiting.push(message);
      else
        this.refuse(
          id,
          'SNAPSHOT_UNAVAILABLE',
          'more came than could wait for the snapshot; subscribe again',
        );
    }
  }

  /** Ends a subscription with an error. */
  refuse(id: string, code: string, text: string): void {
    this.unsubscribe(id);
    this.error(id, code, text);
  }
}
