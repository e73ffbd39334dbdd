/**
 * One session with its store, its application and, while there is one, its connection. It joins what
 * `session/session.ts` decides with `effects` (store, then socket), `delivery` (the application) and
 * `traffic` (what went over the wire). It outlives its connections, so the application may send while the
 * peer is away.
 */
import { Encoder } from '../codec/encoder.ts';
import type { FieldWriter, Message } from '../codec/fields.ts';
import { Validator, type Violation } from '../codec/validator.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Version } from '../dictionary/versions.ts';
import type {
  Application,
  NextNumbers,
  RecentMessage,
  SendOptions,
  SessionCounters,
  SessionHandle,
  SessionLatency,
} from '../session/application.ts';
import type { SessionEvent } from '../session/events.ts';
import { sessionConfig, type Outcome, type SessionOwner } from '../session/owner.ts';
import type { Ticket } from '../session/progress.ts';
import { Session } from '../session/session.ts';
import type { State } from '../session/states.ts';
import type { OutboundRecord, SessionStore } from '../session/store.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { DictionaryFor, SessionSettings } from './contract.ts';
import { Delivery, errorText, type DeliveryOwner } from './delivery.ts';
import { Effects, type EffectsOwner } from './effects.ts';
import { Histogram } from './histogram.ts';
import type { MessageLog } from './message.log.ts';
import { frameEnd } from './recent.ts';
import { startTicking, stopTicking, type Ticking } from './ticker.ts';
import { Traffic } from './traffic.ts';

const HIGH_WATER_BYTES_DEFAULT = 1 << 20;
const LIMIT_BYTES_DEFAULT = 16 << 20;
/** Within one turn, what was encoded is sent off when it is more than this. */
const BATCH_BYTES_MAX = 256 << 10;
/** How long a closing session waits for what the application has in hand. */
const CLOSE_TIMEOUT_MS_DEFAULT = 5_000;

export interface LiveSessionOptions {
  readonly id: string;
  readonly role: 'acceptor' | 'initiator';
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  /** The session's own; otherwise `dictionaryFor` is asked. */
  readonly dictionary: Dictionary | undefined;
  readonly dictionaryFor: DictionaryFor;
  readonly messageLog?: MessageLog | undefined;
  readonly closeTimeoutMs?: number | undefined;
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

export class LiveSession
  implements SessionHandle, SessionOwner, ConnectionOwner, DeliveryOwner, EffectsOwner, Ticking
{
  readonly id: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly settings: SessionSettings;
  /** Told once, when the connection that is attached is no longer ours. */
  onDetached: (reason: string) => void = () => undefined;
  readonly #options: LiveSessionOptions;
  readonly #store: SessionStore;
  readonly #encoder = new Encoder();
  /** Of bytes, or of the last part of them, that have left for the network. */
  readonly #recycle = (bytes: Uint8Array): void => this.#encoder.recycle(bytes);
  readonly #effects: Effects;
  readonly #delivery: Delivery;
  readonly #traffic: Traffic;
  readonly #sent = new Histogram();
  readonly #highWaterBytes: number;
  readonly #limitBytes: number;
  readonly #conflates: boolean;
  readonly #batchWrites: boolean;
  readonly #validator: Validator;
  #session: Session | undefined;
  #connection: Connection | undefined;
  /** Within a `data` event, and when it began; its messages share one reading of the clocks. */
  #turn = false;
  #turnUtcMs = 0;
  #turnMonoMs = 0;
  /** When the first message of the open batch was encoded; 0: there is none. */
  #batchSinceMs = 0;
  #opening: Promise<void> | undefined;
  #scheduled = false;
  #congested = false;
  #closing = false;
  #closed = false;
  /** The store failed: nothing is known to be durable until it is opened again. */
  #failed = false;

  constructor(options: LiveSessionOptions) {
    const { settings } = options;
    this.#options = options;
    this.settings = settings;
    this.id = options.id;
    this.senderCompId = settings.senderCompId;
    this.targetCompId = settings.targetCompId;
    this.#store = options.store;
    this.#highWaterBytes = settings.sendQueueHighWaterBytes ?? HIGH_WATER_BYTES_DEFAULT;
    this.#limitBytes = settings.sendQueueLimitBytes ?? LIMIT_BYTES_DEFAULT;
    this.#conflates = settings.slowConsumer === 'conflate';
    this.#batchWrites = settings.batchWrites ?? true;
    this.#effects = new Effects(options.store, this);
    this.#delivery = new Delivery(options.application, settings, this);
    this.#traffic = new Traffic({
      sessionId: this.id,
      recentMessages: settings.recentMessages,
      recentBytes: settings.recentBytes,
      log: options.messageLog,
      failed: (error) => this.#delivery.failed('messageLog', error, this.#live),
    });
    options.dictionary?.verify();
    this.#validator = new Validator(dictionaryOf(options, settings.defaultVersion), settings.validation);
  }

  /** Opens the store and takes up the session where it was. Also the way back after the store failed. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /**
   * Reads the stored numbers again before a logon: another process may have used the store meanwhile
   * (RefreshOnLogon). What the application has in hand is waited for, or it would be delivered again.
   */
  refresh(): Promise<void> {
    return this.#settle().then(() => this.open());
  }

  async #open(): Promise<void> {
    if (this.isConnected || this.#closed) return;
    const before = this.#session;
    const next = before?.nextOutbound;
    const stored = await this.#store.open();
    // Somebody else's logon was faster.
    if (this.isConnected) return;
    if (before !== undefined && !this.#failed && before.nextOutbound !== next) {
      // What was sent meanwhile has numbers that were not read.
      await this.#settle();
      return this.#open();
    }
    if (before === undefined || this.#failed) {
      this.#session = new Session(
        sessionConfig(this.settings, this.#options.role),
        stored,
        { encoder: this.#encoder, validator: this.#validator },
        this,
      );
      if (before !== undefined) Object.assign(this.#session.counters, before.counters);
    } else before.refresh(stored);
    this.#failed = false;
    if (stored.createdAtMs === 0) this.#live.resetNumbers(Date.now(), 'firstStart');
    this.#carryOut();
    startTicking(this);
  }

  // --- SessionHandle

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

  /** Takes no connection any more. */
  get isClosing(): boolean {
    return this.#closing;
  }

  get createdAtMs(): number {
    return this.#live.createdAtMs;
  }

  get counters(): Readonly<SessionCounters> {
    return this.#live.counters;
  }

  get latency(): SessionLatency {
    return { received: this.#delivery.received.read(), sent: this.#sent.read() };
  }

  recent(): readonly RecentMessage[] {
    return this.#traffic.recent();
  }

  /** Next MsgSeqNum out and in, for operators. */
  get nextOutbound(): number {
    return this.#live.nextOutbound;
  }

  get nextInbound(): number {
    return this.#live.nextInbound;
  }

  get lastReceivedAtMs(): number {
    return this.#traffic.lastReceivedAtMs;
  }

  get lastSentAtMs(): number {
    return this.#traffic.lastSentAtMs;
  }

  /** Where the peer is connected from now. */
  get remoteAddress(): string | undefined {
    return this.#connection?.remoteAddress;
  }

  cursor(partition: string): number {
    return this.#live.outbox.cursors.get(partition) ?? 0;
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    if (this.#closed || this.#failed) return;
    this.#live.outbox.noteCursors(cursors);
    this.schedule();
  }

  get queuedBytes(): number {
    return (this.#connection?.queuedBytes ?? 0) + this.#effects.unstoredBytes + this.#live.outbox.openBytes;
  }

  get queuedForMs(): number {
    return this.#connection?.queuedForMs ?? 0;
  }

  get isCongested(): boolean {
    return this.#congested;
  }

  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number {
    const session = this.#live;
    const queued = this.queuedBytes;
    if (!this.#hasRoom(queued, options?.perishable === true)) {
      if (options?.perishable === true) session.counters.perishablesDropped += 1;
      return 0;
    }
    if (this.#batchSinceMs === 0) this.#batchSinceMs = this.#turn ? this.#turnMonoMs : performance.now();
    const seqNum = session.send(msgType, write, options, this.#turn ? this.#turnUtcMs : Date.now());
    if (session.outbox.openBytes > BATCH_BYTES_MAX) this.#carryOut();
    else this.schedule();
    if (seqNum === 0 && options?.perishable === true) session.counters.perishablesDropped += 1;
    return seqNum;
  }

  /** False when the message must not be sent. Notes congestion; cuts a peer that is over the limit. */
  #hasRoom(queued: number, isPerishable: boolean): boolean {
    if (this.#closed || this.#failed) return false;
    const { counters } = this.#live;
    if (queued > counters.queuedBytesMax) counters.queuedBytesMax = queued;
    if (queued <= this.#highWaterBytes && !this.#congested) return true;
    if (queued > this.#limitBytes) {
      if (this.#connection !== undefined) this.#cut('send queue over its limit: the peer reads too slowly');
      // Without a connection only a store that does not keep up fills the queue.
      return this.#effects.unstoredBytes <= this.#limitBytes;
    }
    if (this.#connection === undefined) return true;
    if (!this.#congested) {
      this.#congested = true;
      this.event({ kind: 'congested', queuedBytes: queued });
    }
    return !(this.#conflates && isPerishable);
  }

  logout(text?: string): void {
    this.#live.logout(text, Date.now());
    this.schedule();
  }

  // --- towards acceptor and initiator

  attach(connection: Connection): void {
    if (this.#connection !== undefined) throw new Error(`session ${this.id} has a connection`);
    this.#connection = connection;
    connection.owner = this;
    this.#congested = false;
    this.#delivery.attached();
    connection.dictionary = dictionaryOf(this.#options, this.settings.defaultVersion);
    connection.emptyIsAbsent = this.settings.validation?.validateFieldsHaveValues === false;
    try {
      this.#live.connected(Date.now());
    } catch (error) {
      // No Logon without the fields that the application has to say.
      this.#delivery.failed('logonFields', error, this.#live);
      return this.#cut(`no Logon: ${errorText(error)}`);
    }
    this.#carryOut();
  }

  /**
   * Somebody else wants to log on as this session: find out quickly whether its connection is still alive.
   */
  challenge(): void {
    this.#live.challenge(Date.now());
    this.#carryOut();
  }

  /** Somebody else has logged on as this session, and the newest wins. */
  supersede(reason: string): void {
    this.#cut(reason);
  }

  /** Sequence numbers start at 1 again; by an operator, while disconnected. */
  resetNumbers(): void {
    this.#assertStored();
    this.#live.resetNumbers(Date.now(), 'operator');
    this.#carryOut();
  }

  /** The next numbers as an operator has agreed them with the peer; while disconnected. */
  setNumbers(numbers: NextNumbers): void {
    this.#assertStored();
    this.#live.setNumbers(numbers);
    this.#carryOut();
  }

  #assertStored(): void {
    if (this.#failed)
      throw new Error(`the store of ${this.id} failed: nothing can be set until it is open again`);
  }

  /** Logs out, waits for what the application has in hand and for what is under way, closes the store. */
  async close(text?: string): Promise<void> {
    this.#closing = true;
    // Whoever waits for it is told when it fails.
    await this.#opening?.catch(() => undefined);
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
    await this.#settle();
    this.#closed = true;
    stopTicking(this);
    if (this.#session !== undefined) await this.#store.close();
  }

  /** Without a connection: the numbers of all messages the application gets done with in time are stored. */
  async #settle(): Promise<void> {
    if (this.#session === undefined) return;
    if (!this.#failed) {
      await this.#delivery.done(this.#session, this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS_DEFAULT);
      this.#carryOut();
    }
    await this.#effects.idle();
  }

  // --- ConnectionOwner

  message(message: Message): void {
    if (!this.#turn) {
      this.#turn = true;
      this.#turnUtcMs = Date.now();
      this.#turnMonoMs = performance.now();
      this.#delivery.turnBegan(this.#turnMonoMs);
    }
    this.#traffic.received(message, this.#turnUtcMs);
    this.#live.received(message, this.#turnUtcMs);
  }

  garbled(): void {
    this.#live.garbled();
  }

  turnEnded(bytes: number): void {
    this.#turn = false;
    this.#traffic.turnEnded(this.#turnUtcMs);
    this.#live.counters.bytesIn += bytes;
    this.#delivery.turnEnded();
    this.#carryOut();
    if (this.#delivery.excess !== undefined) this.#sendAway(this.#delivery.excess);
  }

  flushed(): void {
    this.#noteRoom();
    if (!this.#effects.isEmpty) this.#effects.run();
  }

  closed(reason: string): void {
    this.#detach(reason);
  }

  tick(utcMs: number, monoMs: number): void {
    if (this.#delivery.isPaused) this.#live.deaf();
    this.#live.tick(utcMs, monoMs);
    if (!this.#live.outbox.isEmpty) this.#carryOut();
  }

  // --- SessionOwner

  deliver(message: Message, violation: Violation | undefined): Outcome {
    return this.#delivery.deliver(message, violation, this.#live);
  }

  awaiting(ticket: Ticket): void {
    this.#delivery.awaiting(ticket, this.#live);
  }

  loggedOn(): void {
    this.#delivery.loggedOn(this.#live);
  }

  loggedOut(reason: string): void {
    this.#delivery.loggedOut(reason, this.#live);
  }

  rejected(message: Message): void {
    this.#delivery.rejected(message, this.#live);
  }

  logonFields(fields: FieldWriter): void {
    this.#options.logonFields?.(fields);
  }

  event(event: SessionEvent): void {
    if (event.kind === 'resendRequested') this.#live.counters.resendsRequested += 1;
    this.#delivery.event(event, this.#live);
  }

  /** FIXT.1.1: the Logon said which application version the messages have that don't say it themselves. */
  speaks(version: Version): void {
    if (this.#connection !== undefined) this.#connection.dictionary = dictionaryOf(this.#options, version);
  }

  // --- DeliveryOwner

  get isRecovering(): boolean {
    return this.#live.state === 'recovering';
  }

  pauseReading(): void {
    this.#connection?.pause();
  }

  resumeReading(): void {
    this.#connection?.resume();
  }

  /** Everything that is sent until the event loop comes round is one batch. */
  schedule(): void {
    if (this.#turn || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#carryOut();
    });
  }

  // --- EffectsOwner

  get connection(): Connection | undefined {
    return this.#connection;
  }

  mayRead(): boolean {
    if (this.#turn) return false;
    // One that has ended asks for nothing any more, and its end is behind this in the queue.
    return this.state === 'disconnected' || (this.#connection?.queuedBytes ?? 0) <= this.#highWaterBytes;
  }

  pageRead(from: number, to: number, records: readonly OutboundRecord[]): void {
    this.#live.stored(from, to, records, Date.now());
    this.#carryOut();
  }

  batchStored(bytes: Uint8Array, connection: Connection | undefined, sinceMs: number): void {
    this.#effects.unstoredBytes -= bytes.length;
    // Its `end` is behind this in the queue, so a connection that was given up by us still gets its last
    // words.
    if (connection === undefined || connection !== this.#connection) {
      this.#encoder.recycle(bytes);
      this.#noteRoom();
      return;
    }
    this.#live.counters.bytesOut += bytes.length;
    if (sinceMs > 0) this.#sent.note((performance.now() - sinceMs) * 1000);
    this.#traffic.sent(bytes, this.#turn ? this.#turnUtcMs : Date.now());
    if (this.#batchWrites) connection.write(bytes, this.#recycle);
    else this.#writeEach(bytes, connection);
  }

  storeFailed(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#effects.abandon();
    this.event({ kind: 'storeFailed', text: errorText(error) });
    this.#cut(`session store failed: ${errorText(error)}`);
  }

  ended(connection: Connection, reason: string): void {
    connection.end(reason);
    if (connection === this.#connection) this.#detach(reason);
  }

  // --- inside

  get #live(): Session {
    if (this.#session === undefined) throw new Error(`session ${this.id} is not open`);
    return this.#session;
  }

  #carryOut(): void {
    const effects = this.#live.takeEffects();
    this.#effects.push(effects, this.#connection, this.#batchSinceMs);
    this.#batchSinceMs = 0;
    this.#effects.run();
  }

  #writeEach(bytes: Uint8Array, connection: Connection): void {
    let from = 0;
    while (from < bytes.length) {
      const to = frameEnd(bytes, from, bytes.length);
      connection.write(bytes.subarray(from, to), to < bytes.length ? keep : this.#recycle);
      from = to;
    }
  }

  #noteRoom(): void {
    if (!this.#congested || this.queuedBytes > this.#highWaterBytes / 2) return;
    this.#congested = false;
    this.#delivery.drained(this.#live);
  }

  /** Logout with the text, and the connection is closed behind it without waiting for an answer. */
  #sendAway(reason: string): void {
    this.#delivery.excess = undefined;
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#live.logout(reason, Date.now());
    this.#carryOut();
    this.#effects.push([{ kind: 'disconnect', reason }], connection, 0);
    this.#effects.run();
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
    if (this.#turn) this.#traffic.turnEnded(this.#turnUtcMs);
    this.#delivery.turnEnded();
    this.#turn = false;
    this.#congested = false;
    this.#live.disconnected(reason, Date.now());
    if (this.#failed) this.#live.takeEffects();
    else this.#carryOut();
    this.onDetached(reason);
  }
}

function keep(): void {}

/** The session's own dictionary, or the standard one of its version. */
function dictionaryOf(options: LiveSessionOptions, version: Version | undefined): Dictionary {
  if (options.dictionary !== undefined) return options.dictionary;
  const { beginString } = options.settings;
  const dictionary = options.dictionaryFor(beginString, version);
  if (dictionary === undefined) throw new Error(`no dictionary for ${beginString}`);
  return dictionary;
}
