/**
 * Carries out what a session decides, in order: to the store first, then to the socket. While a call of the
 * store is under way everything behind it waits, and gathers. Journey: `live` → here → store → `connection`.
 */
import type { Effect } from '../session/outbox.ts';
import type { OutboundRecord, SessionStore } from '../session/store.ts';
import type { Connection } from './connection.ts';

export interface EffectsOwner {
  /** The connection that is attached now. */
  readonly connection: Connection | undefined;
  /** May a resend go on: its page would have room in the send queue. */
  mayRead(): boolean;
  /** The answer of a `read` effect. */
  pageRead(from: number, to: number, records: readonly OutboundRecord[]): void;
  /** The batch is stored; `connection` is given when it is to be written there. `sinceMs`: see `push`. */
  batchStored(bytes: Uint8Array, connection: Connection | undefined, sinceMs: number): void;
  storeFailed(error: unknown): void;
  /** The session ended this connection. */
  ended(connection: Connection, reason: string): void;
}

type Batch = Extract<Effect, { readonly kind: 'batch' }>;

/** Effects and the connection they were meant for. */
interface Work {
  readonly effects: readonly Effect[];
  readonly connection: Connection | undefined;
  readonly sinceMs: number;
  /** So many of them are carried out or under way. */
  begun: number;
}

const NO_WORK: Work[] = [];

export class Effects {
  readonly #store: SessionStore;
  readonly #owner: EffectsOwner;
  #queue = NO_WORK;
  /** A store call is under way; what follows waits. */
  #storing = false;
  /** Answers to calls from before a failure are void. */
  #epoch = 0;
  #whenIdle: (() => void)[] = [];
  /** Bytes of batches that wait and of the append under way. */
  unstoredBytes = 0;

  constructor(store: SessionStore, owner: EffectsOwner) {
    this.#store = store;
    this.#owner = owner;
  }

  /** `sinceMs`: when the first message of the batches was encoded, monotonic clock. */
  push(effects: readonly Effect[], connection: Connection | undefined, sinceMs: number): void {
    if (effects.length === 0) return;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i];
      if (effect.kind === 'batch') this.unstoredBytes += effect.bytes.length;
    }
    const work: Work = { effects, connection, sinceMs, begun: 0 };
    if (this.#queue.length === 0) this.#queue = [work];
    else this.#queue.push(work);
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  run(): void {
    while (!this.#storing && this.#queue.length > 0) {
      const work = this.#queue[0];
      const effect = work.effects[work.begun];
      if (effect.kind === 'read' && !this.#mayRead(work)) return;
      work.begun += 1;
      if (work.begun === work.effects.length) this.#forget();
      this.#perform(effect, work);
    }
    if (!this.#storing && this.#queue.length === 0 && this.#whenIdle.length > 0) this.#wakeIdle();
  }

  /** The first of the queue, which seldom holds more than that. */
  #forget(): void {
    if (this.#queue.length === 1) this.#queue = NO_WORK;
    else this.#queue.shift();
  }

  /** Resolves when nothing is under way or waiting. */
  async idle(): Promise<void> {
    if (this.#storing || this.#queue.length > 0)
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** The store failed: what was on its way to it is neither repeated nor told to anyone. */
  abandon(): void {
    this.#epoch += 1;
    this.#storing = false;
    this.#queue = NO_WORK;
    this.unstoredBytes = 0;
    this.#wakeIdle();
  }

  #wakeIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** A resend goes on when there is room; one whose connection is gone is dropped by the session. */
  #mayRead({ connection }: Work): boolean {
    return connection === undefined || connection !== this.#owner.connection || this.#owner.mayRead();
  }

  #perform(effect: Effect, work: Work): void {
    switch (effect.kind) {
      case 'batch':
        return this.#batch(effect, work);
      case 'reset':
        return this.#stored(
          () => this.#store.reset(effect.createdAtMs),
          () => undefined,
        );
      case 'nextOutbound':
        return this.#stored(
          () => this.#store.setNextOutbound(effect.next),
          () => undefined,
        );
      case 'nextInbound':
        return this.#stored(
          () => this.#store.setNextInbound(effect.next),
          () => undefined,
        );
      case 'cursors':
        return this.#stored(
          () => this.#store.noteCursors(effect.cursors),
          () => undefined,
        );
      case 'read':
        return this.#stored<readonly OutboundRecord[]>(
          () => this.#store.read(effect.from, effect.to),
          // For a connection that is gone by now it may be of numbers that are gone, too.
          (records) => {
            if (work.connection === this.#owner.connection)
              this.#owner.pageRead(effect.from, effect.to, records);
          },
        );
      case 'disconnect':
        if (work.connection !== undefined) this.#owner.ended(work.connection, effect.reason);
    }
  }

  /** The way of most messages: without a closure unless the store makes us wait. */
  #batch(batch: Batch, work: Work): void {
    const { records, numbers } = batch;
    let result: void | Promise<void> = undefined;
    try {
      if (records.length > 0) result = this.#store.append(records, numbers);
      else if (numbers?.nextOutbound !== undefined)
        result = this.#store.setNextOutbound(numbers.nextOutbound);
      else result = this.#store.confirm?.();
    } catch (error) {
      return this.#owner.storeFailed(error);
    }
    if (result === undefined) this.#batchStored(batch, work);
    else this.#await(result, () => this.#batchStored(batch, work));
  }

  #batchStored({ bytes, transmit }: Batch, { connection, sinceMs }: Work): void {
    this.#owner.batchStored(bytes, transmit ? connection : undefined, sinceMs);
  }

  /** Calls the store and goes on when it is done: at once, or when its promise resolves. */
  #stored<T>(call: () => T | Promise<T>, then: (value: T) => void): void {
    let result: T | Promise<T>;
    try {
      result = call();
    } catch (error) {
      return this.#owner.storeFailed(error);
    }
    if (result instanceof Promise) this.#await(result, then);
    else then(result);
  }

  #await<T>(result: Promise<T>, then: (value: T) => void): void {
    this.#storing = true;
    const epoch = this.#epoch;
    result.then(
      (value) => {
        if (epoch !== this.#epoch) return;
        this.#storing = false;
        then(value);
        this.run();
      },
      (error: unknown) => {
        if (epoch === this.#epoch) this.#owner.storeFailed(error);
      },
    );
  }
}
