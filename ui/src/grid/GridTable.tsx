/**
 * The lines of a grid as a virtual table: only what is seen is drawn, whoever cannot see it is told of all of
 * it (`aria-rowcount`, `aria-rowindex`), and the keyboard goes everywhere by way of `aria-activedescendant`,
 * so that no data takes the focus away.
 */
import {
  useCallback,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type RefObject,
  type UIEvent,
} from 'react';
import type { Column } from './columns.ts';
import { GridHead } from './GridHead.tsx';
import { GroupLine, LINE_PX, RowLine, TotalLine } from './GridLine.tsx';
import { useGridKeys } from './grid.keys.ts';
import { useKeptFocus } from './kept.focus.ts';
import type { GridState } from './grid.state.ts';
import type { Line } from './lines.ts';
import { drawnLines, HEAD, type Place, type Range } from './place.ts';
import { useRoom } from './room.ts';

const FLASH_MS = 1_500;
/** Lines before the end at which the next page is asked for. */
const MORE_WITHIN = 40;

export interface GridTableProps<T> {
  readonly grid: GridState<T>;
  readonly title: string;
  readonly rowKey: (row: T) => string;
  readonly empty: string;
  /** Monotonic ms when the row came in; undefined for rows that were there before. */
  readonly arrivedMs?: ((key: string) => number | undefined) | undefined;
  readonly rowTone?: ((row: T) => string) | undefined;
  readonly onOpen?: ((row: T) => void) | undefined;
  /** Asked when the end is near; absent: there is no more. */
  readonly onEndNear?: (() => void) | undefined;
}

export function GridTable<T>(props: GridTableProps<T>) {
  const { grid, title, rowKey, empty, onOpen, onEndNear } = props;
  const { lines, totals } = grid;
  const box = useRef<HTMLDivElement>(null);
  const room = useRoom(box);
  const { idOf, headId, placeId } = usePlaceIds();
  const columns = stretched(grid.columns, room.width);
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const footPx = totals === undefined ? 0 : LINE_PX;
  const roomPx = Math.max(LINE_PX, room.height - LINE_PX - footPx);
  const [drawn, draw] = useDrawn(box, roomPx, lines.length);
  const keyOf = useCallback(
    (line: Line<T>): string => (line.kind === 'row' ? rowKey(line.row) : `group ${line.value}`),
    [rowKey],
  );
  useStillness(box, lines, keyOf);
  useKeptFocus(box);
  const keys = useGridKeys({ grid, columns, box, roomPx, keyOf, onOpen });
  const toneOf = useFlash(props, lines, drawn);
  const focus = useCallback((): void => box.current?.focus(), []);
  const { active, selected } = keys;
  const isDrawn = active !== null && (active.line === HEAD || inRange(active.line, drawn));
  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const { scrollTop } = event.currentTarget;
    draw(scrollTop);
    const seenTo = (scrollTop + roomPx) / LINE_PX;
    if (onEndNear !== undefined && seenTo > lines.length - MORE_WITHIN) onEndNear();
  };
  return (
    <div
      ref={box}
      role="grid"
      tabIndex={0}
      aria-label={title}
      aria-rowcount={lines.length + 1 + (totals === undefined ? 0 : 1)}
      aria-colcount={columns.length}
      aria-multiselectable
      aria-activedescendant={isDrawn ? placeId(active) : undefined}
      className="grid"
      data-testid={`${grid.name}-grid`}
      data-wide={width > room.width}
      onScroll={onScroll}
      {...keys.handlers}
      onMouseOver={tellWhole}
    >
      <GridHead
        grid={grid}
        columns={columns}
        activeColumn={active?.line === HEAD ? active.column : null}
        cellId={headId}
        onFilterClosed={focus}
      />
      <div role="rowgroup" className="grid-body" style={{ height: lines.length * LINE_PX, width }}>
        <DrawnLines {...{ grid, drawn, columns, width, active, selected, keyOf, idOf, toneOf }} />
      </div>
      {lines.length === 0 && <div className="empty grid-empty">{empty}</div>}
      {totals !== undefined && lines.length > 0 && (
        <TotalLine {...{ totals, columns, width }} rowIndex={lines.length + 2} />
      )}
    </div>
  );
}

/** Ids of cells in the page. */
function usePlaceIds() {
  const id = useId();
  return useMemo(() => {
    const idOf = (line: number, column: number): string => `${id}-${line}-${column}`;
    const headId = (column: number): string => idOf(HEAD, column);
    return { idOf, headId, placeId: ({ line, column }: Place): string => idOf(line, column) };
  }, [id]);
}

interface DrawnLinesProps<T> {
  readonly grid: GridState<T>;
  readonly drawn: Range;
  readonly columns: readonly Column<T>[];
  readonly width: number;
  readonly active: Place | null;
  readonly selected: Range | null;
  readonly keyOf: (line: Line<T>) => string;
  readonly idOf: (line: number, column: number) => string;
  readonly toneOf: (row: T) => string;
}

function DrawnLines<T>(props: DrawnLinesProps<T>) {
  const { grid, drawn, columns, width, active, selected, keyOf, idOf, toneOf } = props;
  const { lines, zone } = grid;
  return lines.slice(drawn.from, drawn.to).map((line, offset) => {
    const at = drawn.from + offset;
    const activeColumn = active?.line === at ? active.column : null;
    return line.kind === 'group' ? (
      <GroupLine
        key={keyOf(line)}
        {...{ group: line, columns, at, width }}
        id={idOf(at, activeColumn ?? 0)}
        isActive={activeColumn !== null}
        onToggle={grid.toggleGroup}
      />
    ) : (
      <RowLine
        key={keyOf(line)}
        {...{ row: line.row, columns, zone, at, width, activeColumn, idOf }}
        tone={toneOf(line.row)}
        isSelected={selected !== null && inRange(at, selected)}
      />
    );
  });
}

/** The lines that are drawn, and a look at where the page is scrolled to. */
function useDrawn(
  box: RefObject<HTMLDivElement | null>,
  roomPx: number,
  lines: number,
): readonly [Range, (scrolledPx: number) => void] {
  const [drawn, setDrawn] = useState<Range>({ from: 0, to: 0 });
  const draw = useCallback(
    (scrolledPx: number): void => {
      const next = drawnLines(scrolledPx, roomPx, LINE_PX, lines);
      setDrawn((held) => (held.from === next.from && held.to === next.to ? held : next));
    },
    [roomPx, lines],
  );
  useLayoutEffect(() => {
    draw(box.current?.scrollTop ?? 0);
  }, [box, draw]);
  return [drawn, draw];
}

const inRange = (at: number, { from, to }: Range): boolean => at >= from && at < to;

/** What is left of the room goes to the last column of text, so that a grid is as wide as its place. */
function stretched<T>(columns: readonly Column<T>[], room: number): readonly Column<T>[] {
  const rest = room - columns.reduce((sum, column) => sum + column.width, 0);
  const last = columns.findLast(({ kind, fixed }) => kind === 'text' && fixed !== true) ?? columns.at(-1);
  if (rest <= 0 || last === undefined) return columns;
  const key = `${last.key} ${rest}`;
  const held = stretches.get(columns);
  if (held?.key === key) return held.columns as readonly Column<T>[];
  const wide = columns.map((column) =>
    column === last ? { ...column, width: column.width + rest } : column,
  );
  stretches.set(columns, { key, columns: wide });
  return wide;
}

/** Of the last room, so that rows get the same columns until something changes. */
const stretches = new WeakMap<object, { readonly key: string; readonly columns: readonly unknown[] }>();

/** Rows that come in above do not move those that somebody reads. */
function useStillness<T>(
  box: RefObject<HTMLDivElement | null>,
  lines: readonly Line<T>[],
  keyOf: (line: Line<T>) => string,
): void {
  const anchor = useRef<{ readonly key: string; readonly line: number } | null>(null);
  const held = useRef(lines);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const { current } = anchor;
    if (held.current !== lines && current !== null && element.scrollTop > 0) {
      const now = lines.findIndex((line) => keyOf(line) === current.key);
      const byPx = (now - current.line) * LINE_PX;
      if (now >= 0 && byPx !== 0) element.scrollBy({ top: byPx });
    }
    held.current = lines;
    const note = (): void => {
      const at = Math.floor(element.scrollTop / LINE_PX);
      const line = lines[at];
      anchor.current = line === undefined ? null : { key: keyOf(line), line: at };
    };
    note();
    element.addEventListener('scroll', note, { passive: true });
    return () => element.removeEventListener('scroll', note);
  }, [box, lines, keyOf]);
}

/** The tone of a row, and whether it has just come; drawn again when that is over. */
function useFlash<T>(
  { rowKey, arrivedMs, rowTone }: GridTableProps<T>,
  lines: readonly Line<T>[],
  drawn: Range,
): (row: T) => string {
  const [, redraw] = useState(0);
  const isFresh = (row: T): boolean => {
    const came = arrivedMs?.(rowKey(row));
    return came !== undefined && performance.now() - came < FLASH_MS;
  };
  const someFresh = lines
    .slice(drawn.from, drawn.to)
    .some((line) => line.kind === 'row' && isFresh(line.row));
  useLayoutEffect(() => {
    if (!someFresh) return undefined;
    const timer = setTimeout(() => redraw((count) => count + 1), FLASH_MS);
    return () => clearTimeout(timer);
  }, [someFresh, lines]);
  return (row) => `${rowTone?.(row) ?? ''}${isFresh(row) ? ' fresh' : ''}`;
}

/** A cell that is cut off tells its whole text under the pointer. */
function tellWhole(event: { readonly target: EventTarget }): void {
  const cell = event.target instanceof Element ? event.target.closest('.grid-cell') : null;
  if (!(cell instanceof HTMLElement)) return;
  if (cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent;
  else if (cell.title !== '' && cell.closest('.grid-foot') === null) cell.removeAttribute('title');
}
