/** System events of the feed, out of the stream of all events. */
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { useMemo, useSyncExternalStore } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { EventCard, eventColumns } from '../monitor/event.columns.tsx';
import { isFeedEvent } from './bloomberg.words.ts';

const columns = eventColumns.filter(({ key }) => key !== 'subject' && key !== 'firm');
const rowKey = (event: SystemEvent): string => event.id;

export function FeedEventBlotter({ feed }: { readonly feed: string }) {
  const { events, refusals } = useDesk();
  const all = useSyncExternalStore(events.watch, events.list);
  const refused = useCell(refusals).get('events');
  const rows = useMemo(() => all.filter((event) => isFeedEvent(event, feed)), [all, feed]);
  return (
    <Grid
      name="bloomberg-events"
      title="Events of the feed"
      testId="bloomberg-events"
      columns={columns}
      rows={rows}
      rowKey={rowKey}
      card={(row) => <EventCard event={row} />}
      empty={refused ?? (events.synced ? 'Nothing has happened to the feed' : 'Waiting for events …')}
      arrivedMs={(key) => events.arrivedMs(key)}
      isBare
    />
  );
}
