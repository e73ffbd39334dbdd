/** The file equals the screen: same columns, rows and order; times are UTC. */
import { describe, expect, it } from 'vitest';
import { actionColumn, decimalColumn, textColumn, timeColumn, type Column } from './columns.ts';
import { copyOf, csvOf } from './csv.ts';
import { visibleRows, type Seen } from './lines.ts';

interface Row {
  readonly name: string;
  readonly size: string | null;
}

const columns: readonly Column<Row>[] = [
  textColumn('name', 'Name', 1, (row) => row.name),
  actionColumn('actions', '', 1, () => 'button'),
  decimalColumn(
    'size',
    'Size',
    1,
    (row) => row.size,
    (row) => row.size ?? '',
  ),
];
const rows: readonly Row[] = [
  { name: 'b', size: '10' },
  { name: 'a', size: '9.5' },
  { name: 'c', size: null },
  { name: 'd', size: '-100' },
  { name: 'e', size: '10.0' },
];
const seen: Seen = { find: '', filters: {}, sort: { key: 'size', order: 'descend' }, zone: 'UTC' };

describe('csvOf', () => {
  it('writes exactly the visible rows, without what is for the screen only', () => {
    const shown = visibleRows(rows, columns, {
      ...seen,
      filters: { size: { kind: 'number', from: '-100', to: '' } },
    });
    expect(csvOf(columns, shown)).toBe('Name,Size\r\nb,10\r\ne,10.0\r\na,9.5\r\nd,-100\r\n');
  });
  it('quotes commas, quotes and line ends', () => {
    expect(csvOf(columns, [{ name: 'a,"b"\nc', size: '1,000' }])).toBe(
      'Name,Size\r\n"a,""b""\nc","1,000"\r\n',
    );
  });
  it.each(['=1+1', '+cmd', '@x', '-x', '\tx'])('keeps %j from being a formula', (name) => {
    expect(csvOf(columns, [{ name, size: '-1.5' }])).toBe(`Name,Size\r\n'${name},-1.5\r\n`);
  });
  it('writes times in UTC, whatever zone the screen has', () => {
    const at = timeColumn<Row>('at', 'Time', () => '2026-11-28T17:20:09.1Z');
    expect(csvOf([at], rows.slice(0, 1))).toBe('Time UTC\r\n2026-11-28T17:20:09.100Z\r\n');
    expect(copyOf([at], rows.slice(0, 1), 'Asia/Tokyo')).toBe('2026-11-29 02:20:09.100');
  });
});

it('copies fields between tabs, each row on a line', () => {
  expect(copyOf(columns, [{ name: 'a\tb\nc', size: '1' }, ...rows.slice(0, 1)], 'UTC')).toBe(
    'a b c\t1\nb\t10',
  );
});
