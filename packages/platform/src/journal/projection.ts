/**
 * The tables that the API and the UI read: orders, executions, positions, cases. The projector writes batches
 * of finished rows with its cursor in one transaction, so each event counts exactly once; all of it can be
 * dropped and built again from the journal.
 */
import { parseExecutionId, parseOrderId } from '@tidegate/core/number/ids';
import type { CaseSignal, CaseView } from '@tidegate/wire/cases';
import type { ExecutionView, OrderView, PositionOpening, PositionView } from '@tidegate/wire/orders';
import { sql, type RawBuilder, type Selectable, type Transaction } from 'kysely';
import type { Database, Tables } from '../sql/database.ts';
import { upsertsOf, upsertStatement } from './projection.rows.ts';
import { pageCursor, readPageCursor, type Page } from '../sql/page.ts';
import {
  findCase,
  listCases,
  openCases,
  writeCases,
  type CaseChanges,
  type CasesQuery,
} from './projection.cases.ts';
import { openDaysStatement, openingsOf, type DayChange } from './projection.days.ts';
import { orderOfName, writeNames, type OrderName } from './projection.names.ts';

export type { Page } from '../sql/page.ts';

/** Rows as they are after `sequence`; a row may come several times, the last one counts. */
export interface ProjectionChanges {
  /** Last journal sequence that these rows include: the partition's new cursor. */
  readonly sequence: number;
  readonly orders: readonly OrderView[];
  readonly executions: readonly ExecutionView[];
  readonly positions: readonly PositionView[];
  /** Days that positions of this batch open; absent: none. */
  readonly days?: readonly DayChange[];
  readonly cases?: CaseChanges;
  readonly names?: readonly OrderName[];
}

export interface ProjectionQuery {
  readonly limit: number;
  /** `next` of the page before. Throws InvalidCursor for any other text. */
  readonly before?: string;
  /** Absent: all firms. */
  readonly firm?: string;
  readonly account?: string;
}

export interface OrdersQuery extends ProjectionQuery {
  /** Only orders that can still be filled. */
  readonly open?: boolean;
}

const projectionName = 'orders';
const positionsMax = 10_000;

export class Projection {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes the rows and moves the cursor of `partition` from `fromCursor` to `changes.sequence`, or does
   * nothing when the cursor is elsewhere (another projector was here, or the answer to the last batch was
   * lost). Returns the cursor as it is now.
   */
  async applyBatch(
    partition: string,
    fromCursor: number,
    changes: ProjectionChanges,
  ): Promise<{ readonly applied: boolean; readonly cursor: number }> {
    const isUsual = changes.cases === undefined && changes.names === undefined;
    if (isUsual && (await this.#applyAtOnce(partition, fromCursor, changes)))
      return { applied: true, cursor: changes.sequence };
    return this.#database.kysely.transaction().execute(async (transaction) => {
      const cursor = await lockCursor(transaction, partition);
      if (cursor !== fromCursor || changes.sequence <= cursor) return { applied: false, cursor };
      await this.#writeBatch(transaction, partition, fromCursor, changes);
      if (changes.cases !== undefined) await writeCases(transaction, changes.cases);
      if (changes.names !== undefined) await writeNames(transaction, changes.names);
      return { applied: true, cursor: changes.sequence };
    });
  }

  /**
   * The usual batch, without a round trip for each table. False when the cursor is not where it should be.
   */
  #applyAtOnce(partition: string, fromCursor: number, changes: ProjectionChanges): Promise<boolean> {
    if (changes.sequence <= fromCursor) return Promise.resolve(false);
    return this.#writeBatch(this.#database.kysely, partition, fromCursor, changes);
  }

  async #writeBatch(
    at: Database['kysely'],
    partition: string,
    fromCursor: number,
    changes: ProjectionChanges,
  ): Promise<boolean> {
    const isMoved = sql`EXISTS (SELECT FROM moved)`;
    const writes = upsertsOf(changes).map(
      (upsert) => sql`, ${sql.ref(`${upsert.table}s`)} AS (${upsertStatement(upsert, isMoved)})`,
    );
    const { days = [] } = changes;
    if (days.length > 0)
      writes.push(sql`, position_days AS (${openDaysStatement(partition, days, isMoved)})`);
    // What a crash of the server takes with it is built again from the journal, whose commits this one must
    // not slow.
    const { rows } = await sql<{ moved: number }>`WITH moved AS (
        UPDATE projection_cursor SET sequence = ${changes.sequence}
        WHERE projection = ${projectionName} AND partition = ${partition} AND sequence = ${fromCursor}
        RETURNING set_config('synchronous_commit', 'off', true)
      ) ${sql.join(writes, sql` `)}
      SELECT count(*)::int AS moved FROM moved`.execute(at);
    return rows[0]?.moved === 1;
  }

  /** Last sequence projected, per partition. */
  async cursors(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.kysely
      .selectFrom('projection_cursor')
      .select(['partition', 'sequence'])
      .where('projection', '=', projectionName)
      .execute();
    return new Map(rows.map(({ partition, sequence }) => [partition, sequence]));
  }

  /** Empties everything; the projector then starts from the journal's beginning. */
  async rebuild(): Promise<void> {
    await this.#database.kysely.transaction().execute(async (transaction) => {
      // The cursors first: a projector in the midst of a batch finishes before, and finds its cursor gone
      // after.
      await sql`LOCK TABLE projection_cursor IN ACCESS EXCLUSIVE MODE`.execute(transaction);
      await sql`TRUNCATE order_view, execution_view, position_view, position_day, case_view,
        order_name`.execute(transaction);
      await transaction.deleteFrom('projection_cursor').where('projection', '=', projectionName).execute();
    });
  }

  /** Newest first by creation. */
  async orders({ limit, before, firm, account, open }: OrdersQuery): Promise<Page<OrderView>> {
    let query = this.#database.kysely
      .selectFrom('order_view')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('firm', 'desc')
      .orderBy('order_id', 'desc')
      .limit(limit + 1);
    if (firm !== undefined) query = query.where('firm', '=', firm);
    if (account !== undefined) query = query.where('account', '=', account);
    // The very text of the partial index.
    if (open === true)
      query = query.where(sql<boolean>`status IN ('new', 'partiallyFilled', 'pendingCancel')`);
    if (before !== undefined) query = query.where(isBefore(before, 'created_at', 'order_id', firm));
    return page(await query.execute(), limit, orderView, ({ createdAt, firm: owner, orderId }) => [
      createdAt,
      owner,
      orderId,
    ]);
  }

  /** How many can still be filled; absent fields match everything. */
  async openOrderCount(of: {
    readonly firm?: string;
    readonly account?: string;
    readonly client?: string;
  }): Promise<number> {
    let query = this.#database.kysely
      .selectFrom('order_view')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where(sql<boolean>`status IN ('new', 'partiallyFilled', 'pendingCancel')`);
    for (const name of ['firm', 'account', 'client'] as const) {
      const value = of[name];
      if (value !== undefined) query = query.where(name, '=', value);
    }
    return Number((await query.executeTakeFirstOrThrow()).count);
  }

  /** Orders or executions, counted to `max`. */
  async count(
    of: 'orders' | 'executions',
    { firm, max }: { readonly firm?: string; readonly max: number },
  ): Promise<number> {
    const rows = this.#database.kysely
      .selectFrom(of === 'orders' ? 'order_view' : 'execution_view')
      .select(sql`1`.as('one'))
      .$if(firm !== undefined, (query) => query.where('firm', '=', firm ?? ''))
      .limit(max);
    const { counted } = await this.#database.kysely
      .selectFrom(rows.as('some'))
      .select(sql<number>`count(*)::int`.as('counted'))
      .executeTakeFirstOrThrow();
    return counted;
  }

  /** A refusal, which is no order, is listed under its ExecID. */
  async order(orderId: string): Promise<OrderView | undefined> {
    const firm = (parseOrderId(orderId) ?? parseExecutionId(orderId))?.partition;
    if (firm === undefined) return undefined;
    const row = await this.#database.kysely
      .selectFrom('order_view')
      .selectAll()
      .where('firm', '=', firm)
      .where('order_id', '=', orderId)
      .executeTakeFirst();
    return row === undefined ? undefined : orderView(row);
  }

  /**
   * What was sent under a ClOrdID: the order that has it now, or else had it or was asked for under it,
   * otherwise the first refusal, for a name that was refused as used before is of the one that used it.
   */
  async orderByClOrdId(firm: string, client: string, clOrdId: string): Promise<OrderView | undefined> {
    const row = await this.#database.kysely
      .selectFrom('order_view')
      .selectAll()
      .where('firm', '=', firm)
      .where('client', '=', client)
      .where('cl_ord_id', '=', clOrdId)
      .orderBy(sql`status = 'rejected'`)
      .orderBy('sequence')
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined && row.status !== 'rejected') return orderView(row);
    const former = await orderOfName(this.#database, firm, client, clOrdId);
    const order = former === undefined ? undefined : await this.order(former);
    return order ?? (row === undefined ? undefined : orderView(row));
  }

  /** Newest first. */
  async executions({ limit, before, firm, account }: ProjectionQuery): Promise<Page<ExecutionView>> {
    let query = this.#database.kysely
      .selectFrom('execution_view')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('firm', 'desc')
      .orderBy('exec_id', 'desc')
      .limit(limit + 1);
    if (firm !== undefined) query = query.where('firm', '=', firm);
    if (account !== undefined) query = query.where('account', '=', account);
    if (before !== undefined) query = query.where(isBefore(before, 'at', 'exec_id', firm));
    return page(await query.execute(), limit, executionView, ({ at, firm: owner, execId }) => [
      at,
      owner,
      execId,
    ]);
  }

  /** The newest execution of an order under the provider's own ExecID, whatever became of it. */
  async executionOf(firm: string, orderId: string, venueExecId: string): Promise<ExecutionView | undefined> {
    const row = await this.#database.kysely
      .selectFrom('execution_view')
      .selectAll()
      .where('firm', '=', firm)
      .where('order_id', '=', orderId)
      .where('venue_exec_id', '=', venueExecId)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : executionView(row);
  }

  /** Newest first. */
  cases(query: CasesQuery): Promise<Page<CaseView>> {
    return listCases(this.#database, query);
  }

  openCases(): Promise<readonly CaseSignal[]> {
    return openCases(this.#database);
  }

  case(caseId: string): Promise<CaseView | undefined> {
    return findCase(this.#database, caseId);
  }

  /** By firm, account, instrument; at most 10,000. */
  async positions({ firm, account }: { readonly firm?: string; readonly account?: string } = {}): Promise<
    readonly PositionView[]
  > {
    let query = this.#database.kysely
      .selectFrom('position_view')
      .selectAll()
      .orderBy('firm')
      .orderBy('account')
      .orderBy('instrument')
      .limit(positionsMax);
    if (firm !== undefined) query = query.where('firm', '=', firm);
    if (account !== undefined) query = query.where('account', '=', account);
    return (await query.execute()).map(positionView);
  }

  /** As the trading day of that moment found them; at most 10,000. */
  openings(atMs: number, firm?: string): Promise<readonly PositionOpening[]> {
    return openingsOf(this.#database, atMs, { firm, max: positionsMax });
  }
}

async function lockCursor(transaction: Transaction<Tables>, partition: string): Promise<number> {
  await transaction
    .insertInto('projection_cursor')
    .values({ projection: projectionName, partition, sequence: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { sequence } = await transaction
    .selectFrom('projection_cursor')
    .select('sequence')
    .where('projection', '=', projectionName)
    .where('partition', '=', partition)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return sequence;
}

/** With the firm given, its index orders by time and id alone. */
function isBefore(cursor: string, time: string, id: string, firm: string | undefined): RawBuilder<boolean> {
  const [at, lastFirm, lastId] = readPageCursor(cursor, 3);
  return firm === undefined
    ? sql<boolean>`(${sql.ref(time)}, firm, ${sql.ref(id)}) < (${at}::timestamptz, ${lastFirm}, ${lastId})`
    : sql<boolean>`(${sql.ref(time)}, ${sql.ref(id)}) < (${at}::timestamptz, ${lastId})`;
}

function page<R, T>(
  rows: readonly R[],
  limit: number,
  view: (row: R) => T,
  keyOf: (item: T) => readonly string[],
): Page<T> {
  const items = rows.slice(0, limit).map(view);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? pageCursor(keyOf(last)) : null };
}

function orderView(row: Selectable<Tables['order_view']>): OrderView {
  return {
    orderId: row.order_id,
    clOrdId: row.cl_ord_id,
    client: row.client,
    channel: row.channel as OrderView['channel'],
    firm: row.firm,
    account: row.account,
    trader: row.trader,
    instrument: row.instrument,
    symbol: row.symbol,
    side: row.side as OrderView['side'],
    type: row.type as OrderView['type'],
    price: row.price,
    quantity: row.quantity,
    timeInForce: row.time_in_force as OrderView['timeInForce'],
    status: row.status as OrderView['status'],
    filledQuantity: row.filled_quantity,
    leavesQuantity: row.leaves_quantity,
    averagePrice: row.average_price,
    code: row.code,
    text: row.text,
    unknown: row.unknown,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    sequence: row.sequence,
  };
}

function executionView(row: Selectable<Tables['execution_view']>): ExecutionView {
  return {
    execId: row.exec_id,
    execType: row.exec_type as ExecutionView['execType'],
    execRefId: row.exec_ref_id,
    orderId: row.order_id,
    clOrdId: row.cl_ord_id,
    firm: row.firm,
    account: row.account,
    trader: row.trader,
    channel: row.channel as ExecutionView['channel'],
    client: row.client,
    instrument: row.instrument,
    symbol: row.symbol,
    side: row.side as ExecutionView['side'],
    quantity: row.quantity,
    price: row.price,
    valueDate: row.value_date,
    venue: row.venue,
    venueExecId: row.venue_exec_id,
    at: row.at.toISOString(),
    sequence: row.sequence,
  };
}

function positionView(row: Selectable<Tables['position_view']>): PositionView {
  return {
    firm: row.firm,
    account: row.account,
    instrument: row.instrument,
    symbol: row.symbol,
    quantity: row.quantity,
    averagePrice: row.average_price,
    realizedPnl: row.realized_pnl,
    quoteCurrency: row.quote_currency,
    changedAt: row.changed_at?.toISOString() ?? null,
    sequence: row.sequence,
  };
}
