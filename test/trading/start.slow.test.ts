/**
 * A first start that is broken off, at every point that can be seen from outside, by the signals that people
 * and orchestrators send: nothing it started is left, and the next start goes on from what is there.
 */
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, signIn, spawnPlatform, startPlatform, temporaryFolder } from '../platform.ts';
import type { RunningProcess } from '../platform.ts';

let folder: ReturnType<typeof temporaryFolder>;
let started: RunningProcess | undefined;
beforeEach(() => {
  folder = temporaryFolder('start');
});
afterEach(async () => {
  await started?.stop();
  folder.remove();
});

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone, or not ours to see
  }
};
const workplace = (pid: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
};

/** Processes that were started for this folder or work in it. */
function processesOf(path: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(path) || workplace(pid).startsWith(path))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
    .filter((line) => !/^\d+ $/.test(line));
}

const inFolder = (...path: readonly string[]) => existsSync(join(folder.path, ...path));
const said = (running: RunningProcess, text: string) => running.log().includes(text);

/** In the order of a first start. */
const points: Readonly<Record<string, (running: RunningProcess) => boolean>> = {
  'the data folder is taken': () => inFolder('platform.lock'),
  'initdb has begun': () => inFolder('postgres', 'cluster.new', 'base'),
  'the server is spawned': () => inFolder('postgres', 'start.log'),
  'the server has a pid file': () => inFolder('postgres', 'cluster', 'postmaster.pid'),
  'the server is up': (running) => said(running, 'embedded PostgreSQL started'),
  'the simulator is called': () => inFolder('simulator'),
  'the gateway is up': (running) => said(running, '"service":"gateway"'),
  'all is up': (running) => said(running, '"service":"api"'),
};

const environment = { LOG_LEVEL: 'info', LOG_FORMAT: 'json', TIDEGATE_ADMIN_PASSWORD: '' };

async function breakOff(at: string, signals: readonly NodeJS.Signals[]): Promise<void> {
  rmSync(join(folder.path, 'postgres', 'start.log'), { force: true }); // of the start before
  started = spawnPlatform(folder.path, environment);
  const { child } = started;
  child.stdout!.resume();
  const exited = once(child, 'exit');
  await eventually(() => points[at]!(started!) || child.exitCode !== null || undefined, at, 60_000);
  for (const signal of signals) child.kill(signal);
  expect(await exited, `${at}\n${started.errors()}`).toEqual([0, null]);
  expect(processesOf(folder.path), at).toEqual([]);
}

/** One, the other, and both by somebody who does not wait. */
const asked: readonly (readonly NodeJS.Signals[])[] = [
  ['SIGTERM'],
  ['SIGINT'],
  ['SIGTERM', 'SIGINT', 'SIGTERM'],
];

describe('a first start that is broken off', () => {
  it(
    'leaves nothing running wherever it is, and the next one goes on from there',
    { timeout: 180_000 },
    async () => {
      for (const [index, at] of Object.keys(points).entries())
        await breakOff(at, asked[index % asked.length]!);
      const platform = await startPlatform(folder.path, environment);
      started = platform;
      const password = read(platform.ready.adminPasswordFile ?? '').trim();
      const admin = await signIn(platform.ready.http, 'admin', password);
      expect((await admin.get('/api/v1/me')).status).toBe(200);
      expect(await platform.stop()).toBe(0);
      expect(processesOf(folder.path)).toEqual([]);
    },
  );
});
