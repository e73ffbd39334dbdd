/**
 * Where the embedded cluster of a data directory lives and whose account runs it. PostgreSQL refuses uid 0,
 * so root lends it another account, and then cluster and sockets must be in folders which that account can
 * traverse. The choice is recorded in the data directory and found again.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ServerAccount } from './embedded.binaries.ts';
import { DataDirectoryError } from './data.directory.lock.ts';

/** Folder for clusters and binaries that cannot live where the account cannot go. Root only. */
const systemFolder = '/var/lib/tidegate';
/** sockaddr_un holds 108 bytes with the closing zero; `/.s.PGSQL.5432` takes 14 of them. */
const socketFolderBytesMax = 107 - 14;

/** `<dataDir>/postgres.json`. */
interface PlaceRecord {
  readonly home: string;
  /** Set once initdb has finished: a cluster that is then absent is a loss, never a reason to start empty. */
  readonly initialised: boolean;
  readonly socketFolder?: string;
}

export interface ClusterPlace {
  readonly account: ServerAccount;
  readonly home: string;
  readonly cluster: string;
  readonly logFolder: string;
  readonly socketFolder: string;
  readonly binariesFolder: string;
  readonly isInitialised: boolean;
  readonly password: string;
  markInitialised(): void;
}

export function placeCluster(dataDir: string): ClusterPlace {
  const real = realpathSync(dataDir);
  const recordPath = join(real, 'postgres.json');
  const before = readRecord(recordPath);
  const candidate = serverAccount(before?.home);
  const home = before?.home ?? chooseHome(real, candidate);
  let record: PlaceRecord = { home, initialised: before?.initialised ?? false };
  // Recorded before anything is created there, so that a crash leaves nothing that is not found again.
  writeRecord(recordPath, record);
  makeFolder(home, candidate);
  const cluster = join(home, 'cluster');
  if (record.initialised && !existsSync(join(cluster, 'PG_VERSION'))) {
    throw new DataDirectoryError(
      'CLUSTER_MISSING',
      `${recordPath} says the cluster is in ${cluster}, but it is not there; ` +
        'restore it, or remove that file to start empty',
    );
  }
  checkOwner(cluster, candidate);
  const logFolder = makeFolder(join(home, 'log'), candidate);
  const socketFolder = chooseSocketFolder(home, before?.socketFolder, candidate);
  record = { ...record, socketFolder };
  writeRecord(recordPath, record);
  return {
    account: candidate,
    home,
    cluster,
    logFolder,
    socketFolder,
    isInitialised: record.initialised,
    binariesFolder: candidate.uid === undefined ? join(home, 'binaries') : join(systemFolder, 'postgres'),
    password: readPassword(real, record.initialised),
    markInitialised: () => writeRecord(recordPath, { ...record, initialised: true }),
  };
}

/**
 * Root lends the account that owns the cluster already, else `postgres`, else `nobody`. Others run it
 * themselves.
 */
function serverAccount(home: string | undefined): ServerAccount {
  if (process.getuid?.() !== 0) return {};
  const owner = home === undefined ? undefined : statSync(join(home, 'cluster'), { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  for (const name of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields?.[2] !== undefined && fields[3] !== undefined)
      return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  return { uid: 65_534, gid: 65_534 };
}

function chooseHome(dataDir: string, account: ServerAccount): string {
  if (account.uid === undefined || canTraverse(dataDir, account)) return join(dataDir, 'postgres');
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
  const { uid, mode } = statSync(systemFolder);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new DataDirectoryError(
      'DATA_DIR_NOT_OURS',
      `${systemFolder} must belong to root and be writable by root only`,
    );
  }
  // A random part, so that a data directory made anew at the same path never meets the cluster of the old
  // one.
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const name = `${digest}-${randomBytes(4).toString('hex')}`;
  return join(systemFolder, name);
}

function canTraverse(folder: string, account: ServerAccount): boolean {
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  const above = dirname(folder);
  return (mode & bit) !== 0 && (above === folder || canTraverse(above, account));
}

function makeFolder(path: string, account: ServerAccount): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
  return path;
}

function checkOwner(cluster: string, account: ServerAccount): void {
  const owner = statSync(cluster, { throwIfNoEntry: false })?.uid;
  const expected = account.uid ?? process.getuid?.();
  if (owner === undefined || owner === expected) return;
  throw new DataDirectoryError(
    'DATA_DIR_NOT_OURS',
    `cluster ${cluster} belongs to uid ${owner}, not to uid ${expected}`,
  );
}

function chooseSocketFolder(home: string, recorded: string | undefined, account: ServerAccount): string {
  const near = join(home, 'run');
  if (Buffer.byteLength(near) <= socketFolderBytesMax) return makeFolder(near, account);
  if (recorded !== undefined && isPrivate(recorded, account)) return recorded;
  return makeFolder(mkdtempSync(join(shortTemporaryFolder(), 'tidegate-')), account);
}

function shortTemporaryFolder(): string {
  return Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : '/tmp';
}

function isPrivate(folder: string, account: ServerAccount): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return (
    found?.isDirectory() === true &&
    found.uid === (account.uid ?? process.getuid?.()) &&
    (found.mode & 0o077) === 0
  );
}

function readPassword(dataDir: string, isInitialised: boolean): string {
  const path = join(dataDir, 'postgres.password');
  if (!existsSync(path)) {
    if (isInitialised) {
      throw new DataDirectoryError(
        'CLUSTER_PASSWORD',
        `${path}, the password of the embedded cluster, is missing`,
      );
    }
    writeFileSync(path, randomBytes(24).toString('hex'), { flag: 'wx', mode: 0o600, flush: true });
  }
  return readFileSync(path, 'utf8').trim();
}

function readRecord(path: string): PlaceRecord | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PlaceRecord) : undefined;
}

function writeRecord(path: string, record: PlaceRecord): void {
  const unfinished = `${path}.new`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(unfinished, path);
}
