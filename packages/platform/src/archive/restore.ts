/**
 * Brings an archived period back into the journal, from its files: loaded beside it, checked, and joined in
 * one transaction. A restore that was killed is begun anew.
 */
import { dirname } from 'node:path';
import type pg from 'pg';
import { isoOf, lockPeriods, periodsOf, transaction, type Period } from '../journal/periods.ts';
import { columnsOf, exclusively, untilUnlocked, type Column } from './archive.ts';
import { ArchiveRefused, readData, readManifest, type Manifest, type Row } from './archive.file.ts';

export interface RestoredPeriod {
  readonly period: string;
  readonly records: number;
}

/** Throws ArchiveRefused; then the journal is as it was. */
export async function restoreArchive(
  url: string,
  manifestPath: string,
  onProgress: (records: number, of: number) => void = () => undefined,
): Promise<RestoredPeriod> {
  const { manifest, sha256 } = await readManifest(manifestPath);
  return exclusively(url, async (client) => {
    const period = await archivedPeriod(client, manifest, sha256);
    // What a restore that was killed has left behind; it never was in the journal.
    await client.query(`DROP TABLE IF EXISTS ${period.name}`);
    await client.query('SELECT make_journal_table($1)', [period.name]);
    try {
      await load(client, period, manifest, dirname(manifestPath), onProgress);
      await untilUnlocked(() => join(client, period));
    } catch (error) {
      await client.query(`DROP TABLE IF EXISTS ${period.name}`).catch(() => undefined);
      throw error;
    }
    await client.query(`ANALYZE ${period.name}`);
    return { period: period.name, records: manifest.records };
  });
}

async function archivedPeriod(client: pg.ClientBase, manifest: Manifest, sha256: string): Promise<Period> {
  const period = (await periodsOf(client)).find(({ name }) => name === manifest.period);
  if (period === undefined || period.manifest !== sha256)
    throw new ArchiveRefused('ARCHIVE_FOREIGN', `this journal has not made this archive ${manifest.period}`);
  if (period.state !== 'archived')
    throw new ArchiveRefused('ARCHIVE_NOT_NEEDED', `${manifest.period} is in the journal`);
  return period;
}

async function load(
  client: pg.ClientBase,
  { name, fromMs, toMs }: Period,
  manifest: Manifest,
  folder: string,
  onProgress: (records: number, of: number) => void,
): Promise<void> {
  const types = new Map((await columnsOf(client)).map((column) => [column.name, column]));
  const columns = manifest.columns.map((column) => {
    const found = types.get(column);
    if (found === undefined) throw new ArchiveRefused('ARCHIVE_DAMAGED', `${column} is no column of ours`);
    return found;
  });
  let done = 0;
  for await (const rows of readData(folder, manifest)) {
    await insert(client, name, columns, rows);
    done += rows.length;
    onProgress(done, manifest.records);
  }
  // So that joining it need not read it again.
  const from = fromMs === undefined ? '' : `at >= '${isoOf(fromMs)}' AND `;
  await client.query(`ALTER TABLE ${name} ADD CONSTRAINT bounds CHECK (${from}at < '${isoOf(toMs)}')`);
}

async function insert(
  client: pg.ClientBase,
  table: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Promise<void> {
  const names = columns.map(({ name }) => name).join(', ');
  const values = columns.map(({ name, type }) => `${name}::${type}`).join(', ');
  const parameters = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  await client.query(
    `INSERT INTO ${table} (${names}) SELECT ${values} FROM unnest(${parameters}) AS r (${names})`,
    columns.map((_, index) => rows.map((row) => row[index])),
  );
}

async function join(client: pg.ClientBase, { name, fromMs, toMs }: Period): Promise<void> {
  await transaction(client, async () => {
    await lockPeriods(client, [name]);
    const from = fromMs === undefined ? 'MINVALUE' : `'${isoOf(fromMs)}'`;
    await client.query(
      `ALTER TABLE journal ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO ('${isoOf(toMs)}');
       ALTER TABLE ${name} DROP CONSTRAINT bounds;
       UPDATE journal_period SET state = 'restored', restored_at = now() WHERE name = '${name}'`,
    );
  });
}
