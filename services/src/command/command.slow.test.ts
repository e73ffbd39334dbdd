/**
 * The operators' commands on a journal of three months of trading: what was archived and restored comes to
 * the same state and the same tables, by the functions and by the command line itself.
 */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Configuration } from '@tidegate/platform/configuration/configuration';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { startEmbeddedPostgres } from '@tidegate/platform/sql/embedded.postgres';
import {
  silentLog,
  startTestServer,
  temporaryFolder,
  type TestServer,
} from '@tidegate/platform/testing/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Archive } from '@tidegate/platform/archive/archive';
import { restoreArchive } from '@tidegate/platform/archive/restore';
import { rebuild } from './rebuild.ts';
import { replay } from './replay.ts';
import { firm, trade, type Traded } from './trading.fixture.ts';

const program = fileURLToPath(new URL('../../dist/tidegate.js', import.meta.url));

let server: TestServer;
let url: string;
let folder: string;
let traded: Traded;
let database: Database;
let journal: PostgresJournal;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  folder = temporaryFolder();
  url = await server.createDatabase();
  traded = await trade(url);
  database = connectDatabase({ url, log: silentLog });
  journal = await PostgresJournal.connect({ url, log: silentLog });
  return async () => {
    await Promise.all([journal.close(), database.close()]);
    rmSync(folder, { recursive: true });
  };
});

const source = () => ({
  url,
  database,
  journal,
  folder: () => folder,
  signal: new AbortController().signal,
  configuration: () => Configuration.open({ database, bus: new MemoryBus(), log: silentLog }),
});

interface Ended {
  readonly code: number | string;
  readonly out: string;
  readonly errors: string;
}

/** The command line as an operator runs it: settings from the environment, nothing secret in arguments. */
const tidegate = (...args: readonly string[]): Promise<Ended> =>
  runWith({ DATABASE_URL: url, ARCHIVE_DIR: folder, DATA_DIR: folder }, args);

function runWith(settings: Readonly<Record<string, string>>, args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, errors) =>
      resolve({ code: error?.code ?? 0, out, errors }),
    );
  });
}

async function tables(): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for (const table of ['order_view', 'execution_view', 'position_view', 'case_view', 'order_name']) {
    const found = await database.pool.query<{ row: string }>(
      `SELECT t::text AS row FROM ${table} t ORDER BY t::text`,
    );
    rows.push(found.rows.map(({ row }) => row));
  }
  return rows;
}

it('commands use the embedded database, started where no platform runs it', async () => {
  const dataDir = temporaryFolder();
  const embedded = await startEmbeddedPostgres({ dataDir, log: silentLog });
  const used = await runWith({ DATA_DIR: dataDir }, ['replay', '--json']);
  expect(used).toMatchObject({ code: 1, errors: expect.stringMatching(/^SCHEMA_OLDER/) as string });
  await embedded.stop();
  const started = await runWith({ DATA_DIR: dataDir }, ['replay', '--json']);
  expect(started).toEqual({ code: 0, out: '[]\n', errors: '' });
  const again = await startEmbeddedPostgres({ dataDir, log: silentLog });
  expect(await runWith({ DATA_DIR: dataDir }, ['replay', '--json'])).toEqual(started);
  await again.stop();
  expect(await runWith({ DATA_DIR: join(dataDir, 'none') }, ['replay'])).toMatchObject({ code: 2 });
  expect(await runWith({ DATABASE_URL: url, DATA_DIR: dataDir }, ['archive'])).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/^ARCHIVE_DIR_MISSING/) as string,
  });
  rmSync(dataDir, { recursive: true });
}, 90_000);

describe('commands', () => {
  it('come to the same state before, while and after a journal is archived', async () => {
    const before = await replay(source());
    expect(before).toEqual([
      {
        partition: firm,
        events: traded.head,
        orders: 120,
        open: expect.any(Number) as number,
        cases: expect.any(Number) as number,
        state: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        snapshot: { sequence: traded.head, agrees: true },
      },
    ]);
    expect(before[0]!.open).toBeGreaterThan(10);
    expect(before[0]!.cases).toBeGreaterThan(10);
    const archive = new Archive({ url, folder, log: silentLog });
    const archived = await archive.archive({ beforeMs: traded.starts[1]! });
    expect(archived).toHaveLength(2);
    expect(await replay(source())).toEqual(before);
    for (const { period } of archived) await restoreArchive(url, join(folder, `${period}.json`));
    expect(await replay(source())).toEqual(before);
  });

  it('build the same tables from journal and archives', async () => {
    await rebuild(source());
    const before = await tables();
    expect(before.map((rows) => (rows as unknown[]).length > 10)).toEqual([true, true, false, true, false]);
    await new Archive({ url, folder, log: silentLog }).archive({ beforeMs: traded.starts[1]! });
    expect(await rebuild(source())).toEqual({ events: traded.head, partitions: 1 });
    expect(await tables()).toEqual(before);
  });

  it('are a command line that says what it did, and why not', async () => {
    const help = await tidegate('--help');
    expect(help).toMatchObject({ code: 0, errors: '' });
    const names = ['archive', 'restore', 'replay', 'rebuild', 'retention'];
    for (const name of names) expect(help.out).toContain(`  ${name}`);
    const helps = await Promise.all(names.map((name) => tidegate(name, '--help')));
    expect(helps.map(({ out }) => out.split('\n')[0]!.split(' ')[5])).toEqual(names);
    expect(await tidegate('destroy')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^COMMAND_UNKNOWN/) as string,
    });
    expect(await tidegate('archive', '--no-such', 'x')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^SETTING_UNKNOWN/) as string,
    });
    expect(await tidegate('archive', '--until', 'today')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^ARGUMENTS: today/) as string,
    });
    expect(await tidegate('restore')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^ARGUMENTS/) as string,
    });
    expect(await tidegate('restore', join(folder, 'no.json'))).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^ARCHIVE_MISSING: /) as string,
    });
    expect(await tidegate('archive')).toMatchObject({ code: 0, out: `0 periods archived in ${folder}\n` });
    const replayed = await tidegate('replay', '--json');
    expect(JSON.parse(replayed.out)).toEqual(await replay(source()));
    expect((await tidegate('replay')).out).toMatch(
      /^acme: \d+ events, .* agrees with the snapshot of \d+\n$/,
    );
    const rebuilt = await tidegate('rebuild');
    expect(rebuilt).toMatchObject({ code: 0, out: `tables of 1 firms built from ${traded.head} events\n` });
    expect(rebuilt.errors).toContain(`rebuild: ${traded.head} of ${traded.head} events (100 %)`);
    expect((await tidegate('retention')).out).toContain('order_view: 0 rows older than 400 days deleted');
  }, 90_000);
});
