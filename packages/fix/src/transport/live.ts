/**
 * One session with its store, its application and, while there is one, its connection. It carries out what
 * `session/session.ts` decides: store first, then socket, in order, once per turn. It outlives its
 * connections, so the application may send while the peer is away.
 */
import { Encoder } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import { Validator } from '../codec/validator.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Application, SendOptions, SessionCounters, SessionHandle } from '../session/application.ts';
import type { Effect } from '../session/outbox.ts';
import type { SessionConfig, SessionOwner } from '../session/owner.ts';
import type { Ticket } from '../session/progress.ts';
import { Session } from '../session/session.ts';
import type { State } from '../session/states.ts';
import type { OutboundRecord, SessionStore } from '../session/store.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { SessionSettings } from './contract.ts';
import { startTicking, stopTicking, type Ticking } from './ticker.ts';

const HEART_BT_INT_DEFAULT = 30;
const HIGH_WATER_BYTES_DEFAULT = 1 << 20;
const LIMIT_BYTES_DEFAULT = 16 << 20;
/** Within one turn, what was encoded is sent off when it is more than this. */
const BATCH_BYTES_MAX = 256 << 10;
/** Deliveries the application has not finished: reading stops at the first, goes on at the second. */
const PENDING_DELIVERIES_MAX = 10_000;
const PENDING_DELIVERIES_RESUME = 5_000;

export interface LiveSessionOptions {
  readonly id: string;
  readonly role: 'acceptor' | 'initiator';
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  readonly dictionary: Dictionary;
  logonFields?(fields: FieldWriter): void;
}

/** Takes over a connection that is being closed. */
const NO_OWNER: ConnectionOwner = {
  message: () => undefined,
  garbled: () => undefined,
  turnEnded: () => undefined,
  flushed: () => undefined,
  closed: () => undefined,
};

/** An effect and the connection it was meant for. */
interface Queued {
  readonly effect: Effect;
  readonly connection: Connection | undefined;
}

export class LiveSession implements SessionHandle, SessionOwner, ConnectionOwner, Ticking {
  readonly id: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** Told once, when the connection that is attached is no longer ours. */
  onDetached: (reason: string) => void = () => undefined;
  readonly #options: LiveSessionOptions;
  readonly #store: SessionStore;
  readonly #application: Application;
  readonly #encoder = new Encoder();
  readonly #highWaterBytes: number;
  readonly #limitBytes: number;
  #session: Session | undefined;
  #connection: Connection | undefined;
  #queue: Queued[] = [];
  /** Bytes of batches in `#queue` and in the append under way. */
  #unstoredBytes = 0;
  /** A store call is under way; what follows waits. */
  #storing = false;
  /** Within a `data` event, and when it began; its messages share one reading of the clock. */
  #turn = false;
  #turnMs = 0;
  #scheduled = false;
  #congested = false;
  #paused = false;
  #closed = false;
  /** The store failed: nothing is known to be durable until it is opened again. */
  #failed = false;
  /** Of the opened store; answers to calls of an earlier one are void. */
  #epoch = 0;
  #delivery: Promise<void> | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.senderCompId = options.settings.senderCompId;
    this.targetCompId = options.settings.targetCompId;
    this.#store = options.store;
    this.#application = options.application;
    this.#highWaterBytes = options.settings.sendQueueHighWaterBytes ?? HIGH_WATER_BYTES_DEFAULT;
    this.#limitBytes = options.settings.sendQueueLimitBytes ?? LIMIT_BYTES_DEFAULT;
  }

  /** Opens the store and takes up the session where it was. Also the way back after the store failed. */
  async open(): Promise<void> {
    const stored = await this.#store.open();
    this.#session = new Session(
      sessionConfig(this.#options),
      stored,
      {
        encoder: this.#encoder,
        validator: new Validator(this.#options.dictionary, this.#options.settings.validation),
      },
      this,
    );
    this.#failed = false;
    if (stored.createdAtMs === 0) this.#session.resetNumbers(Date.now());
    this.#carryOut();
    startTicking(this);
  }

  // --- SessionHandle
  // -----------------------------------------------------------------------------------------------

  get isLoggedOn(): boolean {
    return this.#session?.isLoggedOn ?? false;
  }

  get state(): State {
    return this.#session?.state ?? 'disconnected';
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get isFailed(): boolean {
    return this.#failed;
  }

  get createdAtMs(): number {
    return this.#live.createdAtMs;
  }

  get counters(): Readonly<SessionCounters> {
    return this.#live.counters;
  }

  /** Next MsgSeqNum out and in, for operators. */
  get nextOutbound(): number {
    return this.#live.nextOutbound;
  }

  get nextInbound(): number {
    return this.#live.nextInbound;
  }

  cursor(partition: string): number {
    return this.#live.outbox.cursors.get(partition) ?? 0;
  }

  get queuedBytes(): number {
    return (this.#connection?.queuedBytes ?? 0) + this.#unstoredBytes + this.#live.outbox.openBytes;
  }

  get isCongested(): boolean {
    return this.#congested;
  }

  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number {
    if (this.#closed || this.#failed) return 0;
    const queued = this.queuedBytes;
    if (queued > this.#limitBytes) {
      if (this.#connection !== undefined) this.#cut('send queue over its limit: the peer reads too slowly');
      // Without a connection only a store that does not keep up fills the queue.
      if (this.#unstoredBytes > this.#limitBytes) return 0;
    }
    const seqNum = this.#live.send(msgType, write, options, this.#turn ? this.#turnMs : Date.now());
    if (this.#live.outbox.openBytes > BATCH_BYTES_MAX) this.#carryOut();
    else this.#schedule();
    if (queued > this.#highWaterBytes && this.#connection !== undefined) this.#congested = true;
    return seqNum;
  }

  logout(text?: string): void {
    this.#live.logout(text, Date.now());
    this.#schedule();
  }

  // --- towards acceptor and initiator
  // --------------------------------------------------------------------------------

  attach(connection: Connection): void {
    if (this.#connection !== undefined) throw new Error(`session ${this.id} has a connection`);
    this.#connection = connection;
    connection.owner = this;
    this.#congested = false;
    this.#paused = false;
    this.#live.connected(Date.now());
    this.#carryOut();
  }

  /**
   * Somebody else wants to log on as this session: find out quickly whether its connection is still alive.
   */
  challenge(): void {
    this.#live.challenge(Date.now());
    this.#carryOut();
  }

  /** Sequence numbers start at 1 again; by an operator, while disconnected. */
  resetNumbers(): void {
    this.#live.resetNumbers(Date.now());
    this.#carryOut();
  }

  /** Logs out, waits for what is under way, closes the store. */
  async close(text?: string): Promise<void> {
    if (this.#session !== undefined && this.#connection !== undefined) {
      this.logout(text);
      await new Promise<void>((resolve) => {
        const previous = this.onDetached;
        this.onDetached = (reason) => {
          previous(reason);
          resolve();
        };
        if (this.#connection === undefined) resolve();
      });
    }
    this.#carryOutIfOpen();
    this.#closed = true;
    stopTicking(this);
    if (this.#storing || this.#queue.length > 0)
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    if (this.#session !== undefined) await this.#store.close();
  }

  // --- ConnectionOwner
  // -----------------------------------------------------------------------------------------------

  message(message: Message): void {
    if (!this.#turn) {
      this.#turn = true;
      this.#turnMs = Date.now();
    }
    this.#live.received(message, this.#turnMs);
  }

  garbled(): void {
    this.#live.garbled();
  }

  turnEnded(bytes: number): void {
    this.#turn = false;
    this.#live.counters.bytesIn += bytes;
    this.#carryOut();
  }

  flushed(): void {
    if (this.#congested && this.queuedBytes <= this.#highWaterBytes / 2) {
      this.#congested = false;
      this.#application.onDrain?.(this);
    }
    if (this.#queue.length > 0) this.#run();
  }

  closed(reason: string): void {
    this.#detach(reason);
  }

  tick(utcMs: number, monoMs: number): void {
    this.#live.tick(utcMs, monoMs);
    if (!this.#live.outbox.isEmpty) this.#carryOut();
  }

  // --- SessionOwner
  // --------------------------------------------------------------------------------------------------

  deliver(message: Message): 'done' | 'pending' | { readonly failed: string } {
    try {
      const result = this.#application.onMessage(message, this);
      if (result === undefined) return 'done';
      this.#delivery = result;
      return 'pending';
    } catch (error) {
      return { failed: failureText(message, error) };
    }
  }

  awaiting(ticket: Ticket): void {
    const session = this.#live;
    (this.#delivery as Promise<void>).then(
      () => {
        session.delivered(ticket);
        if (this.#paused && session.pendingDeliveries < PENDING_DELIVERIES_RESUME) this.#resume();
        this.#schedule();
      },
      (error: unknown) => {
        session.deliveryFailed(
          ticket,
          `message ${ticket.next - 1} could not be processed: ${errorText(error)}`,
          Date.now(),
        );
        this.#schedule();
      },
    );
    this.#delivery = undefined;
    if (session.pendingDeliveries > PENDING_DELIVERIES_MAX && !this.#paused) {
      this.#paused = true;
      this.#connection?.pause();
    }
  }

  #resume(): void {
    this.#paused = false;
    this.#connection?.resume();
  }

  loggedOn(): void {
    this.#application.onLogon?.(this);
  }

  loggedOut(reason: string): void {
    this.#application.onLogout?.(this, reason);
  }

  rejected(message: Message): void {
    this.#application.onReject?.(message, this);
  }

  logonFields(fields: FieldWriter): void {
    this.#options.logonFields?.(fields);
  }

  // --- carrying out
  // --------------------------------------------------------------------------------------------------

  get #live(): Session {
    if (this.#session === undefined) throw new Error(`session ${this.id} is not open`);
    return this.#session;
  }

  /** Everything that is sent until the event loop comes round is one batch. */
  #schedule(): void {
    if (this.#turn || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#carryOut();
    });
  }

  #carryOutIfOpen(): void {
    if (this.#session !== undefined) this.#carryOut();
  }

  #carryOut(): void {
    const effects = this.#live.takeEffects();
    for (const effect of effects) {
      if (effect.kind === 'batch') this.#unstoredBytes += effect.bytes.length;
      this.#queue.push({ effect, connection: this.#connection });
    }
    this.#run();
  }

  #run(): void {
    while (!this.#storing && this.#queue.length > 0) {
      const next = this.#queue[0] as Queued;
      if (next.effect.kind === 'read' && !this.#mayRead(next)) return;
      this.#queue.shift();
      this.#perform(next);
    }
    if (!this.#storing && this.#queue.length === 0 && this.#whenIdle.length > 0) {
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  /** A resend goes on when there is room; one whose connection is gone is dropped by the session. */
  #mayRead(next: Queued): boolean {
    if (next.connection !== this.#connection || this.#connection === undefined) return true;
    return !this.#turn && this.#connection.queuedBytes <= this.#highWaterBytes;
  }

  #perform(next: Queued): void {
    const { effect } = next;
    switch (effect.kind) {
      case 'batch': {
        const { bytes, records, nextOutbound } = effect;
        const written = (): void => this.#transmit(bytes, effect.transmit ? next.connection : undefined);
        const appended =
          nextOutbound === undefined
            ? written
            : (): void => this.#stored(() => this.#store.setNextOutbound(nextOutbound), written);
        return records.length === 0 ? appended() : this.#stored(() => this.#store.append(records), appended);
      }
      case 'reset':
        return this.#stored(
          () => this.#store.reset(effect.createdAtMs),
          () => undefined,
        );
      case 'nextOutbound':
        return this.#stored(
          () => this.#store.setNextOutbound(effect.next),
          () => undefined,
        );
      case 'nextInbound':
        return this.#stored(
          () => this.#store.setNextInbound(effect.next),
          () => undefined,
        );
      case 'read':
        return this.#read(effect.from, effect.to);
      case 'disconnect': {
        if (next.connection === undefined) return;
        next.connection.end(effect.reason);
        if (next.connection === this.#connection) this.#detach(effect.reason);
      }
    }
  }

  /** Calls the store and goes on when it is done: at once, or when its promise resolves. */
  #stored<T>(call: () => T | Promise<T>, then: (value: T) => void): void {
    let result: T | Promise<T>;
    try {
      result = call();
    } catch (error) {
      return this.#storeFailed(error);
    }
    if (!(result instanceof Promise)) return then(result);
    this.#storing = true;
    const epoch = this.#epoch;
    result.then(
      (value) => {
        if (epoch !== this.#epoch) return;
        this.#storing = false;
        then(value);
        this.#run();
      },
      (error: unknown) => {
        if (epoch === this.#epoch) this.#storeFailed(error);
      },
    );
  }

  #transmit(bytes: Uint8Array, connection: Connection | undefined): void {
    this.#unstoredBytes -= bytes.length;
    // Its `end` is behind this in the queue, so a connection that was given up by us still gets its last
    // words.
    if (connection === undefined || connection !== this.#connection) {
      this.#encoder.recycle(bytes);
      return;
    }
    this.#live.counters.bytesOut += bytes.length;
    connection.write(bytes, () => this.#encoder.recycle(bytes));
  }

  #read(from: number, to: number): void {
    this.#stored<readonly OutboundRecord[]>(
      () => this.#store.read(from, to),
      (records) => {
        this.#live.stored(from, to, records, Date.now());
        this.#carryOut();
      },
    );
  }

  /**
   * What was handed to the store may or may not be there: nobody is told anything until it is opened again.
   */
  #storeFailed(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#epoch += 1;
    this.#storing = false;
    this.#queue = [];
    this.#unstoredBytes = 0;
    this.#cut(`session store failed: ${errorText(error)}`);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #cut(reason: string): void {
    const connection = this.#connection;
    connection?.cut(reason);
    this.#detach(reason);
  }

  #detach(reason: string): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    connection.owner = NO_OWNER;
    this.#turn = false;
    this.#congested = false;
    this.#live.disconnected(reason, Date.now());
    if (this.#failed) this.#live.takeEffects();
    else this.#carryOut();
    this.onDetached(reason);
  }
}

function sessionConfig(options: LiveSessionOptions): SessionConfig {
  const { settings } = options;
  return {
    role: options.role,
    beginString: settings.beginString,
    senderCompId: settings.senderCompId,
    targetCompId: settings.targetCompId,
    heartBtInt: settings.heartBtInt ?? HEART_BT_INT_DEFAULT,
    resetOnLogon: settings.resetOnLogon ?? false,
    resetOnLogout: settings.resetOnLogout ?? false,
    resetOnDisconnect: settings.resetOnDisconnect ?? false,
    persistMessages: settings.persistMessages ?? true,
    checkLatency: settings.checkLatency ?? true,
    maxLatencyMs: settings.maxLatencyMs ?? 120_000,
    logonTimeoutMs: settings.logonTimeoutMs ?? 10_000,
    logoutTimeoutMs: settings.logoutTimeoutMs ?? 2_000,
  };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failureText(message: Message, error: unknown): string {
  return `message ${message.seqNum} could not be processed: ${errorText(error)}`;
}
