/**
 * Snapshots of partitions in PostgreSQL: parts, each a small row, then the head that makes them count.
 * Whoever is killed in between leaves parts that nobody reads.
 */
import type pg from 'pg';
import { JournalFenced, type Snapshot, type SnapshotPart } from './journal.ts';

export type Query = <Row extends pg.QueryResultRow>(text: string, values: unknown[]) => Promise<Row[]>;

const snapshotsKept = 2;

/**
 * Parts need not be on the disk when they are written, and an order's commit must not wait for them: the head
 * is committed after them, and with it all that came before.
 */
export async function savePart(
  query: Query,
  partition: string,
  epoch: number,
  { sequence, part, body }: SnapshotPart,
): Promise<void> {
  const rows = await query(
    `INSERT INTO snapshot_part (partition, sequence, epoch, part, body)
     SELECT o.partition, $3, o.epoch, $4, $5
     FROM partition_owner o, set_config('synchronous_commit', 'off', true)
     WHERE o.partition = $1 AND o.epoch = $2
     ON CONFLICT (partition, sequence, epoch, part) DO UPDATE SET body = excluded.body
     RETURNING part`,
    [partition, epoch, sequence, part, body],
  );
  if (rows.length === 0)
    throw new JournalFenced(`part of snapshot ${sequence} of ${partition}: epoch ${epoch} is not current`);
}

export async function saveHead(
  query: Query,
  partition: string,
  epoch: number,
  { sequence, body }: Pick<Snapshot, 'sequence' | 'body'>,
): Promise<void> {
  const rows = await query(
    `
    WITH owned AS (
      SELECT epoch FROM partition_owner WHERE partition = $1 AND epoch = $2 AND head >= $3 FOR SHARE
    )
    INSERT INTO snapshot (partition, sequence, epoch, body) SELECT $1, $3, epoch, $4 FROM owned
    ON CONFLICT (partition, sequence) DO UPDATE SET epoch = excluded.epoch, body = excluded.body, at = now()
    RETURNING sequence`,
    [partition, epoch, sequence, body],
  );
  if (rows.length === 0)
    throw new JournalFenced(`snapshot ${sequence} of ${partition}: epoch ${epoch} or head is not current`);
  await query(
    `
    WITH kept AS (
      SELECT sequence, epoch FROM snapshot WHERE partition = $1 ORDER BY sequence DESC LIMIT ${snapshotsKept}
    ), heads AS (
      DELETE FROM snapshot WHERE partition = $1 AND sequence < (SELECT min(sequence) FROM kept)
    )
    DELETE FROM snapshot_part p WHERE partition = $1 AND sequence <= $2
      AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.sequence = p.sequence AND kept.epoch = p.epoch)`,
    [partition, sequence],
  );
}

export async function latestHead(query: Query, partition: string): Promise<Snapshot | undefined> {
  const [row] = await query<{ sequence: number; epoch: number; body: string }>(
    'SELECT sequence, epoch, body FROM snapshot WHERE partition = $1 ORDER BY sequence DESC LIMIT 1',
    [partition],
  );
  return row;
}

export async function readParts(
  query: Query,
  partition: string,
  { sequence, epoch }: Pick<Snapshot, 'sequence' | 'epoch'>,
  from: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await query<{ body: string }>(
    `SELECT body FROM snapshot_part
     WHERE partition = $1 AND sequence = $2 AND epoch = $3 AND part >= $4 ORDER BY part LIMIT $5`,
    [partition, sequence, epoch, from, limit],
  );
  return rows.map(({ body }) => body);
}
