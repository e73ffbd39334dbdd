/** A virtual table of live rows: sorted by its head, new rows flash once, as tall as the room it has. */
import { Table, type TableColumnType, type TableProps } from 'antd';
import { useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { Column, Sort } from './columns.ts';
import './blotter.css';

const HEAD_PX = 29;
/** Room of the horizontal scroll bar, so that it does not lie on the last row. */
const SCROLLBAR_PX = 10;
const FLASH_MS = 1_500;

export interface BlotterTableProps<T> {
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
  readonly empty: string;
  /** Monotonic ms when the row came in; undefined for rows that were there before. */
  readonly arrivedMs?: (key: string) => number | undefined;
  readonly rowTone?: (row: T) => string;
}

export function BlotterTable<T extends object>(props: BlotterTableProps<T>) {
  const { columns, rows, rowKey, sort, onSort, empty, arrivedMs, rowTone } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useRoom(box);
  const tableColumns = useMemo(() => columns.map((column) => tableColumn(column, sort)), [columns, sort]);
  const total = columns.reduce((sum, column) => sum + column.width, 0);
  const className = (row: T): string => {
    const came = arrivedMs?.(rowKey(row));
    const fresh = came !== undefined && performance.now() - came < FLASH_MS;
    return `${rowTone?.(row) ?? ''}${fresh ? ' fresh' : ''}`;
  };
  const onChange: TableProps<T>['onChange'] = (_pages, _filters, sorter) => {
    const chosen = Array.isArray(sorter) ? sorter[0] : sorter;
    const key = chosen?.columnKey;
    onSort(chosen?.order && key !== undefined ? { key: String(key), order: chosen.order } : null);
  };
  return (
    <div ref={box} className="blotter-box">
      {height > 0 && (
        <Table<T>
          virtual
          size="small"
          columns={tableColumns}
          dataSource={rows as T[]}
          rowKey={rowKey}
          pagination={false}
          scroll={{
            x: Math.max(total, width),
            y: Math.max(60, height - HEAD_PX - (total > width ? SCROLLBAR_PX : 0)),
          }}
          rowClassName={className}
          onChange={onChange}
          showSorterTooltip={false}
          locale={{ emptyText: <div className="empty">{empty}</div> }}
        />
      )}
    </div>
  );
}

function tableColumn<T>(column: Column<T>, sort: Sort | null): TableColumnType<T> {
  return {
    key: column.key,
    title: column.title,
    width: column.width,
    align: column.numeric === true ? 'right' : 'left',
    ellipsis: true,
    ...(column.fixed === true ? { fixed: 'right' as const } : {}),
    render: (_value, row) => (column.cell === undefined ? column.text(row) : column.cell(row)),
    ...(column.compare === undefined
      ? {}
      : {
          // Rows come sorted already (visibleRows), so that the export has the same order; the table only
          // shows the arrow.
          sorter: true,
          sortOrder: sort?.key === column.key ? sort.order : null,
        }),
  };
}

/** Room of the element, followed as it changes. */
function useRoom(box: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void =>
      setRoom((held) =>
        held.width === element.clientWidth && held.height === element.clientHeight
          ? held
          : { width: element.clientWidth, height: element.clientHeight },
      );
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return room;
}
