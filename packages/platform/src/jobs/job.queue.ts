/**
 * The queue of jobs in PostgreSQL: pg-boss says whose turn it is, tries again with backoff and refuses a try
 * that no longer counts; the table `job` is what people see of it. Both change in one transaction, and with
 * them what the job brings about (docs/adr/0025-jobs-in-postgresql.md).
 */
import { randomUUID } from 'node:crypto';
import type { JobChanged, JobState, JobTerms } from '@tidegate/wire/jobs';
import { sql, type Transaction } from 'kysely';
import { fromKysely, PgBoss, type Db } from 'pg-boss';
import type { Logger } from 'pino';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';
import { applyEffects } from './job.effects.ts';
import { JobFenced, JobRefused, type Attempt, type Failure, type NewJob, type Outcome } from './job.ts';

export type At = Transaction<Tables>;

export interface JobQueueOptions {
  /** A pool of its own: jobs wait for no request, and requests for no job. */
  readonly database: Database;
  readonly terms: Readonly<Record<string, JobTerms>>;
  readonly log: Pick<Logger, 'warn'>;
  /** Told after it is durable. */
  readonly onChange?: (changed: JobChanged) => void;
  /** Keeps pg-boss's tables in order: where workers are. Default false. */
  readonly isKeeper?: boolean;
}

interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly firm: string;
  readonly input: object;
  readonly worker: string | null;
}

const schema = 'job_queue';
const dayS = 86_400;
const openMax = 100_000;
const textMax = 2_000;
/** Advisory locks of the kinds: two numbers, this and the kind's hash. */
const claimLock = 7_025;

export class JobQueue {
  readonly #options: JobQueueOptions;
  #boss: Promise<PgBoss> | undefined;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  get database(): Database {
    return this.#options.database;
  }

  /** Makes the schema of the queue where it is missing. Called again after a failure, tries again. */
  open(): Promise<PgBoss> {
    this.#boss ??= this.#open().catch((error: unknown) => {
      this.#boss = undefined;
      throw error;
    });
    return this.#boss;
  }

  async close(): Promise<void> {
    const boss = await this.#boss?.catch(() => undefined);
    await boss?.stop({ graceful: false });
  }

  async #open(): Promise<PgBoss> {
    const { database, isKeeper = false, log, terms } = this.#options;
    const boss = new PgBoss({
      db: { executeSql: (text, values) => database.pool.query(text, values as unknown[]) },
      schema,
      schedule: false,
      supervise: isKeeper,
      registerInstance: false,
      openTelemetry: { enabled: false },
    });
    boss.on('error', (error) => log.warn({ err: error }, 'job queue'));
    await boss.start();
    const known = new Set((await boss.getQueues()).map(({ name }) => name));
    for (const [kind, of] of Object.entries(terms)) {
      const options = queueOptions(of);
      if (known.has(kind)) await boss.updateQueue(kind, options);
      else await boss.createQueue(kind, options);
    }
    return boss;
  }

  /** Gives the ids. Throws JobRefused; a job whose slot or key is taken is that one, and no other. */
  async submit(...jobs: readonly NewJob[]): Promise<readonly string[]> {
    await this.open();
    return this.#changing((at, tell) => this.#submit(at, jobs, tell));
  }

  /** For what asks for jobs together with changes of its own. */
  async within<T>(work: (at: At, submit: (job: NewJob) => Promise<string[]>) => Promise<T>): Promise<T> {
    await this.open();
    return this.#changing((at, tell) => work(at, (job) => this.#submit(at, [job], tell)));
  }

  /** The next job of a kind, if its limits let one run, for a worker that passes over `busyFirms`. */
  async claim(kind: string, worker: string, busyFirms: readonly string[] = []): Promise<Attempt | undefined> {
    const boss = await this.open();
    const { runningMax, runningPerFirmMax } = this.#termsOf(kind);
    return this.#changing(async (at, tell) => {
      // Who claims jobs of one kind takes turns: what runs is counted before one more does.
      await sql`SELECT pg_advisory_xact_lock(${claimLock}, hashtext(${kind}))`.execute(at);
      const { rows } = await sql<{ running: number }>`SELECT count(*)::int AS running FROM job
        WHERE kind = ${kind} AND state = 'running'`.execute(at);
      if (rows[0]!.running >= runningMax) return undefined;
      for (;;) {
        const [next] = await boss.fetch(kind, {
          batchSize: 1,
          groupConcurrency: runningPerFirmMax,
          ignoreGroups: busyFirms.length === 0 ? null : [...busyFirms],
          db: dbOf(at),
        });
        if (next === undefined) return undefined;
        const begun = await begin(at, next.id, next.retryCount, worker);
        if (begun === undefined) {
          // Its deadline has passed, or it is no longer known.
          await boss.cancel(kind, { id: next.id, retryCount: next.retryCount }, { db: dbOf(at) });
          await this.#end(at, next.id, 'failed', late, tell);
          continue;
        }
        tell({ id: next.id, kind, state: 'running' });
        return begun;
      }
    });
  }

  /** With all that it brings about, or not at all: throws JobFenced when the try no longer counts. */
  async complete(
    attempt: Pick<Attempt, 'id' | 'kind' | 'attempt'>,
    outcome: Outcome,
    more?: (at: At) => Promise<void>,
  ): Promise<void> {
    const boss = await this.open();
    await this.#changing(async (at, tell) => {
      const { id, kind } = attempt;
      const one = { id, retryCount: attempt.attempt };
      if (!isSettled(await boss.complete(kind, one, null, { db: dbOf(at) })))
        throw new JobFenced(id, attempt.attempt);
      await applyEffects(at, id, outcome.effects ?? []);
      await more?.(at);
      const split = outcome.split === undefined ? undefined : await this.#split(at, id, outcome.split, tell);
      const result = sqlJson(split === undefined ? outcome.result : { ...split, result: outcome.result });
      await sql`UPDATE job SET result = ${result}::jsonb, progress = 1 WHERE id = ${id}`.execute(at);
      await this.#end(at, id, 'completed', undefined, tell);
    });
  }

  /** To be tried again after a while, or for good. Throws JobFenced when the try no longer counts. */
  async fail(attempt: Pick<Attempt, 'id' | 'kind' | 'attempt'>, failure: Failure): Promise<void> {
    await this.open();
    await this.#changing((at, tell) => this.#fail(at, attempt, failure, tell));
  }

  /** Whatever it does: its worker finds that its try no longer counts. Throws JobRefused. */
  async cancel(id: string, person: string): Promise<void> {
    const boss = await this.open();
    await this.#changing(async (at, tell) => {
      const job = await locked(at, id);
      if (['completed', 'failed', 'canceled'].includes(job.state))
        throw new JobRefused('JOB_ENDED', `job ${id} is ${job.state} already`);
      if (job.state !== 'waiting') await boss.cancel(job.kind, id, { db: dbOf(at) });
      await note(at, { ...job, person }, 'cancel', 'asked for');
      await this.#end(at, id, 'canceled', { code: 'CANCELED', text: `canceled by ${person}` }, tell);
    });
  }

  /** Once more, though it has failed. Throws JobRefused. */
  async retry(id: string, person: string): Promise<void> {
    await this.open();
    await this.#changing((at, tell) => this.#retry(at, id, person, tell));
  }

  /** The oldest failed jobs of a kind once more, all or none; gives their ids. */
  async redrive(kind: string, limit: number, person: string): Promise<readonly string[]> {
    await this.open();
    return this.#changing(async (at, tell) => {
      const { rows } = await sql<{ id: string }>`SELECT id FROM job WHERE kind = ${kind} AND state = 'failed'
        ORDER BY ended_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED`.execute(at);
      for (const { id } of rows) await this.#retry(at, id, person, tell);
      return rows.map(({ id }) => id);
    });
  }

  /** Jobs whose worker has been silent for longer than it said it would be, to be tried elsewhere. */
  async takeOver(): Promise<number> {
    await this.open();
    return this.#changing(async (at, tell) => {
      const { rows } = await sql<JobRow>`SELECT j.* FROM job j WHERE j.state = 'running'
          AND NOT EXISTS (SELECT FROM worker w WHERE w.id = j.worker AND w.alive_until > clock_timestamp())
        ORDER BY j.id LIMIT 100 FOR UPDATE SKIP LOCKED`.execute(at);
      for (const job of rows) {
        const lost = { code: 'WORKER_LOST', text: `worker ${job.worker} fell silent` };
        await this.#fail(at, job, lost, tell).catch((error: unknown) => this.#astray(at, job, error, tell));
      }
      return rows.length;
    });
  }

  /** Hands back what was begun here; it is tried elsewhere at once, and this try is not counted. */
  async handBack(attempt: Pick<Attempt, 'id' | 'kind' | 'attempt'>): Promise<void> {
    const boss = await this.open();
    await this.#changing(async (at, tell) => {
      const job = await locked(at, attempt.id);
      if (job.attempt !== attempt.attempt || job.state !== 'running')
        throw new JobFenced(attempt.id, attempt.attempt);
      await boss.cancel(job.kind, { id: job.id, retryCount: attempt.attempt }, { db: dbOf(at) });
      await this.#resume(boss, at, job);
      await this.#requeue(at, job, 'handedBack', null, tell);
    });
  }

  #termsOf(kind: string): JobTerms {
    const terms = this.#options.terms[kind];
    if (terms === undefined) throw new RangeError(`there are no jobs of the kind ${kind}`);
    return terms;
  }

  /** In a transaction; what changed is told after it. */
  async #changing<T>(work: (at: At, tell: (changed: JobChanged) => void) => Promise<T>): Promise<T> {
    const changes: JobChanged[] = [];
    const result = await this.database.kysely
      .transaction()
      .execute((at) => work(at, (changed) => void changes.push(changed)));
    for (const changed of changes) this.#options.onChange?.(changed);
    return result;
  }

  async #submit(at: At, jobs: readonly NewJob[], tell: (changed: JobChanged) => void): Promise<string[]> {
    const { rows } = await sql<{ open: number }>`SELECT count(*)::int AS open FROM (SELECT FROM job
      WHERE state IN ('waiting', 'queued', 'retrying', 'running') LIMIT ${openMax}) few`.execute(at);
    if (rows[0]!.open + jobs.length > openMax)
      throw new JobRefused('TOO_MANY_JOBS', `${openMax} jobs are open: some must end before`);
    const ids: string[] = [];
    for (const job of jobs) ids.push(await this.#add(at, job, tell));
    return ids;
  }

  async #add(at: At, job: NewJob, tell: (changed: JobChanged) => void): Promise<string> {
    const terms = this.#termsOf(job.kind);
    const id = randomUUID();
    const priority = job.priority ?? terms.priority;
    const after = [...new Set(job.after ?? [])];
    const open = after.length === 0 ? 0 : await openAmong(at, after);
    const state = open === 0 ? 'queued' : 'waiting';
    const slot = job.slot === undefined ? null : new Date(job.slot.atMs).toISOString();
    const { rows } = await sql<{ id: string }>`INSERT INTO job (id, kind, state, input, firm, requested_by,
        key, priority, deadline, attempts_max, part_of, schedule, slot)
      VALUES (${id}, ${job.kind}, ${state}, ${sqlJson(job.input)}::jsonb, ${job.firm}, ${job.requestedBy},
        ${job.key ?? null}, ${priority}, ${job.deadline ?? null}, ${terms.attemptsMax},
        ${job.partOf ?? null}, ${job.slot?.schedule ?? null}, ${slot})
      ON CONFLICT (requested_by, key) WHERE key IS NOT NULL DO UPDATE SET key = excluded.key
      RETURNING id`.execute(at);
    if (rows[0]!.id !== id) return rows[0]!.id;
    if (after.length > 0)
      await sql`INSERT INTO job_dependency (job, needs)
        SELECT ${id}::uuid, needs FROM unnest(${after}::uuid[]) AS needs`.execute(at);
    const text = state === 'queued' ? '' : `waits for ${open} other jobs`;
    await note(at, { id, attempt: -1, worker: null, person: job.requestedBy }, 'requested', text);
    if (state === 'queued') await this.#send(at, { id, kind: job.kind, firm: job.firm, priority });
    tell({ id, kind: job.kind, state });
    return id;
  }

  async #send(at: At, job: { id: string; kind: string; firm: string; priority: number }): Promise<void> {
    const boss = await this.open();
    const { id, kind, firm, priority } = job;
    await boss.send(kind, null, { id, priority, group: { id: firm }, db: dbOf(at) });
  }

  async #split(
    at: At,
    partOf: string,
    { parts, gather }: NonNullable<Outcome['split']>,
    tell: (changed: JobChanged) => void,
  ): Promise<{ readonly parts: number; readonly gather: string }> {
    const { rows } = await sql<{ firm: string; requested_by: string }>`SELECT firm, requested_by FROM job
      WHERE id = ${partOf}`.execute(at);
    const { firm, requested_by: requestedBy } = rows[0]!;
    const own = { firm, requestedBy, partOf };
    const after = await this.#submit(
      at,
      parts.map((part) => ({ ...part, ...own })),
      tell,
    );
    const [gathering] = await this.#submit(at, [{ ...gather, ...own, after }], tell);
    return { parts: parts.length, gather: gathering! };
  }

  async #fail(
    at: At,
    { id, kind, attempt }: Pick<Attempt, 'id' | 'kind' | 'attempt'>,
    failure: Failure,
    tell: (changed: JobChanged) => void,
  ): Promise<void> {
    const boss = await this.open();
    const one = { id, retryCount: attempt };
    const response =
      failure.isFinal === true
        ? await boss.cancel(kind, one, { db: dbOf(at) })
        : await boss.fail(kind, one, { code: failure.code }, { db: dbOf(at) });
    if (!isSettled(response)) throw new JobFenced(id, attempt);
    const [queued] = await boss.findJobs(kind, { id, db: dbOf(at) });
    if (failure.isFinal === true || queued?.state !== 'retry') {
      await this.#end(at, id, 'failed', failure, tell);
      return;
    }
    const { code } = failure;
    const text = failure.text.slice(0, textMax);
    await sql`UPDATE job SET state = 'retrying', ready_at = ${queued.startAfter}, code = ${code},
        error = ${text}, worker = NULL WHERE id = ${id}`.execute(at);
    await note(at, { id, attempt, worker: null, person: null }, 'failed', `${code}: ${text}`);
    tell({ id, kind, state: 'retrying' });
  }

  async #retry(at: At, id: string, person: string, tell: (changed: JobChanged) => void): Promise<void> {
    const boss = await this.open();
    const job = await locked(at, id);
    if (job.state !== 'failed') throw new JobRefused('JOB_NOT_FAILED', `job ${id} is ${job.state}`);
    if (job.attempt < 0)
      throw new JobRefused('JOB_NOT_FAILED', `job ${id} was never begun: ask for a new one`);
    // One that failed for good is canceled in the queue, one that has failed too often is failed there.
    if (!isSettled(await boss.retry(job.kind, id, { db: dbOf(at) }))) await this.#resume(boss, at, job);
    await sql`UPDATE job SET attempts_max = greatest(attempts_max, attempt + 2), deadline = NULL
      WHERE id = ${id}`.execute(at);
    await this.#requeue(at, job, 'retried', person, tell);
  }

  /** With one try more than it had. */
  async #resume(boss: PgBoss, at: At, { id, kind }: Pick<JobRow, 'id' | 'kind'>): Promise<void> {
    await boss.resume(kind, id, { db: dbOf(at) });
    const { rows } = await sql<{ most: number }>`UPDATE job SET attempts_max = attempts_max + 1
      WHERE id = ${id} RETURNING attempts_max AS most`.execute(at);
    await boss.update(kind, undefined, { id, retryLimit: rows[0]!.most - 1, db: dbOf(at) });
  }

  async #requeue(
    at: At,
    job: JobRow,
    what: string,
    person: string | null,
    tell: (changed: JobChanged) => void,
  ): Promise<void> {
    await sql`UPDATE job SET state = 'queued', ready_at = clock_timestamp(), worker = NULL, code = NULL,
        error = NULL, ended_at = NULL, progress = 0, progress_text = '' WHERE id = ${job.id}`.execute(at);
    await note(at, { ...job, person }, what, '');
    tell({ id: job.id, kind: job.kind, state: 'queued' });
  }

  /** pg-boss has settled the try by its own limit: then its word counts. */
  async #astray(at: At, job: JobRow, error: unknown, tell: (changed: JobChanged) => void): Promise<void> {
    if (!(error instanceof JobFenced)) throw error;
    const boss = await this.open();
    const [queued] = await boss.findJobs(job.kind, { id: job.id, db: dbOf(at) });
    if (queued?.state === 'retry' || queued?.state === 'created')
      await this.#requeue(at, job, 'failed', null, tell);
    else await this.#end(at, job.id, 'failed', { code: 'WORKER_LOST', text: 'tried too often' }, tell);
  }

  async #end(
    at: At,
    id: string,
    state: 'completed' | 'failed' | 'canceled',
    failure: Failure | undefined,
    tell: (changed: JobChanged) => void,
  ): Promise<void> {
    const code = failure?.code ?? null;
    const text = failure?.text.slice(0, textMax) ?? null;
    const { rows } = await sql<JobRow>`UPDATE job SET state = ${state}, ended_at = clock_timestamp(),
      code = ${code}, error = ${text} WHERE id = ${id} RETURNING *`.execute(at);
    const job = rows[0];
    if (job === undefined) return;
    await note(at, { ...job, person: null }, state, code === null ? '' : `${code}: ${text}`);
    tell({ id, kind: job.kind, state });
    await this.#release(at, id, state === 'completed', tell);
  }

  /** Those that have waited for it: sent when it was the last one, failed when it was not completed. */
  async #release(
    at: At,
    id: string,
    isCompleted: boolean,
    tell: (changed: JobChanged) => void,
  ): Promise<void> {
    // Locked first, looked at then: of two that end at once the later one sees both.
    const { rows } = await sql<JobRow & { readonly priority: number }>`SELECT j.* FROM job j
      JOIN job_dependency d ON d.job = j.id WHERE d.needs = ${id} AND j.state = 'waiting'
      ORDER BY j.id FOR UPDATE OF j`.execute(at);
    for (const job of rows) {
      if (!isCompleted) {
        const failure = { code: 'DEPENDENCY_FAILED', text: `job ${id}, which it needs, was not completed` };
        await this.#end(at, job.id, 'failed', failure, tell);
        continue;
      }
      const open = await sql<{ open: number }>`SELECT count(*)::int AS open FROM job_dependency d
        JOIN job n ON n.id = d.needs WHERE d.job = ${job.id} AND n.state <> 'completed'`.execute(at);
      if (open.rows[0]!.open > 0) continue;
      await sql`UPDATE job SET state = 'queued', ready_at = clock_timestamp() WHERE id = ${job.id}`.execute(
        at,
      );
      await note(at, { ...job, person: null }, 'ready', 'what it waited for is completed');
      await this.#send(at, job);
      tell({ id: job.id, kind: job.kind, state: 'queued' });
    }
  }
}

/** What pg-boss answers and its types leave out. */
const isSettled = (response: object): boolean => (response as { readonly affected: number }).affected > 0;

const late: Failure = { code: 'DEADLINE_PASSED', text: 'no worker began it before its deadline' };

const dbOf = (at: At): Db => fromKysely(at);

/** Our own limits end a try long before: pg-boss's is for one that nobody looks after any more. */
const queueOptions = (terms: JobTerms) => ({
  retryLimit: terms.attemptsMax - 1,
  retryDelay: terms.backoffSeconds,
  retryBackoff: true,
  retryDelayMax: terms.backoffSecondsMax,
  expireInSeconds: Math.min(dayS, Math.ceil(terms.timeMsMax / 500)),
  retentionSeconds: 90 * dayS,
  deleteAfterSeconds: 30 * dayS,
});

async function begin(at: At, id: string, attempt: number, worker: string): Promise<Attempt | undefined> {
  const { rows } = await sql<JobRow>`UPDATE job SET state = 'running', attempt = ${attempt},
      worker = ${worker}, started_at = clock_timestamp(), progress = 0, progress_text = ''
    WHERE id = ${id} AND (deadline IS NULL OR deadline > clock_timestamp()) RETURNING *`.execute(at);
  const job = rows[0];
  if (job === undefined) return undefined;
  await note(at, { ...job, person: null }, 'started', '');
  return { id, kind: job.kind, input: job.input, firm: job.firm, attempt };
}

async function locked(at: At, id: string): Promise<JobRow> {
  const { rows } = await sql<JobRow>`SELECT * FROM job WHERE id = ${id} FOR UPDATE`.execute(at);
  if (rows[0] === undefined) throw new JobRefused('UNKNOWN_JOB', `there is no job ${id}`);
  return rows[0];
}

/**
 * How many of them are not completed yet. Throws JobRefused for one that there is not, or that never will.
 */
async function openAmong(at: At, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ state: JobState }>`SELECT state FROM job WHERE id = ANY (${ids}::uuid[])
    ORDER BY id FOR UPDATE`.execute(at);
  if (rows.length < ids.length || rows.some(({ state }) => state === 'failed' || state === 'canceled'))
    throw new JobRefused('UNKNOWN_DEPENDENCY', 'a job that it waits for is not there, or was not completed');
  return rows.filter(({ state }) => state !== 'completed').length;
}

interface Noted {
  readonly id: string;
  readonly attempt: number;
  readonly worker: string | null;
  readonly person: string | null;
}

async function note(
  at: At,
  { id, attempt, worker, person }: Noted,
  what: string,
  text: string,
): Promise<void> {
  await sql`INSERT INTO job_event (job, what, attempt, worker, person, text)
    VALUES (${id}, ${what}, ${attempt}, ${worker}, ${person}, ${text})`.execute(at);
}
