/** Every subscription at Bloomberg: what it is, whether it lives, how fast it ticks and who shares it. */
import { DownloadOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { BloombergStatus, FeedSubscriptionView } from '@tidegate/wire/bloomberg';
import { BlotterCards, CardLine } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { matchesText, visibleRows, type Sort } from '../blotter/columns.ts';
import { csvOf, saveCsv } from '../blotter/csv.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { shownSubscription, subscriptionKey, subscriptionReason } from './bloomberg.words.ts';
import {
  InstrumentLink,
  lastUpdate,
  SubscriptionChip,
  subscriptionColumns,
} from './subscription.columns.tsx';

type Show = 'all' | 'live' | 'delayed' | 'stale' | 'failed';

/** What waits to become live is among the stale: it has no fresh price. */
const shows = (show: Show, row: FeedSubscriptionView): boolean => {
  const state = shownSubscription(row);
  if (show === 'all') return true;
  if (show === 'stale') return state === 'stale' || state === 'waiting' || state === 'pending';
  return show === 'delayed' ? row.isDelayed : show === 'live' ? row.state === 'live' : state === show;
};

export function SubscriptionBlotter({ status }: { readonly status: BloombergStatus }) {
  const { instrument } = useDesk();
  const narrow = useNarrow();
  const [show, setShow] = useState<Show>('all');
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState<Sort | null>(null);
  const { rows: all, total } = status.subscriptions;
  const columns = useMemo(
    () => subscriptionColumns(status.at, (id) => instrument(id)?.symbol ?? id),
    [status.at, instrument],
  );
  const rows = visibleRows(all, columns, (row) => shows(show, row) && matchesText(row, columns, typed), sort);
  const empty = all.length === 0 ? 'Nothing is subscribed at Bloomberg' : 'No subscription like that';
  return (
    <div className="blotter" data-testid="bloomberg-subscriptions" data-rows={rows.length}>
      <div className="blotter-bar">
        <ShowSelect show={show} onShow={setShow} counts={status.subscriptions} />
        <Input
          size="small"
          allowClear
          prefix={<SearchOutlined />}
          placeholder="Find"
          value={typed}
          className="wide-only"
          aria-label="Find in subscriptions"
          onChange={(event) => setTyped(event.target.value)}
        />
        <span className="spacer wide-only" />
        {total > all.length && <span className="blotter-count">first {all.length} are shown</span>}
        <Button
          size="small"
          icon={<DownloadOutlined />}
          className="wide-only"
          data-testid="bloomberg-export"
          onClick={() => saveCsv('tidegate-bloomberg-subscriptions.csv', csvOf(columns, rows))}
        >
          CSV
        </Button>
      </div>
      {narrow ? (
        <BlotterCards
          rows={rows}
          rowKey={subscriptionKey}
          empty={empty}
          card={(row) => <SubscriptionCard row={row} at={status.at} />}
        />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={subscriptionKey}
          sort={sort}
          onSort={setSort}
          empty={empty}
        />
      )}
    </div>
  );
}

interface ShowSelectProps {
  readonly show: Show;
  readonly onShow: (show: Show) => void;
  readonly counts: BloombergStatus['subscriptions'];
}

function ShowSelect({ show, onShow, counts }: ShowSelectProps) {
  return (
    <Segmented
      size="small"
      value={show}
      onChange={onShow}
      aria-label="Which subscriptions"
      data-testid="bloomberg-show"
      options={[
        { value: 'all', label: 'All' },
        { value: 'live', label: `Live ${counts.live}` },
        { value: 'delayed', label: `Delayed ${counts.delayed}` },
        { value: 'stale', label: `Stale ${counts.stale}` },
        { value: 'failed', label: `Failed ${counts.failed}` },
      ]}
    />
  );
}

function SubscriptionCard({ row, at }: { readonly row: FeedSubscriptionView; readonly at: string }) {
  const reason = subscriptionReason(row);
  return (
    <>
      <div className="card-head">
        <span className="clip">{row.security}</span>
        <SubscriptionChip row={row} />
      </div>
      <div className="card-grid">
        <CardLine label="Instrument">
          <InstrumentLink instrument={row.instrument} />
        </CardLine>
        <CardLine label="Ticks/s">{row.ticksPerSecond.toFixed(1)}</CardLine>
        <CardLine label="Last update">{lastUpdate(row, at)}</CardLine>
        <CardLine label="Subscribers">{row.users}</CardLine>
      </div>
      <div className="card-note">{row.fields.join(', ')}</div>
      {reason !== '' && <div className="card-note warn-text">{reason}</div>}
    </>
  );
}
