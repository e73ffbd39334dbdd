/**
 * The journal's own SQL session, on which all appends of a process run. When one is lost with a statement
 * unanswered, its successor first makes sure that the old one is dead at the server; only then is "read the
 * journal" an answer to "did it happen?".
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { sqlTypes } from '../sql/database.ts';
import type { GroupMember } from './journal.group.ts';

/** A session as the server names it, so that it can be ended from another one. */
export interface SessionIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export interface JournalSessionOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly timeoutMs: number;
  /** Called once when the session is lost. */
  readonly onLost: (reason: Error, session: JournalSession) => void;
}

/**
 * One statement, so one transaction: moves the head of every partition whose epoch and head are as the append
 * says, and inserts the records of just those. A member that is fenced finds no row to move and leaves the
 * others alone. The moved row is locked until the commit, so a claim waits for it and then sees the new head.
 */
export const appendStatement = `
  WITH member AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
      AS m (partition, epoch, first, last)
  ), moved AS (
    UPDATE partition_owner o SET head = m.last FROM member m
    WHERE o.partition = m.partition AND o.epoch = m.epoch AND o.head = m.first - 1
    RETURNING o.partition, o.epoch
  ), inserted AS (
    INSERT INTO journal (partition, sequence, epoch, at, type, version, body)
    SELECT moved.partition, e.sequence, moved.epoch, e.at, e.type, e.version, e.body::json
    FROM ROWS FROM (
        unnest($5::text[]), unnest($6::bigint[]), unnest($7::timestamptz[]), unnest($8::text[]),
        unnest($9::int[]), string_to_table($10, E'\\n')
      ) AS e (partition, sequence, at, type, version, body)
    JOIN moved USING (partition)
  )
  SELECT partition FROM moved`;

export class JournalSession {
  readonly identity: SessionIdentity;
  readonly #client: pg.Client;
  readonly #timeoutMs: number;
  readonly #onLost: JournalSessionOptions['onLost'];
  /** Rejects when the session is lost. */
  readonly #lost = Promise.withResolvers<never>();
  #isLost = false;

  private constructor(client: pg.Client, identity: SessionIdentity, options: JournalSessionOptions) {
    this.#client = client;
    this.identity = identity;
    this.#timeoutMs = options.timeoutMs;
    this.#onLost = options.onLost;
    this.#lost.promise.catch(() => undefined);
    client.removeAllListeners('error');
    client.on('error', (error) => this.lose(error));
    client.on('end', () => this.lose(new Error('connection closed')));
    // None is expected here. The one that matters: committed locally, but the wait for the standby was given
    // up.
    client.on('notice', (notice) => {
      if (notice.severity === 'WARNING') this.lose(new Error(`warning during an append: ${notice.message}`));
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** `predecessor`: a lost session that must be dead at the server first. */
  static async open(options: JournalSessionOptions, predecessor?: SessionIdentity): Promise<JournalSession> {
    const client = clientOf(options);
    const close = () => client.end().catch(() => undefined);
    // A server that accepts and then says nothing: end() rejects whatever is under way.
    const watchdog = setTimeout(() => void close(), 3 * options.timeoutMs).unref();
    try {
      await client.connect();
      const identity = await identityOf(client, options.log);
      // As the server is set: with a standby it may wait for that too.
      const { rows } = await client.query<{ commit: string }>(
        "SELECT current_setting('synchronous_commit') AS commit",
      );
      if (rows[0]?.commit === 'off') await client.query('SET synchronous_commit = on');
      if (predecessor !== undefined) await endSession(client, predecessor);
      return new JournalSession(client, identity, options);
    } catch (error) {
      await close();
      throw error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /**
   * Partitions whose records are durable; the others were fenced. Rejects with the server's error when the
   * statement failed as a whole (nothing happened), and with `SessionLost` when its outcome is not known.
   */
  async append(members: readonly GroupMember[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.#answerTo(
      this.#client.query<{ partition: string }>({
        name: 'journal-append',
        text: appendStatement,
        values: parametersOf(members),
      }),
    );
    return new Set(rows.map(({ partition }) => partition));
  }

  async #answerTo<Answer>(query: Promise<Answer>): Promise<Answer> {
    const timer = setTimeout(
      () => this.lose(new Error(`no answer in ${this.#timeoutMs + 1_000} ms`)),
      this.#timeoutMs + 1_000,
    );
    try {
      const answer = query.catch((error: unknown) => {
        if (isStatementError(error)) throw error;
        // The connection went with the answer: the outcome is told by `lost`.
        this.lose(error instanceof Error ? error : new Error(String(error)));
        return this.#lost.promise;
      });
      return await Promise.race([answer, this.#lost.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  lose(reason: Error): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#lost.reject(new SessionLost(reason.message, { cause: reason }));
    void this.#end();
    this.#onLost(reason, this);
  }

  async close(): Promise<void> {
    this.#isLost = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

function clientOf({ url, timeoutMs }: JournalSessionOptions): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tidegate journal',
    types: sqlTypes,
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
  });
  client.on('error', () => {
    /* reported by the statement that is under way */
  });
  return client;
}

async function identityOf(client: pg.Client, log: JournalSessionOptions['log']): Promise<SessionIdentity> {
  const {
    rows: [row],
  } = await client.query<{ pid: number; started_at: string; is_standby: boolean; fsync: string }>(
    `SELECT pid, backend_start::text AS started_at, pg_is_in_recovery() AS is_standby,
       current_setting('fsync') AS fsync
     FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  if (row === undefined || row.is_standby) throw new Error('the server is a standby: it takes no appends');
  if (row.fsync !== 'on')
    log.warn({ fsync: row.fsync }, 'the journal database runs without fsync: a power cut loses orders');
  return { pid: row.pid, startedAt: row.started_at };
}

/** The connection was lost with the statement unanswered. */
export class SessionLost extends Error {}

export function parametersOf(members: readonly GroupMember[]): unknown[] {
  const partitions: string[] = [];
  const sequences: number[] = [];
  const times: string[] = [];
  const types: string[] = [];
  const versions: number[] = [];
  const bodies: string[] = [];
  for (const { partition, appends } of members) {
    for (const { entry } of appends) {
      for (const [index, event] of entry.append.events.entries()) {
        partitions.push(partition);
        sequences.push(entry.append.firstSequence + index);
        times.push(new Date(event.atMs).toISOString());
        types.push(event.type);
        const { version, text } = entry.bodies[index]!;
        versions.push(version);
        bodies.push(text);
      }
    }
  }
  return [
    members.map((one) => one.partition),
    members.map((one) => one.epoch),
    members.map((one) => one.first),
    members.map((one) => one.last),
    partitions,
    sequences,
    times,
    types,
    versions,
    // JSON text has no line breaks; an array of text would escape every quotation mark in it.
    bodies.join('\n'),
  ];
}

/** The server refused the statement and rolled it back, and the session goes on. */
function isStatementError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR';
}

async function endSession(client: pg.Client, { pid, startedAt }: SessionIdentity): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid = $1 AND backend_start = $2::timestamptz`,
      [pid, startedAt],
    );
    if (rowCount === 0) return;
    if (attempt === 100) throw new Error(`session ${pid} with an unanswered append does not end`);
    await delay(20);
  }
}
