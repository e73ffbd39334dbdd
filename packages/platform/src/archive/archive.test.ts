/**
 * Periods go out of the journal into files and come back as they were; until then reads say where they are.
 * What anybody still needs stays, and what is not as it should be is refused.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../journal/journal.ts';
import { PostgresJournal } from '../journal/journal.postgres.ts';
import { Periods, periodsOf, withClient } from '../journal/periods.ts';
import { migrate } from '../sql/database.ts';
import {
  silentLog,
  startTestServer,
  temporaryFolder,
  type TestServer as Embedded,
} from '../testing/database.ts';
import { startPostgres, type TestServer } from '../testing/servers.ts';
import { Archive } from './archive.ts';
import { digestOf, eventsOf, fillJournal, firms, monthly, type Months } from './archive.fixture.ts';
import { history } from './history.ts';
import { restoreArchive } from './restore.ts';

let embedded: Embedded;
let debian: TestServer;
let folder: string;
let url: string;
let months: Months;
beforeAll(async () => {
  [embedded, debian] = await Promise.all([startTestServer(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([embedded.stop(), debian.stop()]);
});
beforeEach(() => {
  folder = temporaryFolder();
  return () => rmSync(folder, { recursive: true });
});

const archiveOf = (): Archive => new Archive({ url, folder, log: silentLog });
const open = (): Promise<PostgresJournal> => PostgresJournal.connect({ url, log: silentLog });
const manifestOf = async (index: number): Promise<string> =>
  withClient(url, async (client) => join(folder, `${(await periodsOf(client))[index]!.name}.json`));

async function all(journal: PostgresJournal): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const batch of history({ url, journal, folder })) records.push(...batch);
  return records.sort((one, other) => one.sequence - other.sequence);
}

describe.each([
  ['PostgreSQL, embedded', async () => embedded.createDatabase()],
  ['PostgreSQL 15', async () => newDatabase(debian.url)],
])('archive: %s', (_name, database) => {
  beforeEach(async () => {
    url = await database();
    months = await fillJournal(url);
  });

  it('takes out what is old, tells where it is, and brings it back as it was', async () => {
    const journal = await open();
    const [before, records] = [await digestOf(url), await all(journal)];
    expect(records).toHaveLength(2 * months.head);
    const archived = await archiveOf().archive({ beforeMs: months.starts[1]! });
    expect(archived.map((one) => one.records)).toEqual([2 * monthly, 2 * monthly]);

    const last = 2 * monthly;
    for (const partition of firms) {
      await expect(journal.read(partition, 1, 10)).rejects.toMatchObject({
        code: 'JOURNAL_ARCHIVED',
        archived: { period: 'journal_first', first: 1, last },
      });
      await expect(journal.readOrder(partition, 'o.1', 1, last + 10)).rejects.toMatchObject({
        code: 'JOURNAL_ARCHIVED',
      });
      // Who begins at the border finds the last event before it.
      expect((await journal.read(partition, last, 2)).map(({ sequence }) => sequence)).toEqual([
        last,
        last + 1,
      ]);
      expect((await journal.read(partition, last + 1, 10_000))[0]!.sequence).toBe(last + 1);
      expect(await journal.archivedFrom(partition, last + 1)).toBeUndefined();
    }
    expect(await all(journal)).toEqual(records);

    for (const index of [1, 0]) await restoreArchive(url, await manifestOf(index));
    expect(await digestOf(url)).toBe(before);
    expect(await all(journal)).toEqual(records);
    expect(await journal.read('acme', 1, 10_000)).toHaveLength(months.head);
    // Restored for people who look: the round leaves it, a command takes it out again, into the same files.
    const keeps = { beforeMs: months.starts[1]!, restoredBeforeMs: Date.now() - 3_600_000 };
    expect(await archiveOf().archive(keeps)).toEqual([]);
    const manifest = await readFile(await manifestOf(0), 'utf8');
    expect(await archiveOf().archive({ beforeMs: months.starts[1]! })).toEqual(archived);
    expect(await readFile(await manifestOf(0), 'utf8')).toBe(manifest);
    expect(await all(journal)).toEqual(records);
    await journal.close();
  });

  it('goes on while appends come, and keeps a journal that is archived up to its head', async () => {
    const journal = await open();
    const { epoch, head } = await journal.claim('acme', 'other');
    let next = head + 1;
    let isDone = false;
    const archived = archiveOf()
      .archive({ beforeMs: months.starts[2]! })
      .finally(() => {
        isDone = true;
      });
    do {
      const events = eventsOf(next, months.starts[2]!, 1);
      await journal.append({ partition: 'acme', epoch, firstSequence: next, events });
      next += 1;
    } while (!isDone);
    expect(await archived).toHaveLength(3);
    await journal.saveSnapshot('acme', epoch, { sequence: next - 1, body: '{}' });
    expect(await archiveOf().archive({ beforeMs: months.starts[3]! })).toHaveLength(1);
    expect((await journal.read('acme', next - 1, 10)).map(({ sequence }) => sequence)).toEqual([next - 1]);
    const events = eventsOf(next, months.starts[3]!, 1);
    await journal.append({ partition: 'acme', epoch, firstSequence: next, events });
    expect((await journal.read('acme', next, 10)).map(({ sequence }) => sequence)).toEqual([next]);
    expect(await journal.read('acme', next + 1, 10)).toEqual([]);
    await journal.close();
  });
});

describe('archive, beside events that a clock dates into it', () => {
  it('takes them all the same, makes periods ahead, and reads them with the rest', async () => {
    url = await embedded.createDatabase();
    months = await fillJournal(url);
    await archiveOf().archive({ beforeMs: months.starts[0]! });
    const journal = await open();
    const { epoch, head } = await journal.claim('acme', 'other');
    const events = eventsOf(head + 1, 1_000, 3);
    await journal.append({ partition: 'acme', epoch, firstSequence: head + 1, events });
    const periods = new Periods({ url, log: silentLog });
    expect(await periods.makeAhead('month', months.starts[3]! + 62 * 86_400_000)).not.toEqual([]);
    expect(await all(journal)).toHaveLength(2 * months.head + 3);
    await journal.close();
  });
});

describe('archive, refusing', () => {
  beforeEach(async () => {
    url = await embedded.createDatabase();
    months = await fillJournal(url);
  });

  const refused = async (code: string, index = 1): Promise<void> => {
    const before = await digestOf(url);
    await expect(archiveOf().archive({ beforeMs: months.starts[index]! })).rejects.toMatchObject({ code });
    expect(await digestOf(url)).toBe(before);
  };
  const sql = async (text: string): Promise<void> =>
    withClient(url, async (client) => void (await client.query(text)));

  it('keeps what a start would need', async () => {
    await sql(`UPDATE snapshot SET sequence = ${monthly - 1} WHERE partition = 'acme'`);
    await refused('ARCHIVE_SNAPSHOT_OLD');
    await sql("DELETE FROM snapshot WHERE partition = 'beta-1'");
    await refused('ARCHIVE_SNAPSHOT_OLD');
  });

  it('keeps what somebody has yet to read', async () => {
    await sql(`INSERT INTO projection_cursor VALUES ('orders', 'acme', ${months.head}),
      ('orders', 'beta-1', ${months.head}), ('monitor', 'acme', ${months.head})`);
    await refused('ARCHIVE_READER_BEHIND');
    await sql(`INSERT INTO projection_cursor VALUES ('monitor', 'beta-1', ${2 * monthly})`);
    expect(await archiveOf().archive({ beforeMs: months.starts[1]! })).toHaveLength(2);
    await refused('ARCHIVE_READER_BEHIND', 2);
  });

  it('keeps a journal that has a hole, and one that another archives', async () => {
    await withClient(url, async (client) => {
      await client.query('SELECT pg_advisory_lock(70027031)');
      await refused('ARCHIVE_BUSY');
    });
    await sql(`SET session_replication_role = replica;
      DELETE FROM journal WHERE partition = 'beta-1' AND sequence = 7`);
    await refused('ARCHIVE_HOLE');
  });

  it('takes nothing that is not what this journal has written', async () => {
    const archive = archiveOf();
    await archive.archive({ beforeMs: months.starts[0]! });
    const path = await manifestOf(0);
    const data = path.replace(/json$/, 'copy.zst');
    const [manifest, bytes] = [await readFile(path, 'utf8'), await readFile(data)];
    const before = await digestOf(url);
    const refuses = async (code: string): Promise<void> => {
      await expect(restoreArchive(url, path)).rejects.toMatchObject({ code });
      expect(await digestOf(url)).toBe(before);
    };
    await writeFile(data, bytes.subarray(0, -100));
    await refuses('ARCHIVE_DAMAGED');
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(data, bytes);
    await refuses('ARCHIVE_DAMAGED');
    bytes[bytes.length >> 1]! ^= 1;
    rmSync(data);
    await refuses('ARCHIVE_MISSING');
    await writeFile(data, bytes);
    await writeFile(path, manifest.replace('"records": ', '"records": 1'));
    await refuses('ARCHIVE_FOREIGN');
    await writeFile(path, '{}');
    await refuses('ARCHIVE_DAMAGED');
    await writeFile(path, manifest);
    await restoreArchive(url, path);
    await expect(restoreArchive(url, path)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_NEEDED' });
  });

  it('leaves an archive of other events alone, and mends one of its own', async () => {
    await archiveOf().archive({ beforeMs: months.starts[0]! });
    const path = await manifestOf(0);
    const [manifest, own] = [await readFile(path, 'utf8'), url];
    // The same months of another journal, whose bodies differ.
    url = await embedded.createDatabase();
    months = await fillJournal(url, Date.now() - 1);
    await refused('ARCHIVE_EXISTS');
    expect(await readFile(path, 'utf8')).toBe(manifest);
    url = own;
    await restoreArchive(url, path);
    await writeFile(path.replace(/json$/, 'copy.zst'), 'torn');
    await archiveOf().archive({ beforeMs: months.starts[0]! });
    await restoreArchive(url, path);
  });

  it('writes what zstd and psql read by themselves', async () => {
    await archiveOf().archive({ beforeMs: months.starts[0]! });
    const data = (await manifestOf(0)).replace(/json$/, 'copy.zst');
    const text = execFileSync('zstd', ['-dc', data]);
    const url2 = new URL(await embedded.createDatabase());
    await withClient(url2.href, (client) =>
      client.query('CREATE TABLE loaded (LIKE journal INCLUDING DEFAULTS)'),
    );
    execFileSync('psql', ['-qc', '\\copy loaded FROM STDIN', url2.href], { input: text });
    const count = async (of: string, table: string): Promise<unknown> =>
      withClient(
        of,
        async (client) =>
          (
            await client.query(`SELECT md5(string_agg(r::text, '|'
        ORDER BY partition, sequence)) AS hash, count(*) FROM ${table} r`)
          ).rows,
      );
    const loaded = await count(url2.href, 'loaded');
    await restoreArchive(url, await manifestOf(0));
    expect(await count(url, 'journal_first')).toEqual(loaded);
  });
});

let count = 0;

async function newDatabase(serverUrl: string): Promise<string> {
  const created = new URL(serverUrl);
  created.pathname = `/archive_${++count}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE archive_${count}`));
  await migrate(created.href);
  return created.href;
}
