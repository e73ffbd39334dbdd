/** Prints what a grid shows: every row of the view, not only what is drawn, in a page of its own. */
import { fileTextOf } from './csv.ts';
import { fileTitleOf, type Column } from './columns.ts';

export interface Printed<T> {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
}

const style = `
  body { font: 9px/1.3 sans-serif; color: #000; background: #fff; margin: 0; }
  h1 { font-size: 13px; margin: 0 0 2px; }
  table { border-collapse: collapse; width: 100%; margin-top: 6px; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  th, td { border-bottom: 1px solid #bbb; padding: 2px 4px; text-align: left; vertical-align: top; }
  .numeric { text-align: right; font-variant-numeric: tabular-nums; }
  @page { size: landscape; margin: 10mm; }
`;

export function printRows<T>(printed: Printed<T>): void {
  document.querySelector('#grid-print')?.remove();
  const frame = document.createElement('iframe');
  frame.id = 'grid-print';
  frame.dataset['testid'] = 'grid-print';
  frame.title = printed.title;
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0;visibility:hidden';
  document.body.append(frame);
  const { contentDocument: page, contentWindow: view } = frame;
  if (page === null || view === null) return;
  fill(page, printed);
  view.addEventListener('afterprint', () => setTimeout(() => frame.remove()));
  view.focus();
  view.print();
}

function fill<T>(page: Document, { title, note, columns, rows }: Printed<T>): void {
  const written = columns.filter(({ screenOnly }) => screenOnly !== true);
  const add = (parent: Node, name: string, text = ''): HTMLElement => {
    const element = page.createElement(name);
    element.textContent = text;
    parent.appendChild(element);
    return element;
  };
  page.title = title;
  add(page.head, 'style', style);
  add(page.body, 'h1', title);
  add(page.body, 'div', note);
  const table = add(page.body, 'table');
  const cell = (line: Node, name: 'th' | 'td', column: Column<T>, text: string): void => {
    const added = add(line, name, text);
    if (column.numeric === true) added.className = 'numeric';
  };
  const head = add(add(table, 'thead'), 'tr');
  for (const column of written) cell(head, 'th', column, fileTitleOf(column));
  const body = add(table, 'tbody');
  for (const row of rows) {
    const line = add(body, 'tr');
    for (const column of written) cell(line, 'td', column, fileTextOf(column, row));
  }
}
