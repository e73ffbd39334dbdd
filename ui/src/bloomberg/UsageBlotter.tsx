/** Who used how much of the day's budget, and at which service. */
import type { FeedBudgetView } from '@tidegate/wire/bloomberg';
import { useMemo } from 'react';
import { useDesk } from '../desk.ts';
import { numberColumn, setColumn, textColumn, type Column } from '../grid/columns.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { groupedDecimal } from '../prices/price.format.ts';
import { usageRows, type UsageRow } from './budget.bars.ts';
import { Track } from './FeedPanels.tsx';

const hits = (row: UsageRow): string => groupedDecimal(String(row.hits));
const rowKey = (row: UsageRow): string => `${row.user} ${row.service}`;

const columns: readonly Column<UsageRow>[] = [
  setColumn('user', 'User', 200, (row) => row.user),
  setColumn('service', 'Service', 160, (row) => row.service),
  numberColumn(
    'hits',
    'Hits',
    110,
    (row) => row.hits,
    (value) => groupedDecimal(String(value)),
  ),
  numberColumn(
    'share',
    'Share of the day',
    120,
    (row) => row.sharePercent,
    (value) => `${value} %`,
    {
      sortBy: (row) => row.hits,
    },
  ),
  textColumn('budget', 'Of the user’s budget', 220, (row) => row.bar.text),
  textColumn('bar', '', 220, (row) => row.bar.note, {
    cell: (row) => <Track bar={row.bar} />,
    screenOnly: true,
  }),
  textColumn('note', '', 280, (row) => row.bar.note),
];

export function UsageBlotter({ budget }: { readonly budget: FeedBudgetView }) {
  const { seesAllFirms } = useDesk();
  const rows = useMemo(() => usageRows(budget), [budget]);
  return (
    <Grid
      name="bloomberg-usage"
      title="Use of the budget"
      testId="bloomberg-usage"
      columns={columns}
      rows={rows}
      rowKey={rowKey}
      card={(row) => <UsageCard row={row} />}
      empty={seesAllFirms ? 'Nothing was asked of Bloomberg today' : 'Shown to those who see every firm'}
      isBare
    />
  );
}

function UsageCard({ row }: { readonly row: UsageRow }) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{row.user}</span>
        <span>{hits(row)}</span>
      </div>
      <div className="card-grid">
        <CardLine label="Service">{row.service}</CardLine>
        <CardLine label="Share">{row.sharePercent} %</CardLine>
      </div>
      <Track bar={row.bar} />
      <div className="card-note">
        {row.bar.note === '' ? row.bar.text : `${row.bar.text}. ${row.bar.note}`}
      </div>
    </>
  );
}
