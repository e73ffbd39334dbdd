/**
 * The keyboard and the pointer in a grid: where it is, which rows are chosen, what is copied. The place is
 * kept by the key of its line, so that it stays with its row when others come in.
 */
import {
  useCallback,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
} from 'react';
import type { Column } from './columns.ts';
import { copyOf } from './csv.ts';
import { LINE_PX } from './GridLine.tsx';
import type { GridState } from './grid.state.ts';
import type { Line } from './lines.ts';
import { HEAD, moved, scrolledTo, type Place, type Range } from './place.ts';

const HEAD_KEY = '';
const WIDER_PX = 10;

interface Held {
  /** Of the line; empty: the head. */
  readonly key: string;
  readonly column: number;
  /** Where Shift began to choose. */
  readonly anchor: string;
}

export interface GridKeysOptions<T> {
  readonly grid: GridState<T>;
  readonly columns: readonly Column<T>[];
  readonly box: RefObject<HTMLDivElement | null>;
  readonly roomPx: number;
  readonly keyOf: (line: Line<T>) => string;
  readonly onOpen: ((row: T) => void) | undefined;
}

export interface GridHandlers {
  readonly onKeyDown: (event: KeyboardEvent<HTMLDivElement>) => void;
  readonly onFocus: (event: { readonly target: EventTarget; readonly currentTarget: EventTarget }) => void;
  readonly onCopy: (event: ClipboardEvent<HTMLDivElement>) => void;
  readonly onClick: (event: MouseEvent<HTMLDivElement>) => void;
  readonly onDoubleClick: (event: MouseEvent<HTMLDivElement>) => void;
}

export interface GridKeys {
  readonly active: Place | null;
  readonly selected: Range | null;
  readonly handlers: GridHandlers;
}

export function useGridKeys<T>(options: GridKeysOptions<T>): GridKeys {
  const { grid, columns, box, roomPx, keyOf, onOpen } = options;
  const { lines } = grid;
  const [held, setHeld] = useState<Held | null>(null);
  const lineOf = (key: string): number =>
    key === HEAD_KEY ? HEAD : lines.findIndex((line) => keyOf(line) === key);
  const active = held === null ? null : activePlace(held, lineOf(held.key), lines.length, columns.length);
  const selected = held === null || active === null ? null : rangeOf(active.line, lineOf(held.anchor));
  const go = (to: Place, extend: boolean): void => {
    const line = lines[to.line];
    const key = line === undefined ? HEAD_KEY : keyOf(line);
    setHeld({ key, column: to.column, anchor: extend && held !== null ? held.anchor : key });
    reveal(box.current, to, columns, roomPx);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget) {
      // Out of a button in a row, back to the row.
      if (event.key === 'Escape') box.current?.focus();
      return;
    }
    if (event.altKey && event.key !== 'ArrowDown') return;
    const at = active ?? { line: 0, column: 0 };
    if (act(event, at, options)) {
      event.preventDefault();
      return;
    }
    const ctrl = event.ctrlKey || event.metaKey;
    const extent = { lines: lines.length, columns: columns.length, page: Math.floor(roomPx / LINE_PX) };
    const to = moved(at, { key: event.key, ctrl }, extent);
    if (to === undefined) return;
    event.preventDefault();
    go(to, event.shiftKey);
  };
  const chosen = (): readonly T[] =>
    lines
      .slice(Math.max(0, selected?.from ?? 0), selected?.to ?? 0)
      .flatMap((line) => (line.kind === 'row' ? [line.row] : []));
  const onCopy = (event: ClipboardEvent<HTMLDivElement>): void => {
    const marked = window.getSelection()?.toString() ?? '';
    const rows = chosen();
    if (event.target !== event.currentTarget && marked !== '') return;
    if (rows.length === 0 || active === null || marked !== '') return;
    const column = columns[active.column];
    const isCell = rows.length === 1 && column !== undefined && column.screenOnly !== true;
    event.clipboardData.setData('text/plain', copyOf(isCell ? [column] : columns, rows, grid.zone));
    event.preventDefault();
  };
  const onFocus = useCallback<GridHandlers['onFocus']>(
    ({ target, currentTarget }) => {
      const first = lines[0];
      if (target !== currentTarget || first === undefined) return;
      setHeld((now) => now ?? { key: keyOf(first), column: 0, anchor: keyOf(first) });
    },
    [lines, keyOf],
  );
  const onClick = (event: MouseEvent<HTMLDivElement>): void => {
    const to = placeUnder(event.target);
    if (to !== null) go(to, event.shiftKey);
  };
  const onDoubleClick = (event: MouseEvent<HTMLDivElement>): void => {
    const to = placeUnder(event.target);
    const line = to === null ? undefined : lines[to.line];
    if (line?.kind === 'row' && !isControl(event.target)) onOpen?.(line.row);
  };
  return { active, selected, handlers: { onKeyDown, onFocus, onCopy, onClick, onDoubleClick } };
}

/** A row that is no longer there leaves the place to what is at the top. */
function activePlace({ column }: Held, line: number, lines: number, columns: number): Place {
  return { line: Math.min(line, lines - 1), column: Math.min(column, Math.max(0, columns - 1)) };
}

const rangeOf = (line: number, anchor: number): Range =>
  anchor < 0
    ? { from: line, to: line + 1 }
    : { from: Math.min(line, anchor), to: Math.max(line, anchor) + 1 };

/** What a key does that does not move; false when it does nothing. */
function act<T>(event: KeyboardEvent<HTMLDivElement>, at: Place, options: GridKeysOptions<T>): boolean {
  const { grid, columns, box, onOpen } = options;
  const column = columns[at.column];
  const { key, shiftKey, altKey } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  if (column === undefined) return false;
  if (altKey && key === 'ArrowDown') {
    if (column.screenOnly !== true) grid.openFilter(column.key);
    return true;
  }
  const isSideways = key === 'ArrowLeft' || key === 'ArrowRight';
  if (at.line === HEAD && shiftKey && isSideways) {
    const by = key === 'ArrowLeft' ? -1 : 1;
    if (ctrl) grid.shift(column.key, by);
    else grid.widen(column.key, column.width + by * WIDER_PX);
    return true;
  }
  if (key !== 'Enter' && key !== ' ') return false;
  if (at.line === HEAD) {
    if (column.sortBy !== undefined) grid.sortBy(column.key);
    return true;
  }
  const line = grid.lines[at.line];
  if (line === undefined) return false;
  if (line.kind === 'group') grid.toggleGroup(line.value);
  else if (!focusControl(box.current, at)) onOpen?.(line.row);
  return true;
}

/** The first button in the cell, if it has one. */
function focusControl(box: HTMLDivElement | null, { line, column }: Place): boolean {
  const cell = box?.querySelector(`[data-line="${line}"] > :nth-child(${column + 1})`);
  const control = cell?.querySelector<HTMLElement>('button:not(:disabled), a[href]');
  control?.focus();
  return control !== null && control !== undefined;
}

const isControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('button, a, input') !== null;

function placeUnder(target: EventTarget): Place | null {
  const cell = target instanceof Element ? target.closest('.grid-cell') : null;
  const line = cell?.parentElement?.dataset['line'];
  if (cell === null || line === undefined) return null;
  return { line: Number(line), column: [...(cell.parentElement?.children ?? [])].indexOf(cell) };
}

/** Scrolls so far that the place is seen. */
function reveal<T>(
  box: HTMLDivElement | null,
  { line, column }: Place,
  columns: readonly Column<T>[],
  roomPx: number,
): void {
  if (box === null) return;
  if (line !== HEAD) box.scrollTop = scrolledTo(line, box.scrollTop, roomPx, LINE_PX);
  if (columns[column]?.fixed === true) return;
  const left = columns.slice(0, column).reduce((sum, each) => sum + each.width, 0);
  const right = left + (columns[column]?.width ?? 0);
  const covered = columns.filter(({ fixed }) => fixed === true).reduce((sum, each) => sum + each.width, 0);
  const roomLeft = box.clientWidth - covered;
  if (left < box.scrollLeft) box.scrollLeft = left;
  else if (right > box.scrollLeft + roomLeft) box.scrollLeft = right - roomLeft;
}
