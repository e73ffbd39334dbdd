/** FIX sessions, live: which are up, since when, why not, and what they carried. */
import { Button, Segmented } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { BlotterCards, CardLine } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { byText, textColumn, visibleRows, type Column, type Sort } from '../blotter/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { timeAndDay } from '../orders/order.words.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { SessionDrawer } from './SessionDrawer.tsx';
import { byteSize, microseconds } from './bytes.ts';

type Counter = keyof SessionStatus['counters'];
/** A venue that is down is our trouble; a client that is not logged on is its own affair. */
function toneOf({ side, state }: SessionStatus): string {
  if (state === 'up') return 'good';
  return side === 'client' ? 'none' : state === 'down' ? 'bad' : 'warn';
}

const words = { up: 'Up', connecting: 'Connecting', down: 'Down' } as const;

function StateChip({ session }: { readonly session: SessionStatus }) {
  return (
    <span className="chip" data-tone={toneOf(session)} data-testid={`session-${session.id}-state`}>
      <span className="dot" data-tone={toneOf(session)} />
      {words[session.state]}
    </span>
  );
}

const counted = (key: Counter, title: string, width = 82): Column<SessionStatus> => ({
  key,
  title,
  width,
  numeric: true,
  text: (session) => groupedDecimal(String(session.counters[key])),
  compare: (left, right) => left.counters[key] - right.counters[key],
  ...(key === 'bytesIn' || key === 'bytesOut'
    ? { text: (session: SessionStatus) => byteSize(session.counters[key]) }
    : {}),
});

function numeric(
  key: string,
  title: string,
  width: number,
  value: (session: SessionStatus) => number,
  text: (value: number) => string,
): Column<SessionStatus> {
  return {
    key,
    title,
    width,
    numeric: true,
    text: (session) => text(value(session)),
    compare: (left, right) => value(left) - value(right),
  };
}

const columns: readonly Column<SessionStatus>[] = [
  textColumn('state', 'State', 112, (session) => words[session.state], {
    cell: (session) => <StateChip session={session} />,
  }),
  textColumn('id', 'Session', 170, (session) => session.id),
  textColumn('side', 'Side', 62, (session) => (session.side === 'venue' ? 'Venue' : 'Client')),
  textColumn('counterparty', 'Counterparty', 112, (session) => session.counterparty),
  textColumn('purpose', 'Purpose', 100, (session) => session.purpose),
  textColumn('port', 'Port', 58, (session) => String(session.port ?? ''), {
    numeric: true,
    compare: (left, right) => (left.port ?? 0) - (right.port ?? 0),
  }),
  textColumn('since', 'Since', 92, (session) => timeAndDay(session.since, new Date()), {
    compare: byText((session) => session.since),
  }),
  textColumn('reason', 'Reason', 190, (session) => session.reason, {
    cell: (session) => <span title={session.reason}>{session.reason}</span>,
  }),
  counted('messagesIn', 'In'),
  counted('messagesOut', 'Out'),
  counted('gapsDetected', 'Gaps', 58),
  counted('resendsRequested', 'Asked again', 84),
  counted('resendsServed', 'Resends', 70),
  counted('rejectsIn', 'Rejects in', 80),
  counted('rejectsOut', 'Rejects out', 86),
  counted('garbledIn', 'Garbled', 66),
  counted('throttledIn', 'Throttled', 74),
  counted('perishablesDropped', 'Dropped', 70),
  numeric('queuedBytes', 'Queue', 70, (session) => session.queuedBytes, byteSize),
  numeric('p50', 'p50', 66, (session) => session.latencyUs.received.p50, microseconds),
  numeric('p99', 'p99', 66, (session) => session.latencyUs.received.p99, microseconds),
  counted('bytesIn', 'Bytes in'),
  counted('bytesOut', 'Bytes out'),
  textColumn('remoteAddress', 'Remote', 140, (session) => session.remoteAddress ?? ''),
];

/** At the right edge, for those who may read messages. */
const messagesColumn = (open: (id: string) => void): Column<SessionStatus> => ({
  key: 'messages',
  title: '',
  width: 92,
  fixed: true,
  screenOnly: true,
  text: () => '',
  cell: ({ id }) => (
    <Button
      size="small"
      onClick={() => open(id)}
      data-testid={`session-${id}-open`}
      aria-label={`Messages of ${id}`}
    >
      Messages
    </Button>
  ),
});

export function SessionsPage() {
  const { sessions, refusals, me, seesProviders } = useDesk();
  const [opened, setOpened] = useState<string | null>(null);
  const isOperator = me.role === 'admin';
  const shownColumns = useMemo(
    () => (isOperator ? [...columns, messagesColumn(setOpened)] : columns),
    [isOperator],
  );
  const narrow = useNarrow();
  const all = useSyncExternalStore(sessions.watch, sessions.list);
  const refused = useCell(refusals).get('sessions');
  const [show, setShow] = useState<'all' | 'venue' | 'client' | 'down'>('all');
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(
    () =>
      visibleRows(
        all,
        columns,
        (session) => show === 'all' || session.side === show || (show === 'down' && session.state !== 'up'),
        sort,
      ),
    [all, show, sort],
  );
  const empty = refused ?? (sessions.synced ? 'No sessions' : 'Waiting for sessions …');
  return (
    <main className="page stacked">
      <section className="panel tabs-panel" data-testid="sessions-table" data-rows={rows.length}>
        <div className="blotter-bar">
          <Segmented
            size="small"
            value={show}
            onChange={setShow}
            aria-label="Which sessions"
            data-testid="sessions-filter"
            options={[
              { value: 'all', label: 'All' },
              ...(seesProviders ? [{ value: 'venue' as const, label: 'Venues' }] : []),
              { value: 'client', label: 'Clients' },
              { value: 'down', label: 'Not up' },
            ]}
          />
          <span className="spacer" />
          {seesProviders && <UpCount sessions={all} side="venue" />}
          <UpCount sessions={all} side="client" />
        </div>
        {narrow ? (
          <BlotterCards
            rows={rows}
            rowKey={(row) => row.id}
            empty={empty}
            card={(row) => <SessionCard session={row} onOpen={isOperator ? setOpened : null} />}
          />
        ) : (
          <BlotterTable
            columns={shownColumns}
            rows={rows}
            rowKey={(row) => row.id}
            sort={sort}
            onSort={setSort}
            empty={empty}
          />
        )}
      </section>
      <SessionDrawer session={all.find(({ id }) => id === opened)} onClose={() => setOpened(null)} />
    </main>
  );
}

interface UpCountProps {
  readonly sessions: readonly SessionStatus[];
  readonly side: SessionStatus['side'];
}

function UpCount({ sessions, side }: UpCountProps) {
  const ours = sessions.filter((session) => session.side === side);
  const up = ours.filter((session) => session.state === 'up').length;
  const tone = side === 'client' ? 'none' : up === ours.length ? 'good' : 'bad';
  return (
    <span className="chip" data-tone={tone} data-testid={`sessions-up-${side}`}>
      {side === 'venue' ? 'Venues' : 'Clients'} {up}/{ours.length}
    </span>
  );
}

interface SessionCardProps {
  readonly session: SessionStatus;
  readonly onOpen: ((id: string) => void) | null;
}

function SessionCard({ session, onOpen }: SessionCardProps) {
  const { counters } = session;
  const count = (value: number): string => groupedDecimal(String(value));
  return (
    <>
      <div className="card-head">
        <span className="clip">{session.id}</span>
        <StateChip session={session} />
      </div>
      <div className="card-grid">
        <CardLine label={session.side === 'venue' ? 'Venue' : 'Client'}>{session.counterparty}</CardLine>
        <CardLine label="Purpose">{session.purpose}</CardLine>
        <CardLine label="In">{count(counters.messagesIn)}</CardLine>
        <CardLine label="Out">{count(counters.messagesOut)}</CardLine>
        <CardLine label="Gaps">{count(counters.gapsDetected)}</CardLine>
        <CardLine label="Rejects">{count(counters.rejectsIn + counters.rejectsOut)}</CardLine>
        <CardLine label="Since">{timeAndDay(session.since, new Date())}</CardLine>
        <CardLine label="Port">{session.port ?? '–'}</CardLine>
      </div>
      {session.reason !== '' && <div className="card-note">{session.reason}</div>}
      {onOpen !== null && (
        <Button size="small" onClick={() => onOpen(session.id)}>
          Messages
        </Button>
      )}
    </>
  );
}
