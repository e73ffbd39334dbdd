/**
 * The thread that talks to Bloomberg's library: it polls one session and makes its calls, so that the main
 * thread never waits in native code. Buffers go to the main thread by transfer and come back; while all are
 * there, nothing is polled and the library's own queue fills: that is the back-pressure. Started by
 * `worker.link.ts`, and used for one session after another: each new thread would leave some kilobytes of the
 * FFI's own behind for good.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openAbi, type Abi } from './abi.ts';
import { BlpError, libraryError, localError } from './errors.ts';
import { openFfiPoller, silenceLog } from './ffi.ts';
import { eventsPerPollMax, polled } from './layout.ts';
import { NativeSession } from './native.session.ts';
import type { Poller } from './poller.ts';
import type { Calls, CallMessage, FromWorker, Orphan, ToWorker, WorkerStart } from './protocol.ts';
import { openShim, shimPath, type Shim } from './shim.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread');

const messageBytesDefault = 64 * 1024 * 1024;
/** A pause of the polling that is told whatever has gathered meanwhile. */
const stallMs = 250;

/** By path; a process has one library, tests a few. */
const abis = new Map<string, Abi>();
const shims = new Map<string, Shim>();

function kept<T>(all: Map<string, T>, path: string, open: () => T): T {
  let one = all.get(path);
  if (one === undefined) all.set(path, (one = open()));
  return one;
}

const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

interface Opened {
  readonly session: NativeSession;
  readonly poller: Poller;
}

function open({ options, decoder, identityCorrelationId }: WorkerStart): Opened {
  const { library } = options;
  const abi = kept(abis, library, () => openAbi(library));
  const shim = decoder === 'shim' ? kept(shims, library, () => openShim(shimPath, library)) : undefined;
  // Before the first session: otherwise the library prints to the standard output.
  const code = shim === undefined ? silenceLog(abi) : shim.startLogging(options.logSeverity ?? 'warn');
  if (code !== 0) throw libraryError('Logging_registerCallback', code, 'the log callback was refused');
  const session = new NativeSession(abi, options, identityCorrelationId);
  const pollerOptions = {
    session: session.handle,
    messageBytesMax: options.messageBytesMax ?? messageBytesDefault,
    isTimed: options.recordReceiveTimes === true,
  };
  const poller = shim === undefined ? openFfiPoller(abi, pollerOptions) : shim.openPoller(pollerOptions);
  return { session, poller };
}

/** Buffers of the last session for the next: otherwise each leaves megabytes to the collector. */
const spare: ArrayBuffer[] = [];

class EventLoop {
  readonly session: NativeSession;
  readonly #poller: Poller;
  readonly #onClosed: () => void;
  readonly #free = spare;
  readonly #bufferBytes: number;
  readonly #messageBytesMax: number;
  readonly #buffersInFlightMax: number;
  readonly #pollMs: number;
  #bytes: number;
  #inFlight = 0;
  #isStalled = false;
  #isClosing = false;
  #stallTimer: NodeJS.Timeout | undefined;
  /** The poll after a pause shows whether more had gathered than one poll takes. */
  #hasPaused = false;

  constructor({ session, poller }: Opened, { options }: WorkerStart, onClosed: () => void) {
    this.session = session;
    this.#poller = poller;
    this.#onClosed = onClosed;
    this.#bufferBytes = this.#bytes = options.bufferBytes ?? 1024 * 1024;
    if (spare[0]?.byteLength !== this.#bufferBytes) spare.length = 0;
    this.#messageBytesMax = options.messageBytesMax ?? messageBytesDefault;
    this.#buffersInFlightMax = options.buffersInFlightMax ?? 4;
    this.#pollMs = options.pollMs ?? 20;
  }

  run = (): void => {
    if (this.#isClosing) {
      this.#close();
      return;
    }
    if (this.#inFlight >= this.#buffersInFlightMax) {
      this.#isStalled = true;
      this.#stallTimer = setTimeout(this.#tellStall, stallMs);
      return;
    }
    this.#poll();
    setImmediate(this.run);
  };

  /** Once a pause. A pause that is short and leaves little behind is the batching itself and no stall. */
  #tellStall = (): void => {
    this.#stallTimer = undefined;
    tell({ type: 'stalled' });
  };

  /** A buffer is back from the main thread. */
  returned(buffer: ArrayBuffer): void {
    this.#inFlight--;
    if (buffer.byteLength === this.#bufferBytes) this.#free.push(buffer);
    this.#resume();
  }

  close(): void {
    this.#isClosing = true;
    this.#resume();
  }

  #resume(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#hasPaused = this.#stallTimer !== undefined;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    setImmediate(this.run);
  }

  #poll(): void {
    const isPlain = this.#bytes === this.#bufferBytes;
    const buffer = (isPlain ? this.#free.pop() : undefined) ?? new ArrayBuffer(this.#bytes);
    const result = this.#poller.poll(new Uint8Array(buffer), this.#pollMs, eventsPerPollMax);
    if (this.#hasPaused && (result & polled.hasMore) !== 0) this.#tellStall();
    this.#hasPaused = false;
    if ((result & polled.hasContent) !== 0) {
      this.#inFlight++;
      this.#bytes = this.#bufferBytes;
      tell({ type: 'batch', buffer }, [buffer]);
      return;
    }
    if (isPlain) this.#free.push(buffer);
    if ((result & polled.mustGrow) !== 0) this.#bytes = Math.min(this.#bytes * 4, this.#messageBytesMax);
  }

  #close(): void {
    this.#poller.close();
    this.session.destroy();
    this.#onClosed();
    tell({ type: 'closed' });
  }
}

function answer(session: NativeSession, { call, name, parameters }: CallMessage): void {
  try {
    const handler = session.calls[name] as (given: Calls[typeof name]['parameters']) => unknown;
    tell({ type: 'answer', call, value: handler(parameters) });
  } catch (error) {
    const details = error instanceof BlpError ? error : localError(name, 'BAD_REQUEST', String(error));
    tell({ type: 'refused', call, error: details.details() });
  }
}

let loop: EventLoop | undefined;

function begin(start: WorkerStart): void {
  let opened: Opened;
  try {
    opened = open(start);
  } catch (error) {
    const details = error instanceof BlpError ? error : localError('open', 'WORKER_DIED', String(error));
    tell({ type: 'closed', error: details.details() });
    return;
  }
  loop = new EventLoop(opened, start, () => (loop = undefined));
  tell({ type: 'opened', session: opened.session.handle });
  setImmediate(loop.run);
}

/** Between two sessions, what still comes for the one that has closed is nobody's. */
function hear(message: ToWorker): void {
  if (message.type === 'open') begin(message.start);
  else if (loop === undefined) return;
  else if (message.type === 'buffer') loop.returned(message.buffer);
  else if (message.type === 'close') loop.close();
  else if (message.name === 'fail') throw new Error('failed on purpose');
  else answer(loop.session, message);
}

const orphan = workerData as Orphan | null;
if (orphan === null) port.on('message', hear);
else openAbi(orphan.library).call.Session_destroy(orphan.session);
