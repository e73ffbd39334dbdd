/**
 * The line between a browser and the platform, which can be frozen (it stays open, and nothing comes back)
 * and cut.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';

export class Line {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isFrozen = false;
  #isCut = false;

  constructor(http: string) {
    const port = Number(new URL(http).port);
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const far = connect({ host, port });
      near.pipe(far);
      far.on('data', (bytes) => {
        // Lost, as behind a dead link: what was on its way is never seen.
        if (!this.#isFrozen) near.write(bytes);
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => undefined);
        one.once('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, host, () => resolve());
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the line has no port');
    return `http://${host}:${address.port}`;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  /** What was under way is lost with its connections; new ones are let through. */
  thaw(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing is lost in silence: what is connected ends, and nothing new is let through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.thaw();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
