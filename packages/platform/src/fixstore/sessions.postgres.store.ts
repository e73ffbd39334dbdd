/**
 * One FIX session in PostgreSQL: what the engine calls, on the writer that all sessions share. With numbers
 * set aside (`numbersAhead`) only what has a source waits for the database: a message of an order is stored
 * before anyone sees it. The others need no more than a number that is never used again.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import {
  ANSWER,
  type NumbersWithBatch,
  type OutboundRecord,
  type SessionStore,
  type StoredSession,
} from '@tidegate/fix/session/store';
import {
  Draft,
  StoreFencedError,
  StoreUnavailableError,
  type DraftOwner,
  type SessionNumbers,
} from './sessions.postgres.draft.ts';
import {
  answeredStatement,
  claimStatement,
  cursorsStatement,
  readStatement,
  trimStatement,
} from './sessions.postgres.statement.ts';
import { slowMs, type SessionWriter } from './sessions.postgres.writer.ts';

export interface PostgresSessionStoreOptions {
  readonly session: string;
  readonly owner: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly pool: pg.Pool;
  readonly writer: SessionWriter;
  readonly minRecords: number;
  /** Outbound numbers that may be used before they are written. 0: each waits for its commit. */
  readonly numbersAhead: number;
  /**
   * How long a caller that waits is kept waiting while the database is away. 0: its first failure is told.
   */
  readonly patienceMs: number;
  /** Of the lease that says whose the session is; 0: without one. */
  readonly leaseEpoch: number;
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
/** How long an end waits for a database that is away. */
const closeMs = 3_000;
const readAgainMs = 250;

export class PostgresSessionStore implements SessionStore {
  readonly #options: PostgresSessionStoreOptions;
  /** Of the current opening; answers to earlier ones are void. */
  #opening: Opening | undefined;

  constructor(options: PostgresSessionStoreOptions) {
    this.#options = options;
  }

  /** Takes the session over from whoever has it. Rejects with StoreUnavailableError. */
  async open(): Promise<StoredSession> {
    const { session, owner, numbersAhead, leaseEpoch } = this.#options;
    // Inbound numbers that still wait for company must not be lost to the reading that follows.
    await this.close();
    const claim = [session, owner, numbersAhead, leaseEpoch];
    const [row] = await this.#query<SessionRow>(claimStatement, claim);
    if (row === undefined) throw new StoreFencedError(`session ${session} was opened under a later lease`);
    const cursors = await this.#query<{ partition: string; sequence: number }>(cursorsStatement, [session]);
    const answered = await this.#query<{ number: number }>(answeredStatement, [
      session,
      row.generation,
      row.next_inbound,
    ]);
    const numbers: SessionNumbers = {
      epoch: row.epoch,
      generation: row.generation,
      nextOutbound: row.next_outbound,
      nextInbound: row.next_inbound,
      createdAtMs: row.created_at_ms,
      reservedOutbound: row.next_outbound + numbersAhead,
    };
    this.#opening = new Opening(this.#options, numbers);
    return {
      nextOutbound: numbers.nextOutbound,
      nextInbound: numbers.nextInbound,
      createdAtMs: numbers.createdAtMs,
      cursors: new Map(cursors.map(({ partition, sequence }) => [partition, sequence])),
      answered: answered.map(({ number }) => number),
    };
  }

  append(records: readonly OutboundRecord[], numbers: NumbersWithBatch = {}): void | Promise<void> {
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

  /** Resolves when the database has said that the session is ours; rejects when it has another owner. */
  confirmOwner(): Promise<void> {
    return this.#open.confirm();
  }

  setNextOutbound(next: number): void | Promise<void> {
    return this.#open.append([], { nextOutbound: next });
  }

  reset(createdAtMs: number): Promise<void> {
    return this.#open.reset(createdAtMs);
  }

  /** Rejects with StoreFencedError when the session has another owner. */
  async read(from: number, to: number): Promise<readonly OutboundRecord[]> {
    const opening = this.#open;
    const untilMs = performance.now() + this.#options.patienceMs;
    await opening.written(untilMs);
    const values = [this.#options.session, opening.epoch, from, Math.min(to, Number.MAX_SAFE_INTEGER)];
    const rows = await this.#patiently<MessageRow>(untilMs, readStatement, values);
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

  async #patiently<Row extends pg.QueryResultRow>(
    untilMs: number,
    text: string,
    values: unknown[],
  ): Promise<Row[]> {
    for (;;) {
      try {
        return await this.#query<Row>(text, values);
      } catch (error) {
        if (performance.now() + readAgainMs >= untilMs) throw error;
        await delay(readAgainMs);
      }
    }
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
  /** Given to the writer, and neither stored nor given up. */
  readonly #unsettled = new Set<Draft>();
  /** The last batch; inbound numbers that follow it are not waited for. */
  #written: Promise<void> = Promise.resolve();
  /** Numbers below it are set aside in the database. */
  #reserved: number;
  #broken: Error | undefined;
  /** Messages since old ones were last deleted. */
  #untrimmed = Infinity;
  #trimming: Promise<void> | undefined;

  constructor(options: PostgresSessionStoreOptions, numbers: SessionNumbers) {
    this.#options = options;
    this.session = options.session;
    this.#numbers = numbers;
    this.#reserved = numbers.reservedOutbound;
  }

  get epoch(): number {
    return this.#numbers.epoch;
  }

  append(records: readonly OutboundRecord[], more: NumbersWithBatch): void | Promise<void> {
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
    this.#setAside(draft);
    if (records.length > 0) this.#written = draft.stored;
    const isOfEvent = ({ source }: OutboundRecord): boolean =>
      source !== undefined && source.partition !== ANSWER;
    const mayBeAhead = numbers.nextOutbound <= this.#reserved && !records.some(isOfEvent);
    if (this.#options.numbersAhead === 0 || !mayBeAhead) return this.#write(draft, records, before);
    const hasBody = records.some(({ frame }) => frame.length > 0);
    if (!hasBody || this.#options.writer.isAway) {
      this.#options.writer.grown(draft.bytes - before, true);
      return undefined;
    }
    this.#options.writer.grown(draft.bytes - before, false);
    return orSoon(draft.stored);
  }

  /** More numbers, long before those that there are have been used. */
  #setAside({ numbers }: Draft): void {
    const { numbersAhead } = this.#options;
    if (numbers.reservedOutbound - numbers.nextOutbound >= numbersAhead / 2) return;
    numbers.reservedOutbound = numbers.nextOutbound + numbersAhead;
    this.#numbers.reservedOutbound = numbers.reservedOutbound;
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

  confirm(): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const draft = this.#openDraft();
    return this.#write(draft, [], draft.bytes);
  }

  reset(createdAtMs: number): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const draft = this.#openDraft();
    draft.reset(createdAtMs, this.#options.numbersAhead);
    Object.assign(this.#numbers, draft.numbers);
    // Those that were set aside before are not of this generation.
    this.#reserved = 0;
    this.#untrimmed = Infinity;
    this.#written = draft.stored;
    return this.#write(draft, [], draft.bytes);
  }

  settled(outcome: 'stored' | StoreFencedError | StoreUnavailableError, draft: Draft): void {
    this.#unsettled.delete(draft);
    if (outcome !== 'stored') {
      this.#broken = outcome;
      // What came after it rests on it.
      this.#dropDraft(outcome);
      return;
    }
    const { generation, reservedOutbound } = draft.numbers;
    if (generation === this.#numbers.generation) this.#reserved = reservedOutbound;
    this.#untrimmed += draft.messages.length;
    if (this.#untrimmed >= trimmedAtOnce) this.#trim();
  }

  async written(untilMonoMs: number): Promise<void> {
    for (const draft of this.#unsettled) draft.awaited(untilMonoMs);
    await this.#written;
  }

  async close(): Promise<void> {
    const { writer, numbersAhead, log } = this.#options;
    if (numbersAhead > 0 && this.#broken === undefined) this.#giveBack();
    const draft = this.#draft;
    if (draft !== undefined && writer.has(draft)) writer.flush();
    const untilMs = performance.now() + closeMs;
    for (const unsettled of this.#unsettled) unsettled.awaited(untilMs);
    await draft?.stored.catch((error: unknown) => {
      log.warn({ err: error, session: this.session }, 'the last numbers were not stored');
    });
    this.#broken ??= new StoreUnavailableError('the store is closed');
    await this.#trimming;
  }

  /** The numbers that were set aside and not used. */
  #giveBack(): void {
    const draft = this.#openDraft();
    draft.numbers.reservedOutbound = draft.numbers.nextOutbound;
    draft.isLast = true;
    this.#options.writer.grown(0, false);
  }

  /** The draft that still grows, or a new one. */
  #openDraft(): Draft {
    const { writer } = this.#options;
    if (this.#draft === undefined || !writer.has(this.#draft)) {
      this.#draft = new Draft(this, this.#numbers);
      if (this.#options.patienceMs === 0) this.#draft.awaited(0);
      this.#unsettled.add(this.#draft);
      writer.add(this.#draft);
    }
    return this.#draft;
  }

  /** Of an order that is late by then nobody must see anything: a resend leaves it out. */
  #write(draft: Draft, records: readonly OutboundRecord[], bytesBefore: number): Promise<void> {
    const { patienceMs, writer } = this.#options;
    const deadlineMs = Math.min(Infinity, ...records.map((one) => one.deadlineMs ?? Infinity));
    draft.awaited(performance.now() + Math.min(patienceMs, Math.max(0, deadlineMs - Date.now())));
    this.#written = draft.stored;
    writer.grown(draft.bytes - bytesBefore, false);
    if (patienceMs === 0 || deadlineMs === Infinity) return draft.stored;
    return draft.stored.then(() => {
      if (Date.now() <= deadlineMs) return;
      this.#broken = new StoreUnavailableError('stored after its deadline; the session must not send it');
      throw this.#broken;
    });
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

/** Resolves when it is stored, or after a moment: it is known then that this takes longer. */
async function orSoon(stored: Promise<void>): Promise<void> {
  const limit = new AbortController();
  try {
    await Promise.race([stored, delay(slowMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
  } finally {
    limit.abort();
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
