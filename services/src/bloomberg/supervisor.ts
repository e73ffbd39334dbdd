/**
 * Keeps one session with Bloomberg alive: loads the library, makes session objects, carries out what the
 * table in `session.state.ts` says, and gives the events of the session in force to the subscription table.
 * An object that has failed is discarded and its late news is ignored.
 */
import type {
  BlpBatch,
  BlpEvent,
  BlpIdentity,
  BlpLibraryDescription,
  BlpSessionEnd,
  BlpSessionPort,
} from '@tidegate/blpapi/contract';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { FeedCause } from '@tidegate/wire/bloomberg';
import { backOffMs } from './back.off.ts';
import type { Binding, OpenedBinding } from './binding.ts';
import {
  sessionStep,
  type SessionAction,
  type SessionHappening,
  type SessionState,
} from './session.state.ts';
import { causeOf, type SubscriptionTable, type Upstream } from './subscription.table.ts';

export interface SupervisorOptions {
  readonly binding: Binding;
  readonly table: SubscriptionTable;
  readonly clock: Clock;
  readonly random: () => number;
  /** Back-off between session objects, and before asking again for rights. */
  readonly retryMsMin?: number;
  readonly retryMsMax?: number;
  /** A lost connection is waited for so long before the session object is given up. */
  readonly lostMsMax?: number;
  /** Before `table` gets the batch. */
  readonly onBatch?: (batch: BlpBatch) => void;
  readonly onState: (state: SessionState, before: SessionState, cause: FeedCause | null) => void;
  /**
   * Takes the revocation of one of our users' identities, by its correlation id in the session; false: it is
   * none of them.
   */
  readonly onUserRevoked?: (session: BlpSessionPort, correlationId: number) => boolean;
  readonly onLog: (severity: string, text: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface ServiceRow {
  state: 'opening' | 'open' | 'down' | 'failed';
  text: string;
}

/** A session that was up for so long has earned a quick retry. */
const goodMs = 30_000;
const stopMs = 5_000;

export class Supervisor implements Upstream {
  state: SessionState = 'stopped';
  cause: FeedCause | null = null;
  sinceMs: number;
  /** Session objects made. */
  number = 0;
  server: string | null = null;
  connectionsUp = 0;
  isSlowConsumer = false;
  slowConsumerWarnings = 0;
  messagesTooLarge = 0;
  readonly services = new Map<string, ServiceRow>();
  private readonly options: SupervisorOptions;
  private library: OpenedBinding | undefined;
  private port: BlpSessionPort | undefined;
  private identity: BlpIdentity | undefined;
  private readonly opening = new Map<string, Promise<void>>();
  private readonly discarding = new Set<Promise<void>>();
  private attempts = 0;
  private upAtMonoMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stallsBefore = 0;
  /** All connections are lost, in whatever state that was heard. */
  private lostCause: FeedCause | undefined;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.sinceMs = options.clock.nowMs();
  }

  get description(): BlpLibraryDescription | undefined {
    return this.library?.description;
  }

  /** The session in force, while it is up; for requests and users' identities. */
  get session(): BlpSessionPort | undefined {
    return this.state === 'up' ? this.port : undefined;
  }

  /** Times the library's queue was left alone and grew because we were behind, over all session objects. */
  get stalls(): number {
    return this.stallsBefore + (this.port?.counters().stalls ?? 0);
  }

  /** 3.11.6 and newer repair streams after a connection loss and say so. */
  get isRestoringStreams(): boolean {
    const [major = 0, minor = 0, patch = 0] = (this.description?.version ?? '').split('.').map(Number);
    return major > 3 || (major === 3 && (minor > 11 || (minor === 11 && patch >= 6)));
  }

  start(): void {
    this.happen('start');
  }

  async stop(): Promise<void> {
    this.happen('stop');
    clearTimeout(this.timer);
    await Promise.all(this.discarding);
  }

  // -------------------------------------------------------------- Upstream

  async openService(service: string): Promise<void> {
    const { port } = this;
    if (port === undefined) throw new Error('there is no session');
    let opening = this.opening.get(service);
    if (opening === undefined) {
      this.services.set(service, { state: 'opening', text: '' });
      opening = port.openService(service).then(
        () => void this.services.set(service, { state: 'open', text: '' }),
        (error: unknown) => {
          if (this.port === port) {
            this.opening.delete(service);
            this.services.set(service, { state: 'failed', text: causeOf(error, 'SERVICE_NOT_OPEN').text });
          }
          throw error;
        },
      );
      this.opening.set(service, opening);
    }
    return opening;
  }

  subscribe(list: Parameters<BlpSessionPort['subscribe']>[0]) {
    if (this.port === undefined) return Promise.reject(new Error('there is no session'));
    return this.port.subscribe(list, this.identity);
  }

  async unsubscribe(correlationIds: readonly number[]): Promise<void> {
    await this.port?.unsubscribe(correlationIds);
  }

  // -------------------------------------------------------------- the machine

  private happen(happening: SessionHappening, cause?: FeedCause): void {
    const step = sessionStep(this.state, happening);
    if (step === undefined) return;
    const before = this.state;
    this.state = step.to;
    if (before !== step.to) this.sinceMs = this.options.clock.nowMs();
    if (step.to === 'up' || step.to === 'stopped') this.cause = null;
    else if (cause !== undefined) this.cause = cause;
    const { monoMs } = this.options.clock;
    if (step.to === 'up') this.upAtMonoMs ??= monoMs();
    for (const action of step.actions) this.act(action);
    if (before !== step.to) this.options.onState(step.to, before, this.cause);
  }

  private act(action: SessionAction): void {
    const { table } = this.options;
    const cause = this.cause ?? { code: 'SESSION_STOPPED', text: 'the session is being stopped' };
    switch (action) {
      case 'open':
        return void this.open().catch(this.options.onError);
      case 'authorise':
        return void this.authorise().catch(this.options.onError);
      case 'subscribeAll':
        return table.subscribeAll(this);
      case 'markStale':
        return table.markAllStale(cause);
      case 'restore':
        return this.isRestoringStreams ? table.expectRestoration() : table.subscribeAll(this);
      case 'withhold':
        return table.withhold(cause);
      case 'discard':
        return this.discard();
      case 'retryLater':
        return this.wait('retryDue', this.retryMs());
      case 'awaitConnection':
        return this.wait('lostTooLong', this.options.lostMsMax ?? 120_000);
    }
  }

  private retryMs(): number {
    const { clock, random, retryMsMin = 1_000, retryMsMax = 60_000 } = this.options;
    if (this.upAtMonoMs !== undefined && clock.monoMs() - this.upAtMonoMs >= goodMs) this.attempts = 0;
    this.upAtMonoMs = undefined;
    const ms = backOffMs(this.attempts, retryMsMin, retryMsMax, random());
    this.attempts += 1;
    return ms;
  }

  private wait(happening: 'retryDue' | 'lostTooLong', ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.happen(happening), ms).unref();
  }

  private async open(): Promise<void> {
    const { binding } = this.options;
    try {
      this.library ??= await binding.open();
    } catch (error) {
      return this.happen('noLibrary', causeOf(error, 'LIBRARY_LOAD_FAILED'));
    }
    // Stopped, or anything else, while the library was loading.
    if (this.state !== 'connecting' || this.port !== undefined) return;
    this.number += 1;
    let port: BlpSessionPort;
    const isOurs = (): boolean => this.port === port;
    try {
      port = this.library.session({
        onBatch: (batch) => (isOurs() ? this.receive(batch) : undefined),
        onEnd: (end) => (isOurs() ? this.happen('ended', endCause(end)) : undefined),
      });
    } catch (error) {
      return this.happen('ended', causeOf(error, 'SESSION_NOT_MADE'));
    }
    this.port = port;
    try {
      await port.start();
    } catch (error) {
      if (isOurs()) this.happen('ended', causeOf(error, 'SESSION_STARTUP_FAILURE'));
      return;
    }
    if (isOurs()) this.happen('connected');
  }

  /** What is not authorised by the library at start is asked for here. */
  private async authorise(): Promise<void> {
    const { port, library } = this;
    if (port === undefined || library === undefined) return;
    try {
      const identity = await library.authorise(port);
      if (this.port !== port) return;
      this.identity = identity;
      this.happen('authorised');
      // It may have been lost while nobody was listening for that.
      if (this.lostCause !== undefined) this.happen('connectionDown', this.lostCause);
    } catch (error) {
      if (this.port === port) this.happen('authoriseFailed', causeOf(error, 'NOT_AUTHORISED'));
    }
  }

  private discard(): void {
    const { port } = this;
    this.port = undefined;
    this.identity = undefined;
    this.server = null;
    this.lostCause = undefined;
    this.connectionsUp = 0;
    this.isSlowConsumer = false;
    this.opening.clear();
    this.services.clear();
    this.options.table.sessionGone();
    if (port === undefined) return;
    this.stallsBefore += port.counters().stalls;
    const gone = port
      .stop(stopMs)
      .catch(this.options.onError)
      .finally(() => this.discarding.delete(gone));
    this.discarding.add(gone);
  }

  // -------------------------------------------------------------- events

  private receive(batch: BlpBatch): void {
    const { table, clock, onBatch } = this.options;
    onBatch?.(batch);
    const { events } = batch;
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index]!;
      if (event.kind !== 'data' && event.kind !== 'subscription') this.hear(event);
    }
    const lateMs = Math.max(0, clock.monoMs() - batch.takenAtMs);
    table.receive(events, Math.round(clock.nowMs() - lateMs), batch.takenAtMs);
  }

  private hear(event: BlpEvent): void {
    switch (event.kind) {
      case 'session':
        if (event.state === 'connectionUp') {
          this.connectionsUp += 1;
          this.server = event.server ?? this.server;
          this.lostCause = undefined;
          this.happen('connectionUp');
        } else if (event.state === 'connectionDown') {
          this.connectionsUp = Math.max(0, this.connectionsUp - 1);
          const text = event.reason?.description ?? `no connection to ${this.server ?? 'Bloomberg'}`;
          if (this.connectionsUp > 0) return;
          this.lostCause = { code: 'CONNECTION_DOWN', text };
          this.happen('connectionDown', this.lostCause);
        }
        return;
      case 'service':
        if (event.state === 'down') this.services.set(event.service, { state: 'down', text: 'down' });
        else if (event.state === 'up' && this.services.has(event.service))
          this.services.set(event.service, { state: 'open', text: '' });
        return;
      case 'admin':
        if (event.what === 'slowConsumerWarning') {
          this.isSlowConsumer = true;
          this.slowConsumerWarnings += 1;
        } else if (event.what === 'slowConsumerCleared') this.isSlowConsumer = false;
        else if (event.what === 'messageTooLarge') this.messagesTooLarge += 1;
        return;
      case 'authorization':
        if (event.state === 'revoked') this.revoked(event.correlationId, event.reason?.description);
        return;
      case 'log':
        return this.options.onLog(event.severity, `${event.category}: ${event.text}`);
      default:
    }
  }

  /** Of the session itself unless it is known to be a user's. */
  private revoked(correlationId: number, text: string | undefined): void {
    const { port } = this;
    if (port !== undefined && this.options.onUserRevoked?.(port, correlationId) === true) return;
    this.happen('revoked', {
      code: 'AUTHORIZATION_REVOKED',
      text: text ?? 'Bloomberg has revoked our authorisation',
    });
  }
}

function endCause({ cause, error }: BlpSessionEnd): FeedCause {
  if (error !== undefined) return { code: error.category, text: error.description };
  const code = { stopped: 'SESSION_STOPPED', workerDied: 'WORKER_DIED' } as const;
  if (cause === 'stopped' || cause === 'workerDied')
    return { code: code[cause], text: `the session ended: ${cause}` };
  return { code: 'SESSION_TERMINATED', text: `the session ended: ${cause}` };
}
