/**
 * A session store under a lease: what it has stored counts, and bytes go out, only while the lease is this
 * process's own. Who stood still past it waits here until the leases have been asked whether it still is, and
 * has failed when it is not. The inner store is fenced besides: this is for what the socket gets.
 */
import {
  StoreError,
  type NumbersWithBatch,
  type OutboundRecord,
  type SessionStore,
  type StoredSession,
} from '@tidegate/fix/session/store';

/** That a session is ours. */
export interface Holding {
  /** Of the lease. */
  readonly epoch: number;
  /** Nobody else has it, or nobody can know, since the store of leases does not answer. */
  mayAct(): boolean;
  /** Resolves when it is sure that it is ours. Rejects when it is another's. */
  whenSure(): Promise<void>;
}

/** A store that can be asked whose the session is. */
export interface OwnedStore {
  confirmOwner(): Promise<void>;
}

export class LeasedStore implements SessionStore {
  readonly #store: SessionStore & Partial<OwnedStore>;
  readonly #holding: Holding;

  constructor(store: SessionStore & Partial<OwnedStore>, holding: Holding) {
    this.#store = store;
    this.#holding = holding;
  }

  async open(): Promise<StoredSession> {
    await this.#sure();
    const stored = await this.#store.open();
    await this.#sure();
    return stored;
  }

  append(records: readonly OutboundRecord[], numbers?: NumbersWithBatch): void | Promise<void> {
    return this.#ours(this.#store.append(records, numbers));
  }

  confirm(): void | Promise<void> {
    return this.#ours(undefined);
  }

  setNextInbound(next: number): void | Promise<void> {
    return this.#store.setNextInbound(next);
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void | Promise<void> {
    return this.#store.noteCursors(cursors);
  }

  setNextOutbound(next: number): void | Promise<void> {
    return this.#ours(this.#store.setNextOutbound(next));
  }

  /** Resolves when the store itself has said that the session is ours. */
  async confirmOwner(): Promise<void> {
    await this.#store.confirmOwner?.();
    await this.#sure();
  }

  read(from: number, to: number): readonly OutboundRecord[] | Promise<readonly OutboundRecord[]> {
    return this.#store.read(from, to);
  }

  reset(createdAtMs: number): void | Promise<void> {
    return this.#ours(this.#store.reset(createdAtMs));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** The last look comes after the storing: a standstill may have been in it. */
  #ours(stored: void | Promise<void>): void | Promise<void> {
    if (stored !== undefined) return stored.then(() => this.#sure());
    return this.#sure();
  }

  #sure(): void | Promise<void> {
    if (this.#holding.mayAct()) return undefined;
    return this.#holding.whenSure().catch((cause: unknown) => {
      throw new StoreError('fenced', "the session is another one's now", { cause });
    });
  }
}
