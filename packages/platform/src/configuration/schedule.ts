/**
 * Changes of configuration that wait for their time, in SQL, which also says what time it is. Any process may
 * carry one out; the changeset's id in the configuration says whether it was, whoever fell in between.
 */
import type { DocumentKind } from '@tidegate/wire/configuration';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';
import type { Configuration, DocumentChange } from './configuration.ts';

export interface ScheduledChanges {
  readonly id: string;
  readonly at: string;
  readonly state: 'waiting' | 'running' | 'done' | 'refused' | 'canceled';
  readonly reason: string;
  readonly by: string;
  readonly outcome: string;
  readonly documents: readonly { readonly kind: DocumentKind; readonly id: string }[];
}

export interface ScheduleOptions {
  readonly database: Database;
  readonly configuration: Configuration;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

const pollMs = 1_000;
/** Who has claimed a changeset for so long has fallen. */
const claimSeconds = 60;
const listedMax = 500;
export const waitingMax = 1_000;

export class ConfigurationSchedule {
  readonly #options: ScheduleOptions;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isFailing = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#next(), pollMs).unref();
  }

  /** What is being done is not waited for: SQL may be away, and another process takes it up. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #next(): Promise<void> {
    try {
      await this.round();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && !this.#isStopped)
        this.#options.log.error({ err: error }, 'scheduled changes wait');
      this.#isFailing = true;
    }
    if (!this.#isStopped) this.start();
  }

  /** False: too many wait already. */
  async add(
    id: string,
    at: string,
    changes: readonly DocumentChange[],
    { by, reason }: { readonly by: string; readonly reason: string },
  ): Promise<boolean> {
    const { kysely } = this.#options.database;
    const { numAffectedRows } =
      await sql`INSERT INTO configuration_schedule (id, due_at, changes, reason, asked_by)
      SELECT ${id}, ${at}::timestamptz, ${sqlJson(changes)}::jsonb, ${reason}, ${by}
      WHERE (SELECT count(*) FROM configuration_schedule WHERE state = 'waiting') < ${waitingMax}`.execute(
        kysely,
      );
    return numAffectedRows === 1n;
  }

  /** Newest first. */
  async list(): Promise<readonly ScheduledChanges[]> {
    const rows = await this.#options.database.kysely
      .selectFrom('configuration_schedule')
      .selectAll()
      .orderBy('due_at', 'desc')
      .limit(listedMax)
      .execute();
    return rows.map(viewOf);
  }

  /** Undefined: there is none that waits. */
  async cancel(id: string, outcome: string): Promise<ScheduledChanges | undefined> {
    const row = await this.#options.database.kysely
      .updateTable('configuration_schedule')
      .set({ state: 'canceled', outcome })
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? undefined : viewOf(row);
  }

  /** Carries out all that is due. */
  async round(): Promise<void> {
    for (let row = await this.#claim(); row !== undefined; row = await this.#claim()) {
      const { id, reason, asked_by: by } = row;
      const changes = row.changes as readonly DocumentChange[];
      if (!(await this.#isDone(id))) {
        const result = await this.#options.configuration.apply(changes, by, { reason, changeset: id });
        if (result.result === 'refused' && !(await this.#isDone(id))) {
          await this.#end(id, 'refused', `${result.code}: ${result.text}`);
          continue;
        }
      }
      await this.#end(id, 'done', '');
    }
  }

  async #claim(): Promise<Tables['configuration_schedule'] | undefined> {
    const { rows } = await sql<Tables['configuration_schedule']>`UPDATE configuration_schedule
      SET state = 'running', claimed_at = now()
      WHERE id = (
        SELECT id FROM configuration_schedule
        WHERE due_at <= now() AND (state = 'waiting'
          OR state = 'running' AND claimed_at < now() - make_interval(secs => ${claimSeconds}))
        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING *`.execute(this.#options.database.kysely);
    return rows[0];
  }

  async #isDone(id: string): Promise<boolean> {
    const { rows } = await sql`SELECT 1 FROM configuration WHERE changeset = ${id} LIMIT 1`.execute(
      this.#options.database.kysely,
    );
    return rows.length > 0;
  }

  async #end(id: string, state: 'done' | 'refused', outcome: string): Promise<void> {
    await this.#options.database.kysely
      .updateTable('configuration_schedule')
      .set({ state, outcome })
      .where('id', '=', id)
      .execute();
    this.#options.log.info({ changeset: id, state, outcome }, 'a scheduled change of configuration');
  }
}

const viewOf = (row: Tables['configuration_schedule']): ScheduledChanges => ({
  id: row.id,
  at: row.due_at.toISOString(),
  state: row.state as ScheduledChanges['state'],
  reason: row.reason,
  by: row.asked_by,
  outcome: row.outcome,
  documents: (row.changes as readonly DocumentChange[]).map(({ kind, id }) => ({ kind, id })),
});
