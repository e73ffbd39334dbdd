/** CSV of what a blotter shows (RFC 4180): the same columns, rows, order and text. */
import type { Column } from './columns.ts';

export function csvOf<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const written = columns.filter((column) => column.screenOnly !== true);
  const lines = [
    written.map((column) => field(column.title)),
    ...rows.map((row) => written.map((column) => field(column.text(row)))),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
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
export function saveCsv(name: string, csv: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
