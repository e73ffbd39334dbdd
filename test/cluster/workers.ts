/**
 * Jobs with real worker processes that are killed, frozen and stopped at random: each effect is there exactly
 * once.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { JobQueue } from '@tidegate/platform/jobs/job.queue';
import type { Database } from '@tidegate/platform/sql/database';
import { silentLog, temporaryFolder } from '@tidegate/platform/testing/database';
import type { JobTerms } from '@tidegate/wire/jobs';

const usual: JobTerms = {
  priority: 0,
  attemptsMax: 100,
  backoffSeconds: 1,
  backoffSecondsMax: 1,
  runningMax: 1_000,
  runningPerFirmMax: 1_000,
  timeMsMax: 60_000,
  silentMsMax: 10_000,
};
const once_ = { ...usual, attemptsMax: 1 };
export const terms: Readonly<Record<string, JobTerms>> = {
  effect: usual,
  stuck: { ...once_, silentMsMax: 700 },
  spinning: { ...once_, timeMsMax: 700 },
  greedy: once_,
};
export const pace = { aliveMs: 1_000, busyMs: 200, idleMs: 200 };

const child = fileURLToPath(new URL('workers.child.ts', import.meta.url));

export class WorkerProcesses {
  private readonly urlFile: string;
  private readonly running = new Map<string, ChildProcess>();
  private made = 0;

  constructor(url: string) {
    this.urlFile = join(temporaryFolder(), 'url');
    writeFileSync(this.urlFile, url, { mode: 0o600 });
  }

  get names(): readonly string[] {
    return [...this.running.keys()];
  }

  async start(): Promise<string> {
    const name = `worker-${(this.made += 1)}`;
    const one = spawn(process.execPath, ['--conditions=tidegate-source', child, this.urlFile, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.running.set(name, one);
    await once(one.stdout, 'data');
    return name;
  }

  /** SIGKILL and SIGTERM end it; SIGSTOP and SIGCONT do not. */
  async signal(name: string, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const one = this.running.get(name)!;
    one.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    this.running.delete(name);
    await once(one, 'exit');
  }

  async stop(): Promise<void> {
    for (const name of this.names) {
      await this.signal(name, 'SIGCONT');
      await this.signal(name, 'SIGKILL');
    }
  }
}

/** Effects can be there twice, and are counted: without this the table itself would refuse the second. */
export async function countEffects({ pool }: Database): Promise<void> {
  await pool.query('ALTER TABLE job_file DROP CONSTRAINT job_file_pkey');
}

export interface Counted {
  readonly jobs: number;
  readonly completed: number;
  readonly effects: number;
  readonly distinct: number;
}

export async function counted({ pool }: Database): Promise<Counted> {
  const { rows } = await pool.query<Counted>(`SELECT
    (SELECT count(*)::int FROM job WHERE kind = 'effect') AS jobs,
    (SELECT count(*)::int FROM job WHERE kind = 'effect' AND state = 'completed') AS completed,
    (SELECT count(*)::int FROM job_file) AS effects,
    (SELECT count(DISTINCT job)::int FROM job_file) AS distinct`);
  return rows[0]!;
}

export async function submitEffects(database: Database, jobs: number): Promise<void> {
  const queue = new JobQueue({ database, log: silentLog, terms });
  const one = (n: number) => ({ kind: 'effect', input: { n }, firm: `f${n % 5}`, requestedBy: 'test' });
  const all = Array.from({ length: jobs }, (_, n) => one(n));
  while (all.length > 0) await queue.submit(...all.splice(0, 100));
  await queue.close();
}

export async function running({ pool }: Database, worker: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM job WHERE worker = $1 AND state = 'running'`,
    [worker],
  );
  return rows[0]!.n;
}

/** Kills, freezes and stops one after the other, and starts others, until all jobs have ended. */
export async function harass(
  database: Database,
  processes: WorkerProcesses,
  random: () => number,
  restMs: number,
): Promise<{ readonly killed: number; readonly frozen: number; readonly stopped: number }> {
  const done = { killed: 0, frozen: 0, stopped: 0 };
  for (let round = 0; ; round += 1) {
    const { jobs, completed } = await counted(database);
    if (completed === jobs) return done;
    const name = processes.names[Math.floor(random() * processes.names.length)]!;
    const what = (['killed', 'frozen', 'stopped'] as const)[round % 3]!;
    if (what === 'frozen') {
      await processes.signal(name, 'SIGSTOP');
      await delay(pace.aliveMs + 500);
      await processes.signal(name, 'SIGCONT');
    } else {
      await processes.signal(name, what === 'killed' ? 'SIGKILL' : 'SIGTERM');
      await processes.start();
    }
    done[what] += 1;
    await delay(restMs);
  }
}
