/**
 * The connecting side of one session: goes through its list of hosts, backs off with jitter, logs on, and
 * comes back when the connection is lost.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { loadFix44 } from '../dictionary/load.ts';
import type { SessionHandle } from '../session/application.ts';
import { backoffMs } from './backoff.ts';
import { Connection } from './connection.ts';
import { sessionId, type InitiatorOptions } from './contract.ts';
import { LiveSession } from './live.ts';

const RECONNECT_MIN_MS_DEFAULT = 1_000;
const RECONNECT_MAX_MS_DEFAULT = 30_000;
const CONNECT_TIMEOUT_MS_DEFAULT = 10_000;
const MAX_MESSAGE_BYTES_DEFAULT = 256 << 10;

export class Initiator {
  readonly #options: InitiatorOptions;
  readonly #dictionary: Dictionary;
  readonly #live: LiveSession;
  #attempts = 0;
  /** Index into the host list of the next attempt. */
  #host = 0;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #opened: Promise<void> | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: InitiatorOptions) {
    if (options.hosts.length === 0) throw new Error('an initiator needs a host');
    this.#options = options;
    this.#dictionary = options.dictionary ?? loadFix44();
    const { application } = options;
    this.#live = new LiveSession({
      id: sessionId(options.settings),
      role: 'initiator',
      settings: options.settings,
      store: options.store,
      dictionary: this.#dictionary,
      logonFields: (fields) => options.logonFields?.(fields),
      application: {
        onLogon: (session) => {
          this.#attempts = 0;
          // A host that worked is the first to be tried again.
          this.#host -= 1;
          application.onLogon?.(session);
        },
        onLogout: (session, reason) => application.onLogout?.(session, reason),
        onMessage: (message, session) => application.onMessage(message, session),
        onReject: (message, session) => application.onReject?.(message, session),
        onDrain: (session) => application.onDrain?.(session),
      },
    });
    this.#live.onDetached = (reason) => this.#onDetached(reason);
  }

  get session(): SessionHandle {
    return this.#live;
  }

  /**
   * Opens the store without connecting: from then on `session` takes messages, which wait for the first
   * logon.
   */
  async open(): Promise<void> {
    this.#opened ??= this.#live.open();
    await this.#opened;
  }

  /** Opens the store and begins to connect; `Application.onLogon` tells of success. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error('an initiator is started once');
    this.#state = 'running';
    await this.open();
    if (this.#isRunning()) this.#connect();
  }

  /** Logs out, stays away, closes the store. */
  async stop(text?: string): Promise<void> {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    await this.#live.close(text);
  }

  /** Sequence numbers start at 1 again; only while disconnected. */
  resetNumbers(): void {
    this.#live.resetNumbers();
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }

  #connect(): void {
    const { hosts, tls } = this.#options;
    const target = hosts[this.#host % hosts.length] as { host: string; port: number };
    this.#host += 1;
    this.#attempts += 1;
    const socket =
      tls === undefined ? connect(target) : connectTls({ servername: target.host, ...tls, ...target });
    this.#socket = socket;
    let failure = '';
    const timeout = setTimeout(() => {
      failure = 'no connection in time';
      socket.destroy();
    }, this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS_DEFAULT);
    const onError = (error: Error): void => {
      failure = error.message;
    };
    const onClose = (): void => {
      clearTimeout(timeout);
      this.#socket = undefined;
      if (!this.#isRunning()) return;
      this.#options.onConnectFailed?.({ ...target, reason: failure });
      this.#retryLater();
    };
    socket.on('error', onError);
    socket.once('close', onClose);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timeout);
      socket.off('close', onClose);
      this.#socket = undefined;
      this.#connected(socket, target);
    });
  }

  #connected(socket: Socket, target: { readonly host: string; readonly port: number }): void {
    const connection = new Connection(
      socket,
      this.#dictionary,
      this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES_DEFAULT,
      this.#live,
    );
    this.#target = target;
    this.#live.attach(connection);
  }

  #target: { readonly host: string; readonly port: number } | undefined;

  #onDetached(reason: string): void {
    if (!this.#isRunning()) return;
    if (this.#attempts > 0 && this.#target !== undefined) {
      this.#options.onConnectFailed?.({ ...this.#target, reason });
    }
    this.#retryLater();
  }

  #retryLater(): void {
    const least = this.#options.reconnectMinMs ?? RECONNECT_MIN_MS_DEFAULT;
    const most = this.#options.reconnectMaxMs ?? RECONNECT_MAX_MS_DEFAULT;
    const random = this.#options.random?.() ?? Math.random();
    this.#timer = setTimeout(
      () => {
        void this.#retry();
      },
      backoffMs(this.#attempts, least, most, random),
    );
  }

  async #retry(): Promise<void> {
    try {
      if (this.#live.isFailed) await this.#live.open();
    } catch (error) {
      this.#attempts += 1;
      const reason = `session store: ${error instanceof Error ? error.message : String(error)}`;
      this.#options.onConnectFailed?.({ host: '', port: 0, reason });
      if (this.#isRunning()) this.#retryLater();
      return;
    }
    if (this.#isRunning()) this.#connect();
  }
}
