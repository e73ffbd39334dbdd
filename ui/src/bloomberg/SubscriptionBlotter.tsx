/** Every subscription at Bloomberg: what it is, whether it lives, how fast it ticks and who shares it. */
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { BloombergStatus, FeedSubscriptionView } from '@tidegate/wire/bloomberg';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
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
  const [show, setShow] = useState<Show>('all');
  const { rows: all, total } = status.subscriptions;
  const columns = useMemo(
    () => subscriptionColumns(status.at, (id) => instrument(id)?.symbol ?? id),
    [status.at, instrument],
  );
  const rows = useMemo(() => all.filter((row) => shows(show, row)), [all, show]);
  return (
    <Grid
      name="bloomberg"
      title="Subscriptions"
      testId="bloomberg-subscriptions"
      columns={columns}
      rows={rows}
      rowKey={subscriptionKey}
      card={(row) => <SubscriptionCard row={row} at={status.at} />}
      empty={all.length === 0 ? 'Nothing is subscribed at Bloomberg' : 'No subscription like that'}
      given={show === 'all' ? [] : [show]}
      choices={<ShowSelect show={show} onShow={setShow} counts={status.subscriptions} />}
      actions={total > all.length && <span className="blotter-count">first {all.length} are shown</span>}
    />
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
