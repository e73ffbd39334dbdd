/** Former names of orders: part of the projection, for who asks by one of them. */
import { sql, type Transaction } from 'kysely';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';

export interface OrderName {
  readonly firm: string;
  readonly client: string;
  readonly clOrdId: string;
  readonly orderId: string;
  readonly sequence: number;
  /** It named the order itself, not a request for it: whatever it was before, it is that order's. */
  readonly wasOrder: boolean;
}

export async function writeNames(
  transaction: Transaction<Tables>,
  names: readonly OrderName[],
): Promise<void> {
  for (const wasOrder of [false, true]) {
    const some = names.filter((name) => name.wasOrder === wasOrder);
    if (some.length === 0) continue;
    // A row may be written once per statement only: of orders the last, of requests the first.
    if (!wasOrder) some.reverse();
    const written = new Map(
      some.map((name) => [JSON.stringify([name.firm, name.client, name.clOrdId]), rowOf(name)]),
    );
    const rows = sqlJson([...written.values()]);
    const conflict = wasOrder
      ? sql`DO UPDATE SET order_id = excluded.order_id, sequence = excluded.sequence`
      : sql`DO NOTHING`;
    await sql`INSERT INTO order_name SELECT * FROM json_populate_recordset(NULL::order_name, ${rows}::json)
      ON CONFLICT (firm, client, cl_ord_id) ${conflict}`.execute(transaction);
  }
}

const rowOf = ({ firm, client, clOrdId, orderId, sequence }: OrderName) => ({
  firm,
  client,
  cl_ord_id: clOrdId,
  order_id: orderId,
  sequence,
});

/** The order that had the name, or for which a request of that name was sent. */
export async function orderOfName(
  { kysely }: Database,
  firm: string,
  client: string,
  clOrdId: string,
): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('order_name')
    .select('order_id')
    .where('firm', '=', firm)
    .where('client', '=', client)
    .where('cl_ord_id', '=', clOrdId)
    .executeTakeFirst();
  return row?.order_id;
}
