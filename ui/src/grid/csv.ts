/** CSV of what a grid shows (RFC 4180): the same columns, rows and order; times are ISO 8601 in UTC. */
import { fileTitleOf, type Column } from './columns.ts';
import { UTC } from '../time/zone.word.ts';

const written = <T>(columns: readonly Column<T>[]): readonly Column<T>[] =>
  columns.filter((column) => column.screenOnly !== true);

export const fileTextOf = <T>(column: Column<T>, row: T): string =>
  column.fileText === undefined ? column.text(row, UTC) : column.fileText(row);

export function csvOf<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const lines = [
    written(columns).map((column) => field(fileTitleOf(column))),
    ...rows.map((row) => written(columns).map((column) => field(fileTextOf(column, row)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** What is copied: fields between tabs, as spreadsheets take them. */
export function copyOf<T>(columns: readonly Column<T>[], rows: readonly T[], zone: string): string {
  const plain = (text: string): string => text.replaceAll(/[\t\r\n]+/g, ' ');
  return rows
    .map((row) =>
      written(columns)
        .map((column) => plain(column.text(row, zone)))
        .join('\t'),
    )
    .join('\n');
}

/**
 * A spreadsheet would run text that begins like a formula; a leading apostrophe keeps it text. Numbers stay
 * numbers.
 */
function field(text: string): string {
  const number = /^-?[\d,]+(\.\d+)?$/.test(text);
  const safe = !number && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands the file to the user. */
export function saveFile(name: string, text: string, type: 'text/csv' | 'text/plain'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
