/** A client of the WebSocket stream for tests: keeps what arrives, waits are driven by arrivals. */
import type { StreamMessage, StreamRequest } from '@tidegate/wire/stream';
import { WebSocket } from 'ws';

export class StreamReader {
  readonly messages: StreamMessage[] = [];
  private readonly socket: WebSocket;
  private readonly waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as StreamMessage);
      for (const wake of this.waiting) wake();
    });
  }

  static async open(http: string, token: string): Promise<StreamReader> {
    const socket = new WebSocket(new URL('/api/v1/stream', http.replace('http', 'ws')));
    const reader = new StreamReader(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    reader.send({ op: 'auth', token });
    await reader.until((message) => (message.op === 'ready' ? true : undefined), 'ready');
    return reader;
  }

  send(request: StreamRequest): void {
    this.socket.send(JSON.stringify(request));
  }

  /** The first message, old or new, that `match` gives something for. */
  until<T>(match: (message: StreamMessage) => T | undefined, what: string, withinMs = 20_000): Promise<T> {
    let at = 0;
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        for (; at < this.messages.length; at += 1) {
          const found = match(this.messages[at]!);
          if (found === undefined) continue;
          clearTimeout(timer);
          this.waiting.delete(wake);
          resolve(found);
          return;
        }
      };
      const timer = setTimeout(() => {
        this.waiting.delete(wake);
        reject(new Error(`the stream did not bring ${what}`));
      }, withinMs);
      this.waiting.add(wake);
      wake();
    });
  }

  get isClosed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  close(): void {
    this.socket.close();
  }
}
