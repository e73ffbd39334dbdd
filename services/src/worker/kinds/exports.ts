/**
 * Orders and executions of a period as CSV for whoever asked: of his firm, or of the one he names when he
 * sees all. Oldest last, as the blotters have them; a text that a spreadsheet would run is quoted.
 */
import { gzipSync } from 'node:zlib';
import { pageCursor, type Page } from '@tidegate/platform/sql/page';
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { JobImpossible, type InputOf, type JobContext, type JobRun } from '../kind.ts';

const pageMax = 500;
const rowsMax = 1_000_000;

const orderColumns = [
  'createdAt',
  'updatedAt',
  'firm',
  'account',
  'trader',
  'client',
  'channel',
  'orderId',
  'clOrdId',
  'symbol',
  'side',
  'type',
  'price',
  'quantity',
  'timeInForce',
  'status',
  'filledQuantity',
  'averagePrice',
  'code',
  'text',
] as const satisfies readonly (keyof OrderView)[];

/** Without the provider: whoever exports need not have the right to see it. */
const executionColumns = [
  'at',
  'firm',
  'account',
  'execId',
  'execType',
  'execRefId',
  'orderId',
  'clOrdId',
  'symbol',
  'side',
  'quantity',
  'price',
] as const satisfies readonly (keyof ExecutionView)[];

export const exportOrders: JobRun<InputOf<'exportOrders'>> = (context, { projection }) =>
  exported(
    context,
    'orders',
    orderColumns,
    (query) => projection.orders(query),
    ({ createdAt }) => createdAt,
  );

export const exportExecutions: JobRun<InputOf<'exportExecutions'>> = (context, { projection }) =>
  exported(
    context,
    'executions',
    executionColumns,
    (query) => projection.executions(query),
    ({ at }) => at,
  );

async function exported<T>(
  { input, progress }: JobContext<InputOf<'exportOrders'>>,
  what: string,
  columns: readonly (keyof T & string)[],
  list: (query: { limit: number; before: string; firm?: string }) => Promise<Page<T>>,
  timeOf: (row: T) => string,
) {
  const fromMs = Date.parse(input.from);
  const toMs = Date.parse(input.to);
  const lines: string[] = [columns.join(',')];
  const firm = input.firm === undefined ? {} : { firm: input.firm };
  // What comes before the end: no id sorts before this one.
  let before: string | null = pageCursor([new Date(toMs).toISOString(), '!', '!']);
  while (before !== null) {
    const page: Page<T> = await list({ limit: pageMax, before, ...firm });
    const within = page.items.filter((row) => Date.parse(timeOf(row)) >= fromMs);
    for (const row of within) lines.push(columns.map((column) => csvCell(row[column])).join(','));
    if (lines.length > rowsMax)
      throw new JobImpossible('EXPORT_TOO_LARGE', `more than ${rowsMax} rows: ask for a shorter period`);
    const last = page.items.at(-1);
    if (last !== undefined)
      progress((toMs - Date.parse(timeOf(last))) / (toMs - fromMs), `${lines.length - 1} rows`);
    before = within.length < page.items.length ? null : page.next;
  }
  const name = `${what}-${input.from.slice(0, 10)}-${input.to.slice(0, 10)}.csv.gz`;
  const content = gzipSync(`${lines.join('\r\n')}\r\n`);
  return {
    result: { rows: lines.length - 1, bytes: content.length, name },
    effects: [{ what: 'file' as const, name, mediaType: 'application/gzip', content }],
  };
}

/** RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
