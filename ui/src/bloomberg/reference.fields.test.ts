/** Reference data sorted for reading; nothing that Bloomberg gave is lost. */
import { describe, expect, it } from 'vitest';
import { fieldText, rangePercent, referenceSheet, refusalsOf } from './reference.fields.ts';

const field = (name: string, value: string | null) => ({ field: name, label: name.toLowerCase(), value });

describe('referenceSheet', () => {
  const fields = [
    field('PX_LAST', '1.5'),
    field('NAME', 'EURUSD Spot'),
    field('PX_LOW', '1'),
    field('PX_HIGH', '2'),
    field('LOW_52WEEK', null),
    field('HIGH_52WEEK', '3'),
    field('NEW_FIELD', 'x'),
  ];
  const sheet = referenceSheet({ fields });

  it('groups what it knows in its own order and keeps the rest', () => {
    expect(sheet.description.map(({ field: name }) => name)).toEqual(['NAME']);
    expect(sheet.prices.map(({ field: name }) => name)).toEqual(['PX_LAST']);
    expect(sheet.others.map(({ field: name }) => name)).toEqual(['NEW_FIELD']);
  });

  it('shows a range only when both of its ends are known', () => {
    expect(sheet.ranges).toEqual([
      { key: 'day', label: 'Day', low: field('PX_LOW', '1'), high: field('PX_HIGH', '2'), percent: 50 },
    ]);
  });
});

it.each([
  ['1.08000', '1.09000', '1.08250', 25],
  ['1', '2', '0.5', 0],
  ['1', '2', '7', 100],
  ['1', '1', '1', null],
  ['1', '2', null, null],
  ['1', '2', 'n/a', null],
])('rangePercent(%s, %s, %s) is %s', (low, high, at, percent) => {
  expect(rangePercent(low, high, at)).toBe(percent);
});

it.each([
  ['PX_LAST', '1.085', '1.08500'],
  ['PX_MID', '1.085005', '1.085005'],
  ['LOW_52WEEK', '2345.6', '2,345.60000'],
  ['PX_VOLUME', '1000000', '1,000,000'],
  ['SOME_YEAR', '2026', '2026'],
  ['LAST_UPDATE_DT', '2026-01-05', '2026-01-05'],
  ['PX_OPEN', null, '–'],
])('shows %s %s as %s', (name, value, text) => {
  expect(fieldText({ field: name, value }, 5)).toBe(text);
});

it('gathers refused fields by reason', () => {
  const why = { category: 'BAD_FLD', text: 'Field not valid' };
  const exceptions = [
    { field: 'A', ...why },
    { field: '*', category: 'NOT_ENTITLED', text: '' },
    { field: 'B', ...why },
  ];
  expect(refusalsOf({ exceptions })).toEqual([
    { why: 'BAD_FLD, Field not valid', fields: ['A', 'B'] },
    { why: 'NOT_ENTITLED', fields: ['the security'] },
  ]);
});
