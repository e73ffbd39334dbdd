/**
 * One WebSocket client of the stream: who it is, what it subscribed to, and what waits for it. Prices are
 * conflated: a changed instrument is only marked and the newest image goes out when the socket has room.
 * Everything else is queued by the socket itself up to a limit; a client beyond it is closed and comes back
 * to a new snapshot.
 */
import type { StreamChannel, StreamMessage } from '@tidegate/wire/stream';
import type { WebSocket } from 'ws';
import type { Identity } from '../identity.ts';

export interface PriceSubscription {
  readonly id: string;
  /** undefined: every permitted instrument. */
  readonly instruments: ReadonlySet<string> | undefined;
  readonly depth: number;
}

export const tryAgainLater = 1013;
const queueBytesMax = 4 * 1024 * 1024;
const pricesWaitAboveBytes = 256 * 1024;
export const subscriptionsMax = 50;

export class StreamClient {
  readonly socket: WebSocket;
  identity: Identity | undefined;
  readonly prices = new Map<string, PriceSubscription>();
  /** Other subscriptions: id → channel. */
  readonly channels = new Map<string, Exclude<StreamChannel, 'prices'>>();
  readonly dirty = new Set<string>();
  /** Subscriptions whose snapshot is being read: updates wait here, in order. */
  readonly pending = new Map<string, StreamMessage[]>();
  private readonly onCut: () => void;

  constructor(socket: WebSocket, onCut: () => void) {
    this.socket = socket;
    this.onCut = onCut;
  }

  get subscriptionCount(): number {
    return this.prices.size + this.channels.size;
  }

  /** True when prices may be sent now. */
  get hasRoom(): boolean {
    return this.socket.bufferedAmount < pricesWaitAboveBytes;
  }

  send(message: StreamMessage): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > queueBytesMax) {
      this.onCut();
      this.socket.close(tryAgainLater, 'SLOW_CONSUMER');
      return;
    }
    this.socket.send(JSON.stringify(message));
  }

  error(id: string | null, code: string, text: string): void {
    this.send({ op: 'error', id, code, text });
  }

  has(id: string): boolean {
    return this.prices.has(id) || this.channels.has(id);
  }

  unsubscribe(id: string): void {
    this.prices.delete(id);
    this.channels.delete(id);
    this.pending.delete(id);
  }
}
