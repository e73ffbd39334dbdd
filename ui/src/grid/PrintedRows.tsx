/**
 * What a grid shows as a plain table for paper: every row of the view, not only what is drawn, with the same
 * texts as its files, under the words that say what it is a part of.
 */
import { fileTitleOf } from './columns.ts';
import { fileTextOf } from './csv.ts';
import type { Printed } from './print.ts';

export function PrintedRows<T>({ title, note, columns, rows }: Printed<T>) {
  const written = columns.filter(({ screenOnly }) => screenOnly !== true);
  const place = (numeric: boolean | undefined): string | undefined =>
    numeric === true ? 'numeric' : undefined;
  return (
    <section className="printed" aria-label={title}>
      <p>
        <b>{title}</b> {note}
      </p>
      <table>
        <thead>
          <tr>
            {written.map((column) => (
              <th key={column.key} className={place(column.numeric)}>
                {fileTitleOf(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {written.map((column) => (
                <td key={column.key} className={place(column.numeric)}>
                  {fileTextOf(column, row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
