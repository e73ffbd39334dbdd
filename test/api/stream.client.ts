/** A stream client that says exactly what a test tells it to, and keeps what it hears and how it ended. */
import { once } from 'node:events';
import type { StreamChannel, StreamMessage, StreamRequest } from '@tidegate/wire/stream';
import { WebSocket } from 'ws';

export interface Ending {
  readonly code: number;
  readonly reason: string;
}

const waitMs = 20_000;

export class StreamPeer {
  readonly messages: StreamMessage[] = [];
  readonly socket: WebSocket;
  /** Resolves when the server has closed the stream. */
  readonly ended: Promise<Ending>;
  private readonly waiting = new Set<() => void>();

  constructor(http: string, path = '/api/v1/stream') {
    this.socket = new WebSocket(new URL(path, http.replace('http', 'ws')));
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as StreamMessage);
      for (const wake of this.waiting) wake();
    });
    this.socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Connected, not signed on. */
  static async connect(http: string): Promise<StreamPeer> {
    const peer = new StreamPeer(http);
    await once(peer.socket, 'open');
    return peer;
  }

  /** Signed on. */
  static async open(http: string, token: string): Promise<StreamPeer> {
    const peer = await StreamPeer.connect(http);
    peer.send({ op: 'auth', token });
    await peer.first((message) => message.op === 'ready', 'ready');
    return peer;
  }

  send(request: StreamRequest): void {
    this.socket.send(JSON.stringify(request));
  }

  subscribe(channel: StreamChannel, id: string = channel, terms: object = {}): void {
    this.send({ op: 'subscribe', id, channel, ...terms });
  }

  /** Rows of a subscription so far, in order; `op` narrows to snapshots or updates. */
  rows<T>(id: string, op?: 'snapshot' | 'update'): T[] {
    return this.messages.flatMap((message) =>
      'channel' in message && message.id === id && (op === undefined || message.op === op)
        ? (message.data as readonly T[])
        : [],
    );
  }

  errors(id: string | null): string[] {
    return this.messages.flatMap((message) =>
      message.op === 'error' && message.id === id ? [message.code] : [],
    );
  }

  snapshot(id: string): Promise<StreamMessage> {
    return this.first((message) => message.op === 'snapshot' && message.id === id, `snapshot of ${id}`);
  }

  async refusal(id: string | null): Promise<string> {
    const error = await this.first(
      (message) => message.op === 'error' && message.id === id,
      `error on ${id}`,
    );
    return error.op === 'error' ? error.code : '';
  }

  first(match: (message: StreamMessage) => boolean, what: string): Promise<StreamMessage> {
    return this.until(() => this.messages.find(match), what);
  }

  /** The first value of the condition, asked again at each message. */
  until<T>(condition: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const value = condition();
        if (value === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve(value);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(wake);
        const last = this.messages.slice(-3).map((message) => JSON.stringify(message).slice(0, 200));
        reject(new Error(`the stream did not bring ${what}; last: ${last.join(' ')}`));
      }, waitMs);
      this.waiting.add(wake);
      wake();
    });
  }
}
