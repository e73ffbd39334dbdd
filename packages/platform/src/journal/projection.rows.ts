/**
 * What the projection writes, as one statement: the rows of a batch, and with them the cursor. Each kind of
 * row travels as one JSON parameter, whatever their number.
 */
import type { ExecutionView, OrderView, PositionView } from '@tidegate/wire/orders';
import { sql, type RawBuilder } from 'kysely';
import { sqlJson, type Tables } from '../sql/database.ts';

type View = 'order_view' | 'execution_view' | 'position_view';

/** Times travel as ISO text; SQL makes timestamps of them. */
type Row<V extends View> = {
  [C in keyof Tables[V]]: Date extends Tables[V][C] ? string | Exclude<Tables[V][C], Date> : Tables[V][C];
};

interface Upsert {
  readonly table: View;
  readonly key: readonly string[];
  /** At least one. */
  readonly rows: readonly object[];
}

/** The tables that a batch writes to; none for a batch without rows. */
export function upsertsOf(changes: {
  readonly orders: readonly OrderView[];
  readonly executions: readonly ExecutionView[];
  readonly positions: readonly PositionView[];
}): readonly Upsert[] {
  const all: readonly Upsert[] = [
    { table: 'order_view', key: ['firm', 'order_id'], rows: changes.orders.map(orderRow) },
    { table: 'execution_view', key: ['firm', 'exec_id'], rows: changes.executions.map(executionRow) },
    {
      table: 'position_view',
      key: ['firm', 'account', 'instrument'],
      rows: changes.positions.map(positionRow),
    },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** An older image never replaces a newer one. `condition`: without it nothing is written. */
export function upsertStatement(
  { table, key, rows }: Upsert,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  // A row may be updated once per statement only, so the last image of each is taken here.
  const keyOf = (row: object) => JSON.stringify(key.map((column) => row[column as keyof typeof row]));
  const latest = new Map(rows.map((row) => [keyOf(row), row]));
  const columns = Object.keys(rows[0]!);
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const sets = sql.join(
    columns
      .filter((column) => !key.includes(column))
      .map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`),
  );
  return sql`INSERT INTO ${sql.table(table)} AS held (${names})
    SELECT ${names}
    FROM json_populate_recordset(NULL::${sql.table(table)}, ${sqlJson([...latest.values()])}::json)
    WHERE ${condition}
    ON CONFLICT (${sql.join(key.map((column) => sql.ref(column)))}) DO UPDATE SET ${sets}
    WHERE held.sequence <= excluded.sequence`;
}

function orderRow(one: OrderView): Row<'order_view'> {
  return {
    firm: one.firm,
    order_id: one.orderId,
    cl_ord_id: one.clOrdId,
    client: one.client,
    channel: one.channel,
    account: one.account,
    trader: one.trader,
    instrument: one.instrument,
    symbol: one.symbol,
    side: one.side,
    type: one.type,
    price: one.price,
    quantity: one.quantity,
    time_in_force: one.timeInForce,
    status: one.status,
    filled_quantity: one.filledQuantity,
    leaves_quantity: one.leavesQuantity,
    average_price: one.averagePrice,
    code: one.code,
    text: one.text,
    unknown: one.unknown,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    sequence: one.sequence,
  };
}

function executionRow(one: ExecutionView): Row<'execution_view'> {
  return {
    firm: one.firm,
    exec_id: one.execId,
    exec_type: one.execType,
    exec_ref_id: one.execRefId,
    order_id: one.orderId,
    cl_ord_id: one.clOrdId,
    account: one.account,
    trader: one.trader,
    channel: one.channel,
    client: one.client,
    instrument: one.instrument,
    symbol: one.symbol,
    side: one.side,
    quantity: one.quantity,
    price: one.price,
    value_date: one.valueDate,
    venue: one.venue,
    venue_exec_id: one.venueExecId,
    at: one.at,
    sequence: one.sequence,
  };
}

function positionRow(one: PositionView): Row<'position_view'> {
  return {
    firm: one.firm,
    account: one.account,
    instrument: one.instrument,
    symbol: one.symbol,
    quantity: one.quantity,
    average_price: one.averagePrice,
    realized_pnl: one.realizedPnl,
    quote_currency: one.quoteCurrency,
    changed_at: one.changedAt,
    sequence: one.sequence,
  };
}
