/** Jobs, queues and workers as REST, desk and command line show them; newest first, with keyset cursors. */
import type { JobState, JobStory, JobView, QueueView, WorkerView } from '@tidegate/wire/jobs';
import { sql, type RawBuilder } from 'kysely';
import type { Database } from '../sql/database.ts';
import { pageCursor, readPageCursor, type Page } from '../sql/page.ts';

export interface JobRecord {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly input: unknown;
  readonly firm: string;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly priority: number;
  readonly deadline: Date | null;
  readonly attempt: number;
  readonly attempts_max: number;
  readonly worker: string | null;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly progress: number;
  readonly progress_text: string;
  readonly result: unknown;
  readonly code: string | null;
  readonly error: string | null;
  readonly part_of: string | null;
  readonly schedule: string | null;
}

export interface JobsWanted {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly state?: JobState | undefined;
  readonly kind?: string | undefined;
  /** Undefined: of every firm. */
  readonly firm?: string | undefined;
}

export interface JobFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

const eventsMax = 500;

export class JobReading {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws InvalidCursor. */
  async list({ limit, before, state, kind, firm }: JobsWanted): Promise<Page<JobView>> {
    const conditions: RawBuilder<unknown>[] = [sql`true`];
    if (state !== undefined) conditions.push(sql`state = ${state}`);
    if (kind !== undefined) conditions.push(sql`kind = ${kind}`);
    if (firm !== undefined) conditions.push(sql`firm = ${firm}`);
    if (before !== undefined) {
      const [at, id] = readPageCursor(before, 2);
      conditions.push(sql`(requested_at, id::text) < (${at}::timestamptz, ${id})`);
    }
    const { rows } = await sql<JobRecord>`SELECT * FROM job WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY requested_at DESC, id::text DESC LIMIT ${limit + 1}`.execute(this.#database.kysely);
    const items = rows.slice(0, limit).map(jobViewOf);
    const last = items.at(-1);
    const isMore = rows.length > limit && last !== undefined;
    return { items, next: isMore ? pageCursor([last.requestedAt, last.id]) : null };
  }

  async job(id: string): Promise<JobView | undefined> {
    const row = await this.#row(id);
    return row === undefined ? undefined : jobViewOf(row);
  }

  /** The oldest that have failed: what a redrive would take. */
  async failed(kind: string, limit: number): Promise<readonly JobView[]> {
    const { rows } = await sql<JobRecord>`SELECT * FROM job WHERE kind = ${kind} AND state = 'failed'
      ORDER BY ended_at, id LIMIT ${limit}`.execute(this.#database.kysely);
    return rows.map(jobViewOf);
  }

  async story(id: string): Promise<JobStory | undefined> {
    const row = await this.#row(id);
    if (row === undefined) return undefined;
    const { kysely } = this.#database;
    const [after, parts, file, events] = await Promise.all([
      sql<Other>`SELECT n.id, n.kind, n.state FROM job_dependency d JOIN job n ON n.id = d.needs
        WHERE d.job = ${id} ORDER BY n.requested_at, n.id LIMIT 1000`.execute(kysely),
      sql<Other>`SELECT id, kind, state FROM job WHERE part_of = ${id}
        ORDER BY requested_at, id LIMIT 1000`.execute(kysely),
      sql<{ name: string; bytes: number }>`SELECT name, octet_length(content) AS bytes FROM job_file
        WHERE job = ${id}`.execute(kysely),
      sql<EventRow>`SELECT * FROM job_event WHERE job = ${id} ORDER BY number LIMIT ${eventsMax}`.execute(
        kysely,
      ),
    ]);
    return {
      job: jobViewOf(row),
      input: row.input,
      result: row.result,
      after: after.rows,
      parts: parts.rows,
      file: file.rows[0] ?? null,
      events: events.rows.map(({ at, what, attempt, worker, person, text }) => ({
        at: at.toISOString(),
        what,
        attempt: attempt + 1,
        worker,
        person,
        text,
      })),
    };
  }

  /** What the jobs that this one waited for came to, in the order of their asking. */
  async resultsBefore(id: string): Promise<readonly unknown[]> {
    const { rows } = await sql<{ result: unknown }>`SELECT n.result FROM job_dependency d
      JOIN job n ON n.id = d.needs WHERE d.job = ${id} ORDER BY n.requested_at, n.id`.execute(
      this.#database.kysely,
    );
    return rows.map(({ result }) => result);
  }

  async file(id: string): Promise<JobFile | undefined> {
    const { rows } = await sql<{ name: string; media_type: string; content: Buffer }>`
      SELECT name, media_type, content FROM job_file WHERE job = ${id}`.execute(this.#database.kysely);
    const row = rows[0];
    return row === undefined
      ? undefined
      : { name: row.name, mediaType: row.media_type, content: row.content };
  }

  async queues(kinds: Readonly<Record<string, { readonly about: string }>>): Promise<readonly QueueView[]> {
    const { rows } = await sql<Omit<QueueView, 'about'>>`SELECT kind,
        count(*) FILTER (WHERE state = 'waiting')::int AS waiting,
        count(*) FILTER (WHERE state IN ('queued', 'retrying') AND ready_at <= now())::int AS ready,
        count(*) FILTER (WHERE state = 'running')::int AS running,
        count(*) FILTER (WHERE state = 'retrying')::int AS retrying,
        count(*) FILTER (WHERE state = 'failed')::int AS failed,
        coalesce(extract(epoch FROM now() - min(ready_at)
          FILTER (WHERE state IN ('queued', 'retrying') AND ready_at <= now())), 0)::float8
          AS "oldestReadySeconds"
      FROM job WHERE state IN ('waiting', 'queued', 'retrying', 'running', 'failed')
      GROUP BY kind`.execute(this.#database.kysely);
    const found = new Map(rows.map((row) => [row.kind, row]));
    return Object.entries(kinds).map(([kind, { about }]) => ({
      ...(found.get(kind) ?? { ...none, kind }),
      about,
    }));
  }

  async workers(): Promise<readonly WorkerView[]> {
    const { rows } = await sql<WorkerRow>`SELECT *, alive_until > clock_timestamp() AS is_alive FROM worker
      ORDER BY instance, started_at LIMIT 1000`.execute(this.#database.kysely);
    return rows.map((row) => ({
      id: row.id,
      instance: row.instance,
      host: row.host,
      startedAt: row.started_at.toISOString(),
      state: row.is_alive ? (row.is_draining ? 'draining' : 'working') : 'silent',
      slots: row.slots,
      running: row.running,
      completed: row.completed,
      failed: row.failed,
    }));
  }

  async #row(id: string): Promise<JobRecord | undefined> {
    if (!uuid.test(id)) return undefined;
    const { rows } = await sql<JobRecord>`SELECT * FROM job WHERE id = ${id}`.execute(this.#database.kysely);
    return rows[0];
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const none = { waiting: 0, ready: 0, running: 0, retrying: 0, failed: 0, oldestReadySeconds: 0 };

interface Other {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
}

interface EventRow {
  readonly at: Date;
  readonly what: string;
  readonly attempt: number;
  readonly worker: string | null;
  readonly person: string | null;
  readonly text: string;
}

interface WorkerRow {
  readonly id: string;
  readonly instance: string;
  readonly host: string;
  readonly started_at: Date;
  readonly is_alive: boolean;
  readonly is_draining: boolean;
  readonly slots: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
}

const jobViewOf = (row: JobRecord): JobView => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  firm: row.firm,
  requestedBy: row.requested_by,
  requestedAt: row.requested_at.toISOString(),
  priority: row.priority,
  deadline: row.deadline?.toISOString() ?? null,
  attempt: row.attempt + 1,
  attemptsMax: row.attempts_max,
  worker: row.worker,
  startedAt: row.started_at?.toISOString() ?? null,
  endedAt: row.ended_at?.toISOString() ?? null,
  progress: row.progress,
  progressText: row.progress_text,
  code: row.code,
  error: row.error,
  partOf: row.part_of,
  schedule: row.schedule,
});
