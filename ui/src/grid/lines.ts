/**
 * From rows to the lines that a grid shows: filtered, sorted, put together in groups, with their sums. Pure;
 * the rows themselves are never changed, so a row that stays is drawn once.
 */
import { trimBigDecimal } from '@tidegate/core/number/decimal';
import { groupedDecimal } from '../prices/price.format.ts';
import { decimalValue, FINEST_SCALE, type Column, type SortValue } from './columns.ts';
import { filterTest, findTest, type Filters } from './filters.ts';

export interface Sort {
  readonly key: string;
  readonly order: 'ascend' | 'descend';
}

export type Line<T> =
  | { readonly kind: 'row'; readonly row: T }
  | {
      readonly kind: 'group';
      readonly value: string;
      readonly count: number;
      readonly totals: Totals;
      readonly isOpen: boolean;
    };

/** Of one column: its sum as text, and by unit where there are several. */
export interface Sum {
  readonly text: string;
  readonly detail: string;
}
/** By the column's key. */
export type Totals = Readonly<Record<string, Sum>>;

export interface Seen {
  readonly find: string;
  readonly filters: Filters;
  readonly sort: Sort | null;
  readonly zone: string;
}

/** Rows that pass, sorted; in their given order without a sort. Equal rows keep their order. */
export function visibleRows<T>(rows: readonly T[], columns: readonly Column<T>[], seen: Seen): readonly T[] {
  const passing = rows.filter(testOf(columns, seen));
  const { sort } = seen;
  const sortBy = columns.find((column) => column.key === sort?.key)?.sortBy;
  if (sortBy === undefined || sort === null) return passing;
  // Each value once: reading a decimal costs more than comparing it.
  const keyed = passing.map((row) => ({ row, value: sortBy(row) }));
  const sign = sort.order === 'ascend' ? 1 : -1;
  return keyed.sort((left, right) => sign * compare(left.value, right.value)).map(({ row }) => row);
}

function testOf<T>(columns: readonly Column<T>[], { find, filters, zone }: Seen): (row: T) => boolean {
  const tests = Object.entries(filters).flatMap(([key, filter]) => {
    const column = columns.find((each) => each.key === key);
    return column === undefined ? [] : [filterTest(column, filter, zone)];
  });
  if (find.trim() !== '') tests.push(findTest(columns, find, zone));
  return tests.length === 0 ? () => true : (row) => tests.every((test) => test(row));
}

/** Rows without a value come first. */
function compare(left: SortValue, right: SortValue): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Sorted by a column: upwards, then downwards, then not at all. */
export function nextSort(sort: Sort | null, key: string): Sort | null {
  if (sort?.key !== key) return { key, order: 'ascend' };
  return sort.order === 'ascend' ? { key, order: 'descend' } : null;
}

/** @param closed groups whose rows are not shown. */
export function linesOf<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  group: string | null,
  closed: ReadonlySet<string>,
  zone: string,
): readonly Line<T>[] {
  const column = columns.find(({ key }) => key === group);
  if (column === undefined) return rows.map((row) => ({ kind: 'row', row }));
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const value = column.text(row, zone);
    const held = groups.get(value);
    if (held === undefined) groups.set(value, [row]);
    else held.push(row);
  }
  const lines: Line<T>[] = [];
  for (const [value, held] of groups) {
    const isOpen = !closed.has(value);
    lines.push({ kind: 'group', value, count: held.length, totals: totalsOf(held, columns), isOpen });
    if (isOpen) for (const row of held) lines.push({ kind: 'row', row });
  }
  return lines;
}

/** Sums of the columns that have one; amounts of several units are told apart and never added. */
export function totalsOf<T>(rows: readonly T[], columns: readonly Column<T>[]): Totals {
  const totals: Record<string, Sum> = {};
  for (const { key, total } of columns) {
    if (total === undefined) continue;
    const units = new Map<string, bigint>();
    for (const row of rows) {
      const value = decimalValue(total.value(row));
      if (value === null) continue;
      const unit = total.unit(row);
      units.set(unit, (units.get(unit) ?? 0n) + value);
    }
    const parts = [...units].map(([unit, value]) => `${sumText(value)}${unit === '' ? '' : ` ${unit}`}`);
    const text = parts.length === 0 ? '' : parts.length === 1 ? parts.join('') : `${parts.length} units`;
    totals[key] = { text, detail: parts.join(', ') };
  }
  return totals;
}

const sumText = (value: bigint): string => groupedDecimal(trimBigDecimal(value, FINEST_SCALE));
