/**
 * Workers by their own word: each says until when it is to be taken for alive, how its jobs get on and is
 * told in return which of them are no longer its own. Times are the database's: clocks of workers may differ.
 */
import { sql } from 'kysely';
import { sqlJson, type Database } from '../sql/database.ts';

export interface WorkerSelf {
  readonly id: string;
  readonly instance: string;
  readonly host: string;
  readonly slots: number;
}

export interface Progress {
  readonly id: string;
  readonly attempt: number;
  /** 0 to 1. */
  readonly progress: number;
  readonly text: string;
}

export interface Beat {
  readonly aliveMs: number;
  readonly jobs: readonly Progress[];
  readonly completed: number;
  readonly failed: number;
}

export interface Answer {
  /** Somebody asked it to take no more. */
  readonly isDraining: boolean;
  /** Ids of its jobs whose try no longer counts. */
  readonly lost: readonly string[];
  /** Kinds of which a job is ready. */
  readonly ready: readonly string[];
  /** Jobs run whose worker is silent. */
  readonly hasSilent: boolean;
  /** By the database's clock. */
  readonly nowMs: number;
}

const forgottenDays = 2;

export class WorkerRows {
  readonly #database: Database;
  readonly #self: WorkerSelf;

  constructor(database: Database, self: WorkerSelf) {
    this.#database = database;
    this.#self = self;
  }

  async beat({ aliveMs, jobs, completed, failed }: Beat): Promise<Answer> {
    const { id, instance, host, slots } = this.#self;
    const { rows } = await sql<AnswerRow>`WITH me AS (
        INSERT INTO worker AS w (id, instance, host, alive_until, slots, running, completed, failed)
        VALUES (${id}, ${instance}, ${host}, clock_timestamp() + ${aliveMs} * interval '1 ms', ${slots},
          ${jobs.length}, ${completed}, ${failed})
        ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until, running = excluded.running,
          completed = excluded.completed, failed = excluded.failed
        RETURNING is_draining
      ), told AS (
        SELECT * FROM jsonb_to_recordset(${sqlJson(jobs)}::jsonb)
          AS t (id uuid, attempt integer, progress float8, text text)
      ), mine AS (
        UPDATE job j SET progress = t.progress, progress_text = t.text FROM told t
        WHERE j.id = t.id AND j.attempt = t.attempt AND j.worker = ${id} AND j.state = 'running'
        RETURNING j.id
      )
      SELECT (SELECT is_draining FROM me),
        ARRAY(SELECT id::text FROM told EXCEPT SELECT id::text FROM mine) AS lost,
        ARRAY(SELECT DISTINCT kind FROM job
          WHERE state IN ('queued', 'retrying') AND ready_at <= clock_timestamp()) AS ready,
        EXISTS (SELECT FROM job r WHERE r.state = 'running' AND NOT EXISTS (SELECT FROM worker w
          WHERE w.id = r.worker AND (w.id = ${id} OR w.alive_until > clock_timestamp()))) AS has_silent,
        (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`.execute(this.#database.kysely);
    const { is_draining: isDraining, lost, ready, has_silent: hasSilent, now_ms: nowMs } = rows[0]!;
    return { isDraining, lost, ready, hasSilent, nowMs };
  }

  /** It is gone and has nothing left; with it those that are long gone. */
  async leave(): Promise<void> {
    await sql`DELETE FROM worker WHERE id = ${this.#self.id}
      OR alive_until < now() - ${forgottenDays} * interval '1 day'`.execute(this.#database.kysely);
  }
}

interface AnswerRow {
  readonly is_draining: boolean;
  readonly lost: readonly string[];
  readonly ready: readonly string[];
  readonly has_silent: boolean;
  readonly now_ms: number;
}

/** Asks a worker to take no more jobs; false: there is none of that name. */
export async function askToDrain(database: Database, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE worker SET is_draining = true WHERE id = ${id}`.execute(
    database.kysely,
  );
  return (numAffectedRows ?? 0n) > 0n;
}
