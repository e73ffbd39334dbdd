/**
 * Deletes from SQL what was kept long enough: of the tables that can be built again from the journal, of
 * system events and of stored FIX messages. In small batches, each a transaction, so that nobody waits; doing
 * it twice, or at two places at once, deletes no more. The journal has its archive, and snapshots stay.
 */
import { sql } from 'kysely';
import type { Database } from '../sql/database.ts';

export interface RetentionOptions {
  readonly database: Database;
  /** Rows looked at in one batch. */
  readonly batch?: number;
}

/** Rows deleted, by table. */
export type Deleted = Readonly<Record<string, number>>;

const batchDefault = 500;

export class Retention {
  readonly #database: Database;
  readonly #batch: number;

  constructor({ database, batch }: RetentionOptions) {
    this.#database = database;
    this.#batch = batch ?? batchDefault;
  }

  /**
   * Orders that ended before, with executions and former names, and cases that were decided before. Not what
   * is open or unknown, nor what an open case is about.
   */
  async projections(beforeMs: number, signal?: AbortSignal): Promise<Deleted> {
    const before = new Date(beforeMs).toISOString();
    const deleted = { order_view: 0, execution_view: 0, order_name: 0, case_view: 0 };
    // A second look at what is deleted: the projector may have written it since it was found.
    const hasEnded = sql`o.updated_at < ${before}::timestamptz AND NOT o.unknown
      AND o.status NOT IN ('new', 'partiallyFilled', 'pendingCancel')
      AND NOT EXISTS (SELECT FROM case_view c
        WHERE c.firm = o.firm AND c.order_id = o.order_id AND c.state = 'open')`;
    await this.#untilDone(signal, async () => {
      const { rows } = await sql<{ orders: number; executions: number; names: number }>`
        WITH old AS (
          SELECT o.firm, o.order_id FROM order_view o
          WHERE o.created_at < ${before}::timestamptz AND ${hasEnded}
          ORDER BY o.created_at, o.firm, o.order_id LIMIT ${this.#batch}
        ), orders AS (
          DELETE FROM order_view o USING old
          WHERE o.firm = old.firm AND o.order_id = old.order_id AND ${hasEnded}
          RETURNING o.firm, o.order_id
        ), executions AS (
          DELETE FROM execution_view e USING orders
          WHERE e.firm = orders.firm AND e.order_id = orders.order_id RETURNING 1
        ), names AS (
          DELETE FROM order_name n USING orders
          WHERE n.firm = orders.firm AND n.order_id = orders.order_id RETURNING 1
        )
        SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM executions) AS executions,
          (SELECT count(*) FROM names) AS names`.execute(this.#database.kysely);
      const { orders = 0, executions = 0, names = 0 } = rows[0] ?? {};
      deleted.order_view += orders;
      deleted.execution_view += executions;
      deleted.order_name += names;
      return orders;
    });
    deleted.case_view = await this.#untilDone(
      signal,
      this.#rows(sql`DELETE FROM case_view WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM case_view WHERE opened_at < ${before}::timestamptz AND state <> 'open'
          AND coalesce(resolved_at, opened_at) < ${before}::timestamptz
        ORDER BY opened_at LIMIT ${this.#batch})) AND state <> 'open'`),
    );
    return deleted;
  }

  async systemEvents(beforeMs: number, signal?: AbortSignal): Promise<Deleted> {
    const before = new Date(beforeMs).toISOString();
    const rows = this.#rows(sql`DELETE FROM system_event WHERE id = ANY (ARRAY(
      SELECT id FROM system_event WHERE at < ${before}::timestamptz ORDER BY at LIMIT ${this.#batch}))`);
    return { system_event: await this.#untilDone(signal, rows) };
  }

  /** States and problem periods that ended before, with what people said of them; what is open stays. */
  async quality(beforeMs: number, signal?: AbortSignal): Promise<Deleted> {
    const before = new Date(beforeMs).toISOString();
    const spans = await this.#untilDone(
      signal,
      this.#rows(sql`DELETE FROM quality_span WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM quality_span WHERE to_at < ${before}::timestamptz
        ORDER BY to_at LIMIT ${this.#batch}))`),
    );
    const periods = await this.#untilDone(
      signal,
      this.#rows(sql`WITH old AS (
          SELECT id FROM quality_period WHERE to_at < ${before}::timestamptz
          ORDER BY to_at LIMIT ${this.#batch}
        ), marks AS (DELETE FROM quality_mark m USING old WHERE m.period = old.id)
        DELETE FROM quality_period p USING old WHERE p.id = old.id`),
    );
    return { quality_span: spans, quality_period: periods };
  }

  async statistics(grain: 'minute' | 'hour', beforeMs: number, signal?: AbortSignal): Promise<Deleted> {
    const before = new Date(beforeMs).toISOString();
    const rows = this.#rows(sql`DELETE FROM instrument_statistics WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM instrument_statistics WHERE grain = ${grain} AND from_at < ${before}::timestamptz
      ORDER BY from_at LIMIT ${this.#batch}))`);
    return { instrument_statistics: await this.#untilDone(signal, rows) };
  }

  /** Bodies of sent messages. Numbers and delivery cursors stay: who asks for them gets a gap fill. */
  async fixMessages(beforeMs: number, signal?: AbortSignal): Promise<Deleted> {
    const before = new Date(beforeMs).toISOString();
    const { rows: sessions } = await sql<{ session: string }>`SELECT session FROM fix_session`.execute(
      this.#database.kysely,
    );
    let deleted = 0;
    for (const { session } of sessions) {
      // A session's messages are in the order of time: from the oldest on, by the key.
      const rows = this.#rows(sql`
        WITH oldest AS (
          SELECT generation, seq_num, at FROM fix_message WHERE session = ${session}
          ORDER BY generation, seq_num LIMIT ${this.#batch}
        )
        DELETE FROM fix_message m USING oldest WHERE m.session = ${session}
          AND m.generation = oldest.generation AND m.seq_num = oldest.seq_num
          AND m.at < ${before}::timestamptz`);
      deleted += await this.#untilDone(signal, rows);
    }
    return { fix_message: deleted };
  }

  #rows(statement: ReturnType<typeof sql>): () => Promise<number> {
    return async () => Number((await statement.execute(this.#database.kysely)).numAffectedRows ?? 0n);
  }

  /** Batch after batch while they are full; gives how many were deleted. */
  async #untilDone(signal: AbortSignal | undefined, work: () => Promise<number>): Promise<number> {
    let deleted = 0;
    for (;;) {
      if (signal?.aborted === true) return deleted;
      const count = await work();
      deleted += count;
      if (count < this.#batch) return deleted;
    }
  }
}

/** Undefined: for ever. */
export const keptSince = (days: number, nowMs: number): number | undefined =>
  days === 0 ? undefined : nowMs - days * 86_400_000;
