/**
 * The machine that is measured on: its name for the results, whether it has other work, who uses it how much.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Share of all cores' time, 0 to 1, that other work may take before figures are noise. */
export const busyShareMax = 0.1;
const observeMs = 2_000;

/** Jiffies since the start, of all cores together (proc(5), the first line of /proc/stat). */
export function processorTimes(stat: string): { readonly all: number; readonly idle: number } {
  const numbers = stat.split('\n')[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = numbers;
  // Time in which a disk is waited for is time that a process could have had.
  return { all: numbers.reduce((sum, one) => sum + one, 0), idle: idle + waiting };
}

export function busyShare(before: string, after: string): number {
  const [from, to] = [processorTimes(before), processorTimes(after)];
  const all = to.all - from.all;
  return all <= 0 ? 0 : 1 - (to.idle - from.idle) / all;
}

/** Looks for two seconds at what others do. */
export async function otherWork(): Promise<number> {
  const stat = () => readFileSync('/proc/stat', 'utf8');
  const before = stat();
  await delay(observeMs);
  return busyShare(before, stat());
}

export const machineName = (): string =>
  `${cpus().length} cores, Node ${process.version}, fdatasync p50 ${diskSyncMs().toFixed(2)} ms`;

const syncs = 101;
/** A page of a database's log. */
const syncedBytes = 8_192;

/**
 * What a commit waits for at least: the median fdatasync of a page appended to a file in the temporary
 * folder.
 */
function diskSyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-bench-disk-'));
  const file = openSync(join(folder, 'log'), 'w');
  const page = Buffer.alloc(syncedBytes, 1);
  const times: number[] = [];
  try {
    for (let sync = 0; sync < syncs; sync += 1) {
      const startedMs = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      times.push(performance.now() - startedMs);
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
  return times.sort((left, right) => left - right)[syncs >> 1]!;
}

/** Hundredths of a second that a process has had (proc(5), utime and stime of /proc/<pid>/stat). */
export function processorTicks(stat: string): number {
  // The name in brackets may hold anything, spaces and brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Share of one core that a process takes, over 1 with its threads. */
export class Usage {
  private readonly pid: number;
  private ticks = 0;
  private startedMs = 0;

  constructor(pid: number) {
    this.pid = pid;
    this.begin();
  }

  begin(): void {
    this.ticks = this.read();
    this.startedMs = performance.now();
  }

  share(): number {
    return ((this.read() - this.ticks) * 10) / (performance.now() - this.startedMs);
  }

  private read(): number {
    return processorTicks(readFileSync(`/proc/${this.pid}/stat`, 'utf8'));
  }
}

/** Megabytes, of /proc/<pid>/status: resident now and at most so far. */
export function residentMegabytes(status: string): { readonly now: number; readonly peak: number } {
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}
