/** What a user chose of columns, over releases that add and drop some. */
import { describe, expect, it } from 'vitest';
import { actionColumn, textColumn, type Column } from './columns.ts';
import {
  orderedColumns,
  plainLayout,
  readLayout,
  shownColumns,
  withMoved,
  withShifted,
  withShown,
  withWidth,
} from './layout.ts';

const named = (...keys: string[]): readonly Column<string>[] => [
  actionColumn('buttons', '', 50, () => null),
  ...keys.map((key) => textColumn<string>(key, key.toUpperCase(), 100, (row) => row)),
];
const columns = named('a', 'b', 'c', 'd');
const keys = (list: readonly Column<string>[]): string => list.map(({ key }) => key).join(' ');

describe('a layout', () => {
  it('is the columns as they are until something is chosen; buttons stay at the edge', () => {
    expect(keys(shownColumns(columns, plainLayout))).toBe('a b c d buttons');
  });
  it('moves, hides and widens', () => {
    const moved = withMoved(columns, plainLayout, 'd', 'a');
    const hidden = withShown(moved, 'b', false);
    const wide = withWidth(hidden, 'c', 5_000);
    expect(shownColumns(columns, wide).map(({ key, width }) => `${key} ${width}`)).toEqual([
      'd 100',
      'a 100',
      'c 900',
      'buttons 50',
    ]);
    expect(keys(orderedColumns(columns, wide))).toBe('d a b c buttons');
  });
  it('shifts past what is hidden, and not past the end', () => {
    const hidden = withShown(plainLayout, 'b', false);
    expect(keys(shownColumns(columns, withShifted(columns, hidden, 'a', 1)))).toBe('c a d buttons');
    expect(withShifted(columns, hidden, 'a', -1)).toBe(hidden);
    expect(withShifted(columns, hidden, 'buttons', -1)).toBe(hidden);
  });
  it('shows what a release adds, and forgets what it drops', () => {
    const moved = withMoved(columns, plainLayout, 'd', 'a');
    expect(keys(shownColumns(named('a', 'c', 'd', 'new'), moved))).toBe('d a c new buttons');
  });
});

describe('readLayout', () => {
  it('reads what was kept', () => {
    const kept = withWidth(withShown(withMoved(columns, plainLayout, 'd', 'a'), 'b', false), 'c', 77);
    const sorted = { ...kept, sort: { key: 'a', order: 'descend' as const }, group: 'b' };
    expect(readLayout(JSON.stringify(sorted))).toEqual(sorted);
  });
  it.each([
    null,
    '',
    'x',
    '[]',
    '7',
    '{"order":7,"shown":[1],"widths":{"a":"wide","b":1},"sort":{"key":1},"group":{}}',
  ])('takes %j for none', (text) => {
    expect(readLayout(text)).toEqual(plainLayout);
  });
});
