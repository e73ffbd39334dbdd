/**
 * Relays in front of the providers' order ports, with a record of every message that the platform sent to
 * them: what was said on the wire, independent of what either side remembers. It answers `/ports` as the
 * simulator's control does, so the platform is pointed at it by SIMULATOR.
 */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SimulatorProcess } from '../platform.ts';

/** First value per tag. */
export type WireMessage = ReadonlyMap<number, string>;

const host = '127.0.0.1';
/** From the platform to the provider. */
const latencyMs = 15;

class Tap {
  readonly venue: string;
  readonly #target: number;
  readonly #server: Server;
  readonly #connections: Buffer[][] = [];
  readonly #sockets = new Set<Socket>();

  constructor(venue: string, target: number) {
    this.venue = venue;
    this.#target = target;
    this.#server = createServer((near) => this.#relay(near));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes of each connection so far, oldest first. */
  bytes(): readonly number[] {
    return this.#connections.map((chunks) => chunks.reduce((sum, { length }) => sum + length, 0));
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Complete messages of all connections, oldest first; what a kill cut off is not one. */
  messages(): WireMessage[] {
    return this.#connections.flatMap((chunks) => framesOf(Buffer.concat(chunks).toString('latin1')));
  }

  /** What is on its way when the platform dies is lost with it. */
  #relay(near: Socket): void {
    const chunks: Buffer[] = [];
    this.#connections.push(chunks);
    const far = connect({ host, port: this.#target });
    let isDead = false;
    near.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      setTimeout(() => {
        if (!isDead) far.write(chunk);
      }, latencyMs);
    });
    far.pipe(near);
    near.on('end', () => {
      isDead = true;
      far.end();
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.once('close', () => this.#sockets.delete(one));
    }
    far.once('close', () => near.destroy());
  }
}

function framesOf(text: string): WireMessage[] {
  const frames: WireMessage[] = [];
  const lastField = /\u000110=\d{3}\u0001/g;
  for (let from = 0; ; from = lastField.lastIndex) {
    if (lastField.exec(text) === null) return frames;
    frames.push(fieldsOf(text.slice(from, lastField.lastIndex)));
  }
}

function fieldsOf(frame: string): WireMessage {
  const fields = new Map<number, string>();
  for (const field of frame.split('\u0001')) {
    const equals = field.indexOf('=');
    const tag = Number(field.slice(0, equals));
    if (equals > 0 && !fields.has(tag)) fields.set(tag, field.slice(equals + 1));
  }
  return fields;
}

export class ProviderTaps {
  /** What SIMULATOR is set to. */
  readonly url: string;
  readonly #taps: readonly Tap[];
  readonly #control: HttpServer;

  private constructor(url: string, taps: readonly Tap[], control: HttpServer) {
    this.url = url;
    this.#taps = taps;
    this.#control = control;
  }

  static async open({ providers }: SimulatorProcess): Promise<ProviderTaps> {
    const taps = providers.map(({ venue, ordersPort }) => new Tap(venue, ordersPort));
    const ports = await Promise.all(taps.map((tap) => tap.listen()));
    const answer = JSON.stringify({
      providers: providers.map(({ venue, quotesPort }, index) => ({
        venue,
        quotesPort,
        ordersPort: ports[index],
      })),
    });
    const control = createHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(answer);
    });
    control.listen(0, host);
    await once(control, 'listening');
    return new ProviderTaps(`http://${host}:${(control.address() as AddressInfo).port}`, taps, control);
  }

  /** Bytes that the platform sent so far on each connection to a venue, oldest first. */
  bytes(): readonly (readonly number[])[] {
    return this.#taps.map((tap) => tap.bytes());
  }

  /** By venue: every message that the platform sent to its order port, in the order of sending. */
  messages(): ReadonlyMap<string, readonly WireMessage[]> {
    return new Map(this.#taps.map((tap) => [tap.venue, tap.messages()]));
  }

  close(): void {
    this.#control.close();
    for (const tap of this.#taps) tap.close();
  }
}
