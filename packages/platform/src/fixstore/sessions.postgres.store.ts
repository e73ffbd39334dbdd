/** One FIX session in PostgreSQL: what the engine calls, on the writer that all sessions share. */
import type pg from 'pg';
import type { Logger } from 'pino';
import type {
  NumbersWithBatch,
  OutboundRecord,
  SessionStore,
  StoredSession,
} from '@tidegate/fix/session/store';
import {
  Draft,
  StoreFencedError,
  StoreUnavailableError,
  type DraftOwner,
  type SessionNumbers,
} from './sessions.postgres.draft.ts';
import {
  claimStatement,
  cursorsStatement,
  readStatement,
  trimStatement,
} from './sessions.postgres.statement.ts';
import type { SessionWriter } from './sessions.postgres.writer.ts';

export interface PostgresSessionStoreOptions {
  readonly session: string;
  readonly owner: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly pool: pg.Pool;
  readonly writer: SessionWriter;
  readonly minRecords: number;
}

interface SessionRow {
  readonly epoch: number;
  readonly generation: number;
  readonly next_outbound: number;
  readonly next_inbound: number;
  readonly created_at_ms: number;
}

interface MessageRow {
  readonly seq_num: number | null;
  readonly msg_type: string;
  readonly deadline_ms: number | null;
  readonly source_partition: string | null;
  readonly source_sequence: number | null;
  readonly frame: Buffer;
}

const trimmedAtOnce = 5_000;

export class PostgresSessionStore implements SessionStore {
  readonly #options: PostgresSessionStoreOptions;
  /** Of the current opening; answers to earlier ones are void. */
  #opening: Opening | undefined;

  constructor(options: PostgresSessionStoreOptions) {
    this.#options = options;
  }

  /** Takes the session over from whoever has it. Rejects with StoreUnavailableError. */
  async open(): Promise<StoredSession> {
    const { session, owner } = this.#options;
    // Inbound numbers that still wait for company must not be lost to the reading that follows.
    await this.close();
    const [row] = await this.#query<SessionRow>(claimStatement, [session, owner]);
    if (row === undefined) throw new Error('claim returned no row');
    const cursors = await this.#query<{ partition: string; sequence: number }>(cursorsStatement, [session]);
    const numbers: SessionNumbers = {
      epoch: row.epoch,
      generation: row.generation,
      nextOutbound: row.next_outbound,
      nextInbound: row.next_inbound,
      createdAtMs: row.created_at_ms,
    };
    this.#opening = new Opening(this.#options, numbers);
    return {
      nextOutbound: numbers.nextOutbound,
      nextInbound: numbers.nextInbound,
      createdAtMs: numbers.createdAtMs,
      cursors: new Map(cursors.map(({ partition, sequence }) => [partition, sequence])),
    };
  }

  append(records: readonly OutboundRecord[], numbers: NumbersWithBatch = {}): Promise<void> {
    return this.#open.append(records, numbers);
  }

  /** Written with the next batch, or soon; when that fails the next call says so. */
  setNextInbound(next: number): void {
    this.#open.setNextInbound(next);
  }

  /** Like `setNextInbound`. */
  noteCursors(cursors: ReadonlyMap<string, number>): void {
    this.#open.noteCursors(cursors);
  }

  setNextOutbound(next: number): Promise<void> {
    return this.#open.append([], { nextOutbound: next });
  }

  reset(createdAtMs: number): Promise<void> {
    return this.#open.reset(createdAtMs);
  }

  /** Rejects with StoreFencedError when the session has another owner. */
  async read(from: number, to: number): Promise<readonly OutboundRecord[]> {
    const opening = this.#open;
    await opening.written();
    const values = [this.#options.session, opening.epoch, from, Math.min(to, Number.MAX_SAFE_INTEGER)];
    const rows = await this.#query<MessageRow>(readStatement, values);
    if (rows.length === 0)
      throw new StoreFencedError(`session ${this.#options.session} was opened by another owner`);
    return rows.flatMap((row) => (row.seq_num === null ? [] : [recordOf(row.seq_num, row)]));
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.close();
  }

  get #open(): Opening {
    if (this.#opening === undefined) throw new Error('the store is not open');
    return this.#opening;
  }

  async #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#options.pool.query<Row>(text, values)).rows;
    } catch (cause) {
      throw new StoreUnavailableError('the session database could not be read', { cause });
    }
  }
}

/** The time from one `open` to the next: one epoch. */
class Opening implements DraftOwner {
  readonly session: string;
  readonly #options: PostgresSessionStoreOptions;
  readonly #numbers: SessionNumbers;
  #draft: Draft | undefined;
  /** The last batch; inbound numbers that follow it are not waited for. */
  #written: Promise<void> = Promise.resolve();
  #broken: Error | undefined;
  /** Messages since old ones were last deleted. */
  #untrimmed = Infinity;
  #trimming: Promise<void> | undefined;

  constructor(options: PostgresSessionStoreOptions, numbers: SessionNumbers) {
    this.#options = options;
    this.session = options.session;
    this.#numbers = numbers;
  }

  get epoch(): number {
    return this.#numbers.epoch;
  }

  append(records: readonly OutboundRecord[], more: NumbersWithBatch): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const numbers = this.#numbers;
    let next = numbers.nextOutbound;
    for (const { seqNum } of records) {
      if (seqNum < next) return Promise.reject(new Error(`outbound ${seqNum} is stored already`));
      next = seqNum + 1;
    }
    if ((more.nextOutbound ?? next) < next)
      return Promise.reject(new Error(`outbound ${more.nextOutbound} is below ${next}`));
    if (this.#options.writer.isFull) {
      this.#broken = new StoreUnavailableError('the session database is too far behind; nothing was stored');
      return Promise.reject(this.#broken);
    }
    const draft = this.#openDraft();
    const before = draft.bytes;
    draft.append(records, more);
    numbers.nextOutbound = draft.numbers.nextOutbound;
    numbers.nextInbound = draft.numbers.nextInbound;
    return this.#write(draft, draft.bytes - before);
  }

  setNextInbound(next: number): void {
    if (this.#broken !== undefined) throw this.#broken;
    this.#openDraft().append([], { nextInbound: next });
    this.#numbers.nextInbound = next;
    this.#options.writer.grown(0, true);
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    if (this.#broken !== undefined) throw this.#broken;
    this.#openDraft().noteCursors(cursors);
    this.#options.writer.grown(0, true);
  }

  reset(createdAtMs: number): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const draft = this.#openDraft();
    draft.reset(createdAtMs);
    Object.assign(this.#numbers, draft.numbers);
    this.#untrimmed = Infinity;
    return this.#write(draft, 0);
  }

  settled(outcome: 'stored' | StoreFencedError | StoreUnavailableError, messages: number): void {
    if (outcome !== 'stored') {
      this.#broken = outcome;
      // What came after it rests on it.
      this.#dropDraft(outcome);
      return;
    }
    this.#untrimmed += messages;
    if (this.#untrimmed >= trimmedAtOnce) this.#trim();
  }

  async written(): Promise<void> {
    await this.#written;
  }

  async close(): Promise<void> {
    const draft = this.#draft;
    if (draft !== undefined && this.#options.writer.has(draft)) this.#options.writer.flush();
    await draft?.stored.catch((error: unknown) => {
      this.#options.log.warn({ err: error, session: this.session }, 'the last numbers were not stored');
    });
    this.#broken ??= new StoreUnavailableError('the store is closed');
    await this.#trimming;
  }

  /** The draft that still grows, or a new one. */
  #openDraft(): Draft {
    const { writer } = this.#options;
    if (this.#draft === undefined || !writer.has(this.#draft)) {
      this.#draft = new Draft(this, this.#numbers);
      writer.add(this.#draft);
    }
    return this.#draft;
  }

  #write(draft: Draft, bytes: number): Promise<void> {
    this.#written = draft.stored;
    this.#options.writer.grown(bytes, false);
    return draft.stored;
  }

  #dropDraft(why: StoreFencedError | StoreUnavailableError): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined || !this.#options.writer.has(draft)) return;
    this.#options.writer.drop(draft);
    draft.settle(why);
  }

  /**
   * Deletes in chunks, beside the writing. It needs no fence: an owner that is fenced deletes no more than
   * its successor does.
   */
  #trim(): void {
    if (this.#trimming !== undefined) return;
    this.#untrimmed = 0;
    const { pool, log, minRecords } = this.#options;
    const values = [this.session, this.#numbers.generation, minRecords, trimmedAtOnce];
    const trim = async (): Promise<void> => {
      while (((await pool.query(trimStatement, values)).rowCount ?? 0) === trimmedAtOnce);
    };
    this.#trimming = trim()
      .catch((error: unknown) => log.warn({ err: error }, 'old FIX messages were not deleted'))
      .finally(() => {
        this.#trimming = undefined;
      });
  }
}

function recordOf(seqNum: number, row: MessageRow): OutboundRecord {
  const { msg_type, deadline_ms, source_partition, source_sequence, frame } = row;
  return {
    seqNum,
    msgType: msg_type,
    frame,
    ...(deadline_ms === null ? undefined : { deadlineMs: deadline_ms }),
    ...(source_partition === null || source_sequence === null
      ? undefined
      : { source: { partition: source_partition, sequence: source_sequence } }),
  };
}
