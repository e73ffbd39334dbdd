/**
 * System events: what happened to the platform itself, filtered by severity, with what has not been read
 * yet.
 */
import { CheckOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input, Segmented } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { SystemEvent } from '@tidegate/wire/monitoring';
import { BlotterCards } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { matchesText, visibleRows, type Sort } from '../blotter/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { EventCard, eventColumns } from './event.columns.tsx';
import { unreadEvents } from './unread.ts';

const severities: { value: EventFilter['severity']; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'info', label: 'Info' },
  { value: 'warning', label: 'Warning' },
  { value: 'critical', label: 'Critical' },
];

interface EventFilter {
  readonly severity: SystemEvent['severity'] | 'all';
  readonly typed: string;
}

export function EventsPage() {
  const { events, refusals, workspace } = useDesk();
  const narrow = useNarrow();
  const all = useSyncExternalStore(events.watch, events.list);
  const refused = useCell(refusals).get('events');
  const readAt = useCell(workspace.eventsReadAt);
  const [filter, setFilter] = useState<EventFilter>({ severity: 'all', typed: '' });
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(
    () =>
      visibleRows(
        all,
        eventColumns,
        (event) =>
          (filter.severity === 'all' || event.severity === filter.severity) &&
          matchesText(event, eventColumns, filter.typed),
        sort,
      ),
    [all, filter, sort],
  );
  const unread = unreadEvents(all, readAt);
  const empty = refused ?? 'No events';
  return (
    <main className="page stacked">
      <section className="panel tabs-panel" data-testid="events-table" data-rows={rows.length}>
        <EventsBar filter={filter} onFilter={setFilter} unread={unread} newest={all[0]?.at ?? ''} />
        {narrow ? (
          <BlotterCards
            rows={rows}
            rowKey={(row) => row.id}
            empty={empty}
            card={(row) => <EventCard event={row} />}
          />
        ) : (
          <BlotterTable
            columns={eventColumns}
            rows={rows}
            rowKey={(row) => row.id}
            sort={sort}
            onSort={setSort}
            empty={empty}
            arrivedMs={(key) => events.arrivedMs(key)}
            rowTone={(row) => (row.at > readAt ? 'unread' : '')}
          />
        )}
      </section>
    </main>
  );
}

interface EventsBarProps {
  readonly filter: EventFilter;
  readonly onFilter: (filter: EventFilter) => void;
  readonly unread: number;
  /** UTC text of the newest event: what is read when everything is. */
  readonly newest: string;
}

function EventsBar({ filter, onFilter, unread, newest }: EventsBarProps) {
  const { workspace } = useDesk();
  return (
    <div className="blotter-bar">
      <Segmented
        size="small"
        value={filter.severity}
        onChange={(severity) => onFilter({ ...filter, severity })}
        aria-label="Severity"
        data-testid="events-severity"
        options={severities}
      />
      <Input
        size="small"
        allowClear
        prefix={<SearchOutlined />}
        placeholder="Find"
        value={filter.typed}
        className="wide-only"
        aria-label="Find in events"
        onChange={(event) => onFilter({ ...filter, typed: event.target.value })}
      />
      <span className="spacer" />
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
    </div>
  );
}
