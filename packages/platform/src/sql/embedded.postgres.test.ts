/** Start, adopt, crash and stop of the embedded server, with real processes and signals. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { DataDirectoryError, lockDataDirectory, processStartTicks } from './data.directory.lock.ts';
import { startEmbeddedPostgres } from './embedded.postgres.ts';
import { silentLog, temporaryFolder } from '../testing/database.ts';
import { until } from '../testing/until.ts';

const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    const home = homeOf(folder);
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

function homeOf(dataDir: string): string | undefined {
  const path = join(dataDir, 'postgres.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { home: string }).home : undefined;
}

const start = async (dataDir: string) => startEmbeddedPostgres({ dataDir, log: silentLog });

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', () => {
  it('starts durable and private, refuses a second platform, and finds its data again', async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    expect(first.adopted).toBe(false);
    expect(
      await query(
        first.url,
        `SELECT current_setting('fsync') || current_setting('listen_addresses')
      || current_setting('server_version_num')::int / 10000`,
      ),
    ).toEqual(['on18']);
    expect(
      await query(
        first.url,
        "SELECT auth_method FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'",
      ),
    ).toEqual([]);
    const withoutPassword = new URL(first.url);
    withoutPassword.password = 'wrong';
    await expect(query(withoutPassword.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await first.stop();
    const second = await start(dataDir);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([42]);
    await second.stop();
    expect(processStartTicks(second.pid)).toBeUndefined();
  });

  it('adopts the server of a platform that was killed, and stops it in the end', async () => {
    const dataDir = newFolder();
    const module = new URL('./embedded.postgres.ts', import.meta.url).href;
    const program = `
      import { startEmbeddedPostgres } from ${JSON.stringify(module)};
      const log = { info() {}, warn() {}, error() {} };
      const { pid } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log });
      console.log(pid);
      setInterval(() => {}, 1000);`;
    const platform = spawn(
      process.execPath,
      ['--conditions=tidegate-source', '--input-type=module', '-e', program],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = (await once(platform.stdout, 'data')) as [Buffer];
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    platform.kill('SIGKILL');
    await once(platform, 'exit');
    const adopter = await start(dataDir);
    expect(adopter).toMatchObject({ adopted: true, pid: Number(output.toString()) });
    expect(await query(adopter.url, 'SELECT 1')).toEqual([1]);
    await adopter.stop();
    expect(processStartTicks(adopter.pid)).toBeUndefined();
  });

  it('removes a stale pid file whose pid now belongs to a living stranger', async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    const pidPath = join(homeOf(dataDir) ?? '', 'cluster', 'postmaster.pid');
    const lines = readFileSync(pidPath, 'utf8').split('\n');
    await first.stop();
    writeFileSync(pidPath, [String(process.ppid), ...lines.slice(1)].join('\n'));
    const second = await start(dataDir);
    expect(second.adopted).toBe(false);
    await second.stop();
  });
});

describe('embedded PostgreSQL, in trouble', () => {
  it('starts a killed server again, under the same URL, with all that was committed', async () => {
    const server = await start(newFolder());
    await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const victim = server.pid;
    process.kill(victim, 'SIGKILL');
    await until(() => server.pid !== victim);
    await until(async () =>
      query(server.url, 'SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([42]);
    await server.stop();
  });

  it('says clearly when the cluster is of another version, or is gone, or its password is', async () => {
    const dataDir = newFolder();
    await (await start(dataDir)).stop();
    const cluster = join(homeOf(dataDir) ?? '', 'cluster');
    writeFileSync(join(cluster, 'PG_VERSION'), '15\n');
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'CLUSTER_VERSION' });
    rmSync(join(dataDir, 'postgres.password'));
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'CLUSTER_PASSWORD' });
    rmSync(cluster, { recursive: true });
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'CLUSTER_MISSING' });
    expect(readdirSync(join(dataDir, 'platform.lock'))).toEqual([]);
  });
});

describe('embedded PostgreSQL, in awkward places', () => {
  it('works in a folder that only its owner may enter', async () => {
    const outer = newFolder();
    const dataDir = join(outer, 'a'.repeat(100));
    mkdirSync(dataDir);
    chmodSync(outer, 0o700);
    folders.push(dataDir);
    const server = await start(dataDir);
    expect(homeOf(dataDir)?.startsWith(isRoot ? '/var/lib/tidegate/' : dataDir)).toBe(true);
    expect(await query(server.url, 'SELECT 1')).toEqual([1]);
    await server.stop();
    folders.splice(0, 2, dataDir, outer);
  });

  it('puts the socket elsewhere when the path is too long, and nobody else may enter there', async () => {
    const dataDir = join(newFolder(), 'a'.repeat(100));
    mkdirSync(dataDir, { mode: 0o711 });
    const server = await start(dataDir);
    const socketFolder = new URL(server.url).searchParams.get('host') ?? '';
    expect(socketFolder.length).toBeLessThan(93);
    expect(await query(server.url, 'SELECT 1')).toEqual([1]);
    await server.stop();
    rmSync(socketFolder, { recursive: true });
  });
});

describe('data directory lock', () => {
  it('lets one of many in and is free again after release', async () => {
    const folder = newFolder();
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, async () => lockDataDirectory(folder)),
    );
    const held = results.filter((one) => one.status === 'fulfilled');
    expect(held.length).toBeLessThanOrEqual(1);
    for (const { value } of held) value.release();
    (await lockDataDirectory(folder)).release();
    expect(readdirSync(join(folder, 'platform.lock'))).toEqual([]);
  });

  it('believes neither a dead process nor one that started later under the same pid', async () => {
    const folder = newFolder();
    const lock = await lockDataDirectory(folder);
    const [name] = readdirSync(join(folder, 'platform.lock'));
    const path = join(folder, 'platform.lock', name ?? '');
    const entry = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...entry, startTicks: '1' }));
    const next = await lockDataDirectory(folder);
    expect(readdirSync(join(folder, 'platform.lock'))).toHaveLength(1);
    next.release();
    lock.release();
  });

  it('believes the heartbeat of a platform it cannot see, in another container', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'platform.lock'));
    const path = join(folder, 'platform.lock', 'foreign');
    writeFileSync(
      path,
      JSON.stringify({ pid: 7, startTicks: '1', boot: 'other', pidNamespace: 'other', host: 'elsewhere' }),
    );
    let beats = 0;
    const beat = setInterval(() => {
      utimesSync(path, Date.now() / 1000, Date.now() / 1000 + ++beats);
    }, 50);
    await expect(lockDataDirectory(folder)).rejects.toBeInstanceOf(DataDirectoryError);
    clearInterval(beat);
    utimesSync(path, 1, 1);
    (await lockDataDirectory(folder)).release();
  });
});
