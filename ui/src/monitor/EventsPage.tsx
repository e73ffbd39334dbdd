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
import { byText, matchesText, visibleRows, type Column, type Sort } from '../blotter/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { timeAndDay } from '../orders/order.words.ts';
import { eventWord, unreadEvents } from './unread.ts';

const tones = { info: 'none', warning: 'warn', critical: 'bad' } as const;
const words = { info: 'Info', warning: 'Warning', critical: 'Critical' } as const;
const ranks = { info: 0, warning: 1, critical: 2 } as const;

function SeverityChip({ severity }: { readonly severity: SystemEvent['severity'] }) {
  return (
    <span className="chip" data-tone={tones[severity]}>
      {words[severity]}
    </span>
  );
}

const columns: readonly Column<SystemEvent>[] = [
  {
    key: 'at',
    title: 'Time',
    width: 104,
    text: (event) => timeAndDay(event.at, new Date()),
    compare: byText((event) => event.at),
  },
  {
    key: 'severity',
    title: 'Severity',
    width: 96,
    text: (event) => words[event.severity],
    cell: (event) => <SeverityChip severity={event.severity} />,
    compare: (left, right) => ranks[left.severity] - ranks[right.severity],
  },
  { key: 'kind', title: 'Event', width: 190, text: eventWord, compare: byText(eventWord) },
  {
    key: 'subject',
    title: 'Subject',
    width: 190,
    text: (event) => event.subject,
    compare: byText((event) => event.subject),
  },
  {
    key: 'text',
    title: 'What happened',
    width: 560,
    text: (event) => event.text,
    compare: byText((event) => event.text),
    cell: (event) => <span title={event.text}>{event.text}</span>,
  },
  {
    key: 'firm',
    title: 'Firm',
    width: 110,
    text: (event) => event.firm ?? '',
    compare: byText((event) => event.firm ?? ''),
  },
];

export function EventsPage() {
  const { events, refusals, workspace } = useDesk();
  const narrow = useNarrow();
  const all = useSyncExternalStore(events.watch, events.list);
  const refused = useCell(refusals).get('events');
  const readAt = useCell(workspace.eventsReadAt);
  const [severity, setSeverity] = useState<SystemEvent['severity'] | 'all'>('all');
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(
    () =>
      visibleRows(
        all,
        columns,
        (event) => (severity === 'all' || event.severity === severity) && matchesText(event, columns, typed),
        sort,
      ),
    [all, severity, typed, sort],
  );
  const unread = unreadEvents(all, readAt);
  const empty = refused ?? 'No events';
  return (
    <main className="page stacked">
      <section className="panel tabs-panel" data-testid="events-table" data-rows={rows.length}>
        <div className="blotter-bar">
          <Segmented
            size="small"
            value={severity}
            onChange={setSeverity}
            aria-label="Severity"
            data-testid="events-severity"
            options={[
              { value: 'all', label: 'All' },
              { value: 'info', label: 'Info' },
              { value: 'warning', label: 'Warning' },
              { value: 'critical', label: 'Critical' },
            ]}
          />
          <Input
            size="small"
            allowClear
            prefix={<SearchOutlined />}
            placeholder="Find"
            value={typed}
            className="wide-only"
            aria-label="Find in events"
            onChange={(event) => setTyped(event.target.value)}
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
            onClick={() => workspace.markEventsRead(all[0]?.at ?? '')}
          >
            Mark read
          </Button>
        </div>
        {narrow ? (
          <BlotterCards
            rows={rows}
            rowKey={(row) => row.id}
            empty={empty}
            card={(row) => <EventCard event={row} />}
          />
        ) : (
          <BlotterTable
            columns={columns}
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

function EventCard({ event }: { readonly event: SystemEvent }) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{eventWord(event)}</span>
        <SeverityChip severity={event.severity} />
      </div>
      <div>{event.text}</div>
      <div className="card-note">
        {timeAndDay(event.at, new Date())} · {event.subject}
        {event.firm === undefined ? '' : ` · ${event.firm}`}
      </div>
    </>
  );
}
