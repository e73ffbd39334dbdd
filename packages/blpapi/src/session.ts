/**
 * One supervised Bloomberg session: state, correlation ids, pending calls, delivery to the listener. The
 * native session lives in a worker (`worker.ts`) and is destroyed there, after its last poll has returned; a
 * session that failed or ended is never used again. Upstream: the library. Downstream: the Bloomberg service.
 */
import { CorrelationIds } from './correlation.ts';
import type {
  BlpAuthorization,
  BlpBatch,
  BlpCallOptions,
  BlpCounters,
  BlpErrorDetails,
  BlpEvent,
  BlpIdentity,
  BlpRequest,
  BlpRequestElements,
  BlpRequestOptions,
  BlpResponse,
  BlpResubscription,
  BlpSessionEnd,
  BlpSessionListener,
  BlpSessionOptions,
  BlpSessionPort,
  BlpSessionState,
  BlpSubscription,
  BlpSubscriptionRequest,
} from './contract.ts';
import { BatchDecoder, type RawMessage } from './decode.ts';
import { Delivery } from './delivery.ts';
import { BlpError, libraryError, localError, reasonOrUnknown, remoteError } from './errors.ts';
import { typedEvent } from './events.ts';
import { SessionIdentity } from './identity.ts';
import { eventType } from './layout.ts';
import { openLibrary } from './library.ts';
import type { CallName, Calls, SubscriptionEntry } from './protocol.ts';
import { ResponseStream } from './response.ts';
import { checkOptions } from './session.options.ts';
import { logSeverities } from './shim.ts';
import { subscriptionEntry } from './subscriptions.ts';
import { WorkerLink } from './worker.link.ts';

/** Who waits for the messages of a correlation id. */
type Owner =
  | { readonly kind: 'subscription'; entry: SubscriptionEntry }
  | { readonly kind: 'request'; readonly stream: ResponseStream; readonly timer: NodeJS.Timeout }
  /** `take` is true when the message was for the caller alone. */
  | { readonly kind: 'call'; take(raw: RawMessage): void; fail(error: BlpError): void }
  | { readonly kind: 'identity' };

type Outcome<T> = { readonly value: T } | { readonly error: BlpError } | undefined;

const callTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
const stopTimeoutMs = 5000;
const lastDeliveryMs = 5000;
const authService = '//blp/apiauth';

export class BlpSession implements BlpSessionPort {
  readonly decoder: 'shim' | 'ffi';
  readonly #options: BlpSessionOptions;
  readonly #listener: BlpSessionListener;
  readonly #batches: BatchDecoder;
  readonly #delivery: Delivery;
  readonly #ids: CorrelationIds<Owner>;
  readonly #openedServices = new Set<string>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<void>();
  #link: WorkerLink | undefined;
  #state: BlpSessionState = 'created';
  #end: BlpSessionEnd | undefined;
  #connectionsUp = 0;
  #subscriptions = 0;
  #requests = 0;
  readonly #counted = { batches: 0, events: 0, messages: 0, bytes: 0, tooLarge: 0, logLost: 0, stalls: 0 };

  constructor(options: BlpSessionOptions, listener: BlpSessionListener) {
    checkOptions(options);
    this.decoder = openLibrary(options.library, options.decoder).decoder;
    this.#options = options;
    this.#listener = listener;
    this.#ids = new CorrelationIds(this.#subscriptionsMax + this.#requestsMax + 4096);
    this.#batches = new BatchDecoder({
      message: (raw) => this.#message(raw),
      log: (severity, lost, category, text) => this.#logLine(severity, lost, category, text),
      tooLarge: (raw) => this.#tooLarge(raw),
      failure: (call, code, text) => this.#fail('terminated', libraryError(call, code, text).details()),
    });
    this.#delivery = new Delivery(
      (batch) => listener.onBatch(batch),
      (error) => this.#fail('listenerFailed', localError('onBatch', 'WRONG_STATE', String(error)).details()),
    );
    // A start nobody awaits any more is no unhandled rejection.
    this.#started.promise.catch(() => undefined);
  }

  get state(): BlpSessionState {
    return this.#state;
  }

  get connectionsUp(): number {
    return this.#connectionsUp;
  }

  get #subscriptionsMax(): number {
    return this.#options.subscriptionsMax ?? 10_000;
  }

  get #requestsMax(): number {
    return this.#options.maxPendingRequests ?? 1024;
  }

  // ------------------------------------------------------------ lifecycle

  start(): Promise<void> {
    if (this.#state !== 'created')
      return Promise.reject(
        localError('start', 'WRONG_STATE', `the session is ${this.#state}; make a new one`),
      );
    this.#state = 'starting';
    const identityCorrelationId = this.#ids.open({ kind: 'identity' });
    this.#link = new WorkerLink(
      { options: this.#options, decoder: this.decoder, identityCorrelationId },
      {
        opened: () => this.#launch(),
        batch: (buffer) => this.#batch(buffer),
        stalled: () => void this.#counted.stalls++,
        closed: (error, isDead) => void this.#closed(error, isDead),
      },
    );
    return this.#started.promise;
  }

  async stop(timeoutMs = stopTimeoutMs): Promise<void> {
    if (this.#state === 'created') {
      this.#state = 'ended';
      this.#finish({ cause: 'stopped' });
    }
    if (this.#state === 'starting' || this.#state === 'started') {
      const hadStarted = this.#state === 'started';
      this.#state = 'stopping';
      this.#end ??= { cause: 'stopped' };
      const patience = setTimeout(
        () => this.#link?.close(),
        hadStarted ? timeoutMs : Math.min(timeoutMs, 500),
      );
      void this.#ended.promise.then(() => clearTimeout(patience));
      this.#link?.call('stop', null).catch(() => this.#link?.close());
    }
    await this.#ended.promise;
  }

  #launch(): void {
    this.#link?.call('start', null).catch((error: unknown) => {
      if (error instanceof BlpError) this.#fail('startupFailure', error.details());
    });
  }

  /** Ends the session for a reason of its own; the first reason counts. */
  #fail(cause: BlpSessionEnd['cause'], error: BlpErrorDetails | undefined): void {
    this.#end ??= error === undefined ? { cause } : { cause, error };
    if (this.#state !== 'ended') this.#state = 'stopping';
    this.#link?.close();
  }

  async #closed(error: BlpErrorDetails | undefined, isDead: boolean): Promise<void> {
    const wasStarting = this.#state === 'starting';
    this.#state = 'ended';
    this.#connectionsUp = 0;
    if (error !== undefined && (this.#end === undefined || isDead))
      this.#end = { cause: isDead ? 'workerDied' : wasStarting ? 'startupFailure' : 'terminated', error };
    this.#failAll();
    await this.#delivery.drained(lastDeliveryMs);
    this.#finish(this.#end ?? { cause: 'terminated' });
  }

  #failAll(): void {
    const error = localError('session', 'SESSION_ENDED', 'the session has ended');
    for (const [, owner] of this.#ids.closeAll()) {
      if (owner.kind === 'call') owner.fail(error);
      if (owner.kind !== 'request') continue;
      clearTimeout(owner.timer);
      owner.stream.fail(error);
    }
    this.#subscriptions = 0;
    this.#requests = 0;
  }

  #finish(end: BlpSessionEnd): void {
    const { cause, error } = end;
    this.#started.reject(
      error === undefined
        ? localError('start', 'SESSION_ENDED', `the session ended before it started: ${cause}`)
        : new BlpError(error),
    );
    this.#ended.resolve();
    this.#listener.onEnd(end);
  }

  // ------------------------------------------------------------ events

  #batch(buffer: ArrayBuffer): void {
    const giveBack = (): void => this.#link?.giveBack(buffer);
    let batch: BlpBatch;
    try {
      const decoded = this.#batches.decode(buffer);
      this.#counted.batches++;
      this.#counted.events += decoded.nativeEvents;
      this.#counted.messages += decoded.messages;
      this.#counted.bytes += decoded.bytes;
      batch = { events: decoded.events, takenAtMs: decoded.takenAtMs };
    } catch (error) {
      this.#fail('workerDied', localError('decode', 'WORKER_DIED', String(error)).details());
      return;
    }
    if (batch.events.length === 0) giveBack();
    else this.#delivery.hand(batch, giveBack);
  }

  #message(raw: RawMessage): BlpEvent | undefined {
    const [correlationId] = raw.correlationIds;
    const owner = this.#ids.owner(correlationId);
    if (owner?.kind === 'request' && this.#requestMessage(raw, correlationId as number, owner))
      return undefined;
    if (owner?.kind === 'call') owner.take(raw);
    const event = typedEvent(raw);
    if (event.kind === 'session') this.#sessionEvent(event.state, raw);
    else if (event.kind === 'subscription' && (event.state === 'failed' || event.state === 'terminated'))
      this.#closeSubscription(event.correlationId);
    return event;
  }

  #sessionEvent(state: string, raw: RawMessage): void {
    if (state === 'connectionUp') this.#connectionsUp++;
    else if (state === 'connectionDown') this.#connectionsUp = Math.max(0, this.#connectionsUp - 1);
    else if (state === 'started' && this.#state === 'starting') {
      this.#state = 'started';
      this.#started.resolve();
    } else if (state === 'startupFailure')
      this.#fail('startupFailure', remoteError(reasonOrUnknown(raw.messageType, raw.elements)).details());
    else if (state === 'terminated')
      this.#fail('terminated', remoteError(reasonOrUnknown(raw.messageType, raw.elements)).details());
  }

  #closeSubscription(correlationId: number): void {
    if (this.#ids.owner(correlationId)?.kind !== 'subscription') return;
    this.#ids.close(correlationId);
    this.#batches.forgetFields(correlationId);
    this.#subscriptions--;
  }

  #logLine(severity: number, lost: number, category: string, text: string): BlpEvent {
    this.#counted.logLost += lost;
    return { kind: 'log', severity: logSeverities[severity] ?? 'trace', category, text, lost };
  }

  #tooLarge({ correlationIds, messageType, eventType: type }: RawMessage): BlpEvent {
    this.#counted.tooLarge++;
    const [correlationId] = correlationIds;
    const owner = this.#ids.owner(correlationId);
    if (owner?.kind === 'request') {
      const error = localError('request', 'LIMIT', 'a part of the answer is larger than messageBytesMax');
      this.#endRequest(correlationId as number, owner, error, type !== eventType.response);
    }
    return { kind: 'admin', what: 'messageTooLarge', correlationIds, messageType, elements: {} };
  }

  // ------------------------------------------------------------ calls

  #call<N extends CallName>(name: N, parameters: Calls[N]['parameters']): Promise<Calls[N]['answer']> {
    if (this.#state !== 'started' || this.#link === undefined)
      return Promise.reject(localError(name, 'WRONG_STATE', `the session is ${this.#state}`));
    return this.#link.call(name, parameters);
  }

  /** Sends with a fresh id and waits for the message that settles it. */
  #exchange<T>(
    source: string,
    timeoutMs: number,
    send: (correlationId: number) => Promise<unknown>,
    settle: (raw: RawMessage) => Outcome<T>,
    giveUp: (correlationId: number) => void = () => undefined,
  ): Promise<{ value: T; correlationId: number }> {
    return new Promise((resolve, reject) => {
      const finish = (outcome: Exclude<Outcome<T>, undefined>): void => {
        clearTimeout(timer);
        this.#ids.close(correlationId);
        if ('error' in outcome) {
          giveUp(correlationId);
          reject(outcome.error);
        } else resolve({ value: outcome.value, correlationId });
      };
      const correlationId = this.#ids.open({
        kind: 'call',
        take: (raw) => {
          const outcome = settle(raw);
          if (outcome !== undefined) finish(outcome);
        },
        fail: (error) => finish({ error }),
      });
      const timer = setTimeout(
        () => finish({ error: localError(source, 'TIMEOUT', `no answer in ${timeoutMs} ms`) }),
        timeoutMs,
      );
      send(correlationId).catch((error: BlpError) => finish({ error }));
    });
  }

  async openService(service: string, { timeoutMs = callTimeoutMs }: BlpCallOptions = {}): Promise<void> {
    if (this.#state === 'started' && this.#openedServices.has(service)) return;
    await this.#exchange<null>(
      service,
      timeoutMs,
      (correlationId) => this.#call('openService', { service, correlationId }),
      ({ messageType, elements }) => {
        if (messageType === 'ServiceOpened') return { value: null };
        if (messageType === 'ServiceOpenFailure')
          return { error: remoteError(reasonOrUnknown(messageType, elements)) };
        return undefined;
      },
    );
    this.#openedServices.add(service);
  }

  async generateToken({ timeoutMs = callTimeoutMs }: BlpCallOptions = {}): Promise<string> {
    const { value } = await this.#exchange<string>(
      'generateToken',
      timeoutMs,
      (correlationId) => this.#call('generateToken', { correlationId }),
      ({ messageType, elements }) => {
        if (messageType === 'TokenGenerationSuccess' && typeof elements.token === 'string')
          return { value: elements.token };
        return { error: remoteError(reasonOrUnknown(messageType, elements)) };
      },
    );
    return value;
  }

  async authorize(auth: BlpAuthorization, options: BlpCallOptions = {}): Promise<BlpIdentity> {
    const { timeoutMs = callTimeoutMs } = options;
    const elements = authorizationElements(auth);
    if (elements !== undefined) await this.openService(authService, options);
    const { correlationId } = await this.#exchange<null>(
      'authorize',
      timeoutMs,
      (id) => this.#sendAuthorization(id, auth, elements),
      ({ messageType, elements: answer }) => {
        if (messageType === 'AuthorizationSuccess') return { value: null };
        if (messageType === 'AuthorizationFailure' || messageType === 'RequestFailure')
          return { error: remoteError(reasonOrUnknown(messageType, answer)) };
        return undefined;
      },
      // What an unsuccessful attempt left in the worker must not pile up.
      (id) => void this.#call('releaseIdentity', { identity: id }).catch(() => undefined),
    );
    const seat = await this.#call('identityReady', { correlationId, isRequested: elements !== undefined });
    return new SessionIdentity(this.#link as WorkerLink, correlationId, seat);
  }

  #sendAuthorization(
    correlationId: number,
    auth: BlpAuthorization,
    elements: BlpRequestElements | undefined,
  ): Promise<null> {
    if (elements !== undefined) return this.#call('authorizationRequest', { correlationId, elements });
    if (auth.mode === 'tokenRequest' || auth.mode === 'userRequest')
      return Promise.reject(localError('authorize', 'BAD_REQUEST', auth.mode));
    return this.#call('authorize', { correlationId, auth });
  }

  // ------------------------------------------------------------ subscriptions

  async subscribe(
    list: readonly BlpSubscriptionRequest[],
    identity?: BlpIdentity,
  ): Promise<BlpSubscription[]> {
    if (list.length === 0) return [];
    if (this.#subscriptions + list.length > this.#subscriptionsMax)
      throw localError('subscribe', 'LIMIT', `${this.#subscriptionsMax} subscriptions are allowed`);
    const checked = list.map((request) => subscriptionEntry(0, request));
    const entries = checked.map((entry) => this.#openSubscription(entry));
    try {
      const topics = await this.#call('subscribe', {
        entries,
        ...(identity === undefined ? {} : { identity: identity.correlationId }),
      });
      return entries.map(({ correlationId }, index) => ({ correlationId, topic: topics[index] ?? '' }));
    } catch (error) {
      for (const { correlationId } of entries) this.#closeSubscription(correlationId);
      throw error;
    }
  }

  async resubscribe(list: readonly BlpResubscription[]): Promise<void> {
    const entries = list.map((request) => subscriptionEntry(request.correlationId, request));
    for (const { correlationId } of entries) this.#subscriptionOf(correlationId);
    if (entries.length === 0) return;
    await this.#call('resubscribe', { entries });
    for (const entry of entries) {
      const owner = this.#ids.owner(entry.correlationId);
      if (owner?.kind !== 'subscription') continue;
      owner.entry = entry;
      this.#keepFields(entry);
    }
  }

  async unsubscribe(correlationIds: readonly number[]): Promise<void> {
    const entries = correlationIds.map((id) => this.#subscriptionOf(id));
    if (entries.length > 0) await this.#call('unsubscribe', { entries });
  }

  #openSubscription(checked: SubscriptionEntry): SubscriptionEntry {
    const owner: Owner = { kind: 'subscription', entry: checked };
    const entry = { ...checked, correlationId: this.#ids.open(owner) };
    owner.entry = entry;
    this.#subscriptions++;
    this.#keepFields(entry);
    return entry;
  }

  #keepFields({ correlationId, fields }: SubscriptionEntry): void {
    if (this.#options.isFilteredToSubscribedFields === false || fields.length === 0)
      this.#batches.forgetFields(correlationId);
    else this.#batches.keepFields(correlationId, fields);
  }

  #subscriptionOf(correlationId: number): SubscriptionEntry {
    const owner = this.#ids.owner(correlationId);
    if (owner?.kind !== 'subscription')
      throw localError('subscription', 'WRONG_STATE', `${correlationId} is no open subscription`);
    return owner.entry;
  }

  // ------------------------------------------------------------ requests

  request(request: BlpRequest, options: BlpRequestOptions = {}): BlpResponse {
    let correlationId = 0;
    const abandon = (): void => {
      const owner = this.#ids.owner(correlationId);
      if (owner?.kind === 'request') this.#endRequest(correlationId, owner, undefined, true);
    };
    const stream = new ResponseStream(options.partsMax ?? 1000, abandon);
    const refusal = this.#requestRefusal(options.signal);
    if (refusal !== undefined) {
      stream.fail(refusal);
      return stream;
    }
    const timeoutMs = options.timeoutMs ?? requestTimeoutMs;
    const timer = setTimeout(() => {
      const owner = this.#ids.owner(correlationId);
      const error = localError(request.operation, 'TIMEOUT', `no complete answer in ${timeoutMs} ms`);
      if (owner?.kind === 'request') this.#endRequest(correlationId, owner, error, true);
    }, timeoutMs);
    const owner: Owner = { kind: 'request', stream, timer };
    correlationId = this.#ids.open(owner);
    stream.correlationId = correlationId;
    this.#requests++;
    options.signal?.addEventListener('abort', () => stream.cancel(), { once: true });
    const identity = options.identity === undefined ? {} : { identity: options.identity.correlationId };
    this.#call('request', { ...request, correlationId, ...identity }).catch((error: BlpError) =>
      this.#endRequest(correlationId, owner, error, false),
    );
    return stream;
  }

  #requestRefusal(signal: AbortSignal | undefined): BlpError | undefined {
    if (this.#state !== 'started')
      return localError('request', 'WRONG_STATE', `the session is ${this.#state}`);
    if (signal?.aborted === true) return localError('request', 'CANCELLED', 'cancelled before it was sent');
    return this.#requests < this.#requestsMax
      ? undefined
      : localError('request', 'LIMIT', `${this.#requestsMax} requests are under way`);
  }

  #requestMessage(raw: RawMessage, correlationId: number, owner: Owner & { kind: 'request' }): boolean {
    const { eventType: type, messageType, elements, isLast } = raw;
    if (type === eventType.requestStatus) {
      this.#endRequest(correlationId, owner, remoteError(reasonOrUnknown(messageType, elements)), false);
      return true;
    }
    if (type !== eventType.response && type !== eventType.partialResponse) return false;
    const isFinal = type === eventType.response && isLast;
    owner.stream.part(messageType, isFinal, elements);
    if (isFinal) this.#endRequest(correlationId, owner, undefined, false);
    return true;
  }

  #endRequest(
    correlationId: number,
    owner: Owner & { kind: 'request' },
    error: BlpError | undefined,
    isCancelled: boolean,
  ): void {
    if (this.#ids.owner(correlationId) !== owner) return;
    clearTimeout(owner.timer);
    this.#ids.close(correlationId);
    this.#requests--;
    if (error !== undefined) owner.stream.fail(error);
    if (!isCancelled) return;
    // The answer may be on its way already; cancelling what has just ended is no failure.
    this.#call('cancel', { correlationIds: [correlationId] }).catch(() => undefined);
  }

  counters(): BlpCounters {
    const { batches, events, messages, bytes, tooLarge, logLost, stalls } = this.#counted;
    return {
      batches,
      events,
      messages,
      bytes,
      messagesTooLarge: tooLarge,
      logLinesLost: logLost,
      stalls,
      openSubscriptions: this.#subscriptions,
      openRequests: this.#requests,
    };
  }

  /** For the tests: makes the worker die as a fault in it would. */
  failWorker(): void {
    void this.#link?.call('fail', null).catch(() => undefined);
  }
}

/** Elements of the old-style AuthorizationRequest; undefined for the newer libraries' options. */
function authorizationElements(auth: BlpAuthorization): BlpRequestElements | undefined {
  if (auth.mode === 'tokenRequest') return { token: auth.token, ipAddress: auth.ipAddress };
  if (auth.mode === 'userRequest') return { uuid: auth.uuid, ipAddress: auth.ipAddress };
  return undefined;
}
