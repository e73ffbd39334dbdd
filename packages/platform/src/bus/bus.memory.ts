/**
 * The bus inside one process: the embedded default and the low-latency deployment. Messages pass by
 * reference; handlers run in a later turn (`delivery.ts`). A subject's subscribers are looked up once and
 * remembered until they change.
 */
import assert from 'node:assert/strict';
import type { Topic } from '@tidegate/wire/topic';
import { answersPendingMax, responderBusy, responderError, settled } from './answers.ts';
import { BusTimeout } from './bus.ts';
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
  type MailboxOptions,
} from './delivery.ts';
import { freezeMessage } from './freeze.ts';
import { assertPattern, BoundedMap, hasWildcard, isConcrete, matches } from './subject.ts';

const routeLimit = 65_536;

export interface MemoryBusOptions extends DeliveryOptions {
  /**
   * For tests: freezes each message and refuses what JSON would change, so that shared mutation and loss
   * over NATS show.
   */
  readonly freeze?: boolean;
}

/** Who listens to a kind of message, exact and by pattern. */
class Listeners {
  readonly #exact = new Map<string, Mailbox[]>();
  readonly #patterns: { readonly pattern: string; readonly mailbox: Mailbox }[] = [];
  readonly #routes = new BoundedMap<readonly Mailbox[]>(routeLimit);

  route(subject: string): readonly Mailbox[] {
    return this.#routes.get(subject) ?? this.#resolve(subject);
  }

  add(pattern: string, mailbox: Mailbox): void {
    if (hasWildcard(pattern)) {
      this.#patterns.push({ pattern, mailbox });
      return this.#routes.clear();
    }
    const same = this.#exact.get(pattern);
    if (same) same.push(mailbox);
    else this.#exact.set(pattern, [mailbox]);
    this.#routes.delete(pattern);
  }

  remove(pattern: string, mailbox: Mailbox): void {
    if (hasWildcard(pattern)) {
      this.#patterns.splice(
        this.#patterns.findIndex((entry) => entry.mailbox === mailbox),
        1,
      );
      return this.#routes.clear();
    }
    const others = this.#exact.get(pattern)!.filter((entry) => entry !== mailbox);
    if (others.length > 0) this.#exact.set(pattern, others);
    else this.#exact.delete(pattern);
    this.#routes.delete(pattern);
  }

  #resolve(subject: string): readonly Mailbox[] {
    assert(isConcrete(subject), `not a subject to publish to: ${JSON.stringify(subject)}`);
    const route = [...(this.#exact.get(subject) ?? [])];
    for (const { pattern, mailbox } of this.#patterns) if (matches(pattern, subject)) route.push(mailbox);
    this.#routes.set(subject, route);
    return route;
  }
}

/** A request on its way: settled once, by the answer, the deadline or the end of the bus. */
interface Call {
  readonly message: unknown;
  /** Responders that have it and have not dropped it. */
  asked: number;
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

export class MemoryBus implements Bus {
  readonly #delivery: Delivery;
  readonly #subscribers = new Listeners();
  readonly #responders = new Listeners();
  /** Those that own what they answer for: each of them hears a request. */
  readonly #owners = new WeakSet<Mailbox>();
  readonly #calls = new Set<Call>();
  readonly #freeze: boolean;
  readonly #closeLimitMs: number;
  readonly #working = new Set<Promise<unknown>>();
  #turn = 0;
  #published = 0;
  #unsent = 0;
  #isClosed = false;

  constructor(options: MemoryBusOptions = {}) {
    this.#delivery = new Delivery(options);
    this.#freeze = options.freeze ?? false;
    this.#closeLimitMs = options.closeLimitMs ?? closeLimitMsDefault;
  }

  get isConnected(): boolean {
    return !this.#isClosed;
  }

  get queues(): readonly BusQueue[] {
    return this.#delivery.queues;
  }

  get counters(): BusCounters {
    const { delivered, dropped, handlerErrors } = this.#delivery;
    return { published: this.#published, delivered, dropped, unsent: this.#unsent, handlerErrors };
  }

  publish<T>(topic: Topic<T>, message: T): void {
    if (this.#isClosed) {
      this.#unsent += 1;
      return;
    }
    if (this.#freeze) freezeMessage(message);
    const route = this.#subscribers.route(topic.subject);
    this.#published += 1;
    for (let index = 0; index < route.length; index += 1) route[index]!.push(message, topic.subject);
  }

  subscribe<T>(
    topic: Topic<T>,
    handle: (message: T, subject: string) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    return this.#listen(this.#subscribers, topic.subject, {
      handle: handle as (message: unknown, subject: string) => void,
      queueLimit: options.queueLimit ?? queueLimitDefault,
      conflate: options.conflate ?? false,
      isPrompt: options.isPrompt ?? false,
    });
  }

  request<T, R>(topic: Topic<T, R>, message: T, options: RequestOptions): Promise<R> {
    const { subject } = topic;
    if (this.#isClosed) return Promise.reject(new BusTimeout(`bus is closed: ${subject}`));
    if (this.#freeze) freezeMessage(message);
    const route = this.#responders.route(subject);
    if (route.length === 0) return Promise.reject(new BusTimeout(`no responder for ${subject}`));
    const owners = route.filter((mailbox) => this.#owners.has(mailbox));
    // Exactly one answers; several take turns, as the members of a NATS queue group do.
    this.#turn = (this.#turn + 1) % route.length;
    const asked = owners.length > 0 ? owners : [route[this.#turn]!];
    return new Promise<R>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#calls.delete(call);
      };
      const call: Call = {
        message,
        asked: asked.length,
        resolve: (reply) => {
          settle();
          resolve(reply as R);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        call.reject(new BusTimeout(`no answer within ${options.timeoutMs} ms: ${subject}`));
      }, options.timeoutMs);
      this.#calls.add(call);
      for (const mailbox of asked) mailbox.push(call, subject);
    });
  }

  respond<T, R>(
    topic: Topic<T, R>,
    handle: (message: T, subject: string) => Promise<R> | R,
    options: RespondOptions = {},
  ): Subscription {
    let pending = 0;
    const answer = async (call: Call, subject: string): Promise<void> => {
      pending += 1;
      try {
        const reply = await handle(call.message as T, subject);
        if (this.#freeze) freezeMessage(reply);
        call.resolve(reply);
      } catch (error) {
        this.#delivery.failed(error, subject);
        call.reject(responderError(error));
      } finally {
        pending -= 1;
      }
    };
    const mailbox = this.#listen(this.#responders, topic.subject, {
      isPrompt: true,
      queueLimit: queueLimitDefault,
      handle: (call, subject) => {
        if (!this.#calls.has(call as Call)) return;
        if (pending >= answersPendingMax) return (call as Call).reject(responderBusy(subject));
        const work = answer(call as Call, subject).finally(() => this.#working.delete(work));
        this.#working.add(work);
      },
      onDiscard: (discarded) => {
        const call = discarded as Call;
        call.asked -= 1;
        if (call.asked === 0) call.reject(new BusTimeout('the responder dropped the request'));
      },
    });
    if (options.isOwner === true) this.#owners.add(mailbox);
    return mailbox;
  }

  /**
   * Delivers what waits, lets responders finish, then refuses what is still open. What is published
   * meanwhile is dropped.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#delivery.idle(this.#closeLimitMs);
    await settled(this.#working, this.#closeLimitMs);
    for (const call of this.#calls) call.reject(new BusTimeout('bus is closed'));
  }

  #listen(
    listeners: Listeners,
    pattern: string,
    options: Omit<MailboxOptions, 'onUnsubscribe' | 'pattern'>,
  ): Mailbox {
    assertPattern(pattern);
    assert(!this.#isClosed, 'bus is closed');
    const mailbox: Mailbox = this.#delivery.open({
      pattern,
      ...options,
      onUnsubscribe: () => listeners.remove(pattern, mailbox),
    });
    listeners.add(pattern, mailbox);
    return mailbox;
  }
}
