/** Filter by type, sort, group and sum. */
import { describe, expect, it } from 'vitest';
import { decimalColumn, setColumn, textColumn, timeColumn, type Column } from './columns.ts';
import { filterWords, valuesOf, withFilter, type Filters } from './filters.ts';
import { linesOf, nextSort, totalsOf, visibleRows, type Sort } from './lines.ts';

interface Row {
  readonly id: string;
  readonly side: string;
  readonly size: string | null;
  readonly at: string;
  readonly unit: string;
}

const row = (id: string, side: string, size: string | null, minute: number, unit = 'EUR'): Row => ({
  id,
  side,
  size,
  unit,
  at: `2026-11-28T12:0${minute}:00.000Z`,
});
const rows: readonly Row[] = [
  row('b', 'Buy', '10', 1),
  row('a', 'Sell', '9.5', 2),
  row('c', 'Buy', null, 3),
  row('d', 'Buy', '-100', 4, 'USD'),
  row('e', 'Sell', '10.0', 5),
];
const columns: readonly Column<Row>[] = [
  textColumn('id', 'Id', 1, (one) => one.id),
  setColumn('side', 'Side', 1, (one) => one.side),
  decimalColumn(
    'size',
    'Size',
    1,
    (one) => one.size,
    (one) => one.size ?? '',
    { total: { value: (one) => one.size, unit: (one) => one.unit } },
  ),
  timeColumn('at', 'Time', (one) => one.at),
];
const shown = (filters: Filters, sort: Sort | null = null, find = '', zone = 'UTC'): string =>
  visibleRows(rows, columns, { find, filters, sort, zone })
    .map(({ id }) => id)
    .join('');

describe('visibleRows', () => {
  it.each<[string, Filters, string]>([
    ['nothing', {}, 'bacde'],
    ['words', { id: { kind: 'text', text: ' A ' } }, 'a'],
    ['a set', { side: { kind: 'set', values: ['Sell'] } }, 'ae'],
    ['numbers from', { size: { kind: 'number', from: '9.5', to: '' } }, 'bae'],
    ['numbers to', { size: { kind: 'number', from: '', to: '9.5' } }, 'ad'],
    ['times', { at: { kind: 'time', from: rows[1]!.at, to: rows[3]!.at } }, 'acd'],
    ['several', { side: { kind: 'set', values: ['Buy'] }, size: { kind: 'number', from: '0', to: '' } }, 'b'],
    ['a column that is gone', { gone: { kind: 'text', text: 'x' } }, 'bacde'],
  ])('filters by %s', (_what, filters, ids) => {
    expect(shown(filters)).toBe(ids);
  });
  it('sorts decimals by value, equal rows as they came, rows without one first', () => {
    expect(shown({}, { key: 'size', order: 'ascend' })).toBe('cdabe');
    expect(shown({}, { key: 'size', order: 'descend' })).toBe('beadc');
  });
  it('leaves the rows it was given alone', () => {
    shown({}, { key: 'id', order: 'ascend' });
    expect(rows.map(({ id }) => id).join('')).toBe('bacde');
  });
  it('finds every word in any column, as the screen has it', () => {
    expect(shown({}, null, 'sell 10')).toBe('e');
    expect(shown({}, null, '21:05', 'Asia/Tokyo')).toBe('e');
    expect(shown({}, null, '21:05')).toBe('');
  });
});

describe('filters', () => {
  it('are dropped when they filter nothing, and say what they do', () => {
    const some = withFilter({}, 'side', { kind: 'set', values: ['Buy', 'Sell'] });
    const more = withFilter(some, 'size', { kind: 'number', from: '1', to: '' });
    expect(filterWords(columns, more)).toEqual(['Side Buy, Sell', 'Size from 1']);
    expect(withFilter(more, 'side', { kind: 'set', values: [] })).toEqual({ size: more['size'] });
  });
  it('offer the values that there are', () => {
    expect(valuesOf(rows, columns[1]!, 'UTC')).toEqual([
      { value: 'Buy', count: 3 },
      { value: 'Sell', count: 2 },
    ]);
  });
});

it('sorts up, down, and as it came', () => {
  const up = nextSort(null, 'id');
  const down = nextSort(up, 'id');
  expect([up?.order, down?.order, nextSort(down, 'id')]).toEqual(['ascend', 'descend', null]);
  expect(nextSort(down, 'side')).toEqual({ key: 'side', order: 'ascend' });
});

describe('groups and sums', () => {
  it('put rows together in the order that the sort gives them', () => {
    const lines = linesOf(rows, columns, 'side', new Set(['Sell']), 'UTC');
    expect(
      lines.map((line) => (line.kind === 'group' ? `${line.value} ${line.count}` : line.row.id)),
    ).toEqual(['Buy 3', 'b', 'c', 'd', 'Sell 2']);
  });
  it('never add amounts of two units', () => {
    expect(totalsOf(rows.slice(0, 3), columns)).toEqual({ size: { text: '19.5 EUR', detail: '19.5 EUR' } });
    expect(totalsOf(rows, columns)).toEqual({ size: { text: '2 units', detail: '29.5 EUR, -100 USD' } });
    expect(totalsOf([], columns)).toEqual({ size: { text: '', detail: '' } });
  });
});
