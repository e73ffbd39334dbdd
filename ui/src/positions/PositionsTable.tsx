/** Positions by account and instrument with realised and live unrealised profit and loss at mid. */
import { useMemo, useSyncExternalStore } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { positionKey, useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { groupedDecimal } from '../prices/price.format.ts';
import { LiveMoney } from './LiveMoney.tsx';
import { money } from './pnl.ts';
import { positionColumns, quantityTone, SignedMoney } from './position.columns.tsx';

export function PositionsTable() {
  const { positions, prices, me, instrument } = useDesk();
  const all = useSyncExternalStore(positions.watch, positions.list);
  const columns = useMemo(
    () => positionColumns(prices, (id) => instrument(id)?.priceScale ?? 5, me.role === 'admin'),
    [prices, instrument, me.role],
  );
  return (
    <Grid
      name="positions"
      title="Positions"
      testId="positions-table"
      columns={columns}
      rows={all}
      rowKey={positionKey}
      card={(row) => <PositionCard position={row} />}
      empty="No positions"
    />
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
