/**
 * A blotter is described by its columns: what each says of a row as text. The table shows that text and the
 * CSV export writes it, of the same rows in the same order, so that the file equals the screen.
 */
import { parseBigDecimal } from '@tidegate/core/number/decimal';
import type { ReactNode } from 'react';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly width: number;
  readonly numeric?: boolean;
  readonly text: (row: T) => string;
  /** On screen instead of plain text; says the same. */
  readonly cell?: (row: T) => ReactNode;
  readonly compare?: (left: T, right: T) => number;
  /** Stays at the right edge while the rest scrolls. */
  readonly fixed?: boolean;
  /** On screen only, such as buttons. */
  readonly screenOnly?: boolean;
}

export interface Sort {
  readonly key: string;
  readonly order: 'ascend' | 'descend';
}

/** Rows that pass the filter, sorted; in their given order without a sort. Equal rows keep their order. */
export function visibleRows<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  passes: (row: T) => boolean,
  sort: Sort | null,
): readonly T[] {
  const passing = rows.filter(passes);
  const compare = columns.find((column) => column.key === sort?.key)?.compare;
  if (compare === undefined || sort === null) return passing;
  const sign = sort.order === 'ascend' ? 1 : -1;
  return passing.sort((left, right) => sign * compare(left, right));
}

/** Every word typed must be in some column, whatever the case. */
export function matchesText<T>(row: T, columns: readonly Column<T>[], typed: string): boolean {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const line = columns
    .map((column) => column.text(row))
    .join(' ')
    .toLowerCase();
  return words.every((word) => line.includes(word));
}

export const byText =
  <T>(text: (row: T) => string) =>
  (left: T, right: T): number => {
    const [a, b] = [text(left), text(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  };

const FINEST_SCALE = 12;

/** Decimal text by value; rows without one come first. */
export const byDecimal =
  <T>(text: (row: T) => string | null) =>
  (left: T, right: T): number => {
    const value = (row: T): bigint | null => parseBigDecimal(text(row) ?? '', FINEST_SCALE) ?? null;
    const [a, b] = [value(left), value(right)];
    if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  };

/** A column of text, sorted by that text unless `more` says otherwise. */
export const textColumn = <T>(
  key: string,
  title: string,
  width: number,
  text: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({ key, title, width, text, compare: byText(text), ...more });

/** A column of numbers: aligned right, sorted by the decimal text `value`. */
export const decimalColumn = <T>(
  key: string,
  title: string,
  width: number,
  value: (row: T) => string | null,
  text: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({ key, title, width, numeric: true, text, compare: byDecimal(value), ...more });
