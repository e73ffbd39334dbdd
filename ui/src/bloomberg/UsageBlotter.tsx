/** Who used how much of the day's budget, and at which service. */
import type { FeedBudgetView } from '@tidegate/wire/bloomberg';
import { useMemo, useState } from 'react';
import { BlotterCards, CardLine } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { textColumn, visibleRows, type Column, type Sort } from '../blotter/columns.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { usageRows, type UsageRow } from './budget.bars.ts';
import { Track } from './FeedPanels.tsx';

const hits = (row: UsageRow): string => groupedDecimal(String(row.hits));
const rowKey = (row: UsageRow): string => `${row.user} ${row.service}`;

const columns: readonly Column<UsageRow>[] = [
  textColumn('user', 'User', 200, (row) => row.user),
  textColumn('service', 'Service', 160, (row) => row.service),
  {
    key: 'hits',
    title: 'Hits',
    width: 110,
    numeric: true,
    text: hits,
    compare: (left, right) => left.hits - right.hits,
  },
  {
    key: 'share',
    title: 'Share of the day',
    width: 120,
    numeric: true,
    text: (row) => `${row.sharePercent} %`,
    compare: (left, right) => left.hits - right.hits,
  },
  textColumn('budget', 'Of the user’s budget', 220, (row) => row.bar.text),
  textColumn('bar', '', 220, (row) => row.bar.note, {
    cell: (row) => <Track bar={row.bar} />,
    screenOnly: true,
  }),
  textColumn('note', '', 280, (row) => row.bar.note),
];

export function UsageBlotter({ budget }: { readonly budget: FeedBudgetView }) {
  const { me } = useDesk();
  const narrow = useNarrow();
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(() => visibleRows(usageRows(budget), columns, () => true, sort), [budget, sort]);
  const empty = me.role === 'admin' ? 'Nothing was asked of Bloomberg today' : 'Shown to administrators only';
  return (
    <div className="blotter" data-testid="bloomberg-usage" data-rows={rows.length}>
      {narrow ? (
        <BlotterCards rows={rows} rowKey={rowKey} empty={empty} card={(row) => <UsageCard row={row} />} />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          sort={sort}
          onSort={setSort}
          empty={empty}
        />
      )}
    </div>
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
