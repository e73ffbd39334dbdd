/**
 * All that was ever journaled, in order: out of the archives' files what is only there, the rest out of SQL.
 * Who needs it all (a replay, a rebuild of tables) reads this; who runs never does.
 */
import { join } from 'node:path';
import { readBody } from '@tidegate/wire/journal.body';
import type { Journal, JournalRecord } from '../journal/journal.ts';
import { periodsOf, withClient, type Period } from '../journal/periods.ts';
import { ArchiveRefused, manifestName, readData, readManifest, type Row } from './archive.file.ts';

export interface HistoryOptions {
  readonly url: string;
  readonly journal: Pick<Journal, 'read' | 'heads'>;
  /** Of the archives. */
  readonly folder: string;
}

interface Range {
  readonly period: string;
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

const readMax = 5_000;

/**
 * Batches of one partition each; each partition's records ascend from 1 without holes. Throws ArchiveRefused.
 */
export async function* history(options: HistoryOptions): AsyncGenerator<readonly JournalRecord[]> {
  const { url, folder, journal } = options;
  const { periods, ranges } = await withClient(url, async (client) => ({
    periods: await periodsOf(client),
    ranges: (await client.query<Range>('SELECT period, partition, first, last FROM journal_period_range'))
      .rows,
  }));
  const lasts = new Map<string, number>();
  for (const period of periods) {
    const held = ranges.filter(({ period: name }) => name === period.name);
    if (period.state === 'archived') yield* archivedRecords(folder, period);
    else for (const { partition, first, last } of held) yield* records(journal, partition, first, last);
    for (const { partition, last } of held) lasts.set(partition, last);
  }
  for (const [partition, head] of await journal.heads())
    yield* records(journal, partition, (lasts.get(partition) ?? 0) + 1, head);
}

async function* records(
  journal: Pick<Journal, 'read'>,
  partition: string,
  first: number,
  last: number,
): AsyncGenerator<readonly JournalRecord[]> {
  for (let from = first; from <= last;) {
    const batch = await journal.read(partition, from, Math.min(readMax, last - from + 1));
    if (batch[0]?.sequence !== from)
      throw new ArchiveRefused('ARCHIVE_HOLE', `event ${from} of ${partition} is not in the journal`);
    yield batch;
    from += batch.length;
  }
}

async function* archivedRecords(
  folder: string,
  { name, manifest: expected }: Period,
): AsyncGenerator<readonly JournalRecord[]> {
  const path = join(folder, manifestName(name));
  const { manifest, sha256 } = await readManifest(path);
  if (sha256 !== expected)
    throw new ArchiveRefused('ARCHIVE_FOREIGN', `this journal has not made the archive ${path}`);
  const read = recordReader(manifest.columns);
  for await (const rows of readData(folder, manifest)) {
    const all = rows.map(read);
    for (let from = 0; from < all.length;) {
      const { partition } = all[from]!;
      const end = all.findIndex((record, index) => index > from && record.partition !== partition);
      yield all.slice(from, end === -1 ? undefined : end);
      from = end === -1 ? all.length : end;
    }
  }
}

function recordReader(columns: readonly string[]): (row: Row) => JournalRecord {
  const at = (name: string): number => {
    const index = columns.indexOf(name);
    if (index === -1) throw new ArchiveRefused('ARCHIVE_DAMAGED', `the archive has no column ${name}`);
    return index;
  };
  const [partition, sequence, epoch] = [at('partition'), at('sequence'), at('epoch')];
  const [time, kind, written, body] = [at('at'), at('type'), at('version'), at('body')];
  return (row) => {
    const [type, version, atMs] = [row[kind]!, Number(row[written]), Date.parse(row[time]!)];
    return {
      partition: row[partition]!,
      sequence: Number(row[sequence]),
      epoch: Number(row[epoch]),
      atMs,
      type,
      version,
      body: readBody(version, type, atMs, JSON.parse(row[body]!)),
    };
  };
}
