/**
 * System events: what happened to the platform itself, filtered by severity, with what has not been read
 * yet.
 */
import { CheckOutlined } from '@ant-design/icons';
import { Button, Segmented } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { AlertCentre } from './AlertCentre.tsx';
import { useMore } from '../grid/more.ts';
import { EventCard, eventColumns } from './event.columns.tsx';
import { unreadEvents } from './unread.ts';

type Severity = SystemEvent['severity'] | 'all';

const severities: { value: Severity; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'info', label: 'Info' },
  { value: 'warning', label: 'Warning' },
  { value: 'critical', label: 'Critical' },
];

export function EventsPage() {
  const { events, older, refusals, workspace } = useDesk();
  const more = useMore(older.events, events);
  const all = useSyncExternalStore(events.watch, events.list);
  const refused = useCell(refusals).get('events');
  const readAt = useCell(workspace.eventsReadAt);
  const [severity, setSeverity] = useState<Severity>('all');
  const rows = useMemo(
    () => (severity === 'all' ? all : all.filter((event) => event.severity === severity)),
    [all, severity],
  );
  return (
    <main className="page stacked">
      <AlertCentre />
      <section className="panel tabs-panel">
        <Grid
          name="events"
          title="Events"
          testId="events-table"
          columns={eventColumns}
          rows={rows}
          rowKey={(row) => row.id}
          card={(row) => <EventCard event={row} />}
          empty={refused ?? 'No events'}
          more={more}
          arrivedMs={(key) => events.arrivedMs(key)}
          rowTone={(row) => (row.at > readAt ? 'unread' : '')}
          given={severity === 'all' ? [] : [severity]}
          choices={
            <Segmented
              size="small"
              value={severity}
              onChange={setSeverity}
              aria-label="Severity"
              data-testid="events-severity"
              options={severities}
            />
          }
          actions={<Unread unread={unreadEvents(all, readAt)} newest={all[0]?.at ?? ''} />}
        />
      </section>
    </main>
  );
}

interface UnreadProps {
  readonly unread: number;
  /** UTC text of the newest event: what is read when everything is. */
  readonly newest: string;
}

function Unread({ unread, newest }: UnreadProps) {
  const { workspace } = useDesk();
  return (
    <>
      <span className="blotter-count" data-testid="events-unread">
        {unread} unread
      </span>
      <Button
        size="small"
        icon={<CheckOutlined />}
        disabled={unread === 0}
        data-testid="events-mark-read"
        onClick={() => workspace.markEventsRead(newest)}
      >
        Mark read
      </Button>
    </>
  );
}
