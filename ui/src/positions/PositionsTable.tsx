/** Positions by account and instrument with realised and live unrealised profit and loss at mid. */
import { Button } from 'antd';
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { positionKey, useDesk } from '../desk.ts';
import { actionColumn } from '../grid/columns.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { groupedDecimal } from '../prices/price.format.ts';
import { FlattenDialog } from './FlattenDialog.tsx';
import { dayText, dayTotal, type DayOf } from './day.pnl.ts';
import { useDay } from './day.reading.ts';
import { LiveMid, LiveMoney } from './LiveMoney.tsx';
import { money } from './pnl.ts';
import { PositionTotals } from './PositionTotals.tsx';
import { positionColumns, quantityTone, SignedMoney, unrealizedAt } from './position.columns.tsx';

export function PositionsTable() {
  const { positions, prices, me, instrument, mayTrade } = useDesk();
  const [flattened, setFlattened] = useState<PositionView | null>(null);
  const all = useSyncExternalStore(positions.watch, positions.list);
  const { tradeDate, dayOf } = useDay(all);
  const seesAll = me.permissions.includes('seeAllFirms');
  const columns = useMemo(() => {
    const written = positionColumns(prices, (id) => instrument(id)?.priceScale ?? 5, seesAll, dayOf);
    // An order is of the user's own firm.
    const flatten = actionColumn<PositionView>('flatten', '', 84, (row) =>
      row.firm === me.firm ? <FlattenButton position={row} onFlatten={setFlattened} /> : null,
    );
    return mayTrade ? [...written, flatten] : written;
  }, [prices, instrument, seesAll, mayTrade, me.firm, dayOf]);
  return (
    <>
      <PositionTotals positions={all} tradeDate={tradeDate} dayOf={dayOf} />
      <Grid
        name="positions"
        title="Positions"
        testId="positions-table"
        columns={columns}
        rows={all}
        rowKey={positionKey}
        card={(row) => <PositionCard position={row} dayOf={dayOf} />}
        empty="No positions"
      />
      <FlattenDialog position={flattened} onClose={() => setFlattened(null)} />
    </>
  );
}

interface FlattenButtonProps {
  readonly position: PositionView;
  readonly onFlatten: (position: PositionView) => void;
}

function FlattenButton({ position, onFlatten }: FlattenButtonProps) {
  if (!/[1-9]/.test(position.quantity)) return null;
  return (
    <span className="row-actions">
      <Button
        size="small"
        data-testid={`flatten-${position.instrument}`}
        aria-label={`Flatten ${position.symbol} of ${position.account}`}
        onClick={() => onFlatten(position)}
      >
        Flatten
      </Button>
    </span>
  );
}

interface PositionCardProps {
  readonly position: PositionView;
  readonly dayOf: DayOf;
}

function PositionCard({ position, dayOf }: PositionCardProps) {
  const dayAt = useCallback(
    (row: PositionView, mid: bigint | undefined) => dayText(dayTotal(dayOf(row, mid))),
    [dayOf],
  );
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
          <LiveMid position={position} />
        </CardLine>
        <CardLine label="Realised">
          <SignedMoney text={money(position.realizedPnl)} />
        </CardLine>
        <CardLine label="Unrealised">
          <LiveMoney position={position} what="unrealized" read={unrealizedAt} />
        </CardLine>
        <CardLine label="Day">
          <LiveMoney position={position} what="day" read={dayAt} />
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
