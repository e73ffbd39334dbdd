/** Counts as people read them, and names of files. */
import { expect, it } from 'vitest';
import { countText, loadedWords } from './count.ts';
import { fileName } from './file.name.ts';

it('counts what is shown, what is here and what there is', () => {
  expect(countText(200, 200, 3_000)).toBe('200 of 3,000');
  expect(countText(12, 200, 3_000)).toBe('12 of 200 loaded, 3,000 in all');
  expect(countText(12, 200, 200)).toBe('12 of 200');
  expect(countText(200, 200, null)).toBe('200');
  expect(countText(200, 200, 20_000)).toBe('200 of 20,000 or more');
});

it('says of rows that they are not all there are', () => {
  expect(loadedWords(200, { total: 3_000, hasMore: true })).toEqual(['newest 200 of 3,000']);
  expect(loadedWords(200, { total: null, hasMore: true })).toEqual(['newest 200']);
  expect(loadedWords(200, { total: 200, hasMore: false })).toEqual([]);
  expect(loadedWords(200, undefined)).toEqual([]);
});

it('names a file by firm, user, grid, filter and time', () => {
  const subject = { firm: 'Demo 1', user: 'admin', grid: 'orders', atMs: Date.UTC(2026, 10, 28, 17, 20, 9) };
  expect(fileName({ ...subject, filters: [] }, 'csv')).toBe(
    'tidegate_Demo-1_admin_orders_all_20261128T172009Z.csv',
  );
  expect(fileName({ ...subject, filters: ['Side Buy', '../x/EUR'] }, 'csv')).toBe(
    'tidegate_Demo-1_admin_orders_Side-Buy-..-x-EUR_20261128T172009Z.csv',
  );
});
