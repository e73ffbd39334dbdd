/**
 * Relays in front of the gateways' ports that count what a gateway sends on each connection. While one is
 * frozen they go on when the client has hung up: what it says when it thaws is heard, too.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';

interface Line {
  readonly target: number;
  bytes: number;
}

export class ClientTaps {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #lines: Line[] = [];
  /** Gateways are not told that their clients have hung up. */
  isHolding = false;

  /** The port that stands for this one. */
  async open(target: number): Promise<number> {
    const server = createServer((near) => this.#relay(near, target));
    this.#servers.push(server);
    server.listen(0, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Bytes so far of each connection to one of these ports, oldest first. */
  bytes(isTarget: (port: number) => boolean): readonly number[] {
    return this.#lines.filter(({ target }) => isTarget(target)).map(({ bytes }) => bytes);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(near: Socket, target: number): void {
    const far = connect({ host, port: target });
    const line = { target, bytes: 0 };
    this.#lines.push(line);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      line.bytes += chunk.length;
      if (!near.destroyed) near.write(chunk);
    });
    near.once('close', () => {
      if (!this.isHolding) far.end();
    });
    far.once('end', () => near.end());
    far.once('close', () => near.destroy());
  }
}
