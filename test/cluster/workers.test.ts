/**
 * Workers as real processes on a real PostgreSQL: killed, frozen, stopped, stuck, spinning, out of memory.
 */
import { connectDatabase, type Database } from '@tidegate/platform/sql/database';
import { JobQueue } from '@tidegate/platform/jobs/job.queue';
import { JobReading } from '@tidegate/platform/jobs/job.reading';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { until } from '@tidegate/platform/testing/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countEffects, counted, harass, running, submitEffects, terms, WorkerProcesses } from './workers.ts';

let server: TestServer;
let database: Database;
let processes: WorkerProcesses;
beforeAll(async () => {
  server = await startTestServer();
  const url = await server.createDatabase();
  database = connectDatabase({ url, log: silentLog });
  processes = new WorkerProcesses(url);
  await countEffects(database);
});
afterAll(async () => {
  await processes.stop();
  await database.close();
  await server.stop();
});

/** The same disturbances at each run; what they meet is up to the machine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

it('bring about every effect exactly once, whatever is done to them', { timeout: 120_000 }, async () => {
  for (let index = 0; index < 3; index += 1) await processes.start();
  // Not before all of them are there: one alone could be done with all of it.
  await submitEffects(database, 300);
  // One that is frozen with jobs in hand: they go elsewhere, and what it has when it wakes counts no more.
  const [first] = processes.names;
  await until(async () => (await running(database, first!)) > 0);
  await processes.signal(first!, 'SIGSTOP');
  await until(async () => (await running(database, first!)) === 0);
  await processes.signal(first!, 'SIGCONT');
  const done = await harass(database, processes, seeded(7_025), 150);
  expect(await counted(database)).toEqual({ jobs: 300, completed: 300, effects: 300, distinct: 300 });
  expect(done.killed + done.frozen + done.stopped).toBeGreaterThan(0);
});

it(
  'end a job that gets nowhere, spins or takes too much memory, and go on',
  { timeout: 60_000 },
  async () => {
    const queue = new JobQueue({ database, log: silentLog, terms });
    const reading = new JobReading(database);
    const kinds = ['stuck', 'spinning', 'greedy'];
    const own = { input: { n: 1 }, firm: 'f', requestedBy: 'test' };
    const ids = await queue.submit(...kinds.map((kind) => ({ kind, ...own })), { kind: 'effect', ...own });
    const ended = async () => Promise.all(ids.map(async (id) => (await reading.job(id))!));
    await until(async () => (await ended()).every(({ endedAt }) => endedAt !== null));
    expect((await ended()).map(({ code, state }) => code ?? state)).toEqual([
      'JOB_STUCK',
      'JOB_TIMEOUT',
      'JOB_OUT_OF_MEMORY',
      'completed',
    ]);
    await queue.close();
  },
);
