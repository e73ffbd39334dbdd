/**
 * Withdrawn tokens. SQL is the record and is asked for every ordinary call; what it holds is also kept here,
 * told by the bus as it changes and read again every few seconds, for the calls that must not wait for SQL:
 * they need a token that is not known to be withdrawn.
 */
import { revokedTopic } from '@tidegate/wire/topics';
import type { Logger } from 'pino';
import type { Bus, Subscription } from '../bus/bus.ts';
import type { Clock } from '../observe/clock.ts';
import type { Database } from '../sql/database.ts';
import type { Revocations } from './tokens.ts';

export interface Revocation {
  readonly id: string;
  readonly expiresAtMs: number;
}

export interface RevocationStore extends Revocations {
  /** The `limit` that are of consequence longest. */
  read(limit: number): Promise<readonly Revocation[]>;
}

export interface RevocationListOptions {
  readonly store: RevocationStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  readonly readEveryMs?: number;
  /** How long an ordinary call waits for SQL. */
  readonly answerMs?: number;
}

const revocationsMax = 100_000;

/** SQL has not said in time whether a token was withdrawn. */
export class RevocationUnknown extends Error {}

export class RevocationList implements Revocations {
  readonly #options: RevocationListOptions;
  readonly #expiryOf = new Map<string, number>();
  /** Withdrawn here, and not in SQL yet. */
  readonly #unwritten = new Map<string, number>();
  readonly #listeners = new Set<(id: string) => void>();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #readMonoMs: number | undefined;

  constructor(options: RevocationListOptions) {
    this.#options = options;
  }

  /** Resolves when what SQL has was read once; throws when it can't be. */
  async start(): Promise<void> {
    const { bus, readEveryMs = 2_000 } = this.#options;
    this.#subscription = bus.subscribe(revokedTopic(), ({ id, expiresAtMs }) => this.#add(id, expiresAtMs));
    await this.#read();
    this.#timer = setInterval(() => this.readAgain(), readEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#subscription?.unsubscribe();
  }

  /** Since SQL was last read; undefined before the first time. */
  get ageMs(): number | undefined {
    return this.#readMonoMs === undefined ? undefined : this.#options.clock.monoMs() - this.#readMonoMs;
  }

  get size(): number {
    return this.#expiryOf.size;
  }

  /** From memory, at once. */
  isKnown(id: string): boolean {
    return this.#expiryOf.has(id);
  }

  /** As SQL has it. Throws when it does not say. */
  async isRevoked(id: string): Promise<boolean> {
    return this.isKnown(id) || (await this.#inTime(this.#options.store.isRevoked(id)));
  }

  /** Known everywhere at once; throws when SQL has not taken it, which it then gets later. */
  async revoke(id: string, expiresAtMs: number): Promise<void> {
    this.#unwritten.set(id, expiresAtMs);
    this.#add(id, expiresAtMs);
    this.#options.bus.publish(revokedTopic(), { id, expiresAtMs });
    await this.#inTime(this.#options.store.revoke(id, expiresAtMs));
    this.#unwritten.delete(id);
  }

  /** Told once of each. Returns how to stop. */
  whenRevoked(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One look at SQL, unless one is under way. */
  readAgain(): void {
    if (this.#reading !== undefined) return;
    this.#reading = this.#read()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'revocations not read again'))
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #read(): Promise<void> {
    const { store, clock } = this.#options;
    for (const [id, expiresAtMs] of this.#unwritten) {
      await store.revoke(id, expiresAtMs);
      this.#unwritten.delete(id);
    }
    const revocations = await store.read(revocationsMax);
    for (const { id, expiresAtMs } of revocations) this.#add(id, expiresAtMs);
    this.#readMonoMs = clock.monoMs();
    const nowMs = clock.nowMs();
    for (const [id, expiresAtMs] of this.#expiryOf) if (expiresAtMs < nowMs) this.#expiryOf.delete(id);
  }

  #add(id: string, expiresAtMs: number): void {
    if (this.#expiryOf.has(id)) return;
    this.#expiryOf.set(id, expiresAtMs);
    for (const listener of this.#listeners) listener(id);
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new RevocationUnknown('SQL does not say what is revoked')),
      this.#options.answerMs ?? 2_000,
    );
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Revocations in SQL; rows go once their tokens have expired anyway. */
export class SqlRevocations implements RevocationStore {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async read(limit: number): Promise<readonly Revocation[]> {
    const rows = await this.#database.kysely
      .selectFrom('revoked_token')
      .selectAll()
      .orderBy('expires_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ jti, expires_at }) => ({ id: jti, expiresAtMs: expires_at.getTime() }));
  }

  async isRevoked(id: string): Promise<boolean> {
    const row = await this.#database.kysely
      .selectFrom('revoked_token')
      .select('jti')
      .where('jti', '=', id)
      .executeTakeFirst();
    return row !== undefined;
  }

  async revoke(id: string, expiresAtMs: number): Promise<void> {
    const { kysely } = this.#database;
    await kysely
      .insertInto('revoked_token')
      .values({ jti: id, expires_at: new Date(expiresAtMs) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    // An hour later than needed: other hosts' clocks may be behind ours.
    await kysely
      .deleteFrom('revoked_token')
      .where('expires_at', '<', new Date(this.#clock.nowMs() - 3_600_000))
      .execute();
  }
}
