/**
 * FIX session stores on PostgreSQL, shared by replicas: opening a session takes it over, and its previous
 * owner is fenced. All sessions of a process share one writer that commits in groups. What `await append`
 * returned from survives the death of the process, the host and the database server (fsync, synchronous
 * commit); loss of the server's disk only with a synchronous standby. Stands where a gateway's sessions keep
 * their numbers when they may move to another process.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { sqlTypes } from '../sql/database.ts';
import { PostgresSessionStore } from './sessions.postgres.store.ts';
import { deliveredStatement } from './sessions.postgres.statement.ts';
import { SessionWriter, type SessionWriterCounts } from './sessions.postgres.writer.ts';

export interface PostgresSessionsOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Of this process, for operators who look into the table. */
  readonly owner: string;
  /** Limit for one statement at the server; the client waits one second longer. Default 5 s. */
  readonly timeoutMs?: number;
  /** At least this many of a session's last messages stay resendable. Default 100,000. */
  readonly minRecords?: number;
  /** Bytes of messages that wait for the database, at most; more is refused. Default 64 MiB. */
  readonly queuedBytesMax?: number;
  /**
   * How long an inbound number waits for a batch to go with, in ms; a crash in this time makes the peer
   * resend what the application knows already. Default 20.
   */
  readonly inboundDelayMs?: number;
  /**
   * How long a message of an order waits for a database that is away, in ms, before its session fails; what
   * needs no store goes on. Default 0: a failure is told at once.
   */
  readonly patienceMs?: number;
}

const timeoutMsDefault = 5_000;
const minRecordsDefault = 100_000;
const queuedBytesMaxDefault = 67_108_864;
const inboundDelayMsDefault = 20;

export class PostgresSessions {
  readonly #options: PostgresSessionsOptions;
  readonly #pool: pg.Pool;
  readonly #writer: SessionWriter;
  #isClosed = false;

  constructor(options: PostgresSessionsOptions) {
    this.#options = options;
    const timeoutMs = options.timeoutMs ?? timeoutMsDefault;
    const client: pg.ClientConfig = {
      connectionString: options.url,
      types: sqlTypes,
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs,
      // Beyond the server's own limit: one that has stopped answering altogether.
      query_timeout: timeoutMs + 1_000,
    };
    this.#pool = new pg.Pool({ ...client, max: 3, application_name: 'tidegate session reads' });
    this.#pool.on('error', () => {
      /* an idle connection; the next read connects anew */
    });
    this.#writer = new SessionWriter({
      client: { ...client, application_name: 'tidegate sessions' },
      log: options.log,
      queuedBytesMax: options.queuedBytesMax ?? queuedBytesMaxDefault,
      inboundDelayMs: options.inboundDelayMs ?? inboundDelayMsDefault,
    });
  }

  get counts(): SessionWriterCounts {
    return this.#writer.counts;
  }

  /**
   * The store of the session with this name. Nothing happens before its `open`. `numbersAhead`: so many
   * outbound numbers it may use before they are written, for what need not be stored before it is sent; after
   * a crash it goes on behind them. `leaseEpoch`: whoever opened it under a later lease keeps it.
   */
  store(session: string, numbersAhead = 0, leaseEpoch = 0): PostgresSessionStore {
    if (this.#isClosed) throw new Error('the session stores are closed');
    const { owner, log, minRecords, patienceMs = 0 } = this.#options;
    return new PostgresSessionStore({
      session,
      owner,
      log,
      pool: this.#pool,
      writer: this.#writer,
      minRecords: minRecords ?? minRecordsDefault,
      numbersAhead,
      patienceMs,
      leaseEpoch,
    });
  }

  /** By partition: the last number that any session there is was told. */
  async delivered(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#pool.query<{ partition: string; sequence: number }>(deliveredStatement);
    return new Map(rows.map(({ partition, sequence }) => [partition, sequence]));
  }

  /** Writes what is under way, then disconnects. Close the stores first. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writer.close();
    await this.#pool.end();
  }
}
