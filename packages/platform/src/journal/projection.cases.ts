/** The cases' table: part of the projection, written in its transaction and read by the API. */
import type { CaseListQuery, CaseSignal, CaseView } from '@tidegate/wire/cases';
import { sql, type Selectable, type Transaction } from 'kysely';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';
import { pageCursor, readPageCursor, type Page } from '../sql/page.ts';

/** What an answer changes of a case that was opened before, perhaps in the same batch. */
export type CaseResolution = Required<
  Pick<CaseView, 'firm' | 'caseId' | 'state' | 'resolvedAt' | 'resolvedBy' | 'reason' | 'sequence'>
>;

export interface CaseChanges {
  readonly opened: readonly CaseView[];
  readonly resolved: readonly CaseResolution[];
}

export type CasesQuery = Omit<CaseListQuery, 'open'>;

/** Signals of open cases at most; more than a partition keeps is nobody's to answer one by one. */
const signalsMax = 5_000;

export async function writeCases(transaction: Transaction<Tables>, changes: CaseChanges): Promise<void> {
  if (changes.opened.length > 0) {
    const rows = sqlJson(changes.opened.map(row));
    await sql`INSERT INTO case_view SELECT * FROM json_populate_recordset(NULL::case_view, ${rows}::json)
      ON CONFLICT (firm, case_id) DO NOTHING`.execute(transaction);
  }
  for (const { firm, caseId, state, resolvedAt, resolvedBy, reason, sequence } of changes.resolved) {
    await sql`UPDATE case_view SET state = ${state}, resolved_at = ${resolvedAt}::timestamptz,
      resolved_by = ${resolvedBy}, reason = ${reason}, sequence = ${sequence}
      WHERE firm = ${firm} AND case_id = ${caseId}`.execute(transaction);
  }
}

/** Newest first. */
export async function listCases(
  { kysely }: Database,
  { limit, before, state, ...equal }: CasesQuery,
): Promise<Page<CaseView>> {
  let query = kysely
    .selectFrom('case_view')
    .selectAll()
    .orderBy('opened_at', 'desc')
    .orderBy('firm', 'desc')
    .orderBy('case_id', 'desc')
    .limit(limit + 1);
  // The very text of the partial index.
  if (state === 'open') query = query.where(sql<boolean>`state = 'open'`);
  else if (state === 'resolved') query = query.where('state', '<>', 'open');
  else if (state !== undefined) query = query.where('state', '=', state);
  for (const column of ['kind', 'venue', 'firm', 'instrument'] as const) {
    const value = equal[column];
    if (value !== undefined) query = query.where(column, '=', value);
  }
  if (before !== undefined) {
    const [at, firm, id] = readPageCursor(before, 3);
    query = query.where(sql<boolean>`(opened_at, firm, case_id) < (${at}::timestamptz, ${firm}, ${id})`);
  }
  const rows = await query.execute();
  const items = rows.slice(0, limit).map(view);
  const last = items.at(-1);
  const isLast = rows.length <= limit || last === undefined;
  return { items, next: isLast ? null : pageCursor([last.openedAt, last.firm, last.caseId]) };
}

/** The newest open ones. */
export async function openCases({ kysely }: Database): Promise<readonly CaseSignal[]> {
  const rows = await kysely
    .selectFrom('case_view')
    .select(['case_id', 'firm', 'opened_at', 'sequence'])
    .where(sql<boolean>`state = 'open'`)
    .orderBy('opened_at', 'desc')
    .orderBy('firm', 'desc')
    .orderBy('case_id', 'desc')
    .limit(signalsMax)
    .execute();
  return rows.map((row) => ({
    caseId: row.case_id,
    firm: row.firm,
    state: 'open',
    at: row.opened_at.toISOString(),
    sequence: row.sequence,
  }));
}

export async function findCase({ kysely }: Database, caseId: string): Promise<CaseView | undefined> {
  const found = await kysely
    .selectFrom('case_view')
    .selectAll()
    .where('case_id', '=', caseId)
    .limit(1)
    .executeTakeFirst();
  return found === undefined ? undefined : view(found);
}

function row(one: CaseView) {
  return {
    firm: one.firm,
    case_id: one.caseId,
    kind: one.kind,
    state: one.state,
    venue: one.venue,
    route_id: one.routeId,
    venue_exec_id: one.venueExecId,
    order_id: one.orderId,
    instrument: one.instrument,
    side: one.side,
    text: one.text,
    raw: one.raw,
    action: one.action,
    quantity: one.quantity,
    price: one.price,
    price_scale: one.priceScale,
    quantity_scale: one.quantityScale,
    opened_at: one.openedAt,
    resolved_at: one.resolvedAt,
    resolved_by: one.resolvedBy,
    reason: one.reason,
    sequence: one.sequence,
  };
}

function view(found: Selectable<Tables['case_view']>): CaseView {
  return {
    caseId: found.case_id,
    firm: found.firm,
    kind: found.kind as CaseView['kind'],
    state: found.state as CaseView['state'],
    venue: found.venue,
    routeId: found.route_id,
    venueExecId: found.venue_exec_id,
    orderId: found.order_id,
    instrument: found.instrument,
    side: found.side as CaseView['side'],
    text: found.text,
    raw: found.raw,
    action: found.action as CaseView['action'],
    quantity: found.quantity,
    price: found.price,
    priceScale: found.price_scale,
    quantityScale: found.quantity_scale,
    openedAt: found.opened_at.toISOString(),
    resolvedAt: found.resolved_at?.toISOString() ?? null,
    resolvedBy: found.resolved_by,
    reason: found.reason,
    sequence: found.sequence,
  };
}
