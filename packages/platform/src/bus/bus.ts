/**
 * The port through which services talk. Two implementations with the same delivery rules: `bus.memory`
 * (one process) and `bus.nats` (core NATS). Messages of one topic from one publisher arrive in order; every
 * subscriber has a bounded queue; a message is immutable from the moment it is published (by reference in
 * memory, as JSON over NATS).
 */
import type { Topic } from '@tidegate/wire/topics';

export interface Subscription {
  /** Messages dropped because this subscriber's queue was full. */
  readonly dropped: number;
  /** How long the oldest message has waited for the handler, in milliseconds. */
  readonly waitMs: number;
  unsubscribe(): void;
}

export interface SubscribeOptions {
  /** Messages waiting for the handler before the oldest are dropped and counted. Default 65,536. */
  readonly queueLimit?: number;
  /**
   * For images: one that waits is replaced by a newer one of its subject, so a slow reader sees the present.
   */
  readonly conflate?: boolean;
  /**
   * For orders on their way: the handler does not wait for a turn of its own. Responders are always prompt.
   */
  readonly isPrompt?: boolean;
}

export interface RespondOptions {
  /**
   * Of the one owner of what is asked for: a request goes to each that says so, and the first answer is
   * taken. So one that has moved away, or does not run any more, keeps no request from its successor.
   * Without it responders share the requests.
   */
  readonly isOwner?: boolean;
}

export interface RequestOptions {
  readonly timeoutMs: number;
}

/**
 * No responder, or no answer in time: the outcome is not known to the caller, who asks again with the same
 * key.
 */
export class BusTimeout extends Error {
  readonly code = 'BUS_TIMEOUT';
}

/**
 * The responder's handler threw: its code (`RESPONDER_FAILED` when it had none) and its text. Expected
 * refusals are replies.
 */
export class ResponderError extends Error {
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

/** What a bus counts of itself; read by metrics at scrape time. */
export interface BusCounters {
  readonly published: number;
  /** Messages given to handlers of subscribers and responders. */
  readonly delivered: number;
  /** Dropped because a subscriber's queue was full, over all subscribers. */
  readonly dropped: number;
  /** Never left: published while disconnected, congested or closed, or larger than the server takes. */
  readonly unsent: number;
  /** Exceptions of handlers. */
  readonly handlerErrors: number;
}

/** The queues of all subscribers and responders of one topic, whatever its last parts. */
export interface BusQueue {
  readonly topic: string;
  /** Messages that wait. */
  readonly length: number;
  /** How long the oldest has waited, in milliseconds. */
  readonly waitMs: number;
}

export interface Bus {
  /**
   * Perishable: lost when nobody listens or a queue is full. Never blocks and never throws for a slow
   * reader.
   */
  publish<T>(topic: Topic<T>, message: T): void;
  /**
   * `topic` may hold NATS wildcards (`*` one token, `>` the rest). Handlers run in a later turn or, prompt
   * ones, behind what is running now; never inside publish.
   */
  subscribe<T>(
    topic: Topic<T>,
    handle: (message: T, subject: string) => void,
    options?: SubscribeOptions,
  ): Subscription;
  /** Asks the one responder of a topic; throws BusTimeout. */
  request<T, R>(topic: Topic<T, R>, message: T, options: RequestOptions): Promise<R>;
  /**
   * Answers requests. Handlers may run concurrently; a throwing handler answers with an error the requester
   * re-throws.
   */
  respond<T, R>(
    topic: Topic<T, R>,
    handle: (message: T, subject: string) => Promise<R> | R,
    options?: RespondOptions,
  ): Subscription;
  readonly counters: BusCounters;
  /** Queues of this process in which something waits; read by metrics at scrape time. */
  readonly queues: readonly BusQueue[];
  /** True while the connection behind it is up. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}
