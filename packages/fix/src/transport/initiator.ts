/**
 * The connecting side of one session: goes through its list of hosts, backs off with jitter, logs on, and
 * comes back when the connection is lost. Outside of the session's schedule it stays away.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Application, NextNumbers, SessionHandle } from '../session/application.ts';
import { nextOpenMs, scheduleFault } from '../session/schedule.ts';
import { backoffMs } from './backoff.ts';
import { Connection } from './connection.ts';
import { sessionId, standardDictionary, type DictionaryFor, type InitiatorOptions } from './contract.ts';
import { LiveSession } from './live.ts';
import { initiatorTls, pinFault, type InitiatorTls } from './tls.ts';

const RECONNECT_MIN_MS_DEFAULT = 1_000;
const RECONNECT_MAX_MS_DEFAULT = 30_000;
const CONNECT_TIMEOUT_MS_DEFAULT = 10_000;
const MAX_MESSAGE_BYTES_DEFAULT = 256 << 10;
/** While the session is closed the clock is looked at this often: it may be set meanwhile. */
const CLOSED_LOOK_MS = 30_000;

interface Target {
  readonly host: string;
  readonly port: number;
}

export class Initiator {
  readonly #options: InitiatorOptions;
  readonly #dictionaryFor: DictionaryFor;
  readonly #live: LiveSession;
  #tls: ConnectionOptions | undefined;
  #pins: readonly string[] | undefined;
  /** Since the last logon. */
  #attempts = 0;
  /** Index into the host list of the next attempt. */
  #host = 0;
  #target: Target | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #opened: Promise<void> | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';
  #isHeld = false;
  /** Grows with each hold and release: what was begun before comes to nothing. */
  #round = 0;

  /** Throws when a certificate, a key or the schedule is no good. */
  constructor(options: InitiatorOptions) {
    if (options.hosts.length === 0) throw new Error('an initiator needs a host');
    const { settings, dictionaryFor = standardDictionary } = options;
    const fault = settings.schedule === undefined ? undefined : scheduleFault(settings.schedule);
    if (fault !== undefined) throw new Error(`schedule: ${fault}`);
    this.#options = options;
    this.#dictionaryFor = dictionaryFor;
    if (options.tls !== undefined) this.#useTls(options.tls);
    this.#live = new LiveSession({
      id: sessionId(settings),
      role: 'initiator',
      settings,
      store: options.store,
      dictionary: options.dictionary,
      dictionaryFor,
      messageLog: options.messageLog,
      closeTimeoutMs: options.closeTimeoutMs,
      logonFields: (fields) => options.logonFields?.(fields),
      application: this.#watching(options.application),
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
    const round = this.#round;
    await this.open();
    if (this.#mayDial() && round === this.#round) this.#connectWhenOpen();
  }

  /** Logs out, stays away, closes the store. */
  async stop(text?: string): Promise<void> {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    await this.#live.close(text);
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * Logs out and dials nobody until `release`, by an operator's word. The session stays open: what is sent
   * meanwhile waits, and its numbers can be set. Before `start` it holds the first call, too.
   */
  hold(text?: string): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    this.#socket = undefined;
    if (this.#live.isConnected) this.#live.logout(text);
  }

  /** Dials again, at once when the last connection is over. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#round += 1;
    this.#attempts = 0;
    // One that is still logging out comes back by its end.
    if (this.#mayDial() && !this.#live.isConnected) void this.#retry();
  }

  /** Sequence numbers start at 1 again; only while disconnected. */
  resetNumbers(): void {
    this.#live.resetNumbers();
  }

  /**
   * The next numbers as an operator has agreed them with the peer; only while disconnected. Throws a
   * RangeError for what is no MsgSeqNum and for an outbound number that is used already.
   */
  setNumbers(numbers: NextNumbers): void {
    this.#live.setNumbers(numbers);
  }

  /** From the next connection on. Throws when a certificate or a key is no good, and the old ones stay. */
  reloadTls(tls: InitiatorTls): void {
    if (this.#options.tls === undefined) throw new Error('this initiator does not speak TLS');
    this.#useTls(tls);
  }

  #useTls(tls: InitiatorTls): void {
    this.#tls = initiatorTls(tls);
    this.#pins = tls.pinnedFingerprints;
  }

  /** The application, with an ear on its logons. */
  #watching(application: Application): Application {
    return {
      onLogon: (session) => {
        this.#attempts = 0;
        // A host that worked is the first to be tried again.
        this.#host -= 1;
        return application.onLogon?.(session);
      },
      onLogout: (session, reason) => application.onLogout?.(session, reason),
      onMessage: (message, session) => application.onMessage(message, session),
      onInvalid: (message, violation, session) => application.onInvalid?.(message, violation, session),
      onReject: (message, session) => application.onReject?.(message, session),
      onDrain: (session) => application.onDrain?.(session),
      ...(application.onThrottled === undefined
        ? undefined
        : { onThrottled: (message, session) => application.onThrottled?.(message, session) }),
      ...(application.onEvent === undefined
        ? undefined
        : { onEvent: (event, session) => application.onEvent?.(event, session) }),
    };
  }

  #mayDial(): boolean {
    return this.#state === 'running' && !this.#isHeld;
  }

  #connectWhenOpen(): void {
    const { schedule } = this.#options.settings;
    const nowMs = this.#options.nowMs?.() ?? Date.now();
    const waitMs = schedule === undefined ? 0 : nextOpenMs(schedule, nowMs) - nowMs;
    if (waitMs <= 0) return this.#connect();
    this.#attempts = 0;
    this.#timer = setTimeout(() => this.#connectWhenOpen(), Math.min(waitMs, CLOSED_LOOK_MS));
  }

  #connect(): void {
    const { hosts } = this.#options;
    const target = hosts[this.#host % hosts.length] as Target;
    this.#host += 1;
    this.#attempts += 1;
    const socket = this.#open(target);
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
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (!this.#mayDial()) return;
      this.#options.onConnectFailed?.({ ...target, reason: failure || 'closed before it was open' });
      this.#retryLater(false);
    };
    socket.on('error', onError);
    socket.once('close', onClose);
    socket.once(this.#tls === undefined ? 'connect' : 'secureConnect', () => {
      const fault = this.#tls === undefined ? undefined : pinFault(socket as TLSSocket, this.#pins);
      if (fault !== undefined) {
        failure = fault;
        socket.destroy();
        return;
      }
      clearTimeout(timeout);
      socket.off('close', onClose);
      this.#socket = undefined;
      this.#connected(socket, target);
    });
  }

  #open(target: Target): Socket {
    if (this.#tls === undefined) return connect({ host: target.host, port: target.port });
    // An address is no server name (RFC 6066).
    const name = isIP(target.host) === 0 ? { servername: target.host } : undefined;
    return connectTls({ ...name, ...this.#tls, host: target.host, port: target.port });
  }

  #connected(socket: Socket, target: Target): void {
    const { dictionary, settings, maxMessageBytes } = this.#options;
    const own = dictionary ?? this.#dictionaryFor(settings.beginString, settings.defaultVersion);
    if (own === undefined) throw new Error(`no dictionary for ${settings.beginString}`);
    const connection = new Connection(
      socket,
      {
        dictionary: own,
        forVersion: (version) => this.#dictionaryFor('FIXT.1.1', version),
        maxMessageBytes: maxMessageBytes ?? MAX_MESSAGE_BYTES_DEFAULT,
      },
      this.#live,
    );
    this.#target = target;
    this.#live.attach(connection);
  }

  #onDetached(reason: string): void {
    if (!this.#mayDial()) return;
    const isRefused = this.#attempts > 0;
    if (isRefused && this.#target !== undefined) this.#options.onConnectFailed?.({ ...this.#target, reason });
    this.#retryLater(isRefused);
  }

  /** A Logon that was refused once is likely to be refused again: no hurry. */
  #retryLater(isRefused: boolean): void {
    const most = this.#options.reconnectMaxMs ?? RECONNECT_MAX_MS_DEFAULT;
    const least = isRefused ? most : (this.#options.reconnectMinMs ?? RECONNECT_MIN_MS_DEFAULT);
    const random = this.#options.random?.() ?? Math.random();
    this.#timer = setTimeout(
      () => {
        void this.#retry();
      },
      backoffMs(this.#attempts, Math.min(least, most), most, random),
    );
  }

  async #retry(): Promise<void> {
    const round = this.#round;
    try {
      await this.open();
      if (this.#live.isFailed) await this.#live.open();
      else if (this.#options.settings.refreshOnLogon === true) await this.#live.refresh();
    } catch (error) {
      this.#attempts += 1;
      const reason = `session store: ${error instanceof Error ? error.message : String(error)}`;
      this.#options.onConnectFailed?.({ host: '', port: 0, reason });
      if (this.#mayDial() && round === this.#round) this.#retryLater(false);
      return;
    }
    if (this.#mayDial() && round === this.#round) this.#connectWhenOpen();
  }
}
