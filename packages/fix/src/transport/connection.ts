/**
 * One TCP (or TLS) connection: bytes in, decoded messages to its owner; batches of bytes out. It knows
 * nothing of sequence numbers. Journey: socket → here → `live` (or `acceptor` until the Logon is through).
 */
import type { Socket } from 'node:net';
import { Decoder, type GarbledReason } from '../codec/decoder.ts';
import type { Message } from '../codec/fields.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { startTicking, stopTicking, type Ticking } from './ticker.ts';

export interface ConnectionOwner {
  /** `message` is a view, valid during the call. */
  message(message: Message): void;
  garbled(reason: GarbledReason): void;
  /** All messages of one `data` event are handed over. */
  turnEnded(bytes: number): void;
  /** Bytes left for the network. */
  flushed(): void;
  closed(reason: string): void;
}

/** How long the peer has to close its side after ours. */
const CLOSE_GRACE_MS = 2_000;

export class Connection implements Ticking {
  readonly remoteAddress: string;
  owner: ConnectionOwner;
  /** Bytes given to `write` and not yet taken by the system. */
  queuedBytes = 0;
  readonly #socket: Socket;
  readonly #decoder: Decoder;
  #closing = false;
  #closed = false;
  #held = false;
  #closingSinceMs = 0;
  #reason = 'connection closed by the peer';

  constructor(socket: Socket, dictionary: Dictionary, maxMessageBytes: number, owner: ConnectionOwner) {
    this.#socket = socket;
    this.owner = owner;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.#decoder = new Decoder({ dictionary, maxMessageBytes });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#onData(chunk));
    socket.on('error', (error) => {
      if (!this.#closing) this.#reason = error.message;
    });
    socket.on('close', () => this.#onClose());
  }

  /** Neither we nor the peer have begun to close it. */
  get isOpen(): boolean {
    return !this.#closing && !this.#closed && !this.#socket.destroyed;
  }

  /** `done` is called once, when the buffer may be used again. */
  write(bytes: Uint8Array, done: () => void): void {
    if (!this.isOpen) return done();
    const length = bytes.length;
    this.queuedBytes += length;
    this.#socket.write(bytes, () => {
      this.queuedBytes -= length;
      done();
      this.owner.flushed();
    });
  }

  /** Closes after everything written has left; what still comes in is dropped. */
  end(reason: string): void {
    if (this.#closing || this.#closed) return;
    this.#closing = true;
    this.#reason = reason;
    this.#socket.resume();
    this.#socket.end();
    startTicking(this);
  }

  /** Closes at once. */
  cut(reason: string): void {
    if (!this.#closing) this.#reason = reason;
    this.#closing = true;
    this.#socket.destroy();
  }

  /** Stops decoding behind the message being handed over; the message stays valid until `release`. */
  hold(): void {
    this.#held = true;
    this.#socket.pause();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#closing || this.#closed) return;
    this.#decode(0);
    if (!this.#held) this.#socket.resume();
  }

  /** Backpressure from the application: no more bytes are read. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#held) this.#socket.resume();
  }

  tick(_utcMs: number, monoMs: number): void {
    if (this.#closingSinceMs === 0) this.#closingSinceMs = monoMs;
    else if (monoMs - this.#closingSinceMs >= CLOSE_GRACE_MS) this.#socket.destroy();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#decoder.push(chunk);
    this.#decode(chunk.length);
  }

  #decode(bytes: number): void {
    try {
      while (!this.#closing && !this.#held) {
        const result = this.#decoder.next();
        if (result.kind === 'message') this.owner.message(result.message);
        else if (result.kind === 'more') break;
        else if (result.kind === 'garbled') this.owner.garbled(result.reason);
        else this.cut(`message of ${result.announcedBytes} bytes is over the limit`);
      }
    } finally {
      this.owner.turnEnded(bytes);
    }
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    stopTicking(this);
    this.owner.closed(this.#reason);
  }
}
