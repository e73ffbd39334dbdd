/**
 * A FIX port: accepts connections, has their Logons authenticated and binds them to sessions. One that
 * misbehaves costs the others nothing: until its Logon is through a connection has a deadline, one message
 * and no session.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Encoder, fieldText } from '../codec/encoder.ts';
import type { Message } from '../codec/fields.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { loadFix44 } from '../dictionary/load.ts';
import type { SessionHandle } from '../session/application.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import {
  sessionId,
  type AcceptorOptions,
  type LiveSessions,
  type LogonDecision,
  type LogonRequest,
  type Registration,
} from './contract.ts';
import { LiveSession } from './live.ts';
import { startTicking, stopTicking, type Ticking } from './ticker.ts';

const MAX_CONNECTIONS_DEFAULT = 1_000;
const MAX_SESSIONS_DEFAULT = 10_000;
const MAX_MESSAGE_BYTES_DEFAULT = 256 << 10;
const LOGON_TIMEOUT_MS_DEFAULT = 10_000;

export class Acceptor implements LiveSessions {
  readonly #options: AcceptorOptions;
  readonly #dictionary: Dictionary;
  readonly #arrivals = new Set<Arrival>();
  readonly #sessions = new Map<string, Promise<LiveSession>>();
  readonly #opened = new Map<string, LiveSession>();
  #server: Server | undefined;
  #closing = false;

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#dictionary = options.dictionary ?? loadFix44();
  }

  async listen(): Promise<void> {
    const onSocket = (socket: Socket): void => this.#onSocket(socket);
    const { tls, host, port } = this.#options;
    const handshakeTimeout = this.#options.logonTimeoutMs ?? LOGON_TIMEOUT_MS_DEFAULT;
    const server =
      tls === undefined ? createServer(onSocket) : createTlsServer({ handshakeTimeout, ...tls }, onSocket);
    server.maxConnections = this.#options.maxConnections ?? MAX_CONNECTIONS_DEFAULT;
    server.on('drop', (dropped) => this.#refused('too many connections', dropped?.remoteAddress ?? ''));
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      this.#refused(`TLS: ${error.message}`, socket.remoteAddress ?? '');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#server = server;
  }

  /** The port listened on. */
  get port(): number {
    const address = this.#server?.address();
    if (address === null || address === undefined || typeof address === 'string')
      throw new Error('not listening');
    return address.port;
  }

  /** Every session opened here, connected or not. */
  get sessions(): readonly SessionHandle[] {
    return [...this.#opened.values()];
  }

  /** With its sequence numbers and state, for operators. */
  session(id: string): LiveSession | undefined {
    return this.#opened.get(id);
  }

  /** Opens a session before its client has logged on, so that the application can send to it. */
  async register(registration: Registration): Promise<SessionHandle> {
    const id = registration.id ?? sessionId(registration.settings);
    if (this.#sessions.has(id)) throw new Error(`session ${id} is registered already`);
    return this.#open(id, registration);
  }

  /** Logs a session out and forgets it; its store is closed. The next logon opens it anew. */
  async release(id: string, text?: string): Promise<void> {
    const session = await this.#sessions.get(id);
    if (session === undefined) return;
    await session.close(text);
    this.#sessions.delete(id);
    this.#opened.delete(id);
  }

  /** Sequence numbers of a disconnected session start at 1 again. */
  resetNumbers(id: string): void {
    const session = this.#opened.get(id);
    if (session === undefined) throw new Error(`no session ${id}`);
    session.resetNumbers();
  }

  /** Stops listening, logs out every session with the text, closes their stores. */
  async close(text?: string): Promise<void> {
    this.#closing = true;
    const server = this.#server;
    const closed =
      server === undefined
        ? undefined
        : new Promise<void>((resolve) => {
            server.close(() => resolve());
          });
    for (const arrival of this.#arrivals) this.#turnAway('the acceptor closes', arrival);
    const sessions = await Promise.allSettled(this.#sessions.values());
    await Promise.all(
      sessions.map((opened) =>
        opened.status === 'fulfilled' ? opened.value.close(text) : Promise.resolve(),
      ),
    );
    await closed;
    this.#sessions.clear();
    this.#opened.clear();
  }

  #onSocket(socket: Socket): void {
    if (this.#closing) {
      socket.destroy();
      return;
    }
    const arrival = new Arrival(this.#options.logonTimeoutMs ?? LOGON_TIMEOUT_MS_DEFAULT, {
      logon: (message, from) => {
        void this.#logon(message, from);
      },
      refused: (reason, from) => this.#turnAway(reason, from),
      gone: (gone) => this.#arrivals.delete(gone),
    });
    const connection = new Connection(
      socket,
      this.#dictionary,
      this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES_DEFAULT,
      arrival,
    );
    arrival.connection = connection;
    this.#arrivals.add(arrival);
  }

  async #logon(message: Message, arrival: Arrival): Promise<void> {
    const { connection } = arrival;
    const request: LogonRequest = {
      beginString: message.text(8) ?? '',
      senderCompId: message.text(49) ?? '',
      targetCompId: message.text(56) ?? '',
      username: message.text(553),
      password: message.text(554),
      remoteAddress: connection.remoteAddress,
      message,
    };
    let text = 'logon is not possible now';
    try {
      const decision = await this.#options.authenticate(request);
      if (!connection.isOpen || this.#closing)
        return this.#turnAway('gone before the logon was through', arrival);
      if (decision.accept) return await this.#bind(decision, message, arrival);
      text = decision.text;
      this.#refused(text, connection.remoteAddress);
    } catch (error) {
      this.#refused(error instanceof Error ? error.message : String(error), connection.remoteAddress);
    }
    arrival.end();
    this.#answerRefusal(request, text, connection);
  }

  async #bind(
    decision: LogonDecision & { readonly accept: true },
    message: Message,
    arrival: Arrival,
  ): Promise<void> {
    const { connection } = arrival;
    const id = decision.id ?? sessionId(decision.settings);
    const session = await (this.#sessions.get(id) ?? this.#open(id, decision));
    if (session.isFailed) await session.open();
    if (!connection.isOpen || this.#closing)
      return this.#turnAway('gone before the logon was through', arrival);
    // Nothing is sent: an answer would use a sequence number of the session that is logged on.
    if (session.isConnected) {
      this.#turnAway(`${id} is logged on already`, arrival);
      return session.challenge();
    }
    arrival.end();
    session.attach(connection);
    session.message(message);
    session.turnEnded(message.raw.length);
    connection.release();
  }

  /** Counted once for each connection, then cut without a word. */
  #turnAway(reason: string, arrival: Arrival): void {
    if (arrival.end()) this.#refused(reason, arrival.connection.remoteAddress);
    arrival.connection.cut(reason);
  }

  #open(id: string, registration: Registration): Promise<LiveSession> {
    if (this.#sessions.size >= (this.#options.maxSessions ?? MAX_SESSIONS_DEFAULT)) {
      return Promise.reject(new Error('too many sessions'));
    }
    const session = new LiveSession({
      id,
      role: 'acceptor',
      settings: registration.settings,
      store: registration.store,
      application: registration.application,
      dictionary: this.#dictionary,
    });
    const opening = session.open().then(() => {
      this.#opened.set(id, session);
      return session;
    });
    this.#sessions.set(id, opening);
    opening.catch(() => this.#sessions.delete(id));
    return opening;
  }

  /** Logout(5) with the text in answer to a Logon nobody has a session for. */
  #answerRefusal(request: LogonRequest, text: string, connection: Connection): void {
    if (!connection.isOpen) return;
    const encoder = new Encoder();
    encoder
      .begin({
        beginString: this.#dictionary.beginString,
        msgType: '5',
        seqNum: 1,
        senderCompId: fieldText(request.targetCompId),
        targetCompId: fieldText(request.senderCompId),
        sendingTimeMs: Date.now(),
      })
      .text(58, fieldText(text));
    encoder.end();
    connection.write(encoder.take(), () => undefined);
    connection.end(text);
  }

  #refused(reason: string, remoteAddress: string): void {
    this.#options.onRefused?.({ reason, remoteAddress });
  }
}

interface ArrivalEvents {
  logon(message: Message, arrival: Arrival): void;
  refused(reason: string, arrival: Arrival): void;
  gone(arrival: Arrival): void;
}

/** Owns a connection until it is bound to a session or refused. */
class Arrival implements ConnectionOwner, Ticking {
  connection!: Connection;
  readonly #events: ArrivalEvents;
  readonly #logonTimeoutMs: number;
  #sinceMs = 0;
  #ended = false;

  constructor(logonTimeoutMs: number, events: ArrivalEvents) {
    this.#logonTimeoutMs = logonTimeoutMs;
    this.#events = events;
    startTicking(this);
  }

  message(message: Message): void {
    if (message.msgType !== 'A') return this.#events.refused('first message is not a Logon', this);
    this.connection.hold();
    this.#events.logon(message, this);
  }

  garbled(): void {
    this.#events.refused('first bytes are not a FIX message', this);
  }

  turnEnded(): void {}

  flushed(): void {}

  closed(reason: string): void {
    this.#events.refused(reason, this);
  }

  tick(_utcMs: number, monoMs: number): void {
    if (this.#sinceMs === 0) this.#sinceMs = monoMs;
    if (monoMs - this.#sinceMs >= this.#logonTimeoutMs) this.#events.refused('no Logon in time', this);
  }

  /** Bound or refused; false when it was already. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    stopTicking(this);
    this.#events.gone(this);
    return true;
  }
}
