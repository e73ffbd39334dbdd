/**
 * The grid of every page: a bar with what can be done, and the rows as a table, or as cards where the page is
 * narrow. What it shows is what its CSV, its print and its copies have.
 */
import { useMemo, type ReactNode } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { printing } from '../theme/printing.ts';
import type { Column } from './columns.ts';
import { GridBar, viewWords } from './GridBar.tsx';
import { GridCards } from './GridCards.tsx';
import { GridTable } from './GridTable.tsx';
import { PrintedRows } from './PrintedRows.tsx';
import { useGrid } from './grid.state.ts';
import './grid.css';

/** Rows that the server has beyond those that are here. */
export interface More {
  /** All that there are; null: not known. */
  readonly total: number | null;
  readonly hasMore: boolean;
  readonly isReading: boolean;
  /** Why the last page could not be read: no page is asked for by itself then. */
  readonly problem: string;
  read(): void;
}

export interface GridProps<T> {
  /** For what is kept, files and tests. */
  readonly name: string;
  readonly title: string;
  readonly testId: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly card: (row: T) => ReactNode;
  readonly empty: string;
  readonly more?: More;
  /** Monotonic ms when a row came in; undefined for rows that were there before. */
  readonly arrivedMs?: (key: string) => number | undefined;
  readonly rowTone?: (row: T) => string;
  readonly onOpen?: (row: T) => void;
  /** In the bar, before and after what every grid has. */
  readonly choices?: ReactNode;
  readonly actions?: ReactNode;
  /** What the page has filtered already, in words: files say it. */
  readonly given?: readonly string[];
  /** No bar: few rows beside other things. */
  readonly isBare?: boolean;
}

const nothing: readonly string[] = [];

export function Grid<T>(props: GridProps<T>) {
  const { name, title, testId, columns, rows, rowKey, card, empty, more, given = nothing } = props;
  const { me } = useDesk();
  const narrow = useNarrow();
  const grid = useGrid({ name, user: me.user, columns, rows });
  const { lines } = grid;
  const shown = useMemo(
    () => (narrow ? lines.flatMap((line) => (line.kind === 'row' ? [line.row] : [])) : []),
    [narrow, lines],
  );
  const isPrinting = useCell(printing);
  const onEndNear =
    more?.hasMore === true && !more.isReading && more.problem === '' ? () => more.read() : undefined;
  return (
    <div className="blotter" data-testid={testId} data-rows={grid.rows.length}>
      {props.isBare !== true && (
        <GridBar
          grid={grid}
          title={title}
          more={more}
          given={given}
          choices={props.choices}
          actions={props.actions}
        />
      )}
      {isPrinting && (
        <PrintedRows
          title={title}
          note={[`${grid.rows.length} rows`, ...viewWords(grid, more, given)].join(' · ')}
          columns={grid.columns}
          rows={grid.rows}
        />
      )}
      {narrow ? (
        <GridCards title={title} rows={shown} rowKey={rowKey} empty={empty} card={card} />
      ) : (
        <GridTable
          grid={grid}
          title={title}
          rowKey={rowKey}
          empty={empty}
          arrivedMs={props.arrivedMs}
          rowTone={props.rowTone}
          onOpen={props.onOpen}
          onEndNear={onEndNear}
        />
      )}
    </div>
  );
}
