/**
 * A session that speaks the binding's contract without a library: it answers at once, and the test decides
 * what happens next. For tests of the service only; the real binding runs in `bloomberg.slow.test.ts`.
 */
import type {
  BlpBatch,
  BlpCounters,
  BlpDataEvent,
  BlpEvent,
  BlpIdentity,
  BlpLibraryDescription,
  BlpRecord,
  BlpRequest,
  BlpRequestOptions,
  BlpResponse,
  BlpResponsePart,
  BlpSessionEnd,
  BlpSessionListener,
  BlpSessionPort,
  BlpSessionState,
  BlpSubscription,
  BlpSubscriptionRequest,
} from '@tidegate/blpapi/contract';
import { BlpError, localError } from '@tidegate/blpapi/errors';
import { systemClock } from '@tidegate/platform/observe/clock';
import type { Binding, OpenedBinding } from './binding.ts';

export const reasonOf = (category: string, description = category) => ({
  source: 'fixture',
  code: 1,
  category,
  description,
});

export const failure = (category: string): BlpError =>
  new BlpError({
    origin: 'bloomberg',
    class: 'remote',
    code: 1,
    source: 'fixture',
    category,
    description: category,
  });

const noElements: BlpRecord = {};

/** What every new session does until the test says otherwise. */
export interface Behaviour {
  /** Rejects `start`. */
  startFailure?: BlpError;
  authoriseFailure?: BlpError;
  /** First image of a security; undefined: no image comes. */
  image: (security: string) => BlpRecord | undefined;
  /** Category with which a subscription is refused. */
  refusal: (security: string) => string | undefined;
  /** Parts of an answer; `never` leaves the request open until it is cancelled. */
  answer: (request: BlpRequest) => readonly BlpRecord[] | 'never' | BlpError;
  /** Entitlement ids that users' identities lack. */
  lacking: readonly number[];
}

export class FixtureSession implements BlpSessionPort {
  readonly decoder = 'ffi';
  state: BlpSessionState = 'created';
  connectionsUp = 0;
  readonly open = new Map<number, BlpSubscriptionRequest>();
  readonly services: string[] = [];
  readonly requests: BlpRequest[] = [];
  cancelled = 0;
  identities = 0;
  private readonly listener: BlpSessionListener;
  private readonly behaviour: Behaviour;
  private ids = 0;
  private hasEnded = false;

  constructor(listener: BlpSessionListener, behaviour: Behaviour) {
    this.listener = listener;
    this.behaviour = behaviour;
  }

  emit(...events: readonly BlpEvent[]): void {
    if (this.hasEnded) throw new Error('the fixture session has ended');
    const batch: BlpBatch = { events, takenAtMs: systemClock.monoMs() };
    void this.listener.onBatch(batch);
  }

  end(end: BlpSessionEnd): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.state = 'ended';
    this.listener.onEnd(end);
  }

  connection(state: 'connectionUp' | 'connectionDown'): void {
    this.connectionsUp += state === 'connectionUp' ? 1 : -1;
    this.emit({ kind: 'session', state, messageType: state, server: 'fixture:8194', elements: noElements });
  }

  /** Market data for the open subscription of a security. */
  tick(security: string, fields: BlpRecord, more: Partial<BlpDataEvent> = {}): void {
    this.emit(this.data(this.idOf(security), fields, more));
  }

  data(correlationId: number, fields: BlpRecord, more: Partial<BlpDataEvent> = {}): BlpDataEvent {
    return {
      kind: 'data',
      correlationId,
      messageType: 'MarketDataEvents',
      recap: 'none',
      fragment: 'none',
      fields,
      ...more,
    };
  }

  told(
    security: string,
    state: 'failed' | 'terminated' | 'streamsActivated' | 'streamsDeactivated',
    category?: string,
  ): void {
    const correlationId = this.idOf(security);
    if (state === 'failed' || state === 'terminated') this.open.delete(correlationId);
    this.emit({
      kind: 'subscription',
      state,
      correlationId,
      messageType: state,
      exceptions: [],
      elements: noElements,
      ...(category === undefined ? {} : { reason: reasonOf(category) }),
    });
  }

  idOf(security: string): number {
    for (const [id, { topic }] of this.open) if (topic.endsWith(security)) return id;
    throw new Error(`nothing is subscribed for ${security}`);
  }

  // -------------------------------------------------------------- the contract

  async start(): Promise<void> {
    this.state = 'starting';
    await Promise.resolve();
    if (this.behaviour.startFailure !== undefined) {
      const error = this.behaviour.startFailure;
      this.end({ cause: 'startupFailure', error });
      throw error;
    }
    this.state = 'started';
    this.connection('connectionUp');
  }

  async stop(): Promise<void> {
    await Promise.resolve();
    this.end({ cause: 'stopped' });
  }

  async openService(service: string): Promise<void> {
    this.services.push(service);
    await Promise.resolve();
  }

  generateToken(): Promise<string> {
    return Promise.resolve('token');
  }

  async authorize(): Promise<BlpIdentity> {
    await Promise.resolve();
    if (this.behaviour.authoriseFailure !== undefined) throw this.behaviour.authoriseFailure;
    this.identities += 1;
    return {
      correlationId: (this.ids += 1),
      seatType: 'bps',
      isAuthorized: () => Promise.resolve(true),
      missingEntitlements: (_service, ids) =>
        Promise.resolve(ids.filter((id) => this.behaviour.lacking.includes(id))),
      release: () => Promise.resolve(),
    };
  }

  async subscribe(list: readonly BlpSubscriptionRequest[]): Promise<BlpSubscription[]> {
    if (this.state !== 'started') throw localError('subscribe', 'WRONG_STATE', 'not started');
    const taken = list.map((request) => {
      const correlationId = (this.ids += 1);
      this.open.set(correlationId, request);
      return { correlationId, topic: request.topic };
    });
    // As from the real library, events may come before the caller has seen the ids.
    for (const { correlationId, topic } of taken) this.begin(correlationId, topic);
    return Promise.resolve(taken);
  }

  resubscribe(): Promise<void> {
    return Promise.resolve();
  }

  async unsubscribe(correlationIds: readonly number[]): Promise<void> {
    for (const id of correlationIds) this.open.delete(id);
    return Promise.resolve();
  }

  request(request: BlpRequest, options: BlpRequestOptions = {}): BlpResponse {
    this.requests.push(request);
    const parts = () => this.parts(request, options.signal);
    return {
      correlationId: 0,
      [Symbol.asyncIterator]: parts,
      all: async () => {
        const all: BlpResponsePart[] = [];
        for await (const part of parts()) all.push(part);
        return all;
      },
      cancel: () => undefined,
    };
  }

  counters(): BlpCounters {
    return {
      batches: 0,
      events: 0,
      messages: 0,
      bytes: 0,
      messagesTooLarge: 0,
      logLinesLost: 0,
      stalls: 0,
      openSubscriptions: this.open.size,
      openRequests: 0,
    };
  }

  private begin(correlationId: number, topic: string): void {
    const security = topic.split('/').at(-1)!;
    const category = this.behaviour.refusal(security);
    const told = { kind: 'subscription', correlationId, exceptions: [], elements: noElements } as const;
    if (category !== undefined) {
      this.open.delete(correlationId);
      this.emit({ ...told, state: 'failed', messageType: 'SubscriptionFailure', reason: reasonOf(category) });
      return;
    }
    this.emit({ ...told, state: 'started', messageType: 'SubscriptionStarted' });
    const image = this.behaviour.image(security);
    if (image !== undefined) this.emit(this.data(correlationId, { ...summary, ...image }));
  }

  private async *parts(
    request: BlpRequest,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<BlpResponsePart> {
    const answer = this.behaviour.answer(request);
    if (answer instanceof BlpError) throw answer;
    if (answer === 'never') {
      await new Promise<void>((resolve) => {
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      this.cancelled += 1;
      throw localError('request', 'CANCELLED', 'cancelled');
    }
    for (const [index, elements] of answer.entries())
      yield {
        correlationId: 1,
        messageType: `${request.operation.replace('Request', '')}Response`,
        isFinal: index === answer.length - 1,
        elements,
      };
  }
}

/** Marks a message as a whole image. */
export const summary: BlpRecord = { MKTDATA_EVENT_TYPE: 'SUMMARY', MKTDATA_EVENT_SUBTYPE: 'INITPAINT' };

export class FixtureBinding implements Binding {
  readonly sessions: FixtureSession[] = [];
  /** Set: the library can't be loaded. */
  loadFailure: BlpError | undefined;
  /** What the library says it is. */
  version = '3.25.0.1';
  readonly behaviour: Behaviour = {
    image: () => ({ BID: 1.08501, ASK: 1.08503, BID_SIZE: 1_000_000, ASK_SIZE: 2_000_000 }),
    refusal: (security) => (security.startsWith('BAD') ? 'BAD_SEC' : undefined),
    answer: () => [noElements],
    lacking: [],
  };

  get session(): FixtureSession {
    return this.sessions.at(-1)!;
  }

  async open(): Promise<OpenedBinding> {
    await Promise.resolve();
    if (this.loadFailure !== undefined) throw this.loadFailure;
    const description: BlpLibraryDescription = {
      path: '/fixture.so',
      version: this.version,
      versionIdentifier: 'fixture emulator',
      isEmulator: true,
      optionalSymbols: [],
      decoder: 'ffi',
    };
    return {
      description,
      session: (listener) => {
        const session = new FixtureSession(listener, this.behaviour);
        this.sessions.push(session);
        return session;
      },
      authorise: async () => {
        await Promise.resolve();
        if (this.behaviour.authoriseFailure !== undefined) throw this.behaviour.authoriseFailure;
        return undefined;
      },
    };
  }
}
