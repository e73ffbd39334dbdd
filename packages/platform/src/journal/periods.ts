/**
 * The periods of time that the journal's table is cut into, and making them ahead. Whoever owns partitions
 * does it, at its start and now and then; several at once take turns. What comes when no period is there for
 * it goes into the default table, which then becomes a period itself: an append waits for nobody.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { sqlTypes } from '../sql/database.ts';

export type PeriodLength = 'day' | 'week' | 'month';

export interface Period {
  /** Also of its table. */
  readonly name: string;
  /** UTC milliseconds; undefined: from the beginning of time. */
  readonly fromMs: number | undefined;
  /** The next one begins there. */
  readonly toMs: number;
  readonly state: 'live' | 'archived' | 'restored';
  readonly restoredAtMs: number | undefined;
  /** SHA-256 of the manifest of its archive. */
  readonly manifest: string | undefined;
}

export interface PeriodsOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Those beginning within so many lengths from now are there. */
const lengthsAhead = 2;
/** Key of the advisory lock of all who make periods or take them out. */
const periodsLock = 7_002_7030;
/** Appends wait behind whoever waits for a lock on the journal: no longer than this. */
const lockMs = 500;
/** Longer than `deadlock_timeout`, after which the server ends its own cleaning for one who waits. */
const vacuumMs = 5_000;

export class Periods {
  readonly #options: PeriodsOptions;

  constructor(options: PeriodsOptions) {
    this.#options = options;
  }

  /** Makes those that are missing; gives their names. Rejects when the journal is too busy: try again. */
  async makeAhead(length: PeriodLength, nowMs: number): Promise<readonly string[]> {
    const { url, log } = this.#options;
    return withClient(url, async (client) => {
      const made: string[] = [];
      for (;;) {
        const name = await transaction(client, () => makeNext(client, length, nowMs, log));
        if (name === undefined) return made;
        made.push(name);
      }
    });
  }
}

/** A connection for work on whole periods, which may take its time. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tidegate periods',
    types: sqlTypes,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {
    /* reported by the statement that is under way */
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Oldest first. */
export async function periodsOf(client: Pick<pg.ClientBase, 'query'>): Promise<readonly Period[]> {
  const { rows } = await client.query<PeriodRow>(
    'SELECT name, from_at, to_at, state, restored_at, manifest FROM journal_period ORDER BY to_at',
  );
  return rows.map((row) => ({
    name: row.name,
    fromMs: row.from_at?.getTime(),
    toMs: row.to_at.getTime(),
    state: row.state,
    restoredAtMs: row.restored_at?.getTime(),
    manifest: row.manifest ?? undefined,
  }));
}

interface PeriodRow {
  readonly name: string;
  readonly from_at: Date | null;
  readonly to_at: Date;
  readonly state: Period['state'];
  readonly restored_at: Date | null;
  readonly manifest: string | null;
}

/** With a short patience for locks: behind one who waits, appends wait, too. */
export async function transaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${lockMs}`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * For a transaction that changes which tables the journal is made of: others of that kind wait, and
 * autovacuum leaves the tables. That may take a second; readers and appends do not wait for it.
 */
export async function lockPeriods(client: pg.ClientBase, tables: readonly string[] = []): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${vacuumMs}`);
  await client.query('SELECT pg_advisory_xact_lock($1)', [periodsLock]);
  const all = ['journal_default', ...tables].join(', ');
  await client.query(`LOCK TABLE ${all} IN SHARE UPDATE EXCLUSIVE MODE`);
  await client.query(`SET LOCAL lock_timeout = ${lockMs}`);
}

/** Undefined: they reach far enough. */
async function makeNext(
  client: pg.ClientBase,
  length: PeriodLength,
  nowMs: number,
  log: PeriodsOptions['log'],
): Promise<string | undefined> {
  await lockPeriods(client);
  const fromMs = (await periodsOf(client)).at(-1)?.toMs;
  if (fromMs === undefined) throw new Error('the journal has no period');
  let horizonMs = nowMs;
  for (let count = 0; count < lengthsAhead; count++) horizonMs = boundaryAfter(horizonMs, length);
  if (fromMs >= horizonMs) return undefined;
  const name = `journal_${isoOf(fromMs).slice(0, 10).replaceAll('-', '')}`;
  const latest = await latestInDefault(client, fromMs);
  let toMs = boundaryAfter(fromMs, length);
  if (latest === undefined) {
    await client.query('SELECT make_journal_table($1)', [name]);
  } else {
    // It is a period already, but for its bounds: all of its times are behind the last one's.
    toMs = Math.max(toMs, boundaryAfter(latest, length));
    log.warn({ period: name, until: isoOf(toMs) }, 'the journal had no period for its newest events');
    await client.query('LOCK TABLE ONLY journal IN ACCESS EXCLUSIVE MODE');
    toMs = Math.max(toMs, boundaryAfter((await latestInDefault(client, fromMs)) ?? latest, length));
    await client.query(`ALTER TABLE journal DETACH PARTITION journal_default;
      ALTER TABLE journal_default RENAME TO ${name};
      ALTER INDEX journal_default_pkey RENAME TO ${name}_pkey;
      SELECT make_journal_table('journal_default')`);
  }
  await client.query(
    `ALTER TABLE journal ATTACH PARTITION ${name} FOR VALUES FROM ('${isoOf(fromMs)}') TO ('${isoOf(toMs)}')`,
  );
  if (latest !== undefined)
    await client.query('ALTER TABLE journal ATTACH PARTITION journal_default DEFAULT');
  await client.query('INSERT INTO journal_period (name, from_at, to_at) VALUES ($1, $2, $3)', [
    name,
    isoOf(fromMs),
    isoOf(toMs),
  ]);
  return name;
}

/**
 * UTC milliseconds; undefined: there is nothing from then on, as it should be. What a clock dates into a
 * period that was archived stays there for good.
 */
async function latestInDefault(client: pg.ClientBase, fromMs: number): Promise<number | undefined> {
  const { rows } = await client.query<{ at: Date | null }>(
    'SELECT max(at) AS at FROM journal_default WHERE at >= $1',
    [isoOf(fromMs)],
  );
  return rows[0]?.at?.getTime();
}

export const isoOf = (atMs: number): string => new Date(atMs).toISOString();

/** Beginning of the next day, Monday or month in UTC, behind `atMs`. */
export function boundaryAfter(atMs: number, length: PeriodLength): number {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  if (length === 'month') return Date.UTC(year, month + 1);
  return Date.UTC(year, month, day + (length === 'day' ? 1 : 7 - ((at.getUTCDay() + 6) % 7)));
}
