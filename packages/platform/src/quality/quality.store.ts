/**
 * What the monitor writes of quality: spans of states, problem periods and statistics, in one transaction
 * with the time up to which it has watched, under the epoch of its lease. A monitor that begins closes what
 * the one before it left open where that had last watched; what nobody saw since becomes UNKNOWN.
 */
import type { Period } from '@tidegate/core/quality/periods';
import type { Span } from '@tidegate/core/quality/state';
import type { StatisticsRow } from '@tidegate/core/quality/statistics';
import { sql, type Transaction } from 'kysely';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';

/** A later monitor has begun: this one must stop. */
export class QualityFenced extends Error {
  readonly code = 'QUALITY_FENCED';

  constructor(leaseEpoch: number) {
    super(`quality under lease ${leaseEpoch} is not current`);
  }
}

export type StatisticsGrain = 'minute' | 'hour';

/** Of one write. Each span and period once. */
export interface QualityChanges {
  readonly watchedToMs: number;
  readonly spans: readonly Span[];
  readonly periods: readonly Period[];
  readonly minutes: readonly StatisticsRow[];
  readonly hours: readonly StatisticsRow[];
}

/** What nobody watched. */
export interface Hole {
  readonly toMs: number;
  /**
   * Which were watched when it began, and from when on: a change may be written before its time is watched.
   */
  readonly cells: readonly {
    readonly source: string;
    readonly instrument: string;
    readonly fromMs: number;
  }[];
}

export class QualityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `fill` says what the hole was, cell by cell: without holes of its own. Throws QualityFenced. */
  async begin(
    leaseEpoch: number,
    nowMs: number,
    fill: (hole: Hole) => Pick<QualityChanges, 'spans' | 'periods'>,
  ): Promise<void> {
    await this.#database.kysely.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ watched_to: Date; is_first: boolean }>`
        INSERT INTO quality_watch AS held (lease_epoch, watched_to) VALUES (${leaseEpoch}, ${iso(nowMs)})
        ON CONFLICT (only_one) DO UPDATE SET lease_epoch = excluded.lease_epoch
        WHERE held.lease_epoch <= excluded.lease_epoch
        RETURNING watched_to`.execute(transaction);
      const watchedTo = rows[0]?.watched_to;
      if (watchedTo === undefined) throw new QualityFenced(leaseEpoch);
      const { rows: open } = await sql<{ source: string; instrument: string; to_at: Date }>`
        UPDATE quality_span SET to_at = greatest(from_at, ${watchedTo}::timestamptz)
        WHERE to_at IS NULL RETURNING source, instrument, to_at`.execute(transaction);
      await sql`UPDATE quality_period SET to_at = greatest(from_at, ${watchedTo}::timestamptz),
          troubled_ms = greatest(troubled_ms,
            (extract(epoch FROM greatest(from_at, ${watchedTo}::timestamptz) - from_at) * 1000)::bigint)
        WHERE to_at IS NULL`.execute(transaction);
      if (nowMs <= watchedTo.getTime() || open.length === 0) return;
      const cells = open.map(({ to_at, ...cell }) => ({ ...cell, fromMs: to_at.getTime() }));
      const { spans, periods } = fill({ toMs: nowMs, cells });
      await writeSpans(transaction, spans);
      await writePeriods(transaction, periods);
      await sql`UPDATE quality_watch SET watched_to = ${iso(nowMs)}`.execute(transaction);
    });
  }

  /** Throws QualityFenced: nothing of it is written. */
  async write(leaseEpoch: number, changes: QualityChanges): Promise<void> {
    await this.#database.kysely.transaction().execute(async (transaction) => {
      const { rows } = await sql`UPDATE quality_watch
        SET watched_to = greatest(watched_to, ${iso(changes.watchedToMs)}::timestamptz)
        WHERE lease_epoch = ${leaseEpoch} RETURNING only_one`.execute(transaction);
      if (rows.length === 0) throw new QualityFenced(leaseEpoch);
      await writeSpans(transaction, changes.spans);
      await writePeriods(transaction, changes.periods);
      await writeStatistics(transaction, 'minute', changes.minutes);
      await writeStatistics(transaction, 'hour', changes.hours);
    });
  }

  /** Minutes from `fromMs` to `toMs`, by instrument, source and time: what an hour is made of. */
  async minutes(fromMs: number, toMs: number): Promise<readonly StatisticsRow[]> {
    const rows = await this.#database.kysely
      .selectFrom('instrument_statistics')
      .selectAll()
      .where('grain', '=', 'minute')
      .where('from_at', '>=', new Date(fromMs))
      .where('from_at', '<', new Date(toMs))
      .orderBy('instrument')
      .orderBy('source')
      .orderBy('from_at')
      .execute();
    return rows.map(statisticsRow);
  }
}

export type StatisticsRecord = Tables['instrument_statistics'];

export const statisticsRow = (row: StatisticsRecord): StatisticsRow => ({
  instrument: row.instrument,
  source: row.source,
  fromMs: row.from_at.getTime(),
  lengthMs: row.length_ms,
  ticks: row.ticks,
  quotedMs: row.quoted_ms,
  spreads: row.spreads as readonly number[],
  bidTopMs: row.bid_top_ms,
  askTopMs: row.ask_top_ms,
  silenceMsMax: row.silence_ms_max,
  openTwice: row.open_twice ?? undefined,
  highTwice: row.high_twice ?? undefined,
  lowTwice: row.low_twice ?? undefined,
  closeTwice: row.close_twice ?? undefined,
  variance: row.variance,
});

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));

async function writeSpans(transaction: Transaction<Tables>, spans: readonly Span[]): Promise<void> {
  if (spans.length === 0) return;
  const rows = spans.map(({ source, instrument, state, fromMs, toMs, why, peak, isConflated }) => ({
    source,
    instrument,
    from_at: iso(fromMs),
    to_at: isoOrNull(toMs),
    state,
    why,
    peak,
    is_conflated: isConflated,
  }));
  await sql`INSERT INTO quality_span
      (source, instrument, from_at, to_at, state, why, peak, is_conflated)
    SELECT source, instrument, from_at, to_at, state, why, peak, is_conflated
    FROM json_populate_recordset(NULL::quality_span, ${sqlJson(rows)}::json)
    ON CONFLICT (source, instrument, from_at) DO UPDATE SET to_at = excluded.to_at, state = excluded.state,
      why = excluded.why, peak = excluded.peak, is_conflated = excluded.is_conflated`.execute(transaction);
}

async function writePeriods(transaction: Transaction<Tables>, periods: readonly Period[]): Promise<void> {
  if (periods.length === 0) return;
  const rows = periods.map((period) => ({
    ...period,
    from_at: iso(period.fromMs),
    to_at: isoOrNull(period.toMs),
    troubled_ms: period.troubledMs,
    cause: period.cause ?? null,
  }));
  await sql`INSERT INTO quality_period (id, source, instrument, state, severity, from_at, to_at,
      troubled_ms, episodes, peak, why, cause)
    SELECT id, source, instrument, state, severity, from_at, to_at,
      troubled_ms, episodes, peak, why, cause
    FROM json_populate_recordset(NULL::quality_period, ${sqlJson(rows)}::json)
    ON CONFLICT (id) DO UPDATE SET to_at = excluded.to_at, troubled_ms = excluded.troubled_ms,
      episodes = excluded.episodes, peak = excluded.peak, why = excluded.why,
      cause = excluded.cause`.execute(transaction);
}

/** A minute that two monitors have each seen a part of is the later one's. */
async function writeStatistics(
  transaction: Transaction<Tables>,
  grain: StatisticsGrain,
  rows: readonly StatisticsRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const records = rows.map((row) => ({
    grain,
    instrument: row.instrument,
    source: row.source,
    from_at: iso(row.fromMs),
    length_ms: row.lengthMs,
    ticks: row.ticks,
    quoted_ms: row.quotedMs,
    spreads: row.spreads,
    bid_top_ms: row.bidTopMs,
    ask_top_ms: row.askTopMs,
    silence_ms_max: row.silenceMsMax,
    open_twice: row.openTwice,
    high_twice: row.highTwice,
    low_twice: row.lowTwice,
    close_twice: row.closeTwice,
    variance: row.variance,
  }));
  await sql`INSERT INTO instrument_statistics SELECT *
    FROM json_populate_recordset(NULL::instrument_statistics, ${sqlJson(records)}::json)
    ON CONFLICT (grain, instrument, source, from_at) DO UPDATE SET length_ms = excluded.length_ms,
      ticks = excluded.ticks, quoted_ms = excluded.quoted_ms, spreads = excluded.spreads,
      bid_top_ms = excluded.bid_top_ms, ask_top_ms = excluded.ask_top_ms,
      silence_ms_max = excluded.silence_ms_max, open_twice = excluded.open_twice,
      high_twice = excluded.high_twice, low_twice = excluded.low_twice,
      close_twice = excluded.close_twice, variance = excluded.variance`.execute(transaction);
}
