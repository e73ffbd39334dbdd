/**
 * All subscriptions of the feed: counted by use, one at Bloomberg for equal wants, over any number of session
 * objects. Reads the events of the session in force, keeps images, tells consumers once per batch, and asks
 * again for what ended by itself. What each event does to a subscription is the table in
 * `subscription.state.ts`.
 */
import type {
  BlpAdminEvent,
  BlpDataEvent,
  BlpEvent,
  BlpSubscription,
  BlpSubscriptionEvent,
  BlpSubscriptionRequest,
} from '@tidegate/blpapi/contract';
import { imageMark, isDelayed } from '@tidegate/blpapi/market.data';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { FeedCause } from '@tidegate/wire/bloomberg';
import { backOffMs } from './back.off.ts';
import { isPermanent, subscriptionStep, type SubscriptionHappening } from './subscription.state.ts';
import { FeedSubscription, keyOf, type Consumer, type Want } from './subscription.ts';

/** The session in force, as the table needs it. */
export interface Upstream {
  /** Resolves when the service is open in this session. */
  openService(service: string): Promise<void>;
  subscribe(list: readonly BlpSubscriptionRequest[]): Promise<readonly BlpSubscription[]>;
  unsubscribe(correlationIds: readonly number[]): Promise<void>;
}

export interface SubscriptionTableOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for the jitter of back-off. */
  readonly random: () => number;
  /** Images that stay stale for so long while the session is up are asked for anew. Default 15 s. */
  readonly restoreMs?: number;
  /** A subscription nobody uses any more is kept for so long. Default 5 s. */
  readonly lingerMs?: number;
  /** Back-off of what ended by itself: default 1 s to 60 s. */
  readonly retryMsMin?: number;
  readonly retryMsMax?: number;
  readonly onDataLoss: (subscriptions: number) => void;
  readonly onError: (error: unknown) => void;
}

const listMax = 500;
/** Events of ids that the library has already but the answer to `subscribe` has not reached us yet. */
const earlyMax = 50_000;

export class SubscriptionTable {
  readonly all = new Map<string, FeedSubscription>();
  ticks = 0;
  dataLosses = 0;
  private readonly options: SubscriptionTableOptions;
  private readonly byId = new Map<number, FeedSubscription>();
  private changed: FeedSubscription[] = [];
  private upstream: Upstream | undefined;
  /** While a list is being handed over, for the events that overtake the answer. */
  private handing = 0;
  private early: BlpEvent[] = [];
  private isWithheld = false;
  /** No connection: nothing can be restored, so nothing is asked for anew. */
  private isLost = false;
  private number = 0;
  private pumping = false;

  constructor(options: SubscriptionTableOptions) {
    this.options = options;
  }

  /** Subscriptions that Bloomberg counts now. */
  get open(): number {
    let count = 0;
    for (const { state } of this.all.values()) if (state !== 'failed') count += 1;
    return count;
  }

  find(want: Want): FeedSubscription | undefined {
    return this.all.get(keyOf(want));
  }

  acquire(want: Want, consumer: Consumer): FeedSubscription {
    const key = keyOf(want);
    let subscription = this.all.get(key);
    if (subscription === undefined) {
      subscription = new FeedSubscription((this.number += 1), key, want);
      this.all.set(key, subscription);
      this.schedulePump();
    }
    subscription.consumers.add(consumer);
    subscription.unusedSinceMonoMs = undefined;
    return subscription;
  }

  release(subscription: FeedSubscription, consumer: Consumer): void {
    if (!subscription.consumers.delete(consumer) || subscription.consumers.size > 0) return;
    subscription.unusedSinceMonoMs = this.options.clock.monoMs();
  }

  // -------------------------------------------------------------- the session

  /** A session is up and authorised: everything is asked for anew, under new ids. */
  subscribeAll(upstream: Upstream): void {
    const old = [...this.byId.keys()];
    if (this.upstream === upstream && old.length > 0) upstream.unsubscribe(old).catch(this.options.onError);
    this.upstream = upstream;
    this.isWithheld = this.isLost = false;
    this.forgetIds();
    for (const subscription of this.all.values()) subscription.attempts = 0;
    this.schedulePump();
  }

  /** The session object is gone. Images stay, stale. */
  sessionGone(): void {
    this.upstream = undefined;
    this.early = [];
    this.forgetIds();
  }

  markAllStale(cause: FeedCause): void {
    this.isLost = true;
    for (const subscription of this.all.values()) this.happen(subscription, 'connectionLost', cause);
  }

  /** Our rights are gone: nothing is delivered until `subscribeAll`. */
  withhold(cause: FeedCause): void {
    this.isWithheld = true;
    this.markAllStale(cause);
  }

  /** Events of the session in force, in order; then consumers are told. */
  receive(events: readonly BlpEvent[], receivedAtMs: number, receivedMonoMs: number): void {
    for (let index = 0; index < events.length; index += 1) {
      const event = events[index]!;
      if (event.kind === 'data') this.data(event, receivedAtMs, receivedMonoMs);
      else if (event.kind === 'subscription') this.told(event);
      else if (event.kind === 'admin') this.admin(event);
    }
    this.flush();
  }

  // -------------------------------------------------------------- time

  /** Retries, restoration and clean-up; called some times a second. */
  sweep(): void {
    const { clock, restoreMs = 15_000, lingerMs = 5_000 } = this.options;
    const now = clock.monoMs();
    const ended: number[] = [];
    for (const subscription of this.all.values()) {
      const { state } = subscription;
      if (subscription.unusedSinceMonoMs !== undefined && now - subscription.unusedSinceMonoMs >= lingerMs) {
        this.drop(subscription, ended);
      } else if (state === 'waiting' && now >= subscription.dueMonoMs) {
        this.happen(subscription, 'retryDue');
        this.schedulePump();
      } else if (
        (state === 'stale' || (state === 'pending' && subscription.correlationId !== undefined)) &&
        this.upstream !== undefined &&
        !this.isLost &&
        now - subscription.waitsFromMonoMs >= restoreMs * 2 ** Math.min(subscription.attempts, 6)
      ) {
        this.askAnew(subscription, ended);
      }
    }
    if (ended.length > 0) this.upstream?.unsubscribe(ended).catch(this.options.onError);
    this.flush();
  }

  /** The connection is back: who is stale has `restoreMs` from now; what is withheld is asked for anew. */
  expectRestoration(): void {
    if (this.isWithheld && this.upstream !== undefined) return this.subscribeAll(this.upstream);
    this.isLost = false;
    const now = this.options.clock.monoMs();
    for (const subscription of this.all.values()) subscription.waitsFromMonoMs = now;
  }

  /** Ticks a second since the last call. */
  measure(seconds: number): void {
    for (const subscription of this.all.values()) {
      subscription.ticksPerSecond = (subscription.ticks - subscription.ticksBefore) / seconds;
      subscription.ticksBefore = subscription.ticks;
    }
  }

  // -------------------------------------------------------------- events

  private data(event: BlpDataEvent, receivedAtMs: number, receivedMonoMs: number): void {
    const subscription = this.byId.get(event.correlationId);
    if (subscription === undefined) return this.keepEarly(event);
    if (this.isWithheld) return;
    this.ticks += 1;
    subscription.ticks += 1;
    const mark = imageMark(event);
    if (mark === 'dataLoss') return this.lost([subscription]);
    subscription.image.apply(event, mark === 'image');
    subscription.messageType = event.messageType;
    subscription.receivedAtMs = receivedAtMs;
    subscription.receivedMonoMs = receivedMonoMs;
    const isWhole = event.fragment === 'none' || event.fragment === 'end';
    const hasSummaries = subscription.want.service === '//blp/mktdata';
    if (isWhole && subscription.state !== 'live') {
      subscription.attempts = 0;
      this.happen(subscription, mark === 'image' || !hasSummaries ? 'summary' : 'tick');
    }
    const delayed = isDelayed(event);
    if (delayed !== undefined && delayed !== subscription.isDelayed) {
      subscription.isDelayed = delayed;
      this.tellState(subscription);
    }
    for (const consumer of subscription.consumers) consumer.onEvent?.(subscription, event);
    if (isWhole) this.noteChange(subscription);
  }

  private noteChange(subscription: FeedSubscription): void {
    if (subscription.isChanged) return;
    subscription.isChanged = true;
    this.changed.push(subscription);
  }

  private told(event: BlpSubscriptionEvent): void {
    const subscription = this.byId.get(event.correlationId);
    if (subscription === undefined) return this.keepEarly(event);
    switch (event.state) {
      case 'started':
        return this.started(subscription, event);
      case 'streamsDeactivated':
        return this.happen(subscription, 'streamDown', {
          code: 'STREAM_DEACTIVATED',
          text: event.reason?.description ?? 'the stream is interrupted; Bloomberg’s library restores it',
        });
      case 'streamsActivated':
        if (this.isWithheld) return undefined;
        this.happen(subscription, 'streamUp');
        return this.noteChange(subscription);
      case 'failed':
      case 'terminated':
        return this.ended(subscription, event);
      default:
        return undefined;
    }
  }

  private started(subscription: FeedSubscription, { exceptions, reason }: BlpSubscriptionEvent): void {
    subscription.exceptions = exceptions.map(({ fieldId, reason: { category } }) => ({
      field: fieldId,
      category,
    }));
    // Bloomberg says in words that only the delayed stream is given.
    const words = [reason?.description, ...exceptions.map((one) => one.reason.description)];
    if (words.some((one) => one !== undefined && /delayed/i.test(one))) subscription.isDelayed = true;
    this.tellState(subscription);
  }

  private ended(subscription: FeedSubscription, { reason, exceptions }: BlpSubscriptionEvent): void {
    this.endId(subscription);
    const category = reason?.category ?? 'UNCLASSIFIED';
    // All fields bad is BAD_FLD in the details and something general in the reason.
    const isForGood =
      isPermanent(category) ||
      (exceptions.length > 0 &&
        exceptions.length === subscription.want.fields.length &&
        exceptions.every((one) => isPermanent(one.reason.category)));
    const text = reason?.description ?? 'the subscription ended';
    this.happen(subscription, isForGood ? 'endedForGood' : 'ended', { code: category, text });
  }

  private admin(event: BlpAdminEvent): void {
    const ids = event.correlationIds;
    const isDropped = event.what === 'messageTooLarge' && ids.length > 0;
    if (event.what !== 'dataLoss' && !isDropped) return;
    const hit = ids.length === 0 ? [...this.all.values()] : ids.flatMap((id) => this.byId.get(id) ?? []);
    this.lost(hit);
  }

  private lost(subscriptions: readonly FeedSubscription[]): void {
    if (subscriptions.length === 0) return;
    this.dataLosses += 1;
    for (const subscription of subscriptions)
      this.happen(subscription, 'dataLoss', {
        code: 'DATA_LOSS',
        text: 'ticks were lost; stale until the next whole image',
      });
    this.options.onDataLoss(subscriptions.length);
  }

  private keepEarly(event: BlpDataEvent | BlpSubscriptionEvent): void {
    if (this.handing > 0 && this.early.length < earlyMax) this.early.push(event);
  }

  private flush(): void {
    if (this.changed.length === 0) return;
    const { changed } = this;
    this.changed = [];
    for (const subscription of changed) {
      subscription.isChanged = false;
      for (const consumer of subscription.consumers) consumer.onChange?.(subscription);
    }
  }

  // -------------------------------------------------------------- asking

  private schedulePump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      const { upstream } = this;
      if (upstream === undefined || this.isWithheld) return;
      const idle = new Map<string, FeedSubscription[]>();
      for (const subscription of this.all.values()) {
        if (subscription.state !== 'idle') continue;
        const { service } = subscription.want;
        const list = idle.get(service);
        if (list === undefined) idle.set(service, [subscription]);
        else list.push(subscription);
      }
      for (const [service, list] of idle) {
        for (const subscription of list) this.happen(subscription, 'asked');
        this.ask(upstream, service, list).catch(this.options.onError);
      }
    });
  }

  private async ask(upstream: Upstream, service: string, list: readonly FeedSubscription[]): Promise<void> {
    try {
      await upstream.openService(service);
    } catch (error) {
      return this.refused(upstream, list, causeOf(error, 'SERVICE_NOT_OPEN'));
    }
    for (let at = 0; at < list.length; at += listMax) await this.hand(upstream, list.slice(at, at + listMax));
  }

  private async hand(upstream: Upstream, list: readonly FeedSubscription[]): Promise<void> {
    const wanted = list.filter((one) => this.isAsked(upstream, one));
    if (wanted.length === 0) return;
    this.handing += 1;
    try {
      const taken = await upstream.subscribe(wanted.map(({ request }) => request));
      const orphans: number[] = [];
      for (const [index, { correlationId }] of taken.entries()) {
        const subscription = wanted[index]!;
        // Dropped or asked for in another session while the library was thinking.
        if (!this.isAsked(upstream, subscription)) orphans.push(correlationId);
        else {
          subscription.correlationId = correlationId;
          subscription.waitsFromMonoMs = this.options.clock.monoMs();
          this.byId.set(correlationId, subscription);
        }
      }
      if (orphans.length > 0) upstream.unsubscribe(orphans).catch(this.options.onError);
    } catch (error) {
      this.refusedList(upstream, wanted, causeOf(error, 'SUBSCRIBE_FAILED'));
    } finally {
      this.handing -= 1;
      this.replayEarly();
    }
  }

  /** A list is all or nothing: one by one it shows who is to blame. */
  private refusedList(upstream: Upstream, list: readonly FeedSubscription[], cause: FeedCause): void {
    if (list.length === 1) return this.refused(upstream, list, cause);
    for (const one of list) this.hand(upstream, [one]).catch(this.options.onError);
  }

  private refused(upstream: Upstream, list: readonly FeedSubscription[], cause: FeedCause): void {
    for (const subscription of list) {
      if (!this.isAsked(upstream, subscription)) continue;
      this.happen(subscription, isPermanent(cause.code) ? 'endedForGood' : 'ended', cause);
    }
  }

  private isAsked(upstream: Upstream, subscription: FeedSubscription): boolean {
    return (
      this.upstream === upstream &&
      subscription.state === 'pending' &&
      subscription.correlationId === undefined &&
      this.all.get(subscription.key) === subscription
    );
  }

  private replayEarly(): void {
    if (this.early.length === 0) return;
    const { early } = this;
    this.early = [];
    const { clock } = this.options;
    this.receive(early, clock.nowMs(), clock.monoMs());
    if (this.handing === 0) this.early = [];
  }

  private askAnew(subscription: FeedSubscription, ended: number[]): void {
    const id = this.endId(subscription);
    if (id !== undefined) ended.push(id);
    subscription.attempts += 1;
    this.happen(subscription, 'sessionGone');
    this.schedulePump();
  }

  private drop(subscription: FeedSubscription, ended: number[]): void {
    const id = this.endId(subscription);
    if (id !== undefined) ended.push(id);
    this.all.delete(subscription.key);
  }

  /** Its correlation id is no longer its own; data that is still on its way is nobody's. */
  private endId(subscription: FeedSubscription): number | undefined {
    const id = subscription.correlationId;
    if (id !== undefined) this.byId.delete(id);
    subscription.correlationId = undefined;
    return id;
  }

  private forgetIds(): void {
    this.byId.clear();
    for (const subscription of this.all.values()) {
      subscription.correlationId = undefined;
      this.happen(subscription, 'sessionGone');
    }
  }

  // -------------------------------------------------------------- state

  private happen(
    subscription: FeedSubscription,
    happening: SubscriptionHappening,
    cause: FeedCause | null = null,
  ): void {
    const from = subscription.state;
    const to = subscriptionStep(from, happening);
    if (to === from) return;
    const { clock, random, retryMsMin = 1_000, retryMsMax = 60_000 } = this.options;
    const now = clock.monoMs();
    subscription.state = to;
    subscription.waitsFromMonoMs = now;
    if (to === 'waiting') {
      subscription.dueMonoMs = now + backOffMs(subscription.attempts, retryMsMin, retryMsMax, random());
      subscription.attempts += 1;
    }
    // What went wrong stays to be seen until all is well again.
    if (to === 'live') subscription.cause = null;
    else if (cause !== null) subscription.cause = cause;
    this.tellState(subscription);
  }

  private tellState(subscription: FeedSubscription): void {
    for (const consumer of subscription.consumers) consumer.onState(subscription);
  }
}

/** Any error as a cause; a BlpError has Bloomberg's category. */
export function causeOf(error: unknown, code: string): FeedCause {
  if (!(error instanceof Error)) return { code, text: String(error) };
  const { category } = error as { category?: unknown };
  return { code: typeof category === 'string' ? category : code, text: error.message };
}
