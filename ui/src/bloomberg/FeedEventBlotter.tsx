/** System events of the feed, out of the stream of all events. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { BlotterCards } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { visibleRows, type Sort } from '../blotter/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { EventCard, eventColumns } from '../monitor/event.columns.tsx';
import { useNarrow } from '../narrow.ts';
import { isFeedEvent } from './bloomberg.words.ts';

const columns = eventColumns.filter(({ key }) => key !== 'subject' && key !== 'firm');
const rowKey = (event: SystemEvent): string => event.id;

export function FeedEventBlotter({ feed }: { readonly feed: string }) {
  const { events, refusals } = useDesk();
  const narrow = useNarrow();
  const all = useSyncExternalStore(events.watch, events.list);
  const refused = useCell(refusals).get('events');
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(
    () => visibleRows(all, columns, (event) => isFeedEvent(event, feed), sort),
    [all, feed, sort],
  );
  const empty = refused ?? (events.synced ? 'Nothing has happened to the feed' : 'Waiting for events …');
  return (
    <div className="blotter" data-testid="bloomberg-events" data-rows={rows.length}>
      {narrow ? (
        <BlotterCards rows={rows} rowKey={rowKey} empty={empty} card={(row) => <EventCard event={row} />} />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          sort={sort}
          onSort={setSort}
          empty={empty}
          arrivedMs={(key) => events.arrivedMs(key)}
        />
      )}
    </div>
  );
}
