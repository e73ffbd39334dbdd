/** Executions, live: which venue filled what, with CSV of the visible rows. */
import { DownloadOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { BlotterCards } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { matchesText, visibleRows, type Sort } from '../blotter/columns.ts';
import { csvOf, saveCsv } from '../blotter/csv.ts';
import { executionKey, useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { executionColumns } from './order.columns.tsx';
import { ExecutionCard } from './OrderCard.tsx';

export function ExecutionBlotter() {
  const { executions, seesProviders } = useDesk();
  const columns = useMemo(() => executionColumns(seesProviders), [seesProviders]);
  const narrow = useNarrow();
  const all = useSyncExternalStore(executions.watch, executions.list);
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(
    () => visibleRows(all, columns, (row) => matchesText(row, columns, typed), sort),
    [all, columns, typed, sort],
  );
  return (
    <div className="blotter" data-testid="blotter-executions" data-rows={rows.length}>
      <div className="blotter-bar">
        <Input
          size="small"
          allowClear
          prefix={<SearchOutlined />}
          placeholder="Find"
          value={typed}
          aria-label="Find in executions"
          data-testid="executions-filter-text"
          onChange={(event) => setTyped(event.target.value)}
        />
        <span className="blotter-count">
          {rows.length === all.length ? all.length : `${rows.length} of ${all.length}`}
        </span>
        <span className="spacer" />
        <Button
          size="small"
          icon={<DownloadOutlined />}
          data-testid="executions-export"
          onClick={() => saveCsv('tidegate-executions.csv', csvOf(columns, rows))}
        >
          CSV
        </Button>
      </div>
      {narrow ? (
        <BlotterCards
          rows={rows}
          rowKey={executionKey}
          card={(row) => <ExecutionCard execution={row} />}
          empty="No executions"
        />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={executionKey}
          sort={sort}
          onSort={setSort}
          arrivedMs={(key) => executions.arrivedMs(key)}
          empty="No executions"
        />
      )}
    </div>
  );
}
