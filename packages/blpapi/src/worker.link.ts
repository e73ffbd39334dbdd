/**
 * The main thread's end of a worker: calls with answers, buffers on loan, and what happens when the worker
 * dies without a word. A dead worker leaves a native session behind; a second one is started only to destroy
 * it. A worker whose session has closed is kept for the next.
 */
import { Worker } from 'node:worker_threads';
import type { BlpErrorDetails } from './contract.ts';
import { BlpError, localError } from './errors.ts';
import type { Calls, CallName, FromWorker, Orphan, ToWorker, WorkerStart } from './protocol.ts';

export interface WorkerListener {
  opened(): void;
  batch(buffer: ArrayBuffer): void;
  stalled(): void;
  /** Once, last: the native session is destroyed (or never was). */
  closed(error: BlpErrorDetails | undefined, isDead: boolean): void;
}

interface PendingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: BlpError) => void;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const workerUrl = new URL(`./worker.${extension}`, import.meta.url);
/** Flags of the process (inspectors, `--eval`) are not meant for the worker. */
const plain = { execArgv: [] as string[] };

/** Workers without a session, for the next ones; they do not keep the process alive. */
const idle: Worker[] = [];
const idleMax = 2;

function takeWorker(): Worker {
  const worker = idle.pop();
  if (worker === undefined) return new Worker(workerUrl, { ...plain, workerData: null, name: 'blpapi' });
  worker.off('error', forget).off('exit', forget).ref();
  return worker;
}

function leaveWorker(worker: Worker): void {
  if (idle.length >= idleMax) {
    void worker.terminate();
    return;
  }
  idle.push(worker);
  worker.on('error', forget).on('exit', forget).unref();
}

/** An idle worker that dies, for whatever reason, is no longer one. */
function forget(this: Worker): void {
  const index = idle.indexOf(this);
  if (index >= 0) idle.splice(index, 1);
}

export class WorkerLink {
  readonly #worker: Worker;
  readonly #start: WorkerStart;
  readonly #listener: WorkerListener;
  readonly #calls = new Map<number, PendingCall>();
  #lastCall = 0;
  /** Of the worker's death. */
  #cause = 'the worker ended';
  #session: bigint | undefined;
  #hasClosed = false;

  constructor(start: WorkerStart, listener: WorkerListener) {
    this.#start = start;
    this.#listener = listener;
    this.#worker = takeWorker();
    this.#worker.on('message', this.#message).on('error', this.#failed).on('exit', this.#exited);
    this.#post({ type: 'open', start });
  }

  /** Makes a call in the worker. Rejects with the library's refusal, or WORKER_DIED / SESSION_ENDED. */
  call<N extends CallName>(name: N, parameters: Calls[N]['parameters']): Promise<Calls[N]['answer']> {
    if (this.#hasClosed) return Promise.reject(localError(name, 'SESSION_ENDED', 'the session has ended'));
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#post({ type: 'call', call, name, parameters });
    });
  }

  giveBack(buffer: ArrayBuffer): void {
    if (!this.#hasClosed) this.#worker.postMessage({ type: 'buffer', buffer } satisfies ToWorker, [buffer]);
  }

  close(): void {
    if (!this.#hasClosed) this.#post({ type: 'close' });
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  readonly #failed = (error: unknown): void => {
    this.#cause = String(error);
  };

  readonly #message = (message: FromWorker): void => {
    switch (message.type) {
      case 'batch':
        this.#listener.batch(message.buffer);
        break;
      case 'answer':
        this.#take(message.call)?.resolve(message.value as never);
        break;
      case 'refused':
        this.#take(message.call)?.reject(new BlpError(message.error));
        break;
      case 'opened':
        this.#session = message.session;
        this.#listener.opened();
        break;
      case 'stalled':
        this.#listener.stalled();
        break;
      case 'closed':
        this.#closed(message.error, false);
        break;
    }
  };

  #take(call: number): PendingCall | undefined {
    const pending = this.#calls.get(call);
    this.#calls.delete(call);
    return pending;
  }

  readonly #exited = (): void => {
    if (this.#hasClosed) return;
    const error = localError('worker', 'WORKER_DIED', this.#cause);
    if (this.#session === undefined) {
      this.#closed(error.details(), true);
      return;
    }
    const orphan: Orphan = { library: this.#start.options.library, session: this.#session };
    const undertaker = new Worker(workerUrl, { ...plain, workerData: orphan, name: 'blpapi-end' });
    undertaker.on('error', () => undefined);
    undertaker.on('exit', () => this.#closed(error.details(), true));
  };

  #closed(error: BlpErrorDetails | undefined, isDead: boolean): void {
    if (this.#hasClosed) return;
    this.#hasClosed = true;
    const ended =
      error === undefined ? localError('session', 'SESSION_ENDED', 'the session has ended') : undefined;
    for (const { reject } of this.#calls.values()) reject(ended ?? new BlpError(error as BlpErrorDetails));
    this.#calls.clear();
    this.#worker.off('message', this.#message).off('error', this.#failed).off('exit', this.#exited);
    if (!isDead) leaveWorker(this.#worker);
    this.#listener.closed(error, isDead);
  }
}
