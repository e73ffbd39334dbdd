/**
 * Positions as a trading day found them: part of the projection, for the profit and loss of the day. Written
 * in the statement that writes the day's first change of a position, which still sees the row of before.
 */
import { isoDate, tradeDay, tradingDayStartMs } from '@tidegate/core/number/time';
import type { PositionOpening, PositionView } from '@tidegate/wire/orders';
import { sql, type RawBuilder } from 'kysely';
import { sqlJson, type Database } from '../sql/database.ts';

/** The first change of a position in a batch, and those that another day's change came before in it. */
export interface DayChange {
  readonly account: string;
  readonly instrument: string;
  /** The trade date of the change. */
  readonly day: string;
  readonly dayStartedAt: string;
  /** As it was before; absent: as the table has it. */
  readonly before?: PositionView;
}

/** What opens days among the changes of positions, in their order. */
export function dayChangesOf(positions: readonly PositionView[]): readonly DayChange[] {
  const latest = new Map<string, PositionView>();
  const changes: DayChange[] = [];
  for (const position of positions) {
    const { account, instrument, changedAt } = position;
    if (changedAt === null) continue;
    const key = JSON.stringify([account, instrument]);
    const before = latest.get(key);
    latest.set(key, position);
    const atMs = Date.parse(changedAt);
    const change = {
      account,
      instrument,
      day: isoDate(tradeDay(atMs)),
      dayStartedAt: new Date(tradingDayStartMs(atMs)).toISOString(),
    };
    if (before === undefined) changes.push(change);
    else if (Date.parse(before.changedAt!) < tradingDayStartMs(atMs)) changes.push({ ...change, before });
  }
  return changes;
}

/** A position that nobody knows the last change of opens no day: what it was then is not known. */
export function openDaysStatement(
  firm: string,
  changes: readonly DayChange[],
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const rows = changes.map(({ account, instrument, day, dayStartedAt, before }) => ({
    account,
    instrument,
    day,
    started_at: dayStartedAt,
    is_known: before !== undefined,
    quantity: before?.quantity ?? '0',
    average_price: before?.averagePrice ?? null,
    realized_pnl: before?.realizedPnl ?? '0',
  }));
  return sql`INSERT INTO position_day (firm, account, instrument, day, quantity, average_price, realized_pnl)
    SELECT ${firm}, c.account, c.instrument, c.day,
      CASE WHEN c.is_known THEN c.quantity ELSE coalesce(p.quantity, 0) END,
      CASE WHEN c.is_known THEN c.average_price ELSE p.average_price END,
      CASE WHEN c.is_known THEN c.realized_pnl ELSE coalesce(p.realized_pnl, 0) END
    FROM json_to_recordset(${sqlJson(rows)}::json) AS c (account text, instrument text, day text,
      started_at timestamptz, is_known boolean, quantity numeric, average_price numeric, realized_pnl numeric)
    LEFT JOIN position_view p
      ON p.firm = ${firm} AND p.account = c.account AND p.instrument = c.instrument
    WHERE ${condition} AND (c.is_known OR p.firm IS NULL OR p.changed_at < c.started_at)
    ON CONFLICT DO NOTHING`;
}

/** Every position as the day of that moment found it; without those of which that is not known. */
export async function openingsOf(
  { kysely }: Database,
  atMs: number,
  { firm, max }: { readonly firm?: string | undefined; readonly max: number },
): Promise<readonly PositionOpening[]> {
  const startedAt = new Date(tradingDayStartMs(atMs)).toISOString();
  const ofFirm = firm === undefined ? sql`true` : sql`p.firm = ${firm}`;
  const { rows } = await sql<{
    firm: string;
    account: string;
    instrument: string;
    quantity: string;
    average_price: string | null;
    realized_pnl: string;
  }>`SELECT p.firm, p.account, p.instrument,
      CASE WHEN d.firm IS NULL THEN p.quantity ELSE d.quantity END AS quantity,
      CASE WHEN d.firm IS NULL THEN p.average_price ELSE d.average_price END AS average_price,
      CASE WHEN d.firm IS NULL THEN p.realized_pnl ELSE d.realized_pnl END AS realized_pnl
    FROM position_view p LEFT JOIN position_day d ON d.day = ${isoDate(tradeDay(atMs))}
      AND d.firm = p.firm AND d.account = p.account AND d.instrument = p.instrument
    WHERE ${ofFirm}
      AND (d.firm IS NOT NULL OR coalesce(p.changed_at, '-infinity') < ${startedAt}::timestamptz)
    ORDER BY p.firm, p.account, p.instrument LIMIT ${max}`.execute(kysely);
  return rows.map(({ average_price, realized_pnl, ...row }) => ({
    ...row,
    averagePrice: average_price,
    realizedPnl: realized_pnl,
  }));
}
