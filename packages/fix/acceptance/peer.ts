/** A counterparty on a plain socket: says exactly what a test tells it to, byte for byte. */
import { connect, type Socket } from 'node:net';
import { peerFrame } from './bench.ts';

export interface PeerIds {
  readonly sender: string;
  readonly target: string;
}

export class Peer {
  readonly socket: Socket;
  readonly #ids: PeerIds;
  #text = '';
  readonly #frames: string[] = [];
  readonly #waiting: ((frame: string | undefined) => void)[] = [];
  #closed = false;
  /** Resolves when the other side (or we) has closed the connection. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, ids: PeerIds) {
    this.socket = socket;
    this.#ids = ids;
    socket.on('data', (chunk) => this.#onData(String(chunk)));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#closed = true;
        for (const wake of this.#waiting.splice(0)) wake(undefined);
        resolve();
      });
    });
  }

  static async connect(port: number, ids: PeerIds): Promise<Peer> {
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    const peer = new Peer(socket, ids);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return peer;
  }

  /** `35=D 34=2 …`; the missing header fields are filled in. `_` in a value is a space. */
  send(text: string): void {
    this.socket.write(this.frame(text));
  }

  frame(text: string): Buffer {
    const fields = text.split(' ').map((word): [number, string] => {
      const at = word.indexOf('=');
      return [Number(word.slice(0, at)), word.slice(at + 1).replaceAll('_', ' ')];
    });
    return peerFrame(fields, Date.now(), this.#ids);
  }

  logon(seqNum = 1): void {
    this.send(`35=A 34=${seqNum} 98=0 108=30`);
  }

  /** The next frame as `tag=value|…`; undefined when the connection was closed before it came. */
  next(): Promise<string | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #onData(text: string): void {
    const parts = (this.#text + text).split(/(?<=\x0110=\d{3}\x01)/);
    this.#text = parts.at(-1)?.match(/\x0110=\d{3}\x01$/) ? '' : (parts.pop() ?? '');
    for (const frame of parts.map((part) => part.replaceAll('\x01', '|'))) {
      const wake = this.#waiting.shift();
      if (wake === undefined) this.#frames.push(frame);
      else wake(frame);
    }
  }
}

/** Waits until it holds, by turns of the event loop; the test's own time-out is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds())
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}
