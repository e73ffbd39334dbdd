/** A line of a grid: a row, a group of rows, or the sums. A row that has not changed is not drawn again. */
import { memo, type ReactElement } from 'react';
import { cellClass } from './cell.class.ts';
import type { Column } from './columns.ts';
import type { Line, Totals } from './lines.ts';

export const LINE_PX = 27;

interface Placed {
  /** From 0, of the lines under the head. */
  readonly at: number;
  readonly width: number;
}

export interface RowLineProps<T> extends Placed {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly zone: string;
  readonly tone: string;
  readonly activeColumn: number | null;
  readonly isSelected: boolean;
  readonly idOf: (line: number, column: number) => string;
}

function RowLinePlain<T>(props: RowLineProps<T>): ReactElement {
  const { row, columns, zone, tone, at, width, activeColumn, isSelected, idOf } = props;
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      aria-selected={isSelected}
      className={`grid-line grid-row ${tone}${isSelected ? ' selected' : ''}`}
      style={{ top: at * LINE_PX, width }}
      data-line={at}
    >
      {columns.map((column, index) => (
        <div
          key={column.key}
          id={idOf(at, index)}
          role="gridcell"
          aria-colindex={index + 1}
          className={cellClass(column, 'grid-cell', activeColumn === index)}
          style={{ width: column.width }}
        >
          {column.cell === undefined ? column.text(row, zone) : column.cell(row)}
        </div>
      ))}
    </div>
  );
}

export const RowLine = memo(RowLinePlain) as typeof RowLinePlain;

export interface GroupLineProps<T> extends Placed {
  readonly group: Extract<Line<T>, { kind: 'group' }>;
  readonly columns: readonly Column<T>[];
  readonly isActive: boolean;
  readonly id: string;
  readonly onToggle: (value: string) => void;
}

/** Over the rows of a group: what they have in common, how many they are and their sums. */
export function GroupLine<T>({ group, columns, at, width, isActive, id, onToggle }: GroupLineProps<T>) {
  const sums = columns.flatMap(({ key, title }) => {
    const sum = group.totals[key];
    return sum === undefined || sum.detail === '' ? [] : [`${title} ${sum.detail}`];
  });
  return (
    <div
      role="row"
      aria-rowindex={at + 2}
      className="grid-line grid-group"
      style={{ top: at * LINE_PX, width }}
      data-line={at}
    >
      <div
        id={id}
        role="gridcell"
        aria-colindex={1}
        aria-colspan={columns.length}
        className={`grid-cell${isActive ? ' active' : ''}`}
      >
        <button
          type="button"
          tabIndex={-1}
          aria-expanded={group.isOpen}
          onClick={() => onToggle(group.value)}
        >
          <span aria-hidden>{group.isOpen ? '▾' : '▸'}</span> {group.value === '' ? 'none' : group.value}
        </button>
        <span className="faint">
          {group.count} {group.count === 1 ? 'row' : 'rows'}
          {sums.length === 0 ? '' : ` · ${sums.join(' · ')}`}
        </span>
      </div>
    </div>
  );
}

export interface TotalLineProps<T> {
  readonly totals: Totals;
  readonly columns: readonly Column<T>[];
  readonly width: number;
  readonly rowIndex: number;
}

/** Under all rows: sums of what is shown. */
export function TotalLine<T>({ totals, columns, width, rowIndex }: TotalLineProps<T>) {
  return (
    <div role="rowgroup" className="grid-foot">
      <div
        role="row"
        aria-rowindex={rowIndex}
        className="grid-line"
        style={{ width }}
        data-testid="grid-totals"
      >
        {columns.map((column, index) => {
          const sum = totals[column.key];
          return (
            <div
              key={column.key}
              role="gridcell"
              aria-colindex={index + 1}
              className={cellClass(column, 'grid-cell', false)}
              style={{ width: column.width }}
              {...(sum === undefined ? {} : { title: sum.detail })}
            >
              {index === 0 && sum === undefined ? 'Total' : (sum?.text ?? '')}
            </div>
          );
        })}
      </div>
    </div>
  );
}
