/** kill -9 of who archives, at every step: the journal stays whole, and done again it is archived. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresJournal } from '../journal/journal.postgres.ts';
import { periodsOf, withClient } from '../journal/periods.ts';
import { silentLog, startTestServer, temporaryFolder, type TestServer } from '../testing/database.ts';
import { until } from '../testing/until.ts';
import { Archive, type ArchiveStep } from './archive.ts';
import { digestOf, fillJournal, firms } from './archive.fixture.ts';
import { history } from './history.ts';
import { restoreArchive } from './restore.ts';

const child = fileURLToPath(new URL('archive.child.ts', import.meta.url));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

/** Killed when it has come to that step of the period after so many. */
async function archiveKilled(url: string, folder: string, beforeMs: number, step: string, passes: number) {
  const urlFile = join(folder, 'url');
  writeFileSync(urlFile, url, { mode: 0o600 });
  const options = ['--conditions=tidegate-source', child, urlFile, folder, String(beforeMs), step];
  const process_ = spawn(process.execPath, [...options, String(passes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(process_.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe(`${step}\n`);
  process_.kill('SIGKILL');
  await once(process_, 'exit');
}

/** Its session ends a moment after it. */
const unlocked = (url: string): Promise<void> =>
  withClient(url, (client) =>
    until(async () => {
      const { rowCount } = await client.query(`SELECT FROM pg_stat_activity
        WHERE application_name = 'tidegate periods' AND pid <> pg_backend_pid()
          AND datname = current_database()`);
      return rowCount === 0;
    }),
  );

it('leaves every event in the journal or in a complete archive, and is completed by the next', async () => {
  const folder = temporaryFolder();
  const url = await server.createDatabase();
  const { starts, head } = await fillJournal(url);
  const before = await digestOf(url);
  const journal = await PostgresJournal.connect({ url, log: silentLog });
  const wholeJournal = async (): Promise<void> => {
    const next = new Map<string, number>(firms.map((firm) => [firm, 1]));
    for await (const batch of history({ url, journal, folder })) {
      for (const { partition, sequence } of batch) {
        expect(sequence).toBe(next.get(partition));
        next.set(partition, sequence + 1);
      }
    }
    expect([...next.values()]).toEqual(firms.map(() => head + 1));
  };
  const steps: readonly ArchiveStep[] = ['writing', 'written', 'checked', 'dropping', 'dropped'];
  for (const [index, step] of steps.entries()) {
    // The first and the second period in turn.
    await archiveKilled(url, folder, starts[2]!, step, index === 4 ? 0 : index % 2);
    await unlocked(url);
    await wholeJournal();
    for (const { name, state } of await withClient(url, periodsOf)) {
      if (state !== 'archived') continue;
      await restoreArchive(url, join(folder, `${name}.json`));
    }
    expect(await digestOf(url)).toBe(before);
  }
  const archive = new Archive({ url, folder, log: silentLog });
  const archived = await archive.archive({ beforeMs: starts[2]! });
  expect(archived).toHaveLength(3);
  await wholeJournal();
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  for (const { period } of archived) await restoreArchive(url, join(folder, `${period}.json`));
  expect(await digestOf(url)).toBe(before);
  await journal.close();
  rmSync(folder, { recursive: true });
}, 60_000);
