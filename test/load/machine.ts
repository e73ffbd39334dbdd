/** The machine that is measured on: its name for the results, and whether it has other work. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
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

export const machineName = (): string => `${cpus().length} cores, Node ${process.version}`;
