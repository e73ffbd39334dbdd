/**
 * Takes old periods out of the journal: each is written to files, read back and checked, and only then taken
 * out and dropped, in one transaction with the note that it is archived. So at every moment each event is in
 * SQL or in a complete archive, and who is killed in between does it once more.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { isoOf, lockPeriods, periodsOf, transaction, withClient, type Period } from '../journal/periods.ts';
import {
  ArchiveRefused,
  checkData,
  manifestName,
  readManifest,
  writeData,
  writeManifest,
  type Manifest,
  type PartitionRange,
  type Row,
} from './archive.file.ts';

/** In order; after `dropped` the archive alone has it. */
export type ArchiveStep = 'writing' | 'written' | 'checked' | 'dropping' | 'dropped';

export interface ArchiveOptions {
  readonly url: string;
  /** Made when it is not there. */
  readonly folder: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Waited for. */
  readonly onStep?: (step: ArchiveStep, period: string) => void | Promise<void>;
}

export interface ArchivedPeriod {
  readonly period: string;
  readonly records: number;
  readonly bytes: number;
}

export interface ArchiveWish {
  /** Only periods that end by then. */
  readonly beforeMs: number;
  /** Those that were restored later than that stay. */
  readonly restoredBeforeMs?: number;
  readonly signal?: AbortSignal;
  readonly onArchived?: (archived: ArchivedPeriod) => void;
}

/** Key of the advisory lock of all who archive or restore. */
const archiveLock = 7_002_7031;
const rowsAtOnce = 2_000;
/** A journal that is read just now is tried again. */
const tries = 40;
const tryAgainMs = 250;
const lockNotAvailable = '55P03';

export class Archive {
  readonly #options: ArchiveOptions;

  constructor(options: ArchiveOptions) {
    this.#options = options;
  }

  /**
   * Archives them, oldest first. Throws ArchiveRefused at the first that must stay; those before it are done.
   */
  async archive(wish: ArchiveWish): Promise<ArchivedPeriod[]> {
    const { signal, onArchived } = wish;
    const archived: ArchivedPeriod[] = [];
    await exclusively(this.#options.url, async (client) => {
      for (const period of dueOf(await periodsOf(client), wish)) {
        if (signal?.aborted === true) return;
        const done = await this.#archive(client, period);
        archived.push(done);
        onArchived?.(done);
      }
    });
    return archived;
  }

  /** Names of those that `archive` would take. */
  async due(wish: ArchiveWish): Promise<readonly string[]> {
    return withClient(this.#options.url, async (client) =>
      dueOf(await periodsOf(client), wish).map(({ name }) => name),
    );
  }

  async #archive(client: pg.Client, period: Period): Promise<ArchivedPeriod> {
    const { folder, log, onStep } = this.#options;
    const ranges = await rangesOf(client, period);
    await mayGo(client, period, ranges);
    await onStep?.('writing', period.name);
    const { manifest, sha256 } = await this.#written(client, period, ranges);
    await onStep?.('written', period.name);
    await checkData(folder, manifest);
    await onStep?.('checked', period.name);
    await untilUnlocked(() => takeOut(client, period, manifest, sha256, onStep));
    await onStep?.('dropped', period.name);
    const done = { period: period.name, records: manifest.records, bytes: manifest.file.bytes };
    log.info(done, 'a period of the journal was archived');
    return done;
  }

  /** An archive of that name that has other events is left alone. */
  async #written(
    client: pg.Client,
    period: Period,
    ranges: readonly PartitionRange[],
  ): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const before = await readManifest(join(folder, manifestName(period.name))).catch((error: unknown) => {
      if (error instanceof ArchiveRefused && error.code === 'ARCHIVE_MISSING') return undefined;
      throw error;
    });
    const columns = await columnsOf(client);
    const names = columns.map(({ name }) => name);
    const rows = rowsOf(client, period.name, columns, ranges);
    const written = await writeData(folder, period.name, names, rows, ({ content }) => {
      if (before !== undefined && before.manifest.content.sha256 !== content.sha256)
        throw new ArchiveRefused('ARCHIVE_EXISTS', `${folder} has another archive named ${period.name}`);
    });
    const manifest: Manifest = {
      format: 1,
      period: period.name,
      from: period.fromMs === undefined ? null : isoOf(period.fromMs),
      to: isoOf(period.toMs),
      columns: names,
      ...written,
    };
    return { manifest, sha256: await writeManifest(folder, manifest) };
  }
}

const dueOf = (
  periods: readonly Period[],
  { beforeMs, restoredBeforeMs = Infinity }: ArchiveWish,
): readonly Period[] =>
  periods.filter(
    ({ toMs, state, restoredAtMs = 0 }) =>
      toMs <= beforeMs && state !== 'archived' && restoredAtMs < restoredBeforeMs,
  );

/** With a connection on which nobody else archives or restores. Throws ARCHIVE_BUSY. */
export async function exclusively<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ is_ours: boolean }>('SELECT pg_try_advisory_lock($1) AS is_ours', [
      archiveLock,
    ]);
    if (rows[0]?.is_ours !== true)
      throw new ArchiveRefused('ARCHIVE_BUSY', 'another process archives or restores just now');
    return work(client);
  });
}

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Of the journal, in order. */
export async function columnsOf(client: pg.ClientBase): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'journal'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows;
}

/** Tries again while somebody reads the journal for longer than appends may wait. */
export async function untilUnlocked<T>(work: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== lockNotAvailable) throw error;
      if (count === tries)
        throw new ArchiveRefused('ARCHIVE_BUSY', 'the journal is being read without a pause', {
          cause: error,
        });
      await delay(tryAgainMs);
    }
  }
}

/** What of each partition it has, by name, from its key. Throws ARCHIVE_HOLE. */
async function rangesOf(client: pg.ClientBase, { name }: Period): Promise<readonly PartitionRange[]> {
  const { rows } = await client.query<PartitionRange & { readonly expected: number }>(
    `SELECT partition, first, last, count, 1 + coalesce((
        SELECT max(before.last) FROM journal_period_range before
        WHERE before.partition = held.partition AND before.last < held.first), 0) AS expected
     FROM (SELECT partition, min(sequence) AS first, max(sequence) AS last, count(*) AS count
       FROM ${name} GROUP BY partition) held
     ORDER BY partition COLLATE "C"`,
  );
  for (const { partition, first, last, count, expected } of rows)
    if (count !== last - first + 1 || first !== expected)
      throw new ArchiveRefused(
        'ARCHIVE_HOLE',
        `${name} has ${count} events ${first} to ${last} of ${partition}; ${expected} should be the first`,
      );
  return rows.map(({ partition, first, last, count }) => ({ partition, first, last, count }));
}

/** Nobody begins before the end of it: neither an owner after a restart, nor who makes tables. */
async function mayGo(
  client: pg.ClientBase,
  { name }: Period,
  ranges: readonly PartitionRange[],
): Promise<void> {
  const { rows } = await client.query<{ partition: string; snapshot: number }>(
    'SELECT partition, max(sequence) AS snapshot FROM snapshot GROUP BY partition',
  );
  const snapshots = new Map(rows.map(({ partition, snapshot }) => [partition, snapshot]));
  for (const { partition, last } of ranges) {
    const snapshot = snapshots.get(partition);
    if (snapshot === undefined || snapshot < last)
      throw new ArchiveRefused(
        'ARCHIVE_SNAPSHOT_OLD',
        `${name} ends at ${last} of ${partition}, whose last snapshot is of ${snapshot ?? 'nothing'}: ` +
          'a start would need it',
      );
  }
  const { rows: readers } = await client.query<{ reader: string; partition: string; sequence: number }>(
    `SELECT reader, held.partition, coalesce(sequence, 0) AS sequence
     FROM (SELECT DISTINCT projection AS reader FROM projection_cursor) readers
     CROSS JOIN unnest($1::text[]) AS held (partition)
     LEFT JOIN projection_cursor c ON c.projection = reader AND c.partition = held.partition`,
    [ranges.map(({ partition }) => partition)],
  );
  const lasts = new Map(ranges.map(({ partition, last }) => [partition, last]));
  const late = readers.find(({ partition, sequence }) => sequence < (lasts.get(partition) ?? 0));
  if (late !== undefined)
    throw new ArchiveRefused(
      'ARCHIVE_READER_BEHIND',
      `${name} ends at ${lasts.get(late.partition)} of ${late.partition}, of which ${late.reader} has read ` +
        `${late.sequence}`,
    );
}

/** In short statements: a long transaction would keep the rows of heads from being cleaned up. */
async function* rowsOf(
  client: pg.ClientBase,
  table: string,
  columns: readonly Column[],
  ranges: readonly PartitionRange[],
): AsyncGenerator<readonly Row[]> {
  const texts = columns.map(({ name, type }) =>
    type === 'timestamp with time zone'
      ? `to_char(${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      : `${name}::text`,
  );
  for (const { partition, first, last } of ranges) {
    for (let from = first; from <= last; from += rowsAtOnce) {
      const { rows } = await client.query<string[]>({
        // By the number: the text has the same name.
        text: `SELECT ${texts.join(', ')} FROM ${table} held
          WHERE partition = $1 AND sequence BETWEEN $2 AND $3 ORDER BY held.sequence`,
        values: [partition, from, Math.min(last, from + rowsAtOnce - 1)],
        rowMode: 'array',
      });
      yield rows;
    }
  }
}

/** Out of the journal and gone, with the note where it is, at once or not at all. */
async function takeOut(
  client: pg.Client,
  { name }: Period,
  { partitions }: Manifest,
  sha256: string,
  onStep: ArchiveOptions['onStep'],
): Promise<void> {
  await transaction(client, async () => {
    await lockPeriods(client, [name]);
    await client.query(`LOCK TABLE ONLY journal, ${name} IN ACCESS EXCLUSIVE MODE`);
    // From the keys alone: meanwhile nobody can append.
    const { rows } = await client.query<{ partition: string; last: number }>(
      `SELECT partition, last FROM partition_owner CROSS JOIN LATERAL (
         SELECT max(sequence) AS last FROM ${name} held
         WHERE held.partition = partition_owner.partition) found
       WHERE last IS NOT NULL`,
    );
    const lasts = new Map(partitions.map(({ partition, last }) => [partition, last]));
    const late = rows.find(({ partition, last }) => last !== lasts.get(partition));
    if (late !== undefined)
      throw new ArchiveRefused('ARCHIVE_HOLE', `${late.partition}: ${late.last} came after it was written`);
    const values = [name, partitions.map((one) => one.partition), partitions.map((one) => one.last)];
    await client.query(
      `INSERT INTO journal_kept SELECT held.* FROM ${name} held
       JOIN unnest($1::text[], $2::bigint[]) AS r (partition, last)
         ON held.partition = r.partition AND held.sequence = r.last
       ON CONFLICT DO NOTHING`,
      values.slice(1),
    );
    await client.query(
      `INSERT INTO journal_period_range (period, partition, first, last)
       SELECT $1, partition, first, last FROM unnest($2::text[], $3::bigint[], $4::bigint[])
         AS r (partition, last, first)
       ON CONFLICT DO NOTHING`,
      [...values, partitions.map((one) => one.first)],
    );
    await client.query(
      `UPDATE journal_period SET state = 'archived', manifest = $2, archived_at = now(), restored_at = NULL
       WHERE name = $1`,
      [name, sha256],
    );
    await client.query(`ALTER TABLE journal DETACH PARTITION ${name}; DROP TABLE ${name}`);
    await onStep?.('dropping', name);
  });
}
