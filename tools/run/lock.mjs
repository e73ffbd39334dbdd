/**
 * One bootstrap at a time in a tree: two terminals may say `npm start` in a fresh clone at once, and the
 * second must wait instead of deleting the first one's node_modules. The lock is a file that names its owner;
 * an owner that died does not hold it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { cachePath, Fault, say } from './place.mjs';

const pollMs = 200;
const waitMsMax = 15 * 60_000;

/** Runs `work` while holding the tree's lock. */
export async function withLock(work) {
  const path = cachePath('bootstrap.lock');
  const own = cachePath(`bootstrap.lock.${process.pid}`);
  writeFileSync(own, identity(process.pid));
  try {
    await acquire(path, own);
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path, own) {
  let isAnnounced = false;
  for (let waitedMs = 0; waitedMs <= waitMsMax; waitedMs += pollMs) {
    if (isLinked(own, path)) return;
    const owner = read(path);
    if (owner !== undefined && !isAlive(owner)) {
      dropStale(path, owner);
      continue;
    }
    if (!isAnnounced) say(`Another bootstrap works in this tree (${owner ?? 'starting'}); waiting for it.`);
    isAnnounced = true;
    await wait(pollMs);
  }
  throw new Fault(`Another bootstrap has held ${path} for ${waitMsMax / 60_000} minutes.`);
}

/** A hard link appears in one step with its content, so nobody ever reads a half-written owner. */
function isLinked(own, path) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Moves a dead owner's file aside; when another waiter was faster and it is a live owner's by now, puts it
 * back.
 */
function dropStale(path, owner) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== owner) isLinked(aside, path);
  rmSync(aside, { force: true });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Process id and start time: the id alone could belong to a newer process. */
function identity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `pid ${pid} since ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return `pid ${pid}`;
  }
}

function isAlive(owner) {
  const pid = Number(/^pid (\d+)/.exec(owner)?.[1]);
  if (!Number.isSafeInteger(pid)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return identity(pid) === owner;
}
