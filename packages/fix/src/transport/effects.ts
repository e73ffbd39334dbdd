/**
 * Carries out what a session decides, in order: to the store first, then to the socket. While a call of the
 * store is under way everything behind it waits, and gathers. Journey: `live` → here → store → `connection`.
 */
import type { Effect } from '../session/outbox.ts';
import type { NumbersWithBatch, OutboundRecord, SessionStore } from '../session/store.ts';
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

/** An effect and the connection it was meant for. */
interface Queued {
  readonly effect: Effect;
  readonly connection: Connection | undefined;
  readonly sinceMs: number;
}

export class Effects {
  readonly #store: SessionStore;
  readonly #owner: EffectsOwner;
  #queue: Queued[] = [];
  /** A store call is under way; what follows waits. */
  #storing = false;
  /** Answers to calls from before a failure are void. */
  #epoch = 0;
  #whenIdle: (() => void)[] = [];
  /** Bytes of batches in `#queue` and in the append under way. */
  unstoredBytes = 0;

  constructor(store: SessionStore, owner: EffectsOwner) {
    this.#store = store;
    this.#owner = owner;
  }

  /** `sinceMs`: when the first message of the batches was encoded, monotonic clock. */
  push(effects: readonly Effect[], connection: Connection | undefined, sinceMs: number): void {
    for (const effect of effects) {
      if (effect.kind === 'batch') this.unstoredBytes += effect.bytes.length;
      this.#queue.push({ effect, connection, sinceMs });
    }
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  run(): void {
    while (!this.#storing && this.#queue.length > 0) {
      const next = this.#queue[0] as Queued;
      if (next.effect.kind === 'read' && !this.#mayRead(next)) return;
      this.#queue.shift();
      this.#perform(next);
    }
    if (!this.#storing && this.#queue.length === 0 && this.#whenIdle.length > 0) this.#wakeIdle();
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
    this.#queue = [];
    this.unstoredBytes = 0;
    this.#wakeIdle();
  }

  #wakeIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** A resend goes on when there is room; one whose connection is gone is dropped by the session. */
  #mayRead(next: Queued): boolean {
    return (
      next.connection === undefined || next.connection !== this.#owner.connection || this.#owner.mayRead()
    );
  }

  #perform(next: Queued): void {
    const { effect } = next;
    switch (effect.kind) {
      case 'batch':
        return this.#batch(effect, next);
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
      case 'read':
        return this.#stored<readonly OutboundRecord[]>(
          () => this.#store.read(effect.from, effect.to),
          (records) => this.#owner.pageRead(effect.from, effect.to, records),
        );
      case 'disconnect':
        if (next.connection !== undefined) this.#owner.ended(next.connection, effect.reason);
    }
  }

  /** Messages and the numbers that go with them are one record of the store. */
  #batch(effect: Extract<Effect, { kind: 'batch' }>, next: Queued): void {
    const { bytes, records, nextOutbound } = effect;
    const written = (): void =>
      this.#owner.batchStored(bytes, effect.transmit ? next.connection : undefined, next.sinceMs);
    if (records.length === 0) {
      if (nextOutbound === undefined) return written();
      return this.#stored(() => this.#store.setNextOutbound(nextOutbound), written);
    }
    const behind = this.#queue[0]?.effect;
    const nextInbound = behind?.kind === 'nextInbound' ? behind.next : undefined;
    if (nextInbound !== undefined) this.#queue.shift();
    if (nextInbound === undefined && nextOutbound === undefined)
      return this.#stored(() => this.#store.append(records), written);
    const numbers: NumbersWithBatch = {
      ...(nextInbound === undefined ? undefined : { nextInbound }),
      ...(nextOutbound === undefined ? undefined : { nextOutbound }),
    };
    return this.#stored(() => this.#store.append(records, numbers), written);
  }

  /** Calls the store and goes on when it is done: at once, or when its promise resolves. */
  #stored<T>(call: () => T | Promise<T>, then: (value: T) => void): void {
    let result: T | Promise<T>;
    try {
      result = call();
    } catch (error) {
      return this.#owner.storeFailed(error);
    }
    if (!(result instanceof Promise)) return then(result);
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
