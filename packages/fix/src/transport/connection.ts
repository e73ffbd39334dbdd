/**
 * One TCP (or TLS) connection: bytes in, decoded messages to its owner; batches of bytes out. It knows
 * nothing of sequence numbers. Journey: socket → here → `live` (or `acceptor` until the Logon is through).
 */
import type { Socket } from 'node:net';
import { Decoder, type DecoderOptions, type GarbledReason } from '../codec/decoder.ts';
import type { Message } from '../codec/fields.ts';
import { DictionaryError } from '../dictionary/table.ts';
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

export interface Origin {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/**
 * Idle connections are probed by the system after this, so that a dead peer is found without heartbeats, too.
 */
const KEEP_ALIVE_MS = 30_000;
/**
 * A peer's messages are handed over for so long; what it has sent beyond that waits for its next turn, so
 * that one that floods takes no more of the process than any other.
 */
const TURN_MS_MAX = 2;
/** Between two looks at the clock. */
const MESSAGES_PER_LOOK = 16;
/** How long the peer has to close its side after ours. */
const CLOSE_GRACE_MS = 2_000;

export class Connection implements Ticking {
  /** The peer's; behind a proxy that which the proxy tells. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  owner: ConnectionOwner;
  /** Bytes given to `write` and not yet taken by the system. */
  queuedBytes = 0;
  readonly #socket: Socket;
  readonly #decoder: Decoder;
  #closing = false;
  #closed = false;
  #held = false;
  #isPaused = false;
  /** More is decoded in a turn to come. */
  #isDue = false;
  /** Since when something waits to be taken by the system, monotonic. */
  #queuedSinceMs = 0;
  #closingSinceMs = 0;
  #reason = 'connection closed by the peer';

  constructor(
    socket: Socket,
    decoder: DecoderOptions,
    owner: ConnectionOwner,
    origin: Origin = { remoteAddress: socket.remoteAddress ?? '', remotePort: socket.remotePort ?? 0 },
  ) {
    this.#socket = socket;
    this.owner = owner;
    this.remoteAddress = origin.remoteAddress;
    this.remotePort = origin.remotePort;
    this.#decoder = new Decoder(decoder);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (chunk: Uint8Array) => this.#onData(chunk));
    socket.on('error', (error) => {
      if (!this.#closing) this.#reason = error.message;
    });
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
  }

  /** By which messages are indexed from the next one on. */
  set dictionary(dictionary: Dictionary) {
    this.#decoder.dictionary = dictionary;
  }

  /** Fields without a value are read as if they were absent. */
  set emptyIsAbsent(value: boolean) {
    this.#decoder.emptyIsAbsent = value;
  }

  get dictionary(): Dictionary {
    return this.#decoder.dictionary;
  }

  /** Neither we nor the peer have begun to close it. */
  get isOpen(): boolean {
    return !this.#closing && !this.#closed && !this.#socket.destroyed;
  }

  /** How long something has waited that was written. */
  get queuedForMs(): number {
    return this.queuedBytes === 0 ? 0 : performance.now() - this.#queuedSinceMs;
  }

  /** `done` is called once, when the bytes may be written over. */
  write(bytes: Uint8Array, done: (bytes: Uint8Array) => void): void {
    if (!this.isOpen) return done(bytes);
    if (this.queuedBytes === 0) this.#queuedSinceMs = performance.now();
    this.queuedBytes += bytes.length;
    this.#socket.write(bytes, () => {
      this.queuedBytes -= bytes.length;
      done(bytes);
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
    this.#goOn();
  }

  /** Backpressure from the application: no more bytes are read. */
  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#readOn();
  }

  #readOn(): void {
    if (!this.#held && !this.#isPaused && !this.#isDue) this.#socket.resume();
  }

  /** What is left of the bytes that were read, then more of them. */
  #goOn(): void {
    if (this.#closing || this.#closed) return;
    this.#decode(0);
    this.#readOn();
  }

  /** Behind what others have sent meanwhile. */
  #comeAgain(): void {
    this.#isDue = true;
    this.#socket.pause();
    setImmediate(() => {
      this.#isDue = false;
      this.#goOn();
    });
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
    let sinceMs = 0;
    try {
      for (let count = 0; !this.#closing && !this.#held; count += 1) {
        if (count % MESSAGES_PER_LOOK === 0) {
          const nowMs = performance.now();
          if (sinceMs === 0) sinceMs = nowMs;
          else if (nowMs - sinceMs > TURN_MS_MAX) return this.#comeAgain();
        }
        const result = this.#decoder.next();
        if (result.kind === 'message') this.owner.message(result.message);
        else if (result.kind === 'more') break;
        else if (result.kind === 'garbled') this.owner.garbled(result.reason);
        else this.cut(`message of ${result.announcedBytes} bytes is over the limit`);
      }
    } catch (error) {
      // Somebody's own dictionary that contradicts itself must not cost more than this connection.
      if (!(error instanceof DictionaryError)) throw error;
      this.cut(error.message);
    } finally {
      this.owner.turnEnded(bytes);
    }
  }

  /**
   * The peer has sent its last: the connection is over at once, not when the socket is, so that a peer that
   * calls again in the same instant finds its session free.
   */
  #onEnd(): void {
    startTicking(this);
    this.#tellClosed();
  }

  #onClose(): void {
    stopTicking(this);
    this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.closed(this.#reason);
  }
}
