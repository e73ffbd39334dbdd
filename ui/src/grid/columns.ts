/**
 * A grid is described by its columns: what each says of a row as text. The table shows that text, files and
 * print have it too, of the same rows in the same order, so that they equal the screen.
 */
import { parseBigDecimal } from '@tidegate/core/number/decimal';
import type { ReactNode } from 'react';
import { fileTime, timeText } from '../time/time.text.ts';
import { zoneWord } from '../time/zone.word.ts';

/** How a column is filtered: by words in it, by a choice of its values, from and to. */
export type ColumnKind = 'text' | 'set' | 'number' | 'time';

export interface Total<T> {
  readonly value: (row: T) => string | null;
  /** What is added: only amounts of one unit have a sum. */
  readonly unit: (row: T) => string;
}

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  readonly width: number;
  readonly kind: ColumnKind;
  readonly numeric?: boolean;
  /** `zone`: of times. */
  readonly text: (row: T, zone: string) => string;
  /** In files, where that is something else: times are UTC there. */
  readonly fileText?: (row: T) => string;
  /** Decimal text of a number, ISO time of a moment: for filters. */
  readonly value?: (row: T) => string | null;
  /** On screen instead of plain text; says the same. */
  readonly cell?: (row: T) => ReactNode;
  /** What rows are sorted by; a column without it can't be sorted. */
  readonly sortBy?: (row: T) => SortValue;
  readonly total?: Total<T>;
  /** Rows may be put together by its values. */
  readonly groups?: boolean;
  /** Not shown until somebody chooses it. */
  readonly isExtra?: boolean;
  /** Stays at the right edge while the rest scrolls. */
  readonly fixed?: boolean;
  /** On screen only, such as buttons. */
  readonly screenOnly?: boolean;
}

export type SortValue = string | number | bigint | null;

/** Decimals that values are compared and added with. */
export const FINEST_SCALE = 12;

export const decimalValue = (text: string | null): bigint | null =>
  parseBigDecimal(text ?? '', FINEST_SCALE) ?? null;

/** Its name on screen: of times with the zone. */
export const titleOf = <T>(column: Column<T>, zone: string): string =>
  column.kind === 'time' ? `${column.title} ${zoneWord(zone)}` : column.title;

export const fileTitleOf = <T>(column: Column<T>): string =>
  column.kind === 'time' ? `${column.title} UTC` : column.title;

export const textColumn = <T>(
  key: string,
  title: string,
  width: number,
  text: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({ key, title, width, kind: 'text', text, sortBy: text, ...more });

/**
 * A column of few values, such as states: filtered by choosing some of them, and rows can be grouped by it.
 */
export const setColumn = <T>(
  key: string,
  title: string,
  width: number,
  text: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({ key, title, width, kind: 'set', text, sortBy: text, groups: true, ...more });

/** A column of numbers: aligned right, sorted and filtered by the decimal text `value`. */
export const decimalColumn = <T>(
  key: string,
  title: string,
  width: number,
  value: (row: T) => string | null,
  text: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({
  key,
  title,
  width,
  kind: 'number',
  numeric: true,
  text,
  value,
  sortBy: (row) => decimalValue(value(row)),
  ...more,
});

/** A column of counted or measured numbers. */
export const numberColumn = <T>(
  key: string,
  title: string,
  width: number,
  value: (row: T) => number,
  text: (value: number) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({
  key,
  title,
  width,
  kind: 'number',
  numeric: true,
  text: (row) => text(value(row)),
  value: (row) => String(value(row)),
  sortBy: value,
  ...more,
});

/** Room for a date and a time with milliseconds. */
const TIME_PX = 168;

export const timeColumn = <T>(
  key: string,
  title: string,
  at: (row: T) => string,
  more: Partial<Column<T>> = {},
): Column<T> => ({
  key,
  title,
  width: TIME_PX,
  kind: 'time',
  text: (row, zone) => timeText(at(row), zone),
  fileText: (row) => fileTime(at(row)),
  value: at,
  sortBy: at,
  ...more,
});

/** Buttons at the right edge. */
export const actionColumn = <T>(
  key: string,
  title: string,
  width: number,
  cell: (row: T) => ReactNode,
): Column<T> => ({
  key,
  title,
  width,
  kind: 'text',
  text: () => '',
  fixed: true,
  screenOnly: true,
  cell,
});
