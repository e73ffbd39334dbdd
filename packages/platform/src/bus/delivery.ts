/**
 * How messages reach handlers: a bounded queue per subscriber and one drain for all of them. Both buses
 * use it, so fairness, drops and the fate of a throwing handler are the same in one process and over NATS.
 *
 * The drain runs in a turn of its own (one setImmediate, however many messages wait), serves ready
 * subscribers in rounds of at most `sliceMax` messages each, and gives the turn back after `budgetMs` so
 * that sockets and timers are served between two parts of a burst. The order of deliveries does not depend
 * on where a turn ends.
 *
 * Prompt subscribers (orders on their way) do not wait for that turn: they are served as soon as what is
 * running now has returned, in the same turn, so that an order crosses the process without waiting for the
 * sockets of others. A burst of them is no exception: what is beyond `promptMax` goes by the drain.
 */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { BusQueue, Subscription } from './bus.ts';

export const queueLimitDefault = 65_536;
export const closeLimitMsDefault = 2_000;
const sliceMax = 32;
/** Messages to prompt subscribers in a row. */
const promptMax = 32;
const firstCapacity = 16;
/** Of a subject: what follows names a venue, an instrument, a partition. */
const topicParts = 2;

/** Receives every exception of a handler; must not throw. Callers limit how much of it they log. */
export type ReportHandlerError = (error: unknown, subject: string) => void;

export interface DeliveryOptions {
  readonly onHandlerError?: ReportHandlerError;
  /** Length of one drain before other work of the process gets its turn. Default 2 ms. */
  readonly budgetMs?: number;
  /** How long `close` waits for each of: queued messages, responders at work. Default 2,000. */
  readonly closeLimitMs?: number;
}

export interface MailboxOptions {
  /** What it listens to: wildcards for all. */
  readonly pattern: string;
  readonly queueLimit: number;
  /** A message that waits is replaced by a newer one of its subject, in its place in the queue. */
  readonly conflate?: boolean;
  readonly isPrompt?: boolean;
  readonly handle: (message: unknown, subject: string) => void;
  /** Called for a message that left the queue without reaching the handler. */
  readonly onDiscard?: (message: unknown) => void;
  readonly onUnsubscribe?: () => void;
}

export class Delivery {
  delivered = 0;
  dropped = 0;
  handlerErrors = 0;
  #ready: Mailbox[] = [];
  #next: Mailbox[] = [];
  #prompt: Mailbox[] = [];
  readonly #mailboxes = new Set<Mailbox>();
  #isScheduled = false;
  #whenIdle: (() => void)[] = [];
  readonly #budgetMs: number;
  readonly #onHandlerError: ReportHandlerError | undefined;

  constructor(options: DeliveryOptions) {
    this.#budgetMs = options.budgetMs ?? 2;
    this.#onHandlerError = options.onHandlerError;
  }

  open(options: MailboxOptions): Mailbox {
    const mailbox = new Mailbox(this, options);
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  closed(mailbox: Mailbox): void {
    this.#mailboxes.delete(mailbox);
  }

  /** By topic: of `order.event.<partition>` all partitions together. */
  get queues(): readonly BusQueue[] {
    const queues = new Map<string, { topic: string; length: number; waitMs: number }>();
    for (const mailbox of this.#mailboxes) {
      if (mailbox.waiting === 0) continue;
      const topic = mailbox.pattern.split('.').slice(0, topicParts).join('.');
      const queue = queues.get(topic) ?? { topic, length: 0, waitMs: 0 };
      queue.length += mailbox.waiting;
      queue.waitMs = Math.max(queue.waitMs, mailbox.waitMs);
      queues.set(topic, queue);
    }
    return [...queues.values()];
  }

  /** Called by a mailbox that has just become non-empty. */
  enqueue(mailbox: Mailbox): void {
    if (mailbox.isPrompt) {
      if (this.#prompt.push(mailbox) === 1) queueMicrotask(this.#serve);
      return;
    }
    this.#next.push(mailbox);
    this.#schedule();
  }

  failed(error: unknown, subject: string): void {
    this.handlerErrors += 1;
    this.#onHandlerError?.(error, subject);
  }

  /** Resolves when no message waits, or after `limitMs`. */
  async idle(limitMs: number): Promise<void> {
    if (!this.#isScheduled && this.#prompt.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#whenIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#drain);
  }

  /** Its handlers may make others ready, which are served too: `promptMax` ends it. */
  readonly #serve = (): void => {
    let left = promptMax;
    for (let index = 0; index < this.#prompt.length; index += 1) {
      const mailbox = this.#prompt[index]!;
      const count = Math.min(left, mailbox.waiting);
      left -= count;
      if (count > 0 ? mailbox.deliver(count) : mailbox.waiting > 0) {
        if (left > 0) this.#prompt.push(mailbox);
        else this.#next.push(mailbox);
      }
    }
    this.#prompt = [];
    if (this.#next.length > 0) return this.#schedule();
    if (!this.#isScheduled) this.#tellIdle();
  };

  readonly #drain = (): void => {
    this.#isScheduled = false;
    const deadline = performance.now() + this.#budgetMs;
    for (;;) {
      // What becomes ready during a round, and what a round leaves over, is the next round.
      const round = this.#next;
      if (round.length === 0) break;
      this.#next = this.#ready;
      this.#ready = round;
      for (let index = 0; index < round.length; index += 1) {
        const mailbox = round[index]!;
        if (mailbox.deliver(sliceMax)) this.#next.push(mailbox);
        if (performance.now() >= deadline && index + 1 < round.length) {
          this.#next = round.slice(index + 1).concat(this.#next);
          break;
        }
      }
      round.length = 0;
      if (performance.now() >= deadline) break;
    }
    if (this.#next.length > 0) return this.#schedule();
    this.#tellIdle();
  };

  #tellIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/**
 * The queue of one subscriber: a ring of messages with their subjects that grows by doubling up to its
 * limit.
 */
export class Mailbox implements Subscription {
  dropped = 0;
  conflated = 0;
  /** Messages that have left the queue; with `waiting` it numbers every message. */
  #taken = 0;
  /** Conflating queues: number of the message that waits, by subject. */
  readonly #newest: Map<string, number> | undefined;
  #messages: unknown[] = new Array<unknown>(firstCapacity).fill(undefined);
  #subjects: string[] = new Array<string>(firstCapacity).fill('');
  /** When each came, monotonic. */
  #times = new Float64Array(firstCapacity);
  #head = 0;
  #count = 0;
  #isReady = false;
  #isClosed = false;
  readonly #delivery: Delivery;
  readonly #options: MailboxOptions;
  readonly #limit: number;

  constructor(delivery: Delivery, options: MailboxOptions) {
    assert(Number.isSafeInteger(options.queueLimit) && options.queueLimit > 0, 'queueLimit');
    this.#delivery = delivery;
    this.#options = options;
    this.#limit = options.queueLimit;
    this.#newest = options.conflate === true ? new Map() : undefined;
  }

  get isPrompt(): boolean {
    return this.#options.isPrompt === true;
  }

  get pattern(): string {
    return this.#options.pattern;
  }

  get waitMs(): number {
    return this.#count === 0 ? 0 : performance.now() - this.#times[this.#head]!;
  }

  get waiting(): number {
    return this.#count;
  }

  /** Puts a message at the end; when the queue is full the oldest one goes. */
  push(message: unknown, subject: string): void {
    if (this.#isClosed) return;
    if (this.#newest !== undefined && this.#replace(this.#newest, message, subject)) return;
    if (this.#count === this.#limit) this.#dropOldest();
    else if (this.#count === this.#messages.length) this.#grow();
    const slot = (this.#head + this.#count) & (this.#messages.length - 1);
    this.#messages[slot] = message;
    this.#subjects[slot] = subject;
    this.#times[slot] = performance.now();
    this.#count += 1;
    if (this.#isReady) return;
    this.#isReady = true;
    this.#delivery.enqueue(this);
  }

  /**
   * True when the message took the place of an older one of its subject; otherwise its own place is noted.
   */
  #replace(newest: Map<string, number>, message: unknown, subject: string): boolean {
    const number = newest.get(subject);
    if (number === undefined || number < this.#taken) {
      newest.set(subject, this.#taken + this.#count);
      return false;
    }
    const slot = (this.#head + number - this.#taken) & (this.#messages.length - 1);
    this.#options.onDiscard?.(this.#messages[slot]);
    this.#messages[slot] = message;
    this.conflated += 1;
    return true;
  }

  /** Hands at most `limit` messages to the handler; true while more wait. */
  deliver(limit: number): boolean {
    const { handle } = this.#options;
    for (let left = limit; left > 0 && this.#count > 0; left -= 1) {
      const slot = this.#head;
      const message = this.#messages[slot];
      const subject = this.#subjects[slot]!;
      this.#messages[slot] = undefined;
      this.#head = (slot + 1) & (this.#messages.length - 1);
      this.#count -= 1;
      this.#taken += 1;
      this.#delivery.delivered += 1;
      try {
        const outcome: unknown = handle(message, subject);
        // An async handler is allowed by the type; its rejection must not end the process.
        if (outcome instanceof Promise)
          outcome.catch((error: unknown) => this.#delivery.failed(error, subject));
      } catch (error) {
        this.#delivery.failed(error, subject);
      }
    }
    this.#isReady = this.#count > 0;
    return this.#isReady;
  }

  unsubscribe(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#delivery.closed(this);
    this.#options.onUnsubscribe?.();
    while (this.#count > 0) {
      const message = this.#takeOldest();
      this.#options.onDiscard?.(message);
    }
    this.#messages.fill(undefined);
  }

  #dropOldest(): void {
    this.dropped += 1;
    this.#delivery.dropped += 1;
    const message = this.#takeOldest();
    this.#options.onDiscard?.(message);
  }

  #takeOldest(): unknown {
    const message = this.#messages[this.#head];
    this.#messages[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#messages.length - 1);
    this.#count -= 1;
    this.#taken += 1;
    return message;
  }

  #grow(): void {
    const capacity = this.#messages.length;
    const messages = new Array<unknown>(capacity * 2).fill(undefined);
    const subjects = new Array<string>(capacity * 2).fill('');
    const times = new Float64Array(capacity * 2);
    for (let index = 0; index < this.#count; index += 1) {
      const slot = (this.#head + index) & (capacity - 1);
      messages[index] = this.#messages[slot];
      subjects[index] = this.#subjects[slot]!;
      times[index] = this.#times[slot]!;
    }
    this.#messages = messages;
    this.#subjects = subjects;
    this.#times = times;
    this.#head = 0;
  }
}
