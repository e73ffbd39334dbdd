/**
 * A native session on the test's own thread: calls, polls and decodes without a worker, so that a test
 * decides when each event is taken and by which decoder.
 */
import { openAbi, type Abi } from '../src/abi.ts';
import type { BlpDataEvent, BlpSessionOptions } from '../src/contract.ts';
import { BatchDecoder, type RawMessage } from '../src/decode.ts';
import { openFfiPoller } from '../src/ffi.ts';
import { eventType, polled } from '../src/layout.ts';
import { NativeSession } from '../src/native.session.ts';
import type { Poller } from '../src/poller.ts';
import { openShim, shimPath, type Shim } from '../src/shim.ts';

export interface NativeOptions {
  readonly decoder: 'shim' | 'ffi';
  readonly eventsMax?: number;
  readonly bufferBytes?: number;
  readonly messageBytesMax?: number;
  /** Default true; a leak check keeps none. */
  readonly areBuffersKept?: boolean;
}

// Opened once a process, as a service does: what a library costs is not what a session costs.
const abis = new Map<string, Abi>();
const shims = new Map<string, Shim>();

function openedOnce<T>(opened: Map<string, T>, path: string, open: (path: string) => T): T {
  const library = opened.get(path) ?? open(path);
  opened.set(path, library);
  return library;
}

export class NativeRun {
  readonly session: NativeSession;
  readonly messages: (RawMessage | BlpDataEvent)[] = [];
  /** Every buffer that had something in it, without the time it was taken. */
  readonly buffers: Uint8Array[] = [];
  readonly tooLarge: RawMessage[] = [];
  unreadable = 0;
  readonly #poller: Poller;
  readonly #batches: BatchDecoder;
  readonly #eventsMax: number;
  readonly #areBuffersKept: boolean;
  #bufferBytes: number;

  constructor(options: BlpSessionOptions, native: NativeOptions) {
    const abi = openedOnce(abis, options.library, openAbi);
    this.session = new NativeSession(abi, options, 1);
    const pollerOptions = {
      session: this.session.handle,
      messageBytesMax: native.messageBytesMax ?? 1 << 24,
      isTimed: options.recordReceiveTimes === true,
    };
    this.#poller =
      native.decoder === 'shim'
        ? openedOnce(shims, options.library, (path) => openShim(shimPath, path)).openPoller(pollerOptions)
        : openFfiPoller(abi, pollerOptions);
    this.#areBuffersKept = native.areBuffersKept ?? true;
    this.#eventsMax = native.eventsMax ?? 4096;
    this.#bufferBytes = native.bufferBytes ?? 1 << 20;
    this.#batches = new BatchDecoder({
      message: (raw) => void this.messages.push(raw),
      log: () => undefined,
      tooLarge: (raw) => void this.tooLarge.push(raw),
      failure: (call, code, text) => {
        throw new Error(`${call}: ${code} ${text}`);
      },
    });
  }

  poll(): void {
    const buffer = new ArrayBuffer(this.#bufferBytes);
    const result = this.#poller.poll(new Uint8Array(buffer), 10, this.#eventsMax);
    if ((result & polled.mustGrow) !== 0) this.#bufferBytes *= 2;
    if ((result & polled.hasContent) === 0) return;
    const batch = this.#batches.decode(buffer);
    this.unreadable += batch.unreadable;
    for (const event of batch.events) if (event.kind === 'data') this.messages.push(event);
    if (!this.#areBuffersKept) return;
    new DataView(buffer).setFloat64(24, 0, true);
    this.buffers.push(new Uint8Array(buffer));
  }

  /** Polls until a message of the type has come (`count` of them). */
  until(messageType: string, count = 1): void {
    this.#look((message) => message.messageType === messageType, count);
  }

  /** Polls until the final part of the answer has come. */
  untilAnswered(correlationId: number): void {
    this.#look(
      (message) =>
        'isLast' in message &&
        message.eventType === eventType.response &&
        message.correlationIds[0] === correlationId,
      1,
    );
  }

  #look(isIt: (message: RawMessage | BlpDataEvent) => boolean, count: number): void {
    let found = 0;
    for (let seen = 0; found < count;) {
      for (; seen < this.messages.length; seen++) if (isIt(this.messages[seen] as RawMessage)) found++;
      if (found < count) this.poll();
    }
  }

  close(): void {
    this.#poller.close();
    this.session.destroy();
  }
}
