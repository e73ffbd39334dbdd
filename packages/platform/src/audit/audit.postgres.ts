/**
 * The audit in SQL. Appenders take turns by an advisory lock, so numbers have no hole and each entry is
 * chained to the one before; the tables refuse everything but appending.
 */
import type pg from 'pg';
import type { Database } from '../sql/database.ts';
import type { Page } from '../sql/page.ts';
import type { Audit, AuditQuery, StoredCheckpoint } from './audit.ts';
import { auditPage, readAuditCursor } from './audit.memory.ts';
import {
  noHead,
  storedAll,
  type AuditEntry,
  type AuditHead,
  type NewAuditEntry,
  type StoredEntry,
} from './entry.ts';
import type { Hash } from './tree.ts';

/** Key of the advisory lock. */
const appendLock = 7_002_7023;

interface EntryRow extends Omit<StoredEntry, 'at'> {
  readonly at: Date;
}
interface CheckpointRow {
  readonly size: number;
  readonly at: Date;
  readonly lease_epoch: number;
  readonly key: string;
  readonly note: string;
}

const entryColumns = 'number, id, at, person, what, target, body, hash';
const checkpointColumns = 'size, at, lease_epoch, key, note';
const headQuery = 'SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1';

export class PostgresAudit implements Audit {
  readonly #pool: pg.Pool;

  constructor({ pool }: Pick<Database, 'pool'>) {
    this.#pool = pool;
  }

  async append(entries: readonly NewAuditEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [appendLock]);
      await insert(client, entries);
      await client.query('COMMIT');
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      // A connection in the midst of something is not used again.
      client.release(broken);
    }
  }

  async head(): Promise<AuditHead> {
    const { rows } = await this.#pool.query<AuditHead>(headQuery);
    return rows[0] ?? noHead;
  }

  async list({ limit, before, from, to, who, what, target }: AuditQuery): Promise<Page<AuditEntry>> {
    const values: unknown[] = [];
    const where: string[] = [];
    const only = (condition: string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      where.push(`${condition} $${values.length}`);
    };
    only('number <', before === undefined ? undefined : readAuditCursor(before));
    only('at >=', from);
    only('at <=', to);
    only('person =', who);
    only('what =', what);
    only('target =', target);
    const filter = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    const { rows } = await this.#pool.query<EntryRow>(
      `SELECT ${entryColumns} FROM audit_entry ${filter} ORDER BY number DESC LIMIT ${limit + 1}`,
      values,
    );
    return auditPage(rows.map(stored), limit);
  }

  async after(number: number, limit: number): Promise<readonly StoredEntry[]> {
    const { rows } = await this.#pool.query<EntryRow>(
      `SELECT ${entryColumns} FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2`,
      [number, limit],
    );
    return rows.map(stored);
  }

  async hashesAfter(number: number, limit: number): Promise<readonly Hash[]> {
    const { rows } = await this.#pool.query<{ hash: Hash }>(
      'SELECT hash FROM audit_entry WHERE number > $1 ORDER BY number LIMIT $2',
      [number, limit],
    );
    return rows.map(({ hash }) => hash);
  }

  async addCheckpoint({ size, at, leaseEpoch, key, note }: StoredCheckpoint): Promise<boolean> {
    const { rowCount } = await this.#pool.query(
      `INSERT INTO audit_checkpoint (${checkpointColumns}) SELECT $1, $2, $3, $4, $5
       WHERE NOT EXISTS (SELECT FROM audit_checkpoint WHERE size >= $1 OR lease_epoch > $3)
       ON CONFLICT (size) DO NOTHING`,
      [size, at, leaseEpoch, key, note],
    );
    return rowCount === 1;
  }

  async checkpointsAfter(size: number, limit: number): Promise<readonly StoredCheckpoint[]> {
    const { rows } = await this.#pool.query<CheckpointRow>(
      `SELECT ${checkpointColumns} FROM audit_checkpoint WHERE size > $1 ORDER BY size LIMIT $2`,
      [size, limit],
    );
    return rows.map(checkpointOf);
  }

  async lastCheckpoint(): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.#pool.query<CheckpointRow>(
      `SELECT ${checkpointColumns} FROM audit_checkpoint ORDER BY size DESC LIMIT 1`,
    );
    return rows[0] === undefined ? undefined : checkpointOf(rows[0]);
  }
}

async function insert(client: pg.PoolClient, entries: readonly NewAuditEntry[]): Promise<void> {
  const ids = entries.map(({ id }) => id);
  const { rows: present } = await client.query<{ id: string }>(
    'SELECT id FROM audit_entry WHERE id = ANY ($1::uuid[])',
    [ids],
  );
  const known = new Set(present.map(({ id }) => id));
  const { rows } = await client.query<AuditHead>(headQuery);
  const all = storedAll(
    rows[0] ?? noHead,
    entries.filter(({ id }) => !known.has(id)),
  );
  // Row by row: the trigger sees each before the next.
  for (const { number, id, at, person, what, target, body, hash } of all)
    await client.query(`INSERT INTO audit_entry (${entryColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, [
      ...[number, id, at, person, what, target, body, hash],
    ]);
}

const stored = (row: EntryRow): StoredEntry => ({ ...row, at: row.at.toISOString() });
const checkpointOf = ({ lease_epoch: leaseEpoch, at, ...rest }: CheckpointRow): StoredCheckpoint => ({
  ...rest,
  at: at.toISOString(),
  leaseEpoch,
});
