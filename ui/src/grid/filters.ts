/** Filters of a grid, by the kind of the column. Pure. */
import { decimalValue, type Column } from './columns.ts';

export type Filter =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly values: readonly string[] }
  /** Decimal text, or none. */
  | { readonly kind: 'number'; readonly from: string; readonly to: string }
  /** ISO times, or none; `to` itself is in. */
  | { readonly kind: 'time'; readonly from: string; readonly to: string };

/** By the column's key. */
export type Filters = Readonly<Record<string, Filter>>;

export const noFilter: Readonly<Record<Filter['kind'], Filter>> = {
  text: { kind: 'text', text: '' },
  set: { kind: 'set', values: [] },
  number: { kind: 'number', from: '', to: '' },
  time: { kind: 'time', from: '', to: '' },
};

export const isEmptyFilter = (filter: Filter): boolean => {
  if (filter.kind === 'text') return filter.text.trim() === '';
  if (filter.kind === 'set') return filter.values.length === 0;
  return filter.from === '' && filter.to === '';
};

/** Without what filters nothing. */
export function withFilter(filters: Filters, key: string, filter: Filter): Filters {
  const others = Object.entries(filters).filter(([each]) => each !== key);
  return Object.fromEntries(isEmptyFilter(filter) ? others : [...others, [key, filter]]);
}

/** The test of rows that one filter is. */
export function filterTest<T>(column: Column<T>, filter: Filter, zone: string): (row: T) => boolean {
  switch (filter.kind) {
    case 'text': {
      const wanted = filter.text.trim().toLowerCase();
      return (row) => column.text(row, zone).toLowerCase().includes(wanted);
    }
    case 'set': {
      const wanted = new Set(filter.values);
      return (row) => wanted.has(column.text(row, zone));
    }
    case 'number': {
      const [from, to] = [decimalValue(filter.from), decimalValue(filter.to)];
      return (row) => {
        const value = decimalValue(column.value?.(row) ?? null);
        return value !== null && (from === null || value >= from) && (to === null || value <= to);
      };
    }
    case 'time': {
      const from = filter.from === '' ? Number.NEGATIVE_INFINITY : Date.parse(filter.from);
      const to = filter.to === '' ? Number.POSITIVE_INFINITY : Date.parse(filter.to);
      return (row) => {
        const at = Date.parse(column.value?.(row) ?? '');
        return at >= from && at <= to;
      };
    }
  }
}

/** Every word typed must be in some column, whatever the case. */
export function findTest<T>(columns: readonly Column<T>[], typed: string, zone: string): (row: T) => boolean {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return () => true;
  return (row) => {
    const line = columns
      .map((column) => column.text(row, zone))
      .join(' ')
      .toLowerCase();
    return words.every((word) => line.includes(word));
  };
}

/** What a filter says, for people and for names of files: `Status Filled, Rejected`. */
export function filterWords<T>(columns: readonly Column<T>[], filters: Filters): readonly string[] {
  return Object.entries(filters).map(([key, filter]) => {
    const title = columns.find((column) => column.key === key)?.title ?? key;
    return `${title} ${wordsOf(filter)}`;
  });
}

function wordsOf(filter: Filter): string {
  if (filter.kind === 'text') return filter.text.trim();
  if (filter.kind === 'set') return filter.values.join(', ');
  const from = filter.from === '' ? [] : [`from ${filter.from}`];
  const to = filter.to === '' ? [] : [`to ${filter.to}`];
  return [...from, ...to].join(' ');
}

const VALUES_MAX = 200;

/** Values that a column of few values has here, with how often; the most frequent 200. */
export function valuesOf<T>(
  rows: readonly T[],
  column: Column<T>,
  zone: string,
): readonly { readonly value: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = column.text(row, zone);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count)
    .slice(0, VALUES_MAX)
    .sort((left, right) => (left.value < right.value ? -1 : 1));
}
