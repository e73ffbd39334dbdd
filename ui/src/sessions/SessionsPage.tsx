/** FIX sessions, live: which are up, since when, why not, and what they carried. */
import { Button, Segmented } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { SessionStatus } from '@tidegate/wire/sessions';
import {
  actionColumn,
  numberColumn,
  setColumn,
  textColumn,
  timeColumn,
  type Column,
} from '../grid/columns.ts';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { Moment } from '../time/Moment.tsx';
import { SessionDrawer } from './SessionDrawer.tsx';
import { byteSize, microseconds } from './bytes.ts';

type Show = 'all' | 'venue' | 'client' | 'down';
type Counter = keyof SessionStatus['counters'];
/** A venue that is down is our trouble; a client that is not logged on is its own affair. */
function toneOf({ side, state }: SessionStatus): string {
  if (state === 'up') return 'good';
  return side === 'client' ? 'none' : state === 'down' ? 'bad' : 'warn';
}

const words = { up: 'Up', connecting: 'Connecting', down: 'Down' } as const;

function StateChip({ session }: { readonly session: SessionStatus }) {
  const { dealing } = useDesk();
  const isConnected = useCell(dealing.lostAtMs) === null;
  if (!isConnected)
    return (
      <span className="chip" data-tone="none" data-testid={`session-${session.id}-state`}>
        Unknown
      </span>
    );
  return (
    <span className="chip" data-tone={toneOf(session)} data-testid={`session-${session.id}-state`}>
      <span className="dot" data-tone={toneOf(session)} />
      {words[session.state]}
    </span>
  );
}

const counted = (key: Counter, title: string, width = 82): Column<SessionStatus> =>
  numberColumn(
    key,
    title,
    width,
    (session) => session.counters[key],
    key === 'bytesIn' || key === 'bytesOut' ? byteSize : (value) => groupedDecimal(String(value)),
  );

const columns: readonly Column<SessionStatus>[] = [
  setColumn('state', 'State', 112, (session) => words[session.state], {
    cell: (session) => <StateChip session={session} />,
  }),
  textColumn('id', 'Session', 170, (session) => session.id),
  setColumn('side', 'Side', 62, (session) => (session.side === 'venue' ? 'Venue' : 'Client')),
  setColumn('counterparty', 'Counterparty', 112, (session) => session.counterparty),
  setColumn('purpose', 'Purpose', 100, (session) => session.purpose),
  textColumn('port', 'Port', 58, (session) => String(session.port ?? ''), {
    kind: 'number',
    numeric: true,
    value: (session) => String(session.port ?? ''),
    sortBy: (session) => session.port ?? 0,
  }),
  timeColumn('since', 'Since', (session) => session.since),
  textColumn('reason', 'Reason', 190, (session) => session.reason),
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
  numberColumn('queuedBytes', 'Queue', 70, (session) => session.queuedBytes, byteSize),
  numberColumn('p50', 'p50', 66, (session) => session.latencyUs.received.p50, microseconds),
  numberColumn('p99', 'p99', 66, (session) => session.latencyUs.received.p99, microseconds),
  counted('bytesIn', 'Bytes in'),
  counted('bytesOut', 'Bytes out'),
  textColumn('remoteAddress', 'Remote', 140, (session) => session.remoteAddress ?? ''),
];

/** At the right edge, for those who may read messages. */
const messagesColumn = (open: (id: string) => void): Column<SessionStatus> =>
  actionColumn('messages', '', 92, ({ id }) => (
    <Button
      size="small"
      onClick={() => open(id)}
      data-testid={`session-${id}-open`}
      aria-label={`Messages of ${id}`}
    >
      Messages
    </Button>
  ));

export function SessionsPage() {
  const { sessions, refusals, mayInspect, seesProviders } = useDesk();
  const [opened, setOpened] = useState<string | null>(null);
  const shownColumns = useMemo(
    () => (mayInspect ? [...columns, messagesColumn(setOpened)] : columns),
    [mayInspect],
  );
  const all = useSyncExternalStore(sessions.watch, sessions.list);
  const refused = useCell(refusals).get('sessions');
  const [show, setShow] = useState<Show>('all');
  const rows = useMemo(
    () =>
      all.filter(
        (session) => show === 'all' || session.side === show || (show === 'down' && session.state !== 'up'),
      ),
    [all, show],
  );
  const options = [
    { value: 'all' as const, label: 'All' },
    ...(seesProviders ? [{ value: 'venue' as const, label: 'Venues' }] : []),
    { value: 'client' as const, label: 'Clients' },
    { value: 'down' as const, label: 'Not up' },
  ];
  return (
    <main className="page stacked">
      <section className="panel tabs-panel">
        <Grid
          name="sessions"
          title="Sessions"
          testId="sessions-table"
          columns={shownColumns}
          rows={rows}
          rowKey={(row) => row.id}
          card={(row) => <SessionCard session={row} onOpen={mayInspect ? setOpened : null} />}
          empty={refused ?? (sessions.synced ? 'No sessions' : 'Waiting for sessions …')}
          {...(mayInspect ? { onOpen: (row: SessionStatus) => setOpened(row.id) } : {})}
          given={show === 'all' ? [] : [show]}
          choices={
            <Segmented
              size="small"
              value={show}
              onChange={setShow}
              aria-label="Which sessions"
              data-testid="sessions-filter"
              options={options}
            />
          }
          actions={
            <>
              {seesProviders && <UpCount sessions={all} side="venue" />}
              <UpCount sessions={all} side="client" />
            </>
          }
        />
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
        <CardLine label="Since">
          <Moment at={session.since} />
        </CardLine>
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
