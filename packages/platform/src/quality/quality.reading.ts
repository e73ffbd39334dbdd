/**
 * Quality as it was recorded, for API and desk: states, availability computed from them, problem periods and
 * what people say of them, statistics. All lists have the newest first and keyset cursors.
 */
import type { Tables, Database } from '../sql/database.ts';
import { availabilityOf, type Availability, type Interval } from '@tidegate/core/quality/availability';
import { WHOLE, type QualityState, type Span } from '@tidegate/core/quality/state';
import { sumOf, type StatisticsRow } from '@tidegate/core/quality/statistics';
import type { QualityMarkAction, QualityPeriodDetail, QualityPeriodView } from '@tidegate/wire/quality';
import { sql, type RawBuilder, type Selectable } from 'kysely';
import { pageCursor, readPageCursor, type Page } from '../sql/page.ts';
import { statisticsRow, type StatisticsGrain } from './quality.store.ts';

export interface QualityFilter {
  readonly source?: string | undefined;
  readonly instrument?: string | undefined;
}

export interface QualityQuery extends QualityFilter, Partial<Interval> {
  readonly limit: number;
  readonly before?: string | undefined;
}

export interface PeriodsQuery extends QualityQuery {
  readonly state?: string | undefined;
  readonly open?: boolean | undefined;
  readonly order?: string | undefined;
}

export interface AvailabilityQuery extends QualityFilter, Interval {
  readonly limit: number;
  readonly before?: string | undefined;
  /** Length of what is told one by one; undefined: all of it at once. */
  readonly bucketMs: number | undefined;
}

export type AvailabilityRow = Availability &
  Interval & { readonly source: string; readonly instrument: string };

/** More is asked for than is computed at once: a shorter time, or fewer instruments. */
export class QualityTooLong extends Error {
  readonly code = 'QUALITY_TOO_LONG';
}

const spansMax = 200_000;
const ordersMax = 200;
const childrenMax = 500;

type PeriodRow = Selectable<Tables['quality_period']> & { readonly children: number };

export class QualityReading {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** States that hold now; undefined: nobody watches, or it has not written yet. */
  async open(): Promise<readonly Span[]> {
    const rows = await this.#database.kysely
      .selectFrom('quality_span')
      .selectAll()
      .where('to_at', 'is', null)
      .orderBy('source')
      .orderBy('instrument')
      .execute();
    return rows.map(spanOf);
  }

  /** Without a time: those that hold now. */
  async states({ limit, before, fromMs, toMs, ...filter }: QualityQuery): Promise<Page<Span>> {
    const conditions = conditionsOf(filter);
    if (fromMs === undefined && toMs === undefined) conditions.push(sql`to_at IS NULL`);
    conditions.push(...within(fromMs, toMs));
    if (before !== undefined) {
      const [at, source, instrument] = readPageCursor(before, 3);
      conditions.push(sql`(from_at, source, instrument) < (${at}::timestamptz, ${source}, ${instrument})`);
    }
    const { rows } = await sql<Selectable<Tables['quality_span']>>`SELECT * FROM quality_span
      WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY from_at DESC, source DESC, instrument DESC LIMIT ${limit + 1}`.execute(this.#database.kysely);
    const key = (row: Selectable<Tables['quality_span']>) => [
      row.from_at.toISOString(),
      row.source,
      row.instrument,
    ];
    return pageOf(rows, limit, spanOf, key);
  }

  /** Throws QualityTooLong. */
  async availability(query: AvailabilityQuery): Promise<Page<AvailabilityRow>> {
    const { fromMs, toMs, bucketMs = toMs - fromMs, limit, before } = query;
    const after = before === undefined ? undefined : readPageCursor(before, 3);
    const lastMs = after === undefined ? toMs : Math.min(toMs, Date.parse(after[0]) + bucketMs);
    const groups = await this.#cells({ ...query, toMs: lastMs });
    const forgiven = await this.#excuses({ fromMs, toMs: lastMs });
    const items: AvailabilityRow[] = [];
    const first = fromMs + Math.floor((lastMs - 1 - fromMs) / bucketMs) * bucketMs;
    for (let bucket = first; bucket >= fromMs && items.length <= limit; bucket -= bucketMs) {
      const interval = { fromMs: bucket, toMs: Math.min(bucket + bucketMs, toMs) };
      for (const { source, instrument, spans } of groups) {
        const at = new Date(bucket).toISOString();
        if (after !== undefined && at === after[0] && isAfter([source, instrument], after)) continue;
        if (items.length > limit) break;
        // Watched in no part of it: there was nothing to be available.
        const seen = spans.filter((span) => span.fromMs < interval.toMs && endOf(span) > interval.fromMs);
        if (seen.length === 0) continue;
        const excuses = forgiven.filter((each) => each.source === source && each.instrument === instrument);
        // Before it was first watched, and after it was last, it was none of ours.
        const own = {
          fromMs: Math.max(interval.fromMs, spans[0]!.fromMs),
          toMs: Math.min(interval.toMs, endOf(spans.at(-1)!)),
        };
        items.push({ source, instrument, ...own, ...availabilityOf(seen, excuses, own) });
      }
    }
    const last = items.slice(0, limit).at(-1);
    const isMore = items.length > limit && last !== undefined;
    const bucketOf = (ms: number): number => fromMs + Math.floor((ms - fromMs) / bucketMs) * bucketMs;
    return {
      items: items.slice(0, limit),
      next: isMore
        ? pageCursor([new Date(bucketOf(last.fromMs)).toISOString(), last.source, last.instrument])
        : null,
    };
  }

  /** With an order: periods of its instrument, or of none, within which it lived. */
  async periods({ limit, before, fromMs, toMs, ...query }: PeriodsQuery): Promise<Page<QualityPeriodView>> {
    const conditions = [...conditionsOf(query), ...within(fromMs, toMs)];
    if (query.state !== undefined) conditions.push(sql`state = ${query.state}`);
    if (query.open !== undefined) conditions.push(query.open ? sql`to_at IS NULL` : sql`to_at IS NOT NULL`);
    if (query.order !== undefined)
      conditions.push(sql`EXISTS (SELECT FROM order_view o WHERE o.order_id = ${query.order}
        AND p.instrument IN (o.instrument, '*') AND ${lived})`);
    if (before !== undefined) {
      const [at, id] = readPageCursor(before, 2);
      conditions.push(sql`(from_at, id) < (${at}::timestamptz, ${id})`);
    }
    const rows = await this.#periodRows(conditions, limit + 1);
    return pageOf(rows, limit, periodOf, ({ from_at, id }) => [from_at.toISOString(), id]);
  }

  async period(id: string, firm?: string): Promise<QualityPeriodDetail | undefined> {
    const [row] = await this.#periodRows([sql`id = ${id}`], 1);
    if (row === undefined) return undefined;
    const { kysely } = this.#database;
    const [marks, children, orders] = await Promise.all([
      kysely.selectFrom('quality_mark').selectAll().where('period', '=', id).orderBy('number').execute(),
      this.#periodRows([sql`cause = ${id}`], childrenMax),
      this.#orders(row, firm),
    ]);
    return {
      period: periodOf(row),
      marks: marks.map(({ action, by_user: by, at, reason }) => ({
        action: action as QualityMarkAction,
        by,
        at: at.toISOString(),
        reason,
      })),
      children: children.map(periodOf),
      orders: orders.slice(0, ordersMax),
      hasMoreOrders: orders.length > ordersMax,
    };
  }

  /** What somebody says of a period, kept for ever with it; false: there is no such period. */
  async mark(
    id: string,
    action: QualityMarkAction,
    { by, reason, atMs, withChildren }: MarkedBy,
  ): Promise<boolean> {
    const at = new Date(atMs).toISOString();
    return this.#database.kysely.transaction().execute(async (transaction) => {
      const meant = withChildren ? sql`(id = ${id} OR cause = ${id})` : sql`id = ${id}`;
      const { rows } = await sql<{ id: string }>`UPDATE quality_period
        SET ${changeOf[action](by, at)} WHERE ${meant} RETURNING id`.execute(transaction);
      if (!rows.some((row) => row.id === id)) return false;
      await sql`INSERT INTO quality_mark (period, at, action, by_user, reason)
        SELECT period, ${at}::timestamptz, ${action}, ${by}, ${reason}
        FROM unnest(${rows.map((row) => row.id)}::text[]) AS meant (period)`.execute(transaction);
      return true;
    });
  }

  /** Days are made of hours. */
  async statistics(query: QualityQuery & { readonly grain: StatisticsGrain }): Promise<Page<StatisticsRow>> {
    const { grain, limit, before, fromMs, toMs } = query;
    const conditions = [sql`grain = ${grain}`, ...conditionsOf(query)];
    if (fromMs !== undefined) conditions.push(sql`from_at >= ${iso(fromMs)}::timestamptz`);
    if (toMs !== undefined) conditions.push(sql`from_at < ${iso(toMs)}::timestamptz`);
    if (before !== undefined) {
      const [at, instrument, source] = readPageCursor(before, 3);
      conditions.push(sql`(from_at, instrument, source) < (${at}::timestamptz, ${instrument}, ${source})`);
    }
    const { rows } = await sql<Selectable<Tables['instrument_statistics']>>`
      SELECT * FROM instrument_statistics WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY from_at DESC, instrument DESC, source DESC LIMIT ${limit + 1}`.execute(this.#database.kysely);
    return pageOf(rows, limit, statisticsRow, (row) => [
      row.from_at.toISOString(),
      row.instrument,
      row.source,
    ]);
  }

  /**
   * Of each instrument the last mid of all sources together that was recorded before then, at most a week
   * before: twice the mid in points, and the end of the time that it closed.
   */
  async closesBefore(
    beforeMs: number,
  ): Promise<readonly { readonly instrument: string; readonly midTwice: number; readonly atMs: number }[]> {
    const before = sql`${iso(beforeMs)}::timestamptz`;
    const { rows } = await sql<{ instrument: string; close_twice: number; ended: Date }>`
      SELECT DISTINCT ON (instrument) instrument, close_twice::float8 AS close_twice, ended
      FROM (
        SELECT instrument, close_twice, from_at + length_ms * interval '1 millisecond' AS ended
        FROM instrument_statistics
        WHERE grain IN ('minute', 'hour') AND source = ${WHOLE} AND close_twice IS NOT NULL
          AND from_at >= ${before} - interval '7 days' AND from_at < ${before}
      ) AS closed
      WHERE ended <= ${before}
      ORDER BY instrument, ended DESC`.execute(this.#database.kysely);
    return rows.map(({ instrument, close_twice, ended }) => {
      return { instrument, midTwice: close_twice, atMs: ended.getTime() };
    });
  }

  /** One day of UTC, newest first; a page is a day. */
  async dailyStatistics(query: QualityQuery): Promise<Page<StatisticsRow>> {
    const { before, fromMs, toMs } = query;
    const conditions = [sql`grain = 'hour'`, ...conditionsOf(query)];
    if (fromMs !== undefined) conditions.push(sql`from_at >= ${iso(fromMs)}::timestamptz`);
    if (toMs !== undefined) conditions.push(sql`from_at < ${iso(toMs)}::timestamptz`);
    if (before !== undefined) conditions.push(sql`from_at < ${readPageCursor(before, 2)[0]}::timestamptz`);
    const where = sql.join(conditions, sql` AND `);
    const day = sql`date_trunc('day', from_at, 'UTC')`;
    const { rows } = await sql<Selectable<Tables['instrument_statistics']>>`
      SELECT * FROM instrument_statistics WHERE ${where} AND ${day} =
        (SELECT max(${day}) FROM instrument_statistics WHERE ${where})
      ORDER BY instrument, source, from_at`.execute(this.#database.kysely);
    if (rows.length === 0) return { items: [], next: null };
    const dayStart = Math.floor(rows[0]!.from_at.getTime() / dayMs) * dayMs;
    const groups = Map.groupBy(rows.map(statisticsRow), (row) => `${row.instrument} ${row.source}`);
    const items = [...groups.values()].map((group) => sumOf(group, dayStart, dayMs));
    return { items, next: pageCursor([iso(dayStart), 'day']) };
  }

  async #periodRows(conditions: readonly RawBuilder<unknown>[], limit: number): Promise<PeriodRow[]> {
    const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` AND `);
    const { rows } = await sql<PeriodRow>`SELECT p.*,
        (SELECT count(*)::int FROM quality_period c WHERE c.cause = p.id) AS children
      FROM quality_period p WHERE ${where}
      ORDER BY from_at DESC, id DESC LIMIT ${limit}`.execute(this.#database.kysely);
    return rows;
  }

  async #cells({ fromMs, toMs, ...filter }: Interval & QualityFilter) {
    const { rows } = await sql<Selectable<Tables['quality_span']>>`SELECT * FROM quality_span
      WHERE ${sql.join([...conditionsOf(filter), ...within(fromMs, toMs)], sql` AND `)}
      ORDER BY source, instrument, from_at LIMIT ${spansMax + 1}`.execute(this.#database.kysely);
    if (rows.length > spansMax) throw new QualityTooLong('more changes of state than are read at once');
    // What is open is known to hold up to there and no further.
    const watched = await this.#database.kysely
      .selectFrom('quality_watch')
      .select('watched_to')
      .executeTakeFirst();
    const watchedMs = Math.min(toMs, watched?.watched_to.getTime() ?? fromMs);
    const known = rows
      .map(spanOf)
      .map((span) => ({ ...span, toMs: span.toMs ?? Math.max(watchedMs, span.fromMs) }));
    const groups = Map.groupBy(known, ({ source, instrument }) => `${source} ${instrument}`);
    return [...groups.values()]
      .map((spans) => ({ source: spans[0]!.source, instrument: spans[0]!.instrument, spans }))
      .toSorted((left, right) =>
        isAfter([left.source, left.instrument], ['', right.source, right.instrument]) ? -1 : 1,
      );
  }

  async #excuses({ fromMs, toMs }: Interval) {
    const rows = await this.#database.kysely
      .selectFrom('quality_period')
      .select(['source', 'instrument', 'from_at', 'to_at'])
      .where('excused_at', 'is not', null)
      .where('from_at', '<', new Date(toMs))
      .where((where) => where.or([where('to_at', 'is', null), where('to_at', '>', new Date(fromMs))]))
      .execute();
    return rows.map((row) => ({
      source: row.source,
      instrument: row.instrument,
      fromMs: row.from_at.getTime(),
      toMs: row.to_at?.getTime() ?? toMs,
    }));
  }

  /** Orders of the instrument (of any, for a whole source) that were open at some time within. */
  async #orders(period: PeriodRow, firm: string | undefined): Promise<QualityPeriodDetail['orders']> {
    const conditions = [lived];
    if (period.instrument !== '*') conditions.push(sql`o.instrument = p.instrument`);
    if (firm !== undefined) conditions.push(sql`o.firm = ${firm}`);
    const { rows } = await sql<OrderRow>`SELECT o.firm, o.order_id, o.cl_ord_id, o.instrument, o.side,
        o.quantity::text AS quantity, o.status, o.created_at,
        (SELECT count(*)::int FROM execution_view e WHERE e.firm = o.firm AND e.order_id = o.order_id
          AND (p.source = '*' OR e.venue = p.source)
          AND e.at >= p.from_at AND (p.to_at IS NULL OR e.at < p.to_at)) AS executions
      FROM quality_period p, order_view o
      WHERE p.id = ${period.id} AND ${sql.join(conditions, sql` AND `)}
      ORDER BY o.created_at DESC, o.firm, o.order_id LIMIT ${ordersMax + 1}`.execute(this.#database.kysely);
    return rows.map((row) => ({
      firm: row.firm,
      orderId: row.order_id,
      clOrdId: row.cl_ord_id,
      instrument: row.instrument,
      side: row.side,
      quantity: row.quantity,
      status: row.status,
      createdAt: row.created_at.toISOString(),
      executions: row.executions,
    }));
  }
}

export interface MarkedBy {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly withChildren: boolean;
}

interface OrderRow {
  readonly firm: string;
  readonly order_id: string;
  readonly cl_ord_id: string;
  readonly instrument: string;
  readonly side: string;
  readonly quantity: string;
  readonly status: string;
  readonly created_at: Date;
  readonly executions: number;
}

/** Of `order_view o` and `quality_period p`: the one was there when the other was. */
const lived = sql`(p.to_at IS NULL OR o.created_at < p.to_at)
  AND (o.status IN ('new', 'partiallyFilled', 'pendingCancel') OR o.updated_at >= p.from_at)`;

const changeOf: Readonly<Record<QualityMarkAction, (by: string, at: string) => RawBuilder<unknown>>> = {
  acknowledge: (by, at) => sql`acknowledged_by = ${by}, acknowledged_at = ${at}::timestamptz`,
  annotate: () => sql`why = why`,
  excuse: (by, at) => sql`excused_by = ${by}, excused_at = ${at}::timestamptz`,
  withdrawExcuse: () => sql`excused_by = NULL, excused_at = NULL`,
};

const dayMs = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const endOf = ({ toMs }: Pick<Span, 'toMs'>): number => toMs ?? Infinity;

function conditionsOf({ source, instrument }: QualityFilter): RawBuilder<unknown>[] {
  return [
    ...(source === undefined ? [] : [sql`source = ${source}`]),
    ...(instrument === undefined ? [] : [sql`instrument = ${instrument}`]),
  ];
}

function within(fromMs: number | undefined, toMs: number | undefined): RawBuilder<unknown>[] {
  return [
    ...(fromMs === undefined ? [] : [sql`(to_at IS NULL OR to_at > ${iso(fromMs)}::timestamptz)`]),
    ...(toMs === undefined ? [] : [sql`from_at < ${iso(toMs)}::timestamptz`]),
  ];
}

function isAfter([source, instrument]: readonly [string, string], after: readonly string[]): boolean {
  const [, lastSource = '', lastInstrument = ''] = after;
  return source > lastSource || (source === lastSource && instrument >= lastInstrument);
}

function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  keyOf: (row: Row) => readonly string[],
): Page<Item> {
  const last = rows.slice(0, limit).at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { items: rows.slice(0, limit).map(itemOf), next: isMore ? pageCursor(keyOf(last)) : null };
}

const spanOf = (row: Selectable<Tables['quality_span']>): Span => ({
  source: row.source,
  instrument: row.instrument,
  state: row.state as QualityState,
  fromMs: row.from_at.getTime(),
  toMs: row.to_at?.getTime(),
  why: row.why,
  peak: row.peak,
  isConflated: row.is_conflated,
});

const markOf = (by: string | null, at: Date | null): QualityPeriodView['excused'] =>
  by === null || at === null ? null : { by, at: at.toISOString() };

const periodOf = (row: PeriodRow): QualityPeriodView => ({
  id: row.id,
  source: row.source,
  instrument: row.instrument,
  state: row.state as QualityState,
  severity: row.severity as QualityPeriodView['severity'],
  from: row.from_at.toISOString(),
  to: row.to_at?.toISOString() ?? null,
  troubledMs: row.troubled_ms,
  episodes: row.episodes,
  peak: row.peak,
  why: row.why,
  cause: row.cause,
  children: row.children,
  acknowledged: markOf(row.acknowledged_by, row.acknowledged_at),
  excused: markOf(row.excused_by, row.excused_at),
});
