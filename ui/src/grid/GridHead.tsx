/**
 * The head of a grid: sorts, filters, makes columns wider and moves them, by mouse; the same by keys is in
 * GridTable, so nothing here takes the focus on its own.
 */
import { CaretDownFilled, CaretUpFilled, FilterFilled, FilterOutlined } from '@ant-design/icons';
import { Popover } from 'antd';
import { memo, useRef, type DragEvent, type PointerEvent } from 'react';
import { cellClass } from './cell.class.ts';
import { titleOf, type Column } from './columns.ts';
import { FilterEditor } from './FilterEditor.tsx';
import type { GridState } from './grid.state.ts';

export interface GridHeadProps<T> {
  readonly grid: GridState<T>;
  readonly columns: readonly Column<T>[];
  readonly activeColumn: number | null;
  readonly cellId: (column: number) => string;
  readonly onFilterClosed: () => void;
}

export function GridHead<T>({ grid, columns, activeColumn, cellId, onFilterClosed }: GridHeadProps<T>) {
  return (
    <div role="rowgroup" className="grid-head">
      <div role="row" aria-rowindex={1} className="grid-line">
        {columns.map((column, at) => (
          <HeadCell
            key={column.key}
            column={column}
            grid={grid}
            id={cellId(at)}
            index={at + 1}
            isActive={activeColumn === at}
            onFilterClosed={onFilterClosed}
          />
        ))}
      </div>
    </div>
  );
}

interface HeadCellProps<T> {
  readonly column: Column<T>;
  readonly grid: GridState<T>;
  readonly id: string;
  readonly index: number;
  readonly isActive: boolean;
  readonly onFilterClosed: () => void;
}

const sorts = { ascend: 'ascending', descend: 'descending' } as const;
const DRAGGED = 'text/x-tidegate-column';

function HeadCellPlain<T>({ column, grid, id, index, isActive, onFilterClosed }: HeadCellProps<T>) {
  const { key } = column;
  const title = titleOf(column, grid.zone);
  const sort = grid.layout.sort?.key === key ? grid.layout.sort.order : null;
  const drop = (event: DragEvent): void => {
    const dragged = event.dataTransfer.getData(DRAGGED);
    if (dragged !== '') grid.move(dragged, key);
  };
  const isMovable = column.fixed !== true;
  return (
    <div
      id={id}
      role="columnheader"
      aria-colindex={index}
      aria-sort={sort === null ? 'none' : sorts[sort]}
      aria-label={title === '' ? 'Actions' : title}
      className={cellClass(column, 'grid-cell grid-title', isActive)}
      style={{ width: column.width }}
      data-column={key}
      draggable={isMovable}
      onDragStart={(event) => event.dataTransfer.setData(DRAGGED, key)}
      onDragOver={(event) => {
        if (isMovable && event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
      }}
      onDrop={drop}
    >
      {column.sortBy === undefined ? (
        <span className={title === '' ? 'reader-only' : 'grid-name'}>{title === '' ? 'Actions' : title}</span>
      ) : (
        <button
          type="button"
          tabIndex={-1}
          className="grid-name"
          aria-label={`Sort by ${title}`}
          data-testid={`${grid.name}-sort-${key}`}
          onClick={() => grid.sortBy(key)}
        >
          {title}
          {sort === 'ascend' && <CaretUpFilled aria-hidden />}
          {sort === 'descend' && <CaretDownFilled aria-hidden />}
        </button>
      )}
      {column.screenOnly !== true && <FilterButton {...{ column, grid, title, onFilterClosed }} />}
      {isMovable && <Handle column={column} grid={grid} />}
    </div>
  );
}

const HeadCell = memo(HeadCellPlain) as typeof HeadCellPlain;

function FilterButton<T>({
  column,
  grid,
  title,
  onFilterClosed,
}: Pick<HeadCellProps<T>, 'column' | 'grid' | 'onFilterClosed'> & { readonly title: string }) {
  const filter = grid.filters[column.key];
  const close = (): void => {
    grid.openFilter(null);
    onFilterClosed();
  };
  const isOpen = grid.openedFilter === column.key;
  const button = (
    <button
      type="button"
      tabIndex={-1}
      className={`grid-filter-button${filter === undefined ? '' : ' filtered'}`}
      aria-label={`Filter ${title}`}
      data-testid={`${grid.name}-filter-column-${column.key}`}
      onClick={() => (isOpen ? close() : grid.openFilter(column.key))}
    >
      {filter === undefined ? <FilterOutlined aria-hidden /> : <FilterFilled aria-hidden />}
    </button>
  );
  if (!isOpen) return button;
  return (
    <Popover
      open
      trigger="click"
      placement="bottomLeft"
      arrow={false}
      onOpenChange={(open) => {
        if (!open) close();
      }}
      content={
        <div
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Escape') close();
          }}
        >
          <FilterEditor
            column={column}
            filter={filter}
            rows={grid.all}
            zone={grid.zone}
            onFilter={(next) => grid.filter(column.key, next)}
            onDone={close}
          />
        </div>
      }
    >
      {button}
    </Popover>
  );
}

/** The right edge of a head cell; the width is kept when the pointer is let go. */
function Handle<T>({ column, grid }: Pick<HeadCellProps<T>, 'column' | 'grid'>) {
  const from = useRef<{ readonly x: number; readonly width: number } | null>(null);
  const turn = (event: PointerEvent<HTMLSpanElement>): void => {
    if (from.current !== null) grid.widen(column.key, from.current.width + event.clientX - from.current.x);
  };
  return (
    <span
      className="grid-handle"
      aria-hidden
      data-testid={`${grid.name}-width-${column.key}`}
      draggable
      onDragStart={(event) => {
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        from.current = { x: event.clientX, width: column.width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={turn}
      onPointerUp={() => {
        from.current = null;
      }}
    />
  );
}
