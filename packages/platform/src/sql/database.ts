/**
 * The SQL database: a bounded pool with time limits on every statement, typed tables for Kysely, and
 * migrations. Works with the embedded PostgreSQL and with any PostgreSQL ≥ 15 by URL.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Kysely, PostgresDialect, type Generated } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';

export interface Tables {
  partition_owner: {
    partition: string;
    epoch: number;
    head: number;
    owner: string;
    claimed_at: Date;
    lease_epoch: Generated<number>;
  };
  journal: {
    partition: string;
    sequence: number;
    epoch: number;
    at: Date;
    type: string;
    version: number;
    body: unknown;
  };
  snapshot: { partition: string; sequence: number; epoch: number; body: string; at: Date };
  configuration: {
    version: number;
    kind: string;
    id: string;
    body: unknown;
    changed_by: string;
    changed_at: Date;
    reason: string | null;
    changeset: string | null;
  };
  configuration_schedule: {
    id: string;
    due_at: Date;
    changes: unknown;
    reason: string;
    asked_by: string;
    asked_at: Date;
    state: string;
    claimed_at: Date | null;
    outcome: string;
  };
  system_event: {
    id: string;
    at: Date;
    kind: string;
    severity: string;
    subject: string;
    firm: string | null;
    text: string;
    details: unknown;
  };
  revoked_token: { jti: string; expires_at: Date };
  order_view: {
    firm: string;
    order_id: string;
    cl_ord_id: string;
    client: string;
    channel: string;
    account: string;
    trader: string;
    instrument: string;
    symbol: string;
    side: string;
    type: string;
    price: string | null;
    quantity: string;
    time_in_force: string;
    status: string;
    filled_quantity: string;
    leaves_quantity: string;
    average_price: string | null;
    code: string | null;
    text: string;
    unknown: boolean;
    created_at: Date;
    updated_at: Date;
    sequence: number;
  };
  execution_view: {
    firm: string;
    exec_id: string;
    exec_type: string;
    exec_ref_id: string | null;
    order_id: string;
    cl_ord_id: string;
    account: string;
    trader: string;
    channel: string;
    client: string;
    instrument: string;
    symbol: string;
    side: string;
    quantity: string;
    price: string;
    /** ISO date. */
    value_date: string | null;
    venue: string;
    venue_exec_id: string;
    at: Date;
    sequence: number;
  };
  order_name: {
    firm: string;
    client: string;
    cl_ord_id: string;
    order_id: string;
    sequence: number;
  };
  case_view: {
    firm: string;
    case_id: string;
    kind: string;
    state: string;
    venue: string;
    route_id: string;
    venue_exec_id: string | null;
    order_id: string | null;
    instrument: string | null;
    side: string | null;
    text: string;
    raw: string | null;
    action: string | null;
    quantity: string | null;
    price: string | null;
    price_scale: number | null;
    quantity_scale: number | null;
    opened_at: Date;
    resolved_at: Date | null;
    resolved_by: string | null;
    reason: string | null;
    sequence: number;
  };
  position_view: {
    firm: string;
    account: string;
    instrument: string;
    symbol: string;
    quantity: string;
    average_price: string | null;
    realized_pnl: string;
    quote_currency: string;
    changed_at: Date | null;
    sequence: number;
  };
  quality_watch: { only_one: boolean; lease_epoch: number; watched_to: Date };
  quality_span: {
    source: string;
    instrument: string;
    from_at: Date;
    to_at: Date | null;
    state: string;
    why: string;
    peak: number;
    is_conflated: boolean;
  };
  quality_period: {
    id: string;
    source: string;
    instrument: string;
    state: string;
    severity: string;
    from_at: Date;
    to_at: Date | null;
    troubled_ms: number;
    episodes: number;
    peak: number;
    why: string;
    cause: string | null;
    acknowledged_by: string | null;
    acknowledged_at: Date | null;
    excused_by: string | null;
    excused_at: Date | null;
  };
  quality_mark: {
    number: Generated<number>;
    period: string;
    at: Date;
    action: string;
    by_user: string;
    reason: string;
  };
  instrument_statistics: {
    grain: string;
    instrument: string;
    source: string;
    from_at: Date;
    length_ms: number;
    ticks: number;
    quoted_ms: number;
    spreads: unknown;
    bid_top_ms: number;
    ask_top_ms: number;
    silence_ms_max: number;
    open_twice: number | null;
    high_twice: number | null;
    low_twice: number | null;
    close_twice: number | null;
    variance: number;
  };
  bloomberg_usage: { day: Date; user_id: string; service: string; hits: number };
  bloomberg_security: { day: Date; security: string };
  projection_cursor: {
    projection: string;
    partition: string;
    sequence: number;
    lease_epoch: Generated<number>;
  };
}

export interface DatabaseOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Connections at most. Default 8. */
  readonly connectionsMax?: number;
  /** Server and client limit for one statement. Default 10 s. */
  readonly statementTimeoutMs?: number;
}

export interface Database {
  readonly kysely: Kysely<Tables>;
  readonly pool: pg.Pool;
  /** Throws when SQL does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** bigint as a safe integer (sequences, epochs), or an error; numeric stays text. */
export const sqlTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary'): unknown =>
    oid === pg.types.builtins.INT8 && format !== 'binary'
      ? parseSafeInteger
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} from SQL is not a safe integer`);
  return value;
}

/**
 * JSON text that every `text`, `json` and `jsonb` column takes: PostgreSQL stores neither NUL nor half a
 * surrogate pair.
 */
export function sqlJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.toWellFormed().replaceAll('\0', '\ufffd') : inner,
  );
}

/** Connects on first use; nothing is thrown here for a server that is away. */
export function connectDatabase(options: DatabaseOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax ?? 8,
    application_name: 'tidegate',
    types: sqlTypes,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    lock_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
    // Beyond the server's own limit: a server or network that has stopped answering altogether.
    query_timeout: statementTimeoutMs + 2_000,
  });
  // A connection that breaks must not end the process, idle or between two statements of a transaction; the
  // next use connects anew, or fails.
  pool.on('error', (error) => {
    Reflect.deleteProperty(error, 'client'); // the pool hangs the whole connection on it
    options.log.warn({ err: error }, 'idle SQL connection lost');
  });
  pool.on('connect', (client) => client.on('error', () => undefined));
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    kysely,
    pool,
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await kysely.destroy();
    },
  };
}

/** A migration that was applied is history: it must not change, nor may one appear before it. */
export class MigrationRefused extends Error {
  readonly code: 'MIGRATION_CHANGED' | 'MIGRATION_OUT_OF_ORDER' | 'SCHEMA_NEWER';

  constructor(code: MigrationRefused['code'], message: string) {
    super(message);
    this.name = 'MigrationRefused';
    this.code = code;
  }
}

export interface MigrationFile {
  readonly name: string;
  readonly text: string;
}

/** `packages/platform/migrations/*.sql` in order; the folder is the same for the sources and for `dist`. */
export function migrationFiles(
  folder = fileURLToPath(new URL('../../migrations/', import.meta.url)),
): readonly MigrationFile[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }));
}

/** Key of the advisory lock: replicas that start together migrate one after the other. */
const migrationLock = 7_002_7029;

/**
 * Brings the schema up to date, each file in a transaction of its own. Returns what was applied now. Throws
 * MigrationRefused.
 */
export async function migrate(url: string, files = migrationFiles()): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tidegate migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {
    /* reported by the statement that is under way */
  });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migration (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migration ORDER BY name',
    );
    const pending = pendingMigrations(files, rows);
    for (const file of pending) {
      await client.query('BEGIN');
      try {
        await client.query(file.text);
        await client.query('INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)', [
          file.name,
          checksumOf(file),
        ]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw new Error(`migration ${file.name} failed and was rolled back`, { cause: error });
      }
    }
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Those that `migrate` would apply; changes nothing. Throws MigrationRefused. */
export async function pendingMigrationNames(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const files = migrationFiles();
    const { rows } = await client.query<{ here: string | null }>(
      "SELECT to_regclass('schema_migration') AS here",
    );
    if ((rows[0]?.here ?? undefined) === undefined) return files.map(({ name }) => name);
    const applied = await client.query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migration ORDER BY name',
    );
    return pendingMigrations(files, applied.rows).map(({ name }) => name);
  } finally {
    await client.end();
  }
}

function pendingMigrations(
  files: readonly MigrationFile[],
  applied: readonly { name: string; checksum: string }[],
) {
  for (const [index, { name, checksum }] of applied.entries()) {
    const file = files.find((one) => one.name === name);
    if (file === undefined) {
      throw new MigrationRefused(
        'SCHEMA_NEWER',
        `the database has migration ${name}, which this release does not know`,
      );
    }
    if (checksumOf(file) !== checksum) {
      throw new MigrationRefused('MIGRATION_CHANGED', `migration ${name} was applied with another text`);
    }
    if (files[index]?.name !== name) {
      throw new MigrationRefused(
        'MIGRATION_OUT_OF_ORDER',
        `a migration now stands before ${name}, which is already applied`,
      );
    }
  }
  return files.slice(applied.length);
}

function checksumOf(file: MigrationFile): string {
  return createHash('sha256').update(file.text).digest('hex');
}
