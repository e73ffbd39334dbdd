/** The file equals the screen: same columns, rows, order and text. */
import { describe, expect, it } from 'vitest';
import { byDecimal, byText, matchesText, visibleRows, type Column } from './columns.ts';
import { csvOf } from './csv.ts';

interface Row {
  readonly name: string;
  readonly size: string | null;
}

const columns: readonly Column<Row>[] = [
  { key: 'name', title: 'Name', width: 1, text: (row) => row.name, compare: byText((row) => row.name) },
  { key: 'actions', title: '', width: 1, text: () => 'button', screenOnly: true },
  {
    key: 'size',
    title: 'Size',
    width: 1,
    numeric: true,
    text: (row) => row.size ?? '',
    compare: byDecimal((row) => row.size),
  },
];
const rows: readonly Row[] = [
  { name: 'b', size: '10' },
  { name: 'a', size: '9.5' },
  { name: 'c', size: null },
  { name: 'd', size: '-100' },
  { name: 'e', size: '10.0' },
];

describe('visibleRows', () => {
  const names = (list: readonly Row[]): string => list.map((row) => row.name).join('');
  it('filters and keeps the order without a sort', () => {
    expect(names(visibleRows(rows, columns, (row) => row.size !== null, null))).toBe('bade');
  });
  it('sorts decimals by value, equal rows as they came, rows without one first', () => {
    expect(names(visibleRows(rows, columns, () => true, { key: 'size', order: 'ascend' }))).toBe('cdabe');
    expect(names(visibleRows(rows, columns, () => true, { key: 'size', order: 'descend' }))).toBe('beadc');
  });
  it('leaves the rows it was given alone', () => {
    visibleRows(rows, columns, () => true, { key: 'name', order: 'ascend' });
    expect(names(rows)).toBe('bacde');
  });
  it('finds every word in any column', () => {
    expect(matchesText({ name: 'EUR/USD Filled', size: '5' }, columns, 'usd 5')).toBe(true);
    expect(matchesText({ name: 'EUR/USD Filled', size: '5' }, columns, 'usd 6')).toBe(false);
    expect(matchesText({ name: 'x', size: null }, columns, '  ')).toBe(true);
  });
});

describe('csvOf', () => {
  it('writes exactly the visible rows, without what is for the screen only', () => {
    const shown = visibleRows(rows, columns, (row) => row.name !== 'c', { key: 'size', order: 'descend' });
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
});
