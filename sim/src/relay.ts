/**
 * A TCP relay to put between two FIX parties: it can cut their connections without a goodbye, and refuse new
 * ones.
 */
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';
const CONNECTIONS_MAX = 100;

export class Relay {
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #open = true;
  #accepted = 0;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((near) => this.#relay(near));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, HOST, () => resolve());
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('relay is not listening');
    return address.port;
  }

  /** Connections that were let through so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resets every connection; new ones are let through, unless the relay is shut. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts, and refuses new connections until `reopen`. */
  shut(): void {
    this.#open = false;
    this.cut();
  }

  reopen(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #relay(near: Socket): void {
    if (!this.#open) {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    const far = connect({ host: HOST, port: this.#targetPort });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => undefined);
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
