/**
 * The one writer of all PostgreSQL session stores of a process: while a statement is under way drafts grow,
 * then all of them go as the next one. It has a connection of its own and connects when there is something to
 * write.
 */
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

export class SessionWriter {
  readonly #options: SessionWriterOptions;
  readonly #counts = { statements: 0, messages: 0, fenced: 0, failed: 0 };
  readonly #drafts = new Set<Draft>();
  #queuedBytes = 0;
  #client: pg.Client | undefined;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionWriterOptions) {
    this.#options = options;
  }

  get counts(): SessionWriterCounts {
    return { ...this.#counts };
  }

  get isFull(): boolean {
    return this.#queuedBytes > this.#options.queuedBytesMax;
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

  async #commit(drafts: readonly Draft[], isRepeated = false): Promise<void> {
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
      for (const draft of drafts) this.#settle(draft, moved.has(draft.owner.session));
    } catch (error) {
      await this.#failed(drafts, error, isRepeated);
    }
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

  async #failed(drafts: readonly Draft[], error: unknown, isRepeated: boolean): Promise<void> {
    const code =
      error instanceof pg.DatabaseError && error.severity === 'ERROR' ? (error.code ?? '') : undefined;
    if (code?.startsWith('40') === true && !isRepeated) return this.#commit(drafts, true);
    if (code !== undefined && /^2[23]|^42501/.test(code) && drafts.length > 1) {
      // One session's data broke the statement, which did nothing: the others must not pay for it.
      for (const draft of drafts) await this.#commit([draft]);
      return;
    }
    const why =
      code === undefined
        ? 'the session database did not answer; the outcome is not known'
        : 'the session database refused the statement; nothing was stored';
    this.#options.log.error({ err: error, sessions: drafts.length }, why);
    if (code === undefined) await this.#disconnect();
    this.#counts.failed += drafts.length;
    for (const draft of drafts) draft.settle(new StoreUnavailableError(why, { cause: error }));
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
