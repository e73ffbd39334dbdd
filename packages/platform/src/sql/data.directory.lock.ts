/**
 * One platform per data directory. Each starter leaves an entry of its own in `<dataDir>/platform.lock/` and
 * only then looks for others, so two that start together always see each other. An entry is alive while its
 * process lives (pid and start time of the same boot and pid namespace) or, where that cannot be seen
 * (another container), while its heartbeat moves; so an entry never outlives a killed process.
 */
import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const heartbeatMs = 2_000;
/** A heartbeat as old as this needs no further look. */
const deadAfterMs = 60_000;
const attemptsMax = 4;

/** The data directory cannot be used now, or its cluster cannot; `code` says why. */
export class DataDirectoryError extends Error {
  readonly code: DataDirectoryCode;

  constructor(code: DataDirectoryCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataDirectoryError';
    this.code = code;
  }
}
export type DataDirectoryCode =
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_NOT_OURS'
  | 'CLUSTER_MISSING'
  | 'CLUSTER_VERSION'
  | 'CLUSTER_PASSWORD'
  | 'BINARIES_MISSING'
  | 'BINARIES_UNUSABLE'
  | 'SERVER_FAILED'
  | 'SERVER_TIMEOUT';

interface Entry {
  readonly pid: number;
  readonly startTicks: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly host: string;
}

export interface DataDirectoryLock {
  /** Gives the directory back; safe to call twice. */
  release(): void;
}

/**
 * Throws DataDirectoryError `DATA_DIR_IN_USE` while another live process holds the directory. `signal` gives
 * the waiting up.
 */
export async function lockDataDirectory(dataDir: string, signal?: AbortSignal): Promise<DataDirectoryLock> {
  const folder = join(dataDir, 'platform.lock');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt++) {
    const own = `${process.pid}-${randomUUID()}`;
    writeFileSync(join(folder, own), JSON.stringify(describeProcess()), { flag: 'wx', mode: 0o600 });
    let rival: Entry | undefined;
    try {
      rival = await liveRival(folder, own, signal);
    } catch (error) {
      rmSync(join(folder, own), { force: true });
      throw error;
    }
    if (rival === undefined) return hold(join(folder, own));
    rmSync(join(folder, own), { force: true });
    if (attempt === attemptsMax) {
      throw new DataDirectoryError(
        'DATA_DIR_IN_USE',
        `data directory ${dataDir} is in use by process ${rival.pid} on ${rival.host}`,
      );
    }
    // Two that started together both step back here; different waits let one of them through.
    await delay(20 + Math.random() * 100, undefined, { signal });
  }
}

function hold(path: string): DataDirectoryLock {
  const beat = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      /* the directory was removed under us: nothing is left to guard */
    }
  }, heartbeatMs).unref();
  return {
    release() {
      clearInterval(beat);
      rmSync(path, { force: true });
    },
  };
}

async function liveRival(
  folder: string,
  own: string,
  signal: AbortSignal | undefined,
): Promise<Entry | undefined> {
  for (const name of readdirSync(folder)) {
    if (name === own) continue;
    const path = join(folder, name);
    const entry = readEntry(path);
    if (entry === undefined) continue;
    if (await isAlive(path, entry, signal)) return entry;
    rmSync(path, { force: true });
  }
  return undefined;
}

function readEntry(path: string): Entry | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Entry;
  } catch {
    // Written this very moment, or torn by a crash: its heartbeat decides.
    return { pid: 0, startTicks: '', boot: '', pidNamespace: '', host: 'unknown' };
  }
}

async function isAlive(path: string, entry: Entry, signal: AbortSignal | undefined): Promise<boolean> {
  const here = describeProcess();
  if (entry.boot === here.boot && entry.pidNamespace === here.pidNamespace && entry.startTicks !== '') {
    return processStartTicks(entry.pid) === entry.startTicks;
  }
  const before = modifiedMs(path);
  if (before === undefined || Date.now() - before > deadAfterMs) return false;
  const deadline = Date.now() + 3 * heartbeatMs;
  while (Date.now() < deadline) {
    await delay(heartbeatMs / 4, undefined, { signal });
    const now = modifiedMs(path);
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

function modifiedMs(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

function describeProcess(): Entry {
  return {
    pid: process.pid,
    startTicks: processStartTicks(process.pid) ?? '',
    host: hostname(),
    boot: readText('/proc/sys/kernel/random/boot_id'),
    pidNamespace: readLink('/proc/self/ns/pid'),
  };
}

/**
 * Start of a process in clock ticks since boot (proc(5), field 22); undefined when it is gone or a zombie.
 */
export function processStartTicks(pid: number): string | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The command name stands in parentheses and may hold anything, so fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
