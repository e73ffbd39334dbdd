/**
 * A FIX port: accepts connections, has their Logons authenticated and binds them to sessions. One that
 * misbehaves costs the others nothing: until its Logon is through a connection has a deadline, one message
 * and no session. `listener` brings the connections, `arrival` holds them until then.
 */
import { Encoder, fieldText } from '../codec/encoder.ts';
import type { Message } from '../codec/fields.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { VERSION_OF_APPL_VER_ID, type Version } from '../dictionary/versions.ts';
import type { NextNumbers, SessionHandle } from '../session/application.ts';
import { addressList } from './addresses.ts';
import { Arrival } from './arrival.ts';
import { Connection } from './connection.ts';
import {
  sessionId,
  standardDictionary,
  type AcceptorOptions,
  type DictionaryFor,
  type LiveSessions,
  type LogonDecision,
  type LogonRequest,
  type Registration,
} from './contract.ts';
import { Listener, type Incoming } from './listener.ts';
import { LiveSession } from './live.ts';
import type { AcceptorTls } from './tls.ts';

const MAX_CONNECTIONS_DEFAULT = 1_000;
const MAX_SESSIONS_DEFAULT = 10_000;
const MAX_MESSAGE_BYTES_DEFAULT = 256 << 10;
const LOGON_TIMEOUT_MS_DEFAULT = 10_000;

export class Acceptor implements LiveSessions {
  readonly #options: AcceptorOptions;
  readonly #dictionaryFor: DictionaryFor;
  readonly #logonTimeoutMs: number;
  readonly #listener: Listener;
  readonly #arrivals = new Set<Arrival>();
  readonly #sessions = new Map<string, Promise<LiveSession>>();
  readonly #opened = new Map<string, LiveSession>();
  #listening: Promise<void> | undefined;
  #unlistened: Promise<void> | undefined;
  #closing = false;

  /** Throws when an address, a certificate or a key in the options is no good. */
  constructor(options: AcceptorOptions) {
    this.#options = options;
    const { dictionary, dictionaryFor = standardDictionary } = options;
    dictionary?.verify();
    this.#dictionaryFor = (beginString, version) =>
      beginString === dictionary?.beginString ? dictionary : dictionaryFor(beginString, version);
    this.#logonTimeoutMs = options.logonTimeoutMs ?? LOGON_TIMEOUT_MS_DEFAULT;
    this.#listener = new Listener(
      options,
      {
        maxConnections: options.maxConnections ?? MAX_CONNECTIONS_DEFAULT,
        handshakeTimeoutMs: this.#logonTimeoutMs,
      },
      {
        arrived: (incoming) => this.#arrived(incoming),
        refused: (reason, remoteAddress) => this.#refused(reason, remoteAddress),
      },
    );
  }

  /** Rejects when the port can't be had; then it may be asked again. */
  listen(): Promise<void> {
    this.#listening ??= this.#listener.listen().catch((error: unknown) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  /** The port listened on. */
  get port(): number {
    return this.#listener.port;
  }

  /**
   * New certificates, keys, authorities, for connections from now on; those that are open live on. Throws
   * when they are no good, and the old ones stay.
   */
  reloadTls(tls: AcceptorTls): void {
    if (this.#options.tls === undefined) throw new Error('this acceptor does not speak TLS');
    this.#listener.reloadTls(tls);
  }

  /**
   * Another list of addresses and CIDR blocks that may connect (`allowedRemoteAddresses`), for connections
   * from now on. Throws when one is no good, and the old list stays.
   */
  allow(addresses: readonly string[]): void {
    this.#listener.allow(addresses);
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
    try {
      await session.close(text);
    } finally {
      // Also when its store does not close: the next logon opens another.
      this.#sessions.delete(id);
      this.#opened.delete(id);
    }
  }

  /** Sequence numbers of a disconnected session start at 1 again. */
  resetNumbers(id: string): void {
    this.#known(id).resetNumbers();
  }

  /**
   * The next numbers of a disconnected session, as an operator has agreed them with the peer. Throws a
   * RangeError for what is no MsgSeqNum and for an outbound number that is used already.
   */
  setNumbers(id: string, numbers: NextNumbers): void {
    this.#known(id).setNumbers(numbers);
  }

  #known(id: string): LiveSession {
    const session = this.#opened.get(id);
    if (session === undefined) throw new Error(`no session ${id}`);
    return session;
  }

  /** Takes no more connections; sessions go on until they are released, or until `close`. */
  stopListening(): void {
    void this.#stopListening();
  }

  #stopListening(): Promise<void> {
    this.#closing = true;
    this.#unlistened ??= this.#listener.close();
    for (const arrival of this.#arrivals) this.#turnAway('the acceptor closes', arrival);
    return this.#unlistened;
  }

  /** Stops listening, logs out every session with the text, closes their stores. */
  async close(text?: string): Promise<void> {
    const closed = this.#stopListening();
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

  #arrived(incoming: Incoming): void {
    const arrival = new Arrival(incoming, this.#logonTimeoutMs, {
      logon: (message, from) => {
        if (this.#dictionaryFor(message.text(8) ?? '') === undefined)
          return this.#turnAway('BeginString is not spoken here', from);
        void this.#logon(message, from);
      },
      refused: (reason, from) => this.#turnAway(reason, from),
      ended: (ended) => {
        this.#arrivals.delete(ended);
        this.#listener.admission.left(incoming.remoteAddress);
      },
    });
    const initial =
      this.#options.dictionary ?? this.#dictionaryFor('FIX.4.4') ?? standardDictionary('FIX.4.4');
    arrival.connection = new Connection(
      incoming.socket,
      {
        dictionary: initial as Dictionary,
        choose: (beginString) => this.#dictionaryFor(beginString),
        forVersion: (version) => this.#dictionaryFor('FIXT.1.1', version),
        maxMessageBytes: this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES_DEFAULT,
      },
      arrival,
      incoming,
    );
    this.#arrivals.add(arrival);
    if (this.#closing) this.#turnAway('the acceptor closes', arrival);
  }

  async #logon(message: Message, arrival: Arrival): Promise<void> {
    const { connection } = arrival;
    const { admission } = this.#listener;
    const request = logonRequest(message, arrival.incoming);
    const { remoteAddress, senderCompId } = request;
    if (!admission.mayLogOn(remoteAddress, senderCompId, performance.now()))
      return this.#turnAway('too many refused Logons', arrival);
    let text = 'logon is not possible now';
    try {
      const decision = await this.#options.authenticate(request);
      if (!connection.isOpen || this.#closing)
        return this.#turnAway('gone before the logon was through', arrival);
      if (decision.accept) return await this.#bind(decision, message, arrival);
      admission.refused(remoteAddress, senderCompId, performance.now());
      text = decision.text;
      if (decision.isSilent === true) return this.#turnAway(text, arrival);
      this.#refused(text, remoteAddress);
    } catch (error) {
      this.#refused(error instanceof Error ? error.message : String(error), remoteAddress);
    }
    arrival.end();
    answerRefusal(request, text, connection);
  }

  async #bind(
    decision: LogonDecision & { readonly accept: true },
    message: Message,
    arrival: Arrival,
  ): Promise<void> {
    const { connection, incoming } = arrival;
    const { settings } = decision;
    const id = decision.id ?? sessionId(settings);
    const allowed = settings.allowedRemoteAddresses;
    if (allowed !== undefined && !addressList(allowed).has(incoming.remoteAddress))
      return this.#turnAway(`${id} may not log on from this address`, arrival);
    const session = await (this.#sessions.get(id) ?? this.#open(id, decision));
    if (session.isFailed) await session.open();
    else if (settings.refreshOnLogon === true && !session.isConnected) await session.refresh();
    if (!connection.isOpen || this.#closing)
      return this.#turnAway('gone before the logon was through', arrival);
    if (session.isClosing) return this.#turnAway(`${id} is being closed`, arrival);
    if (session.isConnected) {
      if (settings.secondLogon !== 'newestWins') {
        // Nothing is sent: an answer would use a sequence number of the session that is logged on.
        this.#turnAway(`${id} is logged on already`, arrival);
        if (settings.secondLogon === 'challenged') session.challenge();
        return;
      }
      session.supersede('another connection has logged on as this session');
    }
    arrival.end();
    this.#listener.admission.loggedOn(incoming.remoteAddress, message.text(49) ?? '');
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
      dictionary: registration.dictionary,
      dictionaryFor: this.#dictionaryFor,
      messageLog: this.#options.messageLog,
      closeTimeoutMs: this.#options.closeTimeoutMs,
    });
    const opening = session.open().then(() => {
      this.#opened.set(id, session);
      return session;
    });
    this.#sessions.set(id, opening);
    opening.catch(() => this.#sessions.delete(id));
    return opening;
  }

  #refused(reason: string, remoteAddress: string): void {
    this.#options.onRefused?.({ reason, remoteAddress });
  }
}

function logonRequest(message: Message, incoming: Incoming): LogonRequest {
  const version: Version | undefined = VERSION_OF_APPL_VER_ID[message.text(1137) ?? ''];
  return {
    beginString: message.text(8) ?? '',
    senderCompId: message.text(49) ?? '',
    targetCompId: message.text(56) ?? '',
    senderSubId: message.text(50),
    targetSubId: message.text(57),
    username: message.text(553),
    password: message.text(554),
    defaultVersion: version,
    remoteAddress: incoming.remoteAddress,
    remotePort: incoming.remotePort,
    localPort: incoming.localPort,
    tls: incoming.tls,
    message,
  };
}

/** Logout(5) with the text in answer to a Logon nobody has a session for. */
function answerRefusal(request: LogonRequest, text: string, connection: Connection): void {
  if (!connection.isOpen) return;
  const encoder = new Encoder();
  encoder
    .begin({
      beginString: request.beginString,
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
