/**
 * The journal's periods, on the embedded PostgreSQL and on the oldest one we take: a journal of the version
 * before is cut without being copied, periods are made ahead by several at once, and no append ever lacks
 * one.
 */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrationFiles } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer as Embedded } from '../testing/database.ts';
import { startPostgres, type TestServer } from '../testing/servers.ts';
import type { JournalEvent } from './journal.ts';
import { PostgresJournal } from './journal.postgres.ts';
import { boundaryAfter, Periods, periodsOf, withClient } from './periods.ts';

const dayMs = 86_400_000;
const before = migrationFiles().filter(({ name }) => name < '0013');

let embedded: Embedded;
let debian: TestServer;
beforeAll(async () => {
  [embedded, debian] = await Promise.all([startTestServer(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([embedded.stop(), debian.stop()]);
});

describe('boundaryAfter', () => {
  it('is the next day, Monday or month in UTC', () => {
    const at = Date.UTC(2026, 11, 31, 23, 59, 59, 999);
    const of = (...[length, atMs = at]: [Parameters<typeof boundaryAfter>[1], number?]) =>
      new Date(boundaryAfter(atMs, length)).toISOString().slice(0, 10);
    expect([of('day'), of('week'), of('month')]).toEqual(['2027-01-01', '2027-01-04', '2027-01-01']);
    expect(of('week', Date.UTC(2027, 0, 4))).toBe('2027-01-11');
    expect(of('day', Date.UTC(2027, 0, 1))).toBe('2027-01-02');
  });
});

describe.each([
  ['PostgreSQL, embedded', () => embedded.server.url],
  ['PostgreSQL 15', () => debian.url],
])('periods: %s', (_name, serverUrl) => {
  it('takes the journal of the version before as its first period, without copying it', async () => {
    const url = await newDatabase(serverUrl(), before);
    const nowMs = Date.now();
    await withClient(url, async (client) => {
      await client.query(`INSERT INTO partition_owner (partition, epoch, head, owner)
        VALUES ('alpha', 3, 5000, 'x'), ('beta', 1, 10, 'x')`);
      await insertRows(client, 'alpha', 5_000, nowMs - 90 * dayMs);
      await insertRows(client, 'beta', 10, nowMs);
    });
    const read = async (journal: PostgresJournal) => [
      await journal.read('alpha', 1, 10_000),
      await journal.read('beta', 1, 10_000),
      await journal.readOrder('alpha', 'alpha.7', 1, 5_000),
    ];
    const old = await withClient(url, async (client) => ({
      file: await fileOf(client, 'journal'),
      rows: await rowsOf(client),
    }));
    await migrate(url);
    const journal = await PostgresJournal.connect({ url, log: silentLog });
    await withClient(url, async (client) => {
      expect(await fileOf(client, 'journal_first')).toBe(old.file);
      expect(await rowsOf(client)).toEqual(old.rows);
      expect(await periodsOf(client)).toEqual([
        {
          name: 'journal_first',
          toMs: boundaryAfter(nowMs, 'month'),
          state: 'live',
        },
      ]);
    });
    const [alpha, beta, named] = await read(journal);
    expect([alpha!.length, beta!.length, named!.length]).toEqual([5_000, 10, 1]);
    const { epoch, head } = await journal.claim('alpha', 'two');
    expect({ epoch, head }).toEqual({ epoch: 4, head: 5_000 });
    await journal.append({ partition: 'alpha', epoch, firstSequence: 5_001, events: eventsAt(nowMs, 3) });
    expect((await journal.read('alpha', 4_999, 10)).map(({ sequence }) => sequence)).toEqual([
      4_999, 5_000, 5_001, 5_002, 5_003,
    ]);
    await journal.close();
  });

  it('puts the first bound behind events of a clock that was ahead', async () => {
    const url = await newDatabase(serverUrl(), before);
    const aheadMs = Date.now() + 100 * dayMs;
    await withClient(url, (client) => insertRows(client, 'alpha', 3, aheadMs));
    await migrate(url);
    await withClient(url, async (client) => {
      expect(await periodsOf(client)).toMatchObject([{ toMs: boundaryAfter(aheadMs, 'month') }]);
      expect(await rowsOf(client)).toHaveLength(3);
    });
  });

  it('is made ahead by several at once, each period once', async () => {
    const url = await newDatabase(serverUrl());
    const nowMs = Date.now();
    const all = [1, 2, 3, 4].map(() => new Periods({ url, log: silentLog }).makeAhead('month', nowMs));
    const next = boundaryAfter(nowMs, 'month');
    expect((await Promise.all(all)).flat()).toHaveLength(1);
    const later = boundaryAfter(next, 'month') + 1;
    await new Periods({ url, log: silentLog }).makeAhead('week', later);
    await withClient(url, async (client) => {
      const periods = await periodsOf(client);
      // Without holes between them, also where the length changes.
      for (const [index, { toMs }] of periods.slice(0, -1).entries())
        expect(periods[index + 1]!.fromMs).toBe(toMs);
      expect(periods.at(-1)!.toMs).toBeGreaterThan(later + 7 * dayMs);
    });
  });

  it('takes events for which no period is there, and makes one of them while appends go on', async () => {
    const url = await newDatabase(serverUrl());
    const journal = await PostgresJournal.connect({ url, log: silentLog });
    const { epoch } = await journal.claim('p', 'one');
    const laterMs = Date.now() + 200 * dayMs;
    let head = 0;
    const append = async (atMs: number): Promise<void> => {
      const firstSequence = head + 1;
      head += 2;
      await journal.append({ partition: 'p', epoch, firstSequence, events: eventsAt(atMs, 2) });
    };
    await append(Date.now());
    await append(laterMs);
    let isDone = false;
    const made = new Periods({ url, log: silentLog }).makeAhead('month', laterMs).finally(() => {
      isDone = true;
    });
    do await append(laterMs);
    while (!isDone);
    expect(await made).toHaveLength(2);
    await append(laterMs);
    const records = await journal.read('p', 1, 10_000);
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: head }, (_, i) => i + 1));
    await withClient(url, async (client) => {
      const { rows } = await client.query('SELECT count(*) AS late FROM journal_default');
      expect(rows).toEqual([{ late: 0 }]);
      expect((await periodsOf(client)).map(({ name }) => name)).toHaveLength(3);
    });
    await journal.close();
  });

  it('reads by sequence from the keys of its periods, and changes, deletes and truncates none', async () => {
    const url = await newDatabase(serverUrl());
    await withClient(url, async (client) => {
      for (let month = 0; month < 12; month++)
        await new Periods({ url, log: silentLog }).makeAhead('month', Date.now() + month * 31 * dayMs);
      for (let month = 0; month < 12; month++)
        await insertRows(client, 'alpha', 500, Date.now() + month * 31 * dayMs, 1 + month * 500);
      await client.query('ANALYZE journal');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF)
         SELECT * FROM journal WHERE partition = 'alpha' AND sequence >= 2900 ORDER BY sequence LIMIT 100`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan using journal_first_pkey');
      expect(plan).not.toMatch(/Seq Scan|Bitmap|Sort Method|actual rows=[2-9]\d\d/);
      for (const { name } of [...(await periodsOf(client)), { name: 'journal' }, { name: 'journal_default' }])
        for (const statement of [`UPDATE ${name} SET type = 'x'`, `DELETE FROM ${name}`, `TRUNCATE ${name}`])
          await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    });
  });
});

let count = 0;

async function newDatabase(serverUrl: string, files = migrationFiles()): Promise<string> {
  const url = new URL(serverUrl);
  const name = `periods_${++count}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  url.pathname = `/${name}`;
  await migrate(url.href, files);
  return url.href;
}

async function insertRows(client: pg.Client, partition: string, rows: number, atMs: number, first = 1) {
  await client.query(
    `INSERT INTO journal (partition, sequence, epoch, at, type, version, body)
     SELECT $1::text, n, 1, $3::timestamptz + n * interval '1 ms', 'orderAccepted', 1,
       format('{"event":{"orderId":"%s.%s"},"text":"%s"}', $1::text, n, repeat('x', 100))::json
     FROM generate_series($4::bigint, $4 + $2::bigint - 1) AS n`,
    [partition, rows, new Date(atMs).toISOString(), first],
  );
}

const eventsAt = (atMs: number, length: number): readonly JournalEvent[] =>
  Array.from({ length }, () => ({ type: 'x', atMs, body: { event: { text: 'one' } } }));

async function fileOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ file: string }>('SELECT pg_relation_filepath($1) AS file', [table]);
  return rows[0]!.file;
}

async function rowsOf(client: pg.Client): Promise<readonly unknown[]> {
  const { rows } = await client.query<{ text: string }>(
    'SELECT j::text AS text FROM journal j ORDER BY partition, sequence',
  );
  return rows.map(({ text }) => text);
}
