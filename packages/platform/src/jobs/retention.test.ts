/**
 * What was kept long enough goes; what is open, and what an open case is about, stays, with all that is
 * young.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { keptSince, Retention } from './retention.ts';

const [old, young] = ['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'];
const beforeMs = Date.parse('2026-03-01T00:00:00Z');

let server: TestServer;
let database: Database;
beforeAll(async () => {
  server = await startTestServer();
  database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const run = (text: string) => sql.raw<{ id: string }>(text).execute(database.kysely);
const idsOf = async (table: string, column: string): Promise<readonly string[]> =>
  (await run(`SELECT ${column}::text AS id FROM ${table} ORDER BY 1`)).rows.map(({ id }) => id);

async function order(id: string, status: string, at: string, updated = at, unknown = false): Promise<void> {
  await run(`INSERT INTO order_view (firm, order_id, cl_ord_id, client, channel, account, trader, instrument,
      symbol, side, type, quantity, time_in_force, status, filled_quantity, leaves_quantity, text, unknown,
      created_at, updated_at, sequence)
    VALUES ('acme', '${id}', '${id}', 'c', 'fix', 'm', 't', 'EURUSD', 'EUR/USD', 'buy', 'limit', 1, 'day',
      '${status}', 0, 0, '', ${unknown}, '${at}', '${updated}', 1);
    INSERT INTO execution_view (firm, exec_id, order_id, cl_ord_id, account, instrument, symbol, side,
      quantity, price, venue, venue_exec_id, at, sequence)
    VALUES ('acme', 'x-${id}', '${id}', '${id}', 'm', 'EURUSD', 'EUR/USD', 'buy', 1, 1, 'v', 'x', '${at}', 1);
    INSERT INTO order_name (firm, client, cl_ord_id, order_id, sequence)
    VALUES ('acme', 'c', 'was-${id}', '${id}', 1)`);
}

async function aCase(
  id: string,
  state: string,
  at: string,
  orderId: string,
  resolved?: string,
): Promise<void> {
  await run(`INSERT INTO case_view (firm, case_id, kind, state, venue, route_id, order_id, text, opened_at,
      resolved_at, sequence)
    VALUES ('acme', '${id}', 'k', '${state}', 'v', 'r', '${orderId}', '', '${at}',
      ${resolved === undefined ? 'NULL' : `'${resolved}'`}, 1)`);
}

it.each([1, 2, 500])('deletes of the tables what ended long ago, in batches of %i', async (batch) => {
  await run('TRUNCATE order_view, execution_view, order_name, case_view, position_view');
  await order('a-filled', 'filled', old);
  await order('b-rejected', 'rejected', old);
  await order('c-canceled', 'canceled', old);
  for (const status of ['new', 'partiallyFilled', 'pendingCancel']) await order(`k-${status}`, status, old);
  await order('k-unknown', 'filled', old, old, true);
  await order('k-late-fill', 'filled', old, young);
  await order('k-young', 'filled', young);
  await order('k-with-open-case', 'filled', old);
  await order('d-with-decided-case', 'filled', old);
  await aCase('k-open', 'open', old, 'k-with-open-case');
  await aCase('d-booked', 'booked', old, 'd-with-decided-case', old);
  await aCase('k-decided-late', 'booked', old, '', young);
  await run(`INSERT INTO position_view (firm, account, instrument, symbol, quantity, realized_pnl,
    quote_currency, sequence) VALUES ('acme', 'm', 'EURUSD', 'EUR/USD', 1, 0, 'USD', 1)`);
  const retention = new Retention({ database, batch });
  expect(await retention.projections(beforeMs)).toEqual({
    order_view: 4,
    execution_view: 4,
    order_name: 4,
    case_view: 1,
  });
  const kept = await idsOf('order_view', 'order_id');
  expect(kept).toHaveLength(7);
  expect(kept.every((id) => id.startsWith('k-'))).toBe(true);
  expect(await idsOf('execution_view', 'order_id')).toEqual(kept);
  expect(await idsOf('order_name', 'order_id')).toEqual(kept);
  expect(await idsOf('case_view', 'case_id')).toEqual(['k-decided-late', 'k-open']);
  expect(await idsOf('position_view', 'account')).toEqual(['m']);
  // Again it finds nothing.
  const nothing = { order_view: 0, execution_view: 0, order_name: 0, case_view: 0 };
  expect(await retention.projections(beforeMs)).toEqual(nothing);
});

it('deletes old system events, and stops between batches when it is told to', async () => {
  await run(`INSERT INTO system_event (id, at, kind, severity, subject, text)
    SELECT gen_random_uuid(), '${old}'::timestamptz + n * interval '1 s', 'signIn', 'info', 's', ''
    FROM generate_series(1, 25) AS n;
    INSERT INTO system_event (id, at, kind, severity, subject, text)
    VALUES (gen_random_uuid(), '${young}', 'signIn', 'info', 'young', '')`);
  const retention = new Retention({ database, batch: 10 });
  const stopped = AbortSignal.abort();
  expect(await retention.systemEvents(beforeMs, stopped)).toEqual({ system_event: 0 });
  expect(await retention.systemEvents(beforeMs)).toEqual({ system_event: 25 });
  expect(await idsOf('system_event', 'subject')).toEqual(['young']);
});

it('deletes old FIX messages, and neither numbers nor cursors', async () => {
  await run(`INSERT INTO fix_session (session, epoch, owner, generation, next_outbound)
      VALUES ('a', 1, 'o', 2, 31), ('b', 1, 'o', 1, 2);
    INSERT INTO fix_cursor VALUES ('a', 'acme', 7);
    INSERT INTO fix_message (session, generation, seq_num, at, msg_type, frame)
    SELECT 'a', CASE WHEN n <= 5 THEN 1 ELSE 2 END, n,
      CASE WHEN n <= 25 THEN '${old}' ELSE '${young}' END::timestamptz, '8', 'x'
    FROM generate_series(1, 30) AS n;
    INSERT INTO fix_message (session, generation, seq_num, at, msg_type, frame)
    VALUES ('b', 1, 1, '${old}', '8', 'x')`);
  const before = await idsOf('fix_session', 'next_outbound');
  expect(await new Retention({ database, batch: 10 }).fixMessages(beforeMs)).toEqual({ fix_message: 26 });
  expect(await idsOf('fix_message', 'seq_num')).toEqual(['26', '27', '28', '29', '30']);
  expect(await idsOf('fix_session', 'next_outbound')).toEqual(before);
  expect(await idsOf('fix_cursor', 'sequence')).toEqual(['7']);
});

it('keeps for ever what is kept for 0 days', () => {
  expect(keptSince(0, 5)).toBeUndefined();
  expect(keptSince(2, 3 * 86_400_000)).toBe(86_400_000);
});
