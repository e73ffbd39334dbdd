/**
 * The thread that talks to Bloomberg's library: it polls one session and makes its calls, so that the main
 * thread never waits in native code. Buffers go to the main thread by transfer and come back; while all are
 * there, nothing is polled and the library's own queue fills: that is the back-pressure. Started by
 * `worker.link.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openAbi } from './abi.ts';
import { BlpError, libraryError, localError } from './errors.ts';
import { openFfiPoller, silenceLog } from './ffi.ts';
import { eventsPerPollMax, polled } from './layout.ts';
import { NativeSession } from './native.session.ts';
import type { Poller } from './poller.ts';
import type { Calls, CallMessage, FromWorker, ToWorker, WorkerStart } from './protocol.ts';
import { openShim, shimPath } from './shim.ts';

const { options, decoder, identityCorrelationId, orphan } = workerData as WorkerStart;
const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread');

const bufferBytes = options.bufferBytes ?? 1024 * 1024;
const messageBytesMax = options.messageBytesMax ?? 64 * 1024 * 1024;
const buffersInFlightMax = options.buffersInFlightMax ?? 4;
/** A pause of the polling that is told whatever has gathered meanwhile. */
const stallMs = 250;
const pollMs = options.pollMs ?? 20;

const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

interface Opened {
  readonly session: NativeSession;
  readonly poller: Poller;
}

function open(): Opened {
  const abi = openAbi(options.library);
  const shim = decoder === 'shim' ? openShim(shimPath, options.library) : undefined;
  // Before the first session: otherwise the library prints to the standard output.
  const code = shim === undefined ? silenceLog(abi) : shim.startLogging(options.logSeverity ?? 'warn');
  if (code !== 0) throw libraryError('Logging_registerCallback', code, 'the log callback was refused');
  const session = new NativeSession(abi, options, identityCorrelationId);
  const pollerOptions = {
    session: session.handle,
    messageBytesMax,
    isTimed: options.recordReceiveTimes === true,
  };
  const poller = shim === undefined ? openFfiPoller(abi, pollerOptions) : shim.openPoller(pollerOptions);
  return { session, poller };
}

class EventLoop {
  readonly #opened: Opened;
  readonly #free: ArrayBuffer[] = [];
  #bytes = bufferBytes;
  #inFlight = 0;
  #isStalled = false;
  #isClosing = false;
  #stallTimer: NodeJS.Timeout | undefined;
  /** The poll after a pause shows whether more had gathered than one poll takes. */
  #hasPaused = false;

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  run = (): void => {
    if (this.#isClosing) {
      this.#close();
      return;
    }
    if (this.#inFlight >= buffersInFlightMax) {
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
    if (buffer.byteLength === bufferBytes) this.#free.push(buffer);
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
    const isPlain = this.#bytes === bufferBytes;
    const buffer = (isPlain ? this.#free.pop() : undefined) ?? new ArrayBuffer(this.#bytes);
    const result = this.#opened.poller.poll(new Uint8Array(buffer), pollMs, eventsPerPollMax);
    if (this.#hasPaused && (result & polled.hasMore) !== 0) this.#tellStall();
    this.#hasPaused = false;
    if ((result & polled.hasContent) !== 0) {
      this.#inFlight++;
      if (this.#bytes !== bufferBytes) this.#bytes = bufferBytes;
      tell({ type: 'batch', buffer }, [buffer]);
      return;
    }
    if (isPlain) this.#free.push(buffer);
    if ((result & polled.mustGrow) !== 0) this.#bytes = Math.min(this.#bytes * 4, messageBytesMax);
  }

  #close(): void {
    this.#opened.poller.close();
    this.#opened.session.destroy();
    tell({ type: 'closed' });
    port?.close();
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

function work(): void {
  let opened: Opened;
  try {
    opened = open();
  } catch (error) {
    const details = error instanceof BlpError ? error : localError('open', 'WORKER_DIED', String(error));
    tell({ type: 'closed', error: details.details() });
    return;
  }
  const loop = new EventLoop(opened);
  tell({ type: 'opened', session: opened.session.handle });
  port?.on('message', (message: ToWorker) => {
    if (message.type === 'buffer') loop.returned(message.buffer);
    else if (message.type === 'close') loop.close();
    else if (message.name === 'fail') throw new Error('failed on purpose');
    else answer(opened.session, message);
  });
  setImmediate(loop.run);
}

if (orphan === undefined) work();
else openAbi(options.library).call.Session_destroy(orphan.session);
