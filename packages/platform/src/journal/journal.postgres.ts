/**
 * The order journal on PostgreSQL, with group commit: while one insert is under way, appends wait in a
 * bounded queue, then go as one statement for all partitions (`journal.session.ts`). Durability: what `await
 * append` returned from survives the death of the process and of the database server (fsync, synchronous
 * commit); loss of the host's disk only with a synchronous standby.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readBody } from '@tidegate/wire/journal.body';
import type { Logger } from 'pino';
import type { OrderTrace } from '../observe/trace.ts';
import { sqlTypes } from '../sql/database.ts';
import {
  JournalFenced,
  JournalUnavailable,
  JournalArchived,
  namesOrder,
  type Append,
  type ArchivedRange,
  type Journal,
  type JournalRecord,
  type Snapshot,
  type SnapshotPart,
} from './journal.ts';
import { Confirmations } from './journal.confirm.ts';
import { journalEntry } from './journal.entry.ts';
import {
  archivedFrom,
  archivedStatement,
  keptStatement,
  lengthWithoutHole,
  type ArchivedRow,
} from './journal.archived.ts';
import { takeGroup, type GroupMember, type PendingAppend } from './journal.group.ts';
import { JournalSession, SessionLost, type SessionIdentity } from './journal.session.ts';
import { latestHead, readParts, saveHead, savePart, type Query } from './snapshots.postgres.ts';

export interface PostgresJournalOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Limit for one statement at the server; the client waits one second longer. Default 5 s. */
  readonly timeoutMs?: number;
  /** Appends waiting at most; more are refused with JournalUnavailable. Default 10,000. */
  readonly queueLimit?: number;
  /** Told on every change; the first connection counts as one. */
  readonly onStateChange?: (isUp: boolean) => void;
  readonly trace?: OrderTrace | undefined;
}

/** Counted since the start. */
export interface JournalCounts {
  readonly statements: number;
  readonly appends: number;
  readonly events: number;
  readonly fenced: number;
  readonly unavailable: number;
}

const claimStatement = `
  INSERT INTO partition_owner (partition, epoch, head, owner, lease_epoch)
  VALUES ($1, 1, 0, $2, coalesce($3::bigint, 0))
  ON CONFLICT (partition) DO UPDATE
    SET epoch = partition_owner.epoch + 1, owner = excluded.owner, claimed_at = now(),
      lease_epoch = coalesce($3::bigint, partition_owner.lease_epoch)
    WHERE $3::bigint IS NULL OR partition_owner.lease_epoch <= $3::bigint
  RETURNING epoch, head`;
const backoffMsMin = 50;
const backoffMsMax = 2_000;
const readLimitMax = 10_000;
const queuedBytesMax = 67_108_864;

interface RecordRow {
  readonly sequence: number;
  readonly epoch: number;
  readonly at: Date;
  readonly type: string;
  readonly version: number;
  readonly body: object;
}

function recordOf(partition: string, { at, ...row }: RecordRow): JournalRecord {
  const atMs = at.getTime();
  return { partition, atMs, ...row, body: readBody(row.version, row.type, atMs, row.body) };
}

export class PostgresJournal implements Journal {
  readonly #options: PostgresJournalOptions;
  readonly #timeoutMs: number;
  readonly #queueLimit: number;
  readonly #pool: pg.Pool;
  readonly #counts = { statements: 0, appends: 0, events: 0, fenced: 0, unavailable: 0 };
  #session: JournalSession | undefined;
  /** A lost session whose last statement has no known outcome. */
  #lost: SessionIdentity | undefined;
  #queue: PendingAppend[] = [];
  #queuedBytes = 0;
  #isWriting = false;
  #isClosed = false;
  #up = Promise.withResolvers<void>();
  readonly #ask: Query = (text, values) => this.#query(text, values);
  readonly #confirmations = new Confirmations((text, values) => this.#query(text, values, 'journal-confirm'));

  private constructor(options: PostgresJournalOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#queueLimit = options.queueLimit ?? 10_000;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: 3,
      application_name: 'tidegate journal reads',
      types: sqlTypes,
      keepAlive: true,
      connectionTimeoutMillis: this.#timeoutMs,
      statement_timeout: this.#timeoutMs,
      lock_timeout: this.#timeoutMs,
      query_timeout: this.#timeoutMs + 1_000,
    });
    this.#pool.on('error', () => {
      /* an idle connection; the next read connects anew */
    });
  }

  /** Throws when the database cannot be reached now; later losses are healed by reconnecting. */
  static async connect(options: PostgresJournalOptions): Promise<PostgresJournal> {
    const journal = new PostgresJournal(options);
    try {
      await journal.#openSession();
    } catch (cause) {
      await journal.close();
      throw new JournalUnavailable('the journal database cannot be reached', { cause });
    }
    return journal;
  }

  get isUp(): boolean {
    return this.#session !== undefined;
  }

  get counts(): JournalCounts {
    return { ...this.#counts };
  }

  async claim(
    partition: string,
    owner: string,
    leaseEpoch?: number,
  ): Promise<{ readonly epoch: number; readonly head: number }> {
    const [row] = await this.#query<{ epoch: number; head: number }>(claimStatement, [
      partition,
      owner,
      leaseEpoch ?? null,
    ]);
    if (row === undefined)
      throw new JournalFenced(`${partition} was claimed under a later lease than ${leaseEpoch}`);
    return row;
  }

  confirm(partition: string, epoch: number): Promise<void> {
    return this.#confirmations.confirm(partition, epoch);
  }

  append(append: Append): Promise<void> {
    const entry = journalEntry(append);
    if (this.#session === undefined) return this.#refuse('the journal is not connected');
    if (this.#queue.length >= this.#queueLimit || this.#queuedBytes >= queuedBytesMax) {
      return this.#refuse('the journal queue is full');
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ entry, queuedAtMs: this.#options.trace?.now(), resolve, reject });
    this.#queuedBytes += entry.bytes;
    if (!this.#isWriting) void this.#write();
    return promise;
  }

  async read(partition: string, from: number, limit: number): Promise<readonly JournalRecord[]> {
    const rows = await this.#query<RecordRow>(
      `SELECT sequence, epoch, at, type, version, body FROM journal
       WHERE partition = $1 AND sequence >= $2 ORDER BY sequence LIMIT $3`,
      [partition, from, Math.min(limit, readLimitMax)],
      'journal-read',
    );
    return (await this.#fromArchive(partition, from, limit, rows)).map((row) => recordOf(partition, row));
  }

  async readOrder(
    partition: string,
    orderId: string,
    from: number,
    to: number,
  ): Promise<readonly JournalRecord[]> {
    const archived = await this.#query<ArchivedRow>(archivedStatement, [partition, from]);
    if (archived[0] !== undefined && archived[0].first <= to)
      throw new JournalArchived(partition, archived[0]);
    // By its text: SQL takes no JSON apart that has \u0000 somewhere in it.
    const rows = await this.#query<RecordRow>(
      `SELECT sequence, epoch, at, type, version, body FROM journal
       WHERE partition = $1 AND sequence BETWEEN $2 AND $3 AND position($4 IN body::text) > 0
       ORDER BY sequence`,
      [partition, from, to, JSON.stringify(orderId)],
    );
    return rows.map((row) => recordOf(partition, row)).filter(({ body }) => namesOrder(body, orderId));
  }

  async archivedFrom(partition: string, from: number): Promise<ArchivedRange | undefined> {
    return archivedFrom(await this.#query<ArchivedRow>(archivedStatement, [partition, from]), from);
  }

  async heads(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query<{ partition: string; head: number }>(
      'SELECT partition, head FROM partition_owner',
      [],
    );
    return new Map(rows.map(({ partition, head }) => [partition, head]));
  }

  saveSnapshotPart(partition: string, epoch: number, part: SnapshotPart): Promise<void> {
    return savePart(this.#ask, partition, epoch, part);
  }

  saveSnapshot(partition: string, epoch: number, snapshot: Omit<Snapshot, 'epoch'>): Promise<void> {
    return saveHead(this.#ask, partition, epoch, snapshot);
  }

  latestSnapshot(partition: string): Promise<Snapshot | undefined> {
    return latestHead(this.#ask, partition);
  }

  snapshotParts(
    partition: string,
    snapshot: Omit<Snapshot, 'body'>,
    from: number,
    limit: number,
  ): Promise<readonly string[]> {
    return readParts(this.#ask, partition, snapshot, from, limit);
  }

  /** Lets what is queued finish, then closes. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    while (this.#isWriting) await delay(5);
    this.#up.promise.catch(() => undefined);
    this.#up.reject(new JournalUnavailable('the journal is closed'));
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
    await this.#pool.end();
  }

  /**
   * Rows of the journal from `from` on, up to where they have a hole, with what the archive has left here.
   */
  async #fromArchive(
    partition: string,
    from: number,
    limit: number,
    rows: readonly RecordRow[],
  ): Promise<readonly RecordRow[]> {
    const first = Math.max(from, 1);
    const joined = rows.slice(0, lengthWithoutHole(rows, first));
    if (joined.length > 0) return joined;
    const archived = await this.archivedFrom(partition, first);
    if (archived === undefined) return rows;
    const [kept] =
      archived.last === first ? await this.#query<RecordRow>(keptStatement, [partition, first]) : [];
    if (kept === undefined) throw new JournalArchived(partition, archived);
    return [kept, ...rows.slice(0, Math.min(lengthWithoutHole(rows, first + 1), limit - 1))];
  }

  #refuse(why: string): Promise<never> {
    this.#counts.unavailable += 1;
    return Promise.reject(new JournalUnavailable(`${why}; nothing was sent`));
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    // One turn of waiting: appends of the same turn go together even when the journal was idle.
    await Promise.resolve();
    while (this.#session !== undefined && this.#queue.length > 0) {
      const { members, rest } = takeGroup(this.#queue);
      this.#queue = [...rest];
      this.#queuedBytes = rest.reduce((bytes, { entry }) => bytes + entry.bytes, 0);
      await this.#commit(this.#session, members);
    }
    this.#isWriting = false;
  }

  async #commit(session: JournalSession, members: readonly GroupMember[]): Promise<void> {
    const { trace } = this.#options;
    this.#counts.statements += 1;
    if (trace !== undefined)
      for (const { appends } of members)
        for (const { queuedAtMs = 0 } of appends) trace.end('append.queue', queuedAtMs);
    const sentAtMs = trace?.now() ?? 0;
    try {
      const durable = await session.append(members);
      trace?.end('append.statement', sentAtMs);
      for (const member of members) {
        if (durable.has(member.partition)) this.#settle(member);
        else this.#fence(member);
      }
    } catch (error) {
      const isRefused = error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');
      if (isRefused && members.length > 1) {
        // One member's data broke the statement, which did nothing: the others must not pay for it.
        for (const member of members) await this.#commit(session, [member]);
        return;
      }
      this.#fail(members, error);
    }
  }

  #settle({ appends }: GroupMember): void {
    for (const { entry, resolve } of appends) {
      this.#counts.appends += 1;
      this.#counts.events += entry.bodies.length;
      resolve();
    }
  }

  #fence({ partition, epoch, first, appends }: GroupMember): void {
    this.#counts.fenced += appends.length;
    const text = `append to ${partition} from ${first}: epoch ${epoch} or the sequence is not current`;
    for (const { reject } of appends) reject(new JournalFenced(text));
  }

  #fail(members: readonly GroupMember[], cause: unknown): void {
    const why =
      cause instanceof SessionLost
        ? 'the journal did not answer; the outcome is not known'
        : 'the journal refused the statement; nothing was appended';
    for (const { appends } of members) this.#reject(appends, new JournalUnavailable(why, { cause }));
  }

  #reject(appends: readonly PendingAppend[], error: JournalUnavailable): void {
    this.#counts.unavailable += appends.length;
    for (const { reject } of appends) reject(error);
  }

  async #openSession(): Promise<void> {
    const { url, log } = this.#options;
    const session = await JournalSession.open(
      {
        url,
        log,
        timeoutMs: this.#timeoutMs,
        onLost: (reason, lost) => this.#sessionLost(lost, reason),
      },
      this.#lost,
    );
    if (this.#isClosed) return session.close();
    if (session.isLost) throw new Error('the new journal connection broke at once');
    this.#lost = undefined;
    this.#session = session;
    this.#up.resolve();
    this.#options.onStateChange?.(true);
  }

  #sessionLost(session: JournalSession, reason: Error): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#lost = session.identity;
    this.#up = Promise.withResolvers<void>();
    this.#options.log.error({ err: reason }, 'journal connection lost');
    const queued = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#reject(
      queued,
      new JournalUnavailable('the journal connection was lost; nothing was sent', { cause: reason }),
    );
    this.#options.onStateChange?.(false);
    if (!this.#isClosed) void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let backoffMs = backoffMsMin; !this.#isClosed; backoffMs = Math.min(2 * backoffMs, backoffMsMax)) {
      try {
        await this.#openSession();
        this.#options.log.info({}, 'journal connection is back');
        return;
      } catch (error) {
        this.#options.log.warn({ err: error, backoffMs }, 'journal database cannot be reached');
        await delay(backoffMs * (0.5 + Math.random() / 2), undefined, { ref: false });
      }
    }
  }

  /**
   * Waits for the session first: what is read then includes every append that was ever sent on a session now
   * lost. `name`: planned once for each connection, for it is asked often.
   */
  async #query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    name?: string,
  ): Promise<Row[]> {
    if (this.#isClosed) throw new JournalUnavailable('the journal is closed');
    if (this.#session === undefined) await this.#untilUp();
    try {
      return (await this.#pool.query<Row>({ text, values, ...(name === undefined ? {} : { name }) })).rows;
    } catch (cause) {
      throw new JournalUnavailable('the journal could not be read', { cause });
    }
  }

  async #untilUp(): Promise<void> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => timeout.reject(new JournalUnavailable('the journal is not connected')),
      this.#timeoutMs,
    );
    try {
      await Promise.race([this.#up.promise, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
