/**
 * The lock of a file store's folder: one process at a time, and a lock whose process is gone is no lock. The
 * file names process and start time, because numbers of processes come again (in a container at once).
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { StoreError } from './store.ts';

/** Folders open in this process. */
const openFolders = new Set<string>();
let attempts = 0;

/** Returns the path of the lock file. Throws StoreError `locked`. */
export function takeLock(folder: string): string {
  const path = `${folder}/lock`;
  if (openFolders.has(path)) throw new StoreError('locked', `${folder} is open already`);
  const own = `${path}.${process.pid}.${++attempts}`;
  writeFileSync(own, `${process.pid} ${startOf(process.pid)}`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (isLinked(own, path)) {
        openFolders.add(path);
        return path;
      }
      removeDead(path, own);
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new StoreError('locked', `${folder} is being opened by another process`);
}

export function releaseLock(path: string): void {
  openFolders.delete(path);
  rmSync(path, { force: true });
}

/** The lock appears with its text in it, or not at all. */
function isLinked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function removeDead(path: string, own: string): void {
  const text = textOf(path);
  if (text === undefined) return;
  const [pid = 0, start = ''] = text.split(' ');
  const holder = Number(pid);
  const isOurs = holder === process.pid && (start === '' || start === startOf(holder));
  if (!isOurs && isAlive(holder, start)) {
    throw new StoreError('locked', `${path.slice(0, path.lastIndexOf('/'))} is open in process ${holder}`);
  }
  // Taken away under another name first: somebody else may have put a live lock there meanwhile.
  const taken = `${own}.dead`;
  try {
    renameSync(path, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (textOf(taken) !== text) isLinked(taken, path);
  rmSync(taken, { force: true });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** When the process was started, in ticks since the system was; empty where the system does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return start === '' || startOf(pid) === '' || start === startOf(pid);
}
