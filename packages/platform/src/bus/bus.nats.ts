/**
 * The bus between processes: core NATS. Perishable messages travel on `<namespace>.<subject>`, requests
 * on `<namespace>-ask.<subject>`, so no wildcard ever sees a request or a reply. Payloads are JSON.
 * Arriving messages wait in the same bounded queues as in memory, undecoded, so a slow handler drops its
 * own oldest ones here instead of having the server cut the whole connection. Nothing is buffered while
 * disconnected: prices are stale by then, and callers of requests ask again with the same key.
 */
import assert from 'node:assert/strict';
import { connect, headers, InvalidArgumentError, RequestError } from '@nats-io/transport-node';
import type {
  Msg,
  NatsConnection,
  NodeConnectionOptions,
  Subscription as NatsSubscription,
} from '@nats-io/transport-node';
import type { Topic } from '@tidegate/wire/topic';
import { answersPendingMax, responderBusy, responderError, settled } from './answers.ts';
import { BusTimeout, ResponderError } from './bus.ts';
import type {
  Bus,
  BusCounters,
  BusQueue,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
  Subscription,
} from './bus.ts';
import {
  closeLimitMsDefault,
  Delivery,
  queueLimitDefault,
  type DeliveryOptions,
  type Mailbox,
} from './delivery.ts';
import { assertPattern, BoundedMap, isConcrete } from './subject.ts';

const subjectLimit = 65_536;
const errorHeader = 'Tidegate-Error';
/** Bytes handed to the client library between two round trips that confirm their arrival at the server. */
const confirmEveryBytes = 1_048_576;

export interface NatsBusOptions extends DeliveryOptions {
  /** `nats://` or `tls://`, with `user:password@` or `token@`; several servers separated by commas. */
  readonly url: string;
  /** Shown in the server's monitoring. */
  readonly name: string;
  /** First token of every subject. Default `tidegate`. */
  readonly namespace?: string;
  /** How long `connect` goes on trying to reach the server for the first time. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Bytes on their way to the server before perishable messages are dropped. Default 64 MiB. */
  readonly unconfirmedBytesMax?: number;
  /** Text of connection events (`disconnected`, `reconnected`, errors of the server) for the log. */
  readonly onStatus?: (text: string) => void;
}

export class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #delivery: Delivery;
  readonly #options: NatsBusOptions;
  readonly #publishPrefix: string;
  readonly #askPrefix: string;
  readonly #wireSubjects = new BoundedMap<string>(subjectLimit);
  readonly #subscriptions = new Set<{ readonly mailbox: Mailbox; readonly source: NatsSubscription }>();
  readonly #working = new Set<Promise<unknown>>();
  readonly #unconfirmedBytesMax: number;
  #sentBytes = 0;
  #confirmedBytes = 0;
  #isConfirming = false;
  #published = 0;
  #unsent = 0;
  #isConnected = true;
  #isClosing = false;

  /** Throws the last error of the client library when no server is reached in time. */
  static async connect(options: NatsBusOptions): Promise<NatsBus> {
    const deadlineMs = performance.now() + (options.connectTimeoutMs ?? 10_000);
    for (;;) {
      try {
        return new NatsBus(await connect(connectionOptions(options)), options);
      } catch (error) {
        if (performance.now() >= deadlineMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  private constructor(connection: NatsConnection, options: NatsBusOptions) {
    const namespace = options.namespace ?? 'tidegate';
    assert(isConcrete(namespace), `namespace ${namespace}`);
    this.#connection = connection;
    this.#options = options;
    this.#delivery = new Delivery(options);
    this.#publishPrefix = `${namespace}.`;
    this.#askPrefix = `${namespace}-ask.`;
    this.#unconfirmedBytesMax = options.unconfirmedBytesMax ?? 67_108_864;
    void this.#watch();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get queues(): readonly BusQueue[] {
    return this.#delivery.queues;
  }

  get counters(): BusCounters {
    const { delivered, dropped, handlerErrors } = this.#delivery;
    return { published: this.#published, delivered, dropped, unsent: this.#unsent, handlerErrors };
  }

  publish<T>(topic: Topic<T>, message: T): void {
    const subject = this.#wireSubjects.get(topic.subject) ?? this.#wireSubject(topic.subject);
    if (!this.#isConnected || this.#isClosing) this.#unsent += 1;
    else if (this.#sentBytes - this.#confirmedBytes >= this.#unconfirmedBytesMax) this.#unsent += 1;
    else if (this.#send(subject, encode(message))) this.#published += 1;
  }

  subscribe<T>(
    topic: Topic<T>,
    handle: (message: T, subject: string) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    const prefix = this.#publishPrefix.length;
    return this.#listen(this.#publishPrefix + topic.subject, topic.subject, undefined, options, (message) =>
      handle(decode(message.data) as T, message.subject.slice(prefix)),
    );
  }

  async request<T, R>(topic: Topic<T, R>, message: T, options: RequestOptions): Promise<R> {
    assert(isConcrete(topic.subject), `not a subject to ask: ${topic.subject}`);
    const payload = encode(message);
    if (!this.#isConnected || this.#isClosing) throw new BusTimeout(`not connected: ${topic.subject}`);
    if (this.#sentBytes - this.#confirmedBytes >= this.#unconfirmedBytesMax) {
      throw new BusTimeout(`connection is congested: ${topic.subject}`);
    }
    let reply: Msg;
    try {
      this.#count(payload.length);
      reply = await this.#connection.request(this.#askPrefix + topic.subject, payload, {
        timeout: Math.max(1, options.timeoutMs),
      });
    } catch (error) {
      const isUnheard = error instanceof RequestError && error.isNoResponders();
      const reason = isUnheard ? 'no responder for' : `no answer within ${options.timeoutMs} ms:`;
      throw new BusTimeout(`${reason} ${topic.subject}`, { cause: error });
    }
    const code = reply.headers?.get(errorHeader);
    if (code) throw new ResponderError(code, String(decode(reply.data)));
    return decode(reply.data) as R;
  }

  respond<T, R>(
    topic: Topic<T, R>,
    handle: (message: T, subject: string) => Promise<R> | R,
    options: RespondOptions = {},
  ): Subscription {
    const prefix = this.#askPrefix.length;
    let pending = 0;
    const answer = async (message: Msg, subject: string): Promise<void> => {
      pending += 1;
      try {
        this.#reply(message, encode(await handle(decode(message.data) as T, subject)));
      } catch (error) {
        this.#delivery.failed(error, subject);
        this.#refuse(message, responderError(error));
      } finally {
        pending -= 1;
      }
    };
    return this.#listen(
      this.#askPrefix + topic.subject,
      topic.subject,
      options.isOwner === true ? undefined : 'responders',
      { isPrompt: true },
      (message) => {
        const subject = message.subject.slice(prefix);
        if (pending >= answersPendingMax) return this.#refuse(message, responderBusy(subject));
        const work = answer(message, subject).finally(() => this.#working.delete(work));
        this.#working.add(work);
      },
    );
  }

  /**
   * Resolves when the server has processed everything sent before; subscriptions made before are then in
   * force.
   */
  async flush(): Promise<void> {
    await this.#connection.flush();
  }

  /**
   * Stops listening, delivers what has arrived, lets responders finish, sends what they answer, then
   * disconnects.
   */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const closeLimitMs = this.#options.closeLimitMs ?? closeLimitMsDefault;
    const drained = new Set(
      [...this.#subscriptions].map(({ source }) => source.drain().catch(() => undefined)),
    );
    if (this.#isConnected) await settled(drained, closeLimitMs);
    await this.#delivery.idle(closeLimitMs);
    await settled(this.#working, closeLimitMs);
    if (this.#isConnected)
      await settled(new Set([this.#connection.flush().catch(() => undefined)]), closeLimitMs);
    this.#isConnected = false;
    await this.#connection.close();
  }

  #listen(
    wireSubject: string,
    pattern: string,
    queue: string | undefined,
    options: SubscribeOptions,
    handle: (message: Msg) => void,
  ): Subscription {
    assertPattern(pattern);
    assert(!this.#isClosing, 'bus is closed');
    const mailbox: Mailbox = this.#delivery.open({
      pattern,
      queueLimit: options.queueLimit ?? queueLimitDefault,
      conflate: options.conflate ?? false,
      isPrompt: options.isPrompt ?? false,
      handle: handle as (message: unknown) => void,
      onUnsubscribe: () => {
        this.#subscriptions.delete(entry);
        source.unsubscribe();
      },
    });
    const source = this.#connection.subscribe(wireSubject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error) this.#options.onStatus?.(`subscription to ${pattern} failed: ${error.message}`);
        else mailbox.push(message, options.conflate === true ? message.subject : pattern);
      },
    });
    const entry = { mailbox, source };
    this.#subscriptions.add(entry);
    return mailbox;
  }

  #wireSubject(subject: string): string {
    assert(isConcrete(subject), `not a subject to publish to: ${JSON.stringify(subject)}`);
    const wireSubject = this.#publishPrefix + subject;
    this.#wireSubjects.set(subject, wireSubject);
    return wireSubject;
  }

  #send(subject: string, payload: string): boolean {
    try {
      this.#connection.publish(subject, payload);
    } catch (error) {
      // Too large for the server, or the connection ended a moment ago: a publisher is not to fail for
      // either.
      this.#unsent += 1;
      this.#options.onStatus?.(`publishing to ${subject} failed: ${(error as Error).message}`);
      return false;
    }
    this.#count(payload.length);
    return true;
  }

  #reply(message: Msg, payload: string): void {
    try {
      message.respond(payload);
      this.#count(payload.length);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) return;
      this.#refuse(
        message,
        new ResponderError('REPLY_TOO_LARGE', `an answer of ${payload.length} characters`),
      );
    }
  }

  #refuse(message: Msg, error: ResponderError): void {
    const reply = headers();
    reply.set(errorHeader, error.code);
    try {
      message.respond(encode(error.message.slice(0, 4_096)), { headers: reply });
    } catch {
      // The connection has ended; the requester runs into its deadline.
    }
  }

  /**
   * The client library hands everything to the socket at once. A round trip per MiB tells how much the
   * server has taken, which bounds what a stalled connection can pile up.
   */
  #count(bytes: number): void {
    this.#sentBytes += bytes;
    if (this.#isConfirming || this.#sentBytes - this.#confirmedBytes < confirmEveryBytes) return;
    this.#isConfirming = true;
    const mark = this.#sentBytes;
    const confirm = (): void => {
      this.#isConfirming = false;
      this.#confirmedBytes = mark;
    };
    // A failed round trip means a lost connection, and with it everything that was on its way.
    this.#connection.flush().then(confirm, confirm);
  }

  async #watch(): Promise<void> {
    void this.#connection.closed().then((error) => {
      this.#isConnected = false;
      if (!this.#isClosing)
        this.#options.onStatus?.(`connection closed: ${error ? error.message : 'no reason given'}`);
    });
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') {
        this.#isConnected = false;
        if (!this.#isClosing) this.#options.onStatus?.('disconnected');
      } else if (status.type === 'reconnect') {
        this.#confirmedBytes = this.#sentBytes;
        this.#isConnected = true;
        this.#options.onStatus?.('reconnected');
      } else if (status.type === 'error') {
        this.#options.onStatus?.(status.error.message);
      } else if (status.type === 'ldm' || status.type === 'staleConnection') {
        this.#options.onStatus?.(status.type === 'ldm' ? 'server is going down' : 'server does not answer');
      }
    }
  }
}

function encode(message: unknown): string {
  if (message === undefined) return '';
  return JSON.stringify(message);
}

function decode(data: Uint8Array): unknown {
  if (data.length === 0) return undefined;
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')) as unknown;
}

function connectionOptions(options: NatsBusOptions): NodeConnectionOptions {
  const urls = options.url.split(',').map((text) => new URL(text.trim()));
  const first = urls[0]!;
  const user = decodeURIComponent(first.username);
  const pass = decodeURIComponent(first.password);
  return {
    servers: urls.map((url) => url.host),
    name: options.name,
    ...(user !== '' && pass !== '' ? { user, pass } : user !== '' ? { token: user } : {}),
    ...(first.protocol === 'tls:' ? { tls: {} } : {}),
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // Credentials may be rotated at the server before they are here: go on trying.
    ignoreAuthErrorAbort: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: 5_000,
    noAsyncTraces: true,
  };
}
