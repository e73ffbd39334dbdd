/**
 * The one writer of all PostgreSQL session stores of a process: while a statement is under way drafts grow,
 * then all of them go as the next one. It has a connection of its own and connects when there is something to
 * write. While the database is away it tries the same drafts again, each until it expires.
 */
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import type { Logger } from 'pino';
import { StoreFencedError, StoreUnavailableError, type Draft } from './sessions.postgres.draft.ts';
import { writeParameters, writeStatement } from './sessions.postgres.statement.ts';

export interface SessionWriterOptions {
  readonly client: pg.ClientConfig;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly queuedBytesMax: number;
  readonly inboundDelayMs: number;
}

/** Counted since the start. */
export interface SessionWriterCounts {
  readonly statements: number;
  readonly messages: number;
  readonly fenced: number;
  readonly failed: number;
}

const bytesPerStatementMax = 8_388_608;
/** A statement that takes longer than this has no answer in sight. */
export const slowMs = 250;
const retryMs = 250;
/**
 * The server is going, coming, full or busy: nothing was done, and it can be tried again. Without a code: it
 * did not answer.
 */
const passing = /^(08|25006|40|53|55P03|57|58)/;

export class SessionWriter {
  readonly #options: SessionWriterOptions;
  readonly #counts = { statements: 0, messages: 0, fenced: 0, failed: 0 };
  readonly #drafts = new Set<Draft>();
  #queuedBytes = 0;
  #client: pg.Client | undefined;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the statement under way was sent, monotonic; 0: there is none. */
  #sentMonoMs = 0;
  #isAway = false;
  #isClosing = false;
  #wake: () => void = () => undefined;

  constructor(options: SessionWriterOptions) {
    this.#options = options;
  }

  get counts(): SessionWriterCounts {
    return { ...this.#counts };
  }

  get isFull(): boolean {
    return this.#queuedBytes > this.#options.queuedBytesMax;
  }

  /** The database does not answer. */
  get isAway(): boolean {
    return this.#isAway || (this.#sentMonoMs > 0 && performance.now() - this.#sentMonoMs > slowMs);
  }

  /** Takes a draft that has not been given before; it may grow until it is written. */
  add(draft: Draft): void {
    this.#drafts.add(draft);
  }

  /** A draft that was added has grown by so many bytes. `later`: it may wait for something to go with. */
  grown(bytes: number, later: boolean): void {
    this.#queuedBytes += bytes;
    if (this.#flushing !== undefined) return;
    if (!later) {
      this.flush();
      return;
    }
    this.#timer ??= setTimeout(() => this.flush(), this.#options.inboundDelayMs);
  }

  has(draft: Draft): boolean {
    return this.#drafts.has(draft);
  }

  /** Drops a draft that was not written. */
  drop(draft: Draft): void {
    if (this.#drafts.delete(draft)) this.#queuedBytes -= draft.bytes;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#flushAll();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    if (this.#drafts.size > 0) this.flush();
    await this.#flushing;
    clearTimeout(this.#timer);
    await this.#disconnect();
  }

  async #flushAll(): Promise<void> {
    // One turn of waiting: what is given in the same turn goes together even when the writer was idle.
    await Promise.resolve();
    try {
      while (this.#drafts.size > 0) await this.#commit(this.#take());
    } finally {
      // With the last look for more, not a moment later: what came in between would wait for nobody.
      this.#flushing = undefined;
    }
  }

  #take(): Draft[] {
    const taken: Draft[] = [];
    let bytes = 0;
    for (const draft of this.#drafts) {
      if (taken.length > 0 && bytes + draft.bytes > bytesPerStatementMax) break;
      bytes += draft.bytes;
      taken.push(draft);
      this.#drafts.delete(draft);
    }
    this.#queuedBytes -= bytes;
    return taken;
  }

  /** Again and again, until the database has answered for each of them or nobody waits any more. */
  async #commit(all: readonly Draft[]): Promise<void> {
    for (let drafts = all; drafts.length > 0;) {
      const failed = await this.#attempt(drafts);
      if (failed === undefined) break;
      drafts = this.#giveUpExpired(drafts, failed);
      if (drafts.length > 0) await this.#pause();
    }
  }

  /** Returns the error when the same may be tried again; anything else is settled. */
  async #attempt(drafts: readonly Draft[], isRepeated = false): Promise<StoreUnavailableError | undefined> {
    this.#sentMonoMs = performance.now();
    try {
      const client = await this.#connected();
      this.#counts.statements += 1;
      const { rows } = await client.query<{ session: string }>({
        name: 'write-sessions',
        text: writeStatement,
        values: writeParameters(drafts),
      });
      if (client !== this.#client) throw new Error('the connection broke with the answer');
      const moved = new Set(rows.map(({ session }) => session));
      this.#answered();
      for (const draft of drafts) this.#settle(draft, moved.has(draft.owner.session));
      return undefined;
    } catch (error) {
      this.#sentMonoMs = 0;
      return await this.#failed(drafts, error, isRepeated);
    }
  }

  #answered(): void {
    this.#sentMonoMs = 0;
    if (this.#isAway) this.#options.log.info({}, 'the session database answers again');
    this.#isAway = false;
  }

  /** What is left of `drafts`. Those that still grow expire, too. */
  #giveUpExpired(drafts: readonly Draft[], why: StoreUnavailableError): readonly Draft[] {
    const nowMs = performance.now();
    const isOver = (draft: Draft): boolean => this.#isClosing || draft.expiresMonoMs <= nowMs;
    const over = drafts.filter(isOver);
    for (const draft of this.#drafts) {
      if (!isOver(draft)) continue;
      this.drop(draft);
      over.push(draft);
    }
    this.#counts.failed += over.length;
    for (const draft of over) draft.settle(why);
    return drafts.filter((draft) => !over.includes(draft));
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #settle(draft: Draft, isStored: boolean): void {
    if (isStored) {
      this.#counts.messages += draft.messages.length;
      draft.settle('stored');
      return;
    }
    this.#counts.fenced += 1;
    draft.settle(new StoreFencedError(`session ${draft.owner.session} was opened by another owner`));
  }

  async #failed(
    drafts: readonly Draft[],
    error: unknown,
    isRepeated: boolean,
  ): Promise<StoreUnavailableError | undefined> {
    const code =
      error instanceof pg.DatabaseError && error.severity === 'ERROR' ? (error.code ?? '') : undefined;
    if (code?.startsWith('40') === true && !isRepeated) return this.#attempt(drafts, true);
    if (code !== undefined && /^2[23]|^42501/.test(code) && drafts.length > 1) {
      // One session's data broke the statement, which did nothing: the others must not pay for it.
      for (const draft of drafts) await this.#commit([draft]);
      return undefined;
    }
    const text =
      code === undefined
        ? 'the session database did not answer; the outcome is not known'
        : 'the session database refused the statement; nothing was stored';
    const why = new StoreUnavailableError(text, { cause: error });
    if (code === undefined) await this.#disconnect();
    const isPassing = code === undefined || passing.test(code);
    if (!isPassing || !this.#isAway) this.#options.log.error({ err: error, sessions: drafts.length }, text);
    if (isPassing) {
      this.#isAway = true;
      return why;
    }
    this.#counts.failed += drafts.length;
    for (const draft of drafts) draft.settle(why);
    return undefined;
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client(this.#options.client);
    const lose = (): void => {
      if (this.#client === client) this.#client = undefined;
      void client.end().catch(() => undefined);
    };
    client.on('error', lose);
    client.on('end', lose);
    // None is expected here. The one that matters: committed locally, but the wait for the standby was given
    // up.
    client.on('notice', ({ severity }) => {
      if (severity === 'WARNING') lose();
    });
    await client.connect();
    const { rows } = await client.query<{ is_standby: boolean; commit: string; fsync: string }>(
      `SELECT pg_is_in_recovery() AS is_standby, current_setting('synchronous_commit') AS commit,
        current_setting('fsync') AS fsync`,
    );
    if (rows[0]?.is_standby === true) {
      await client.end();
      throw new Error('the server is a standby: it takes no messages');
    }
    if (rows[0]?.fsync !== 'on')
      this.#options.log.warn({}, 'the session database runs without fsync: a power cut loses messages');
    if (rows[0]?.commit === 'off') await client.query('SET synchronous_commit = on');
    this.#client = client;
    return client;
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }
}
