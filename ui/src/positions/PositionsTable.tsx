/** Positions by account and instrument with realised and live unrealised profit and loss at mid. */
import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { BlotterCards, CardLine } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { visibleRows, type Sort } from '../blotter/columns.ts';
import { csvOf, saveCsv } from '../blotter/csv.ts';
import { positionKey, useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { LiveMoney } from './LiveMoney.tsx';
import { money } from './pnl.ts';
import { positionColumns, quantityTone, SignedMoney } from './position.columns.tsx';

export function PositionsTable() {
  const { positions, prices, me, instrument } = useDesk();
  const narrow = useNarrow();
  const all = useSyncExternalStore(positions.watch, positions.list);
  const [sort, setSort] = useState<Sort | null>(null);
  const columns = useMemo(
    () => positionColumns(prices, (id) => instrument(id)?.priceScale ?? 5, me.role === 'admin'),
    [prices, instrument, me.role],
  );
  const rows = useMemo(() => visibleRows(all, columns, () => true, sort), [all, columns, sort]);
  return (
    <div className="blotter" data-testid="positions-table" data-rows={rows.length}>
      <div className="blotter-bar">
        <span className="blotter-count">
          {rows.length} {rows.length === 1 ? 'position' : 'positions'}, unrealised at mid
        </span>
        <span className="spacer" />
        <Button
          size="small"
          icon={<DownloadOutlined />}
          data-testid="positions-export"
          onClick={() => saveCsv('tidegate-positions.csv', csvOf(columns, rows))}
        >
          CSV
        </Button>
      </div>
      {narrow ? (
        <BlotterCards
          rows={rows}
          rowKey={positionKey}
          card={(row) => <PositionCard position={row} />}
          empty="No positions"
        />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={positionKey}
          sort={sort}
          onSort={setSort}
          empty="No positions"
        />
      )}
    </div>
  );
}

function PositionCard({ position }: { readonly position: PositionView }) {
  return (
    <>
      <div className="card-head">
        <span>{position.symbol}</span>
        <span className="faint">{position.account}</span>
        <span className={quantityTone(position.quantity)}>{groupedDecimal(position.quantity)}</span>
      </div>
      <div className="card-grid">
        <CardLine label="Average">{position.averagePrice ?? '–'}</CardLine>
        <CardLine label="Mid">
          <LiveMoney position={position} what="mid" />
        </CardLine>
        <CardLine label="Realised">
          <SignedMoney text={money(position.realizedPnl)} />
        </CardLine>
        <CardLine label="Unrealised">
          <LiveMoney position={position} what="unrealized" />
        </CardLine>
      </div>
      <div className="card-note">in {position.quoteCurrency}</div>
    </>
  );
}

export function PositionsPage() {
  return (
    <main className="page stacked">
      <section className="panel tabs-panel">
        <PositionsTable />
      </section>
    </main>
  );
}
