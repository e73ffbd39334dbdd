/**
 * The queue on a real PostgreSQL: turns, limits, tries, what waits for what, and that a late try writes
 * nothing.
 */
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import type { JobChanged, JobTerms } from '@tidegate/wire/jobs';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt, NewJob } from './job.ts';
import { JobQueue } from './job.queue.ts';
import { JobReading } from './job.reading.ts';
import { runDue, type ScheduledJob } from './schedules.ts';
import { askToDrain, WorkerRows } from './worker.rows.ts';

const terms: JobTerms = {
  priority: 0,
  attemptsMax: 2,
  backoffSeconds: 1,
  backoffSecondsMax: 1,
  runningMax: 100,
  runningPerFirmMax: 100,
  timeMsMax: 60_000,
  silentMsMax: 60_000,
};
const kinds = { plain: terms, narrow: { ...terms, runningMax: 3, runningPerFirmMax: 2 } };

let server: TestServer;
let database: Database;
let queue: JobQueue;
let reading: JobReading;
const told: JobChanged[] = [];
beforeAll(async () => {
  server = await startTestServer();
  database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
  queue = new JobQueue({ database, log: silentLog, terms: kinds, onChange: (one) => void told.push(one) });
  reading = new JobReading(database);
  await queue.open();
});
afterAll(async () => {
  await queue.close();
  await database.close();
  await server.stop();
});
beforeEach(async () => {
  await sql`TRUNCATE job, job_queue.job CASCADE`.execute(database.kysely);
  told.length = 0;
});

const plain: NewJob = { kind: 'plain', input: {}, firm: 'a', requestedBy: 'anna' };
const one = async (job: Partial<NewJob> = {}): Promise<string> =>
  (await queue.submit({ ...plain, ...job }))[0]!;
const claim = async (kind = 'plain', worker = 'w1'): Promise<Attempt> => (await queue.claim(kind, worker))!;
const stateOf = async (id: string) => (await reading.job(id))!.state;
const file = { what: 'file', name: 'x', mediaType: 'text/plain', content: Buffer.from('x') } as const;
/** As if the time of the backoff had passed. */
const passed = () => sql`UPDATE job_queue.job SET start_after = now()`.execute(database.kysely);

describe('the queue of jobs', () => {
  it('gives the one that matters most first, then the oldest, and each once', async () => {
    const [low, high, old] = [await one({ priority: -5 }), await one({ priority: 5 }), await one()];
    const claimed = [await claim(), await claim(), await claim()].map(({ id }) => id);
    expect(claimed).toEqual([high, old, low]);
    expect(await queue.claim('plain', 'w1')).toBeUndefined();
  });

  it('writes effects with the completion, and of a try that no longer counts nothing', async () => {
    const id = await one();
    const first = await claim();
    await queue.fail(first, { code: 'X', text: 'once more' });
    await passed();
    const second = await claim('plain', 'w2');
    expect(second).toMatchObject({ id, attempt: 1 });
    const late = queue.complete(first, { result: 1, effects: [file] });
    await expect(late).rejects.toMatchObject({ code: 'JOB_FENCED' });
    await expect(queue.fail(first, { code: 'X', text: '' })).rejects.toMatchObject({ code: 'JOB_FENCED' });
    expect(await reading.file(id)).toBeUndefined();
    await queue.complete(second, { result: { n: 2 }, effects: [file] });
    await expect(queue.complete(second, { result: 3, effects: [file] })).rejects.toThrow('no longer');
    expect(await reading.story(id)).toMatchObject({
      job: { state: 'completed', attempt: 2, worker: 'w2' },
      result: { n: 2 },
      file: { name: 'x', bytes: 1 },
    });
  });

  it('takes back the completion when an effect is refused', async () => {
    const id = await one();
    const attempt = await claim();
    await expect(queue.complete(attempt, { result: 1, effects: [file, file] })).rejects.toThrow();
    expect([await stateOf(id), await reading.file(id)]).toEqual(['running', undefined]);
    await queue.complete(attempt, { result: 1, effects: [file] });
    expect(await stateOf(id)).toBe('completed');
  });

  it('tries again later, keeps what failed too often, and takes it up when somebody says so', async () => {
    const id = await one();
    await queue.fail(await claim(), { code: 'BROKEN', text: 'first' });
    expect(await stateOf(id)).toBe('retrying');
    expect(await queue.claim('plain', 'w1')).toBeUndefined();
    await passed();
    await queue.fail(await claim(), { code: 'BROKEN', text: 'second' });
    expect(await reading.job(id)).toMatchObject({ state: 'failed', code: 'BROKEN', error: 'second' });
    const other = await one();
    await queue.fail(await claim(), { code: 'IMPOSSIBLE', text: 'never', isFinal: true });
    expect((await reading.failed('plain', 10)).map((job) => job.id)).toEqual([id, other]);
    expect(await queue.redrive('plain', 1, 'otto')).toEqual([id]);
    expect([await stateOf(id), await stateOf(other)]).toEqual(['queued', 'failed']);
    await passed();
    await queue.complete(await claim(), { result: null });
    await queue.retry(other, 'otto');
    expect(await claim()).toMatchObject({ id: other, attempt: 1 });
    await expect(queue.retry(other, 'otto')).rejects.toMatchObject({ code: 'JOB_NOT_FAILED' });
    const whats = (await reading.story(id))!.events.map(({ what, person }) => [what, person]);
    expect(whats).toEqual([
      ['requested', 'anna'],
      ['started', null],
      ['failed', null],
      ['started', null],
      ['failed', null],
      ['retried', 'otto'],
      ['started', null],
      ['completed', null],
    ]);
  });

  it('runs no more of a kind, nor of a firm, than may run', async () => {
    for (const firm of ['a', 'a', 'a', 'a', 'b', 'b']) await one({ kind: 'narrow', firm });
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, index) => queue.claim('narrow', `w${index}`)),
    );
    const firms = claims.filter((attempt) => attempt !== undefined).map(({ firm }) => firm);
    expect(firms.toSorted()).toEqual(['a', 'a', 'b']);
  });

  it('passes over firms that have something running where another waits', async () => {
    await one({ firm: 'a' });
    const lone = await one({ firm: 'b' });
    expect((await queue.claim('plain', 'w1', ['a']))!.id).toBe(lone);
    expect(await queue.claim('plain', 'w1', ['a'])).toBeUndefined();
  });

  it('cancels what waits and what runs: its try counts no more', async () => {
    const [waits, runs] = [await one({ priority: -1 }), await one()];
    const attempt = await claim();
    expect(attempt.id).toBe(runs);
    await queue.cancel(waits, 'anna');
    await queue.cancel(runs, 'anna');
    await expect(queue.complete(attempt, { result: 1, effects: [file] })).rejects.toThrow('no longer');
    expect(await queue.claim('plain', 'w1')).toBeUndefined();
    expect([await stateOf(waits), await stateOf(runs)]).toEqual(['canceled', 'canceled']);
    await expect(queue.cancel(runs, 'anna')).rejects.toMatchObject({ code: 'JOB_ENDED' });
  });

  it('begins nothing after its deadline, and gives the same key the same job', async () => {
    const past = await one({ deadline: new Date(Date.now() - 1_000).toISOString() });
    const keyed = await one({ key: 'k' });
    expect(await one({ key: 'k' })).toBe(keyed);
    expect(await one({ key: 'k', requestedBy: 'bert' })).not.toBe(keyed);
    expect((await claim()).id).toBe(keyed);
    expect(await reading.job(past)).toMatchObject({ state: 'failed', code: 'DEADLINE_PASSED' });
  });
});

describe('jobs that need others', () => {
  it('run when all are completed, also when the last two end at once', async () => {
    const [first, second] = [await one(), await one()];
    const after = await one({ after: [first, second] });
    expect(await stateOf(after)).toBe('waiting');
    const attempts = [await claim(), await claim()];
    expect(await queue.claim('plain', 'w1')).toBeUndefined();
    await Promise.all(attempts.map((attempt, index) => queue.complete(attempt, { result: index })));
    expect((await claim()).id).toBe(after);
    expect((await reading.resultsBefore(after)).toSorted()).toEqual([0, 1]);
    const already = await one({ after: [first] });
    expect(await stateOf(already)).toBe('queued');
  });

  it('fail when one of them is not completed, and those behind them too', async () => {
    const first = await one();
    const second = await one({ after: [first] });
    const third = await one({ after: [second] });
    await queue.cancel(first, 'anna');
    for (const id of [second, third])
      expect(await reading.job(id)).toMatchObject({ state: 'failed', code: 'DEPENDENCY_FAILED' });
    await expect(one({ after: [second] })).rejects.toMatchObject({ code: 'UNKNOWN_DEPENDENCY' });
  });

  it('split into parts and are gathered once, in the transaction of the split', async () => {
    const whole = await one();
    const parts = [1, 2, 3].map((n) => ({ kind: 'plain', input: { n } }));
    const gather = { kind: 'plain', input: { gather: true } };
    await queue.complete(await claim(), { result: 'split', split: { parts, gather } });
    for (const n of [1, 2, 3]) {
      const attempt = await claim();
      expect(attempt.input).toEqual({ n });
      await queue.complete(attempt, { result: n * n });
    }
    const last = await claim();
    expect(last.input).toEqual({ gather: true });
    expect(await reading.resultsBefore(last.id)).toEqual([1, 4, 9]);
    const story = (await reading.story(whole))!;
    expect(story.result).toEqual({ parts: 3, gather: last.id, result: 'split' });
    expect(story.parts).toHaveLength(4);
  });
});

describe('workers', () => {
  const rows = (id: string) => new WorkerRows(database, { id, instance: 'i', host: 'h', slots: 2 });
  const quiet = { completed: 0, failed: 0 };
  const jobsOf = ({ id, attempt }: Attempt) => [{ id, attempt, progress: 0.5, text: 'half' }];

  it('that fall silent lose their jobs, and are told when they speak again', async () => {
    const id = await one();
    await rows('gone').beat({ aliveMs: -1, jobs: [], ...quiet });
    const attempt = await claim('plain', 'gone');
    const seen = await rows('other').beat({ aliveMs: 60_000, jobs: [], ...quiet });
    expect(seen.hasSilent).toBe(true);
    expect(await queue.takeOver()).toBe(1);
    expect(await reading.job(id)).toMatchObject({ state: 'retrying', code: 'WORKER_LOST' });
    const again = await rows('gone').beat({ aliveMs: 60_000, jobs: jobsOf(attempt), ...quiet });
    expect(again.lost).toEqual([id]);
    await passed();
    const next = await claim('plain', 'other');
    const told = await rows('other').beat({ aliveMs: 60_000, jobs: jobsOf(next), ...quiet });
    expect([told.lost, told.hasSilent]).toEqual([[], false]);
    expect(await reading.job(id)).toMatchObject({ progress: 0.5, progressText: 'half', worker: 'other' });
  });

  it('hand back what they have begun, without a try being counted', async () => {
    const id = await one();
    for (let round = 0; round < 4; round += 1) {
      const attempt = await claim();
      expect(attempt).toMatchObject({ id, attempt: round });
      await queue.handBack(attempt);
      await expect(queue.handBack(attempt)).rejects.toMatchObject({ code: 'JOB_FENCED' });
    }
    await queue.fail(await claim(), { code: 'X', text: '' });
    expect(await stateOf(id)).toBe('retrying');
  });

  it('are listed, and asked to take no more', async () => {
    await rows('mine').beat({ aliveMs: 60_000, jobs: [], completed: 3, failed: 1 });
    expect(await askToDrain(database, 'mine')).toBe(true);
    expect(await askToDrain(database, 'nobody')).toBe(false);
    expect((await rows('mine').beat({ aliveMs: 60_000, jobs: [], ...quiet })).isDraining).toBe(true);
    const found = (await reading.workers()).find(({ id }) => id === 'mine');
    expect(found).toMatchObject({ state: 'draining', slots: 2 });
    await rows('mine').leave();
    expect((await reading.workers()).some(({ id }) => id === 'mine')).toBe(false);
  });

  it('see queues with what waits and for how long', async () => {
    await one();
    await sql`UPDATE job SET ready_at = now() - interval '90 s'`.execute(database.kysely);
    const [queueView] = await reading.queues({ plain: { about: 'x' } });
    expect(queueView).toMatchObject({ kind: 'plain', ready: 1, running: 0, about: 'x' });
    expect(Math.round(queueView!.oldestReadySeconds)).toBe(90);
  });
});

describe('schedules', () => {
  const nightly: ScheduledJob = {
    name: 'nightly',
    kind: 'plain',
    cron: '30 1 * * *',
    timeZone: 'America/New_York',
    missed: 'last',
    input: (slotMs) => ({ slotMs }),
  };
  const often: ScheduledJob = { ...nightly, name: 'often', cron: '*/30 * * * *', missed: 'skip' };
  const minuteMs = 60_000;

  it.each([
    ['summer begins', '2026-03-08T04:00:00Z', '30 2 * * *'],
    ['summer ends', '2026-11-01T02:00:00Z', '30 1 * * *'],
  ])('run each slot once when %s, with three lookers whose clocks are off', async (_when, from, cron) => {
    const fromMs = Date.parse(from);
    const both = [{ ...nightly, cron }, often];
    await sql`TRUNCATE job_schedule, job_slot`.execute(database.kysely);
    await runDue(queue, both, fromMs);
    for (let slotMs = fromMs + 30 * minuteMs; slotMs <= fromMs + 420 * minuteMs; slotMs += 30 * minuteMs)
      for (const nowMs of [slotMs, slotMs + 30_000])
        await Promise.all([30_000, 0, -30_000].map((offMs) => runDue(queue, both, nowMs + offMs)));
    const { rows } = await sql<{ schedule: string; asked: number; slots: number }>`SELECT schedule,
      count(job)::int AS asked, count(*)::int AS slots FROM job_slot GROUP BY 1 ORDER BY 1`.execute(
      database.kysely,
    );
    // The nightly one once; the other in each real half hour, whatever the wall clock shows.
    expect(rows).toEqual([
      { schedule: 'nightly', asked: 1, slots: 1 },
      { schedule: 'often', asked: 14, slots: 14 },
    ]);
    const { rows: jobs } = await sql<{ slot: Date }>`SELECT slot FROM job WHERE schedule = 'often'
      ORDER BY slot`.execute(database.kysely);
    expect(jobs.map(({ slot }) => slot.getTime())).toEqual(
      Array.from({ length: 14 }, (_, index) => fromMs + (index + 1) * 30 * minuteMs),
    );
  });

  it('say of a missed slot that it was, and make up for the last one where they should', async () => {
    await sql`TRUNCATE job_schedule, job_slot`.execute(database.kysely);
    const startMs = Date.parse('2026-06-01T12:00:00Z');
    await runDue(queue, [nightly, often], startMs);
    expect(await runDue(queue, [nightly, often], startMs + 3 * 86_400_000 + 5 * minuteMs)).toBe(1);
    const { rows } = await sql<{ schedule: string; why: string; n: number }>`SELECT schedule, why,
      count(*)::int AS n FROM job_slot GROUP BY 1, 2 ORDER BY 1, 2`.execute(database.kysely);
    expect(rows).toEqual([
      { schedule: 'nightly', why: 'due', n: 1 },
      { schedule: 'nightly', why: 'missed', n: 2 },
      { schedule: 'often', why: 'missed', n: 144 },
    ]);
  });
});
