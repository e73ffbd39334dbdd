/**
 * Which columns a user sees, in which order and how wide: what is kept of it, and what it makes of the
 * columns that there are. A column that a release adds is at its own place until somebody moves it. Pure but
 * for the two at the end, which keep it in the browser.
 */
import type { Column } from './columns.ts';
import type { Sort } from './lines.ts';

export interface Layout {
  /** Keys that were moved, in order; the others follow in their own order. */
  readonly order: readonly string[];
  /** Chosen against what the column says of itself. */
  readonly shown: Readonly<Record<string, boolean>>;
  readonly widths: Readonly<Record<string, number>>;
  readonly sort: Sort | null;
  readonly group: string | null;
}

export const plainLayout: Layout = { order: [], shown: {}, widths: {}, sort: null, group: null };

const widthPx = { min: 40, max: 900 } as const;

export const isShown = <T>(column: Column<T>, layout: Layout): boolean =>
  layout.shown[column.key] ?? column.isExtra !== true;

/** All columns in the user's order; what stays at the right edge is last. */
export function orderedColumns<T>(columns: readonly Column<T>[], { order }: Layout): readonly Column<T>[] {
  const places = new Map(order.map((key, at) => [key, at]));
  const own = new Map(columns.map((column, at) => [column, places.get(column.key) ?? order.length + at]));
  const placed = columns
    .filter(({ fixed }) => fixed !== true)
    .toSorted((left, right) => (own.get(left) ?? 0) - (own.get(right) ?? 0));
  return [...placed, ...columns.filter(({ fixed }) => fixed === true)];
}

/** As they are drawn: chosen, in order, with the user's widths. */
export const shownColumns = <T>(columns: readonly Column<T>[], layout: Layout): readonly Column<T>[] =>
  orderedColumns(columns, layout)
    .filter((column) => isShown(column, layout))
    .map((column) => {
      const width = layout.widths[column.key];
      return width === undefined ? column : { ...column, width };
    });

export function withShown(layout: Layout, key: string, isChosen: boolean): Layout {
  return { ...layout, shown: { ...layout.shown, [key]: isChosen } };
}

export function withWidth(layout: Layout, key: string, width: number): Layout {
  const within = Math.round(Math.min(widthPx.max, Math.max(widthPx.min, width)));
  return { ...layout, widths: { ...layout.widths, [key]: within } };
}

/** The column `key` moves to the place of the column `to`, and that one makes room. */
export function withMoved<T>(columns: readonly Column<T>[], layout: Layout, key: string, to: string): Layout {
  const keys = orderedColumns(columns, layout)
    .filter(({ fixed }) => fixed !== true)
    .map((column) => column.key);
  const target = keys.indexOf(to);
  if (target < 0 || !keys.includes(key) || key === to) return layout;
  const order = keys.filter((each) => each !== key);
  order.splice(target, 0, key);
  return { ...layout, order };
}

/** One place to the left (-1) or right (1), past what is not shown. */
export function withShifted<T>(
  columns: readonly Column<T>[],
  layout: Layout,
  key: string,
  by: 1 | -1,
): Layout {
  const keys = shownColumns(columns, layout)
    .filter(({ fixed }) => fixed !== true)
    .map((column) => column.key);
  const neighbour = keys[keys.indexOf(key) + by];
  return keys.includes(key) && neighbour !== undefined ? withMoved(columns, layout, key, neighbour) : layout;
}

/** What was kept, as far as it is one; a layout of another release may be anything. */
export function readLayout(text: string | null): Layout {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return plainLayout;
  }
  if (typeof value !== 'object' || value === null) return plainLayout;
  const held = value as Partial<Record<keyof Layout, unknown>>;
  const record = <V>(given: unknown, isV: (each: unknown) => each is V): Record<string, V> =>
    typeof given === 'object' && given !== null
      ? Object.fromEntries(Object.entries(given).filter((entry): entry is [string, V] => isV(entry[1])))
      : {};
  return {
    order: Array.isArray(held.order) ? held.order.filter((key) => typeof key === 'string') : [],
    shown: record(held.shown, (each): each is boolean => typeof each === 'boolean'),
    widths: record(
      held.widths,
      (each): each is number => typeof each === 'number' && each >= widthPx.min && each <= widthPx.max,
    ),
    sort: readSort(held.sort),
    group: typeof held.group === 'string' ? held.group : null,
  };
}

function readSort(value: unknown): Sort | null {
  if (typeof value !== 'object' || value === null || !('key' in value) || !('order' in value)) return null;
  const { key, order } = value;
  return typeof key === 'string' && (order === 'ascend' || order === 'descend') ? { key, order } : null;
}

const keyOf = (user: string, grid: string): string => `tidegate.grid.${user}.${grid}`;

export const keptLayout = (user: string, grid: string): Layout =>
  readLayout(localStorage.getItem(keyOf(user, grid)));

export function keepLayout(user: string, grid: string, layout: Layout): void {
  localStorage.setItem(keyOf(user, grid), JSON.stringify(layout));
}
