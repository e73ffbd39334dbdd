/**
 * What a user does with a grid: layout (kept in this browser for the user), filters, groups. What comes of it
 * are the lines that are shown; files and print have the same.
 */
import { useCallback, useMemo, useState, type Dispatch, type SetStateAction } from 'react';
import { useZone } from '../time/zone.ts';
import type { Column } from './columns.ts';
import { withFilter, type Filter, type Filters } from './filters.ts';
import {
  keepLayout,
  keptLayout,
  plainLayout,
  shownColumns,
  withMoved,
  withShifted,
  withShown,
  withWidth,
  type Layout,
} from './layout.ts';
import { linesOf, nextSort, totalsOf, visibleRows, type Line, type Totals } from './lines.ts';

export interface GridState<T> {
  readonly name: string;
  readonly zone: string;
  readonly layout: Layout;
  readonly find: string;
  readonly filters: Filters;
  readonly openedFilter: string | null;
  /** As they were given. */
  readonly all: readonly T[];
  /** Filtered and sorted. */
  readonly rows: readonly T[];
  readonly lines: readonly Line<T>[];
  /** Undefined: no column has a sum. */
  readonly totals: Totals | undefined;
  /** All, in the order they were given. */
  readonly allColumns: readonly Column<T>[];
  /** Shown, in the user's order and widths. */
  readonly columns: readonly Column<T>[];
  setFind(text: string): void;
  filter(key: string, filter: Filter): void;
  clearFilters(): void;
  openFilter(key: string | null): void;
  sortBy(key: string): void;
  group(key: string | null): void;
  toggleGroup(value: string): void;
  show(key: string, isShown: boolean): void;
  widen(key: string, width: number): void;
  /** To the place of another column. */
  move(key: string, to: string): void;
  shift(key: string, by: 1 | -1): void;
  resetLayout(): void;
}

export interface GridStart<T> {
  readonly name: string;
  readonly user: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
}

const none: ReadonlySet<string> = new Set();

export function useGrid<T>({ name, user, columns: allColumns, rows: all }: GridStart<T>): GridState<T> {
  const zone = useZone();
  const [layout, setLayout] = useState(() => keptLayout(user, name));
  const [find, setFind] = useState('');
  const [filters, setFilters] = useState<Filters>({});
  const [openedFilter, openFilter] = useState<string | null>(null);
  const [closed, setClosed] = useState(none);
  const { sort, group } = layout;
  const columns = useMemo(() => shownColumns(allColumns, layout), [allColumns, layout]);
  const rows = useMemo(
    () => visibleRows(all, allColumns, { find, filters, sort, zone }),
    [all, allColumns, find, filters, sort, zone],
  );
  const lines = useMemo(
    () => linesOf(rows, allColumns, group, closed, zone),
    [rows, allColumns, group, closed, zone],
  );
  const totals = useMemo(
    () => (columns.some(({ total }) => total !== undefined) ? totalsOf(rows, columns) : undefined),
    [rows, columns],
  );
  const acts = useActs(user, name, allColumns, { setLayout, setFilters, setFind, setClosed, openFilter });
  return {
    name,
    zone,
    layout,
    find,
    filters,
    openedFilter,
    all,
    rows,
    lines,
    totals,
    allColumns,
    columns,
    ...acts,
  };
}

interface Setters {
  readonly setLayout: Dispatch<SetStateAction<Layout>>;
  readonly setFilters: Dispatch<SetStateAction<Filters>>;
  readonly setFind: Dispatch<SetStateAction<string>>;
  readonly setClosed: Dispatch<SetStateAction<ReadonlySet<string>>>;
  readonly openFilter: Dispatch<SetStateAction<string | null>>;
}

/** The same functions until the columns change. */
function useActs<T>(user: string, name: string, allColumns: readonly Column<T>[], setters: Setters) {
  const { setLayout, setFilters, setFind, setClosed, openFilter } = setters;
  const lay = useCallback(
    (change: (layout: Layout) => Layout): void =>
      setLayout((held) => {
        const next = change(held);
        keepLayout(user, name, next);
        return next;
      }),
    [user, name, setLayout],
  );
  return useMemo(
    () => ({
      setFind,
      openFilter,
      filter: (key: string, filter: Filter) => setFilters((held) => withFilter(held, key, filter)),
      clearFilters: () => {
        setFilters({});
        setFind('');
      },
      toggleGroup: (value: string) =>
        setClosed((held) => {
          const next = new Set(held);
          if (!next.delete(value)) next.add(value);
          return next;
        }),
      sortBy: (key: string) => lay((held) => ({ ...held, sort: nextSort(held.sort, key) })),
      group: (key: string | null) => lay((held) => ({ ...held, group: key })),
      show: (key: string, isShown: boolean) => lay((held) => withShown(held, key, isShown)),
      widen: (key: string, width: number) => lay((held) => withWidth(held, key, width)),
      move: (key: string, to: string) => lay((held) => withMoved(allColumns, held, key, to)),
      shift: (key: string, by: 1 | -1) => lay((held) => withShifted(allColumns, held, key, by)),
      resetLayout: () => lay(() => plainLayout),
    }),
    [lay, allColumns, setFilters, setFind, setClosed, openFilter],
  );
}
