/**
 * FIX sessions, live, providers apart from clients: which are up, since when, why not, and what they carry.
 */
import { Button, Segmented } from 'antd';
import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { Grid } from '../grid/Grid.tsx';
import { CardLine } from '../grid/GridCards.tsx';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { returnFocus } from '../shell/hotkeys.ts';
import { Age } from '../time/Age.tsx';
import { Moment } from '../time/Moment.tsx';
import { SessionDrawer } from './SessionDrawer.tsx';
import { columnsOf, openColumn, StateChip } from './session.columns.tsx';

type Side = SessionStatus['side'];
const titles = { venue: 'Providers', client: 'Clients' } as const;

/** Which session is open, and what had the focus before. */
function useOpened() {
  const [id, setId] = useState<string | null>(null);
  const opener = useRef<Element | null>(null);
  const open = useCallback((next: string): void => {
    opener.current = document.activeElement;
    setId(next);
  }, []);
  const close = useCallback(() => setId(null), []);
  const giveBack = useCallback((): void => {
    const to = opener.current;
    // Data may have drawn the row anew: then the table takes it.
    if (to instanceof HTMLElement && to.isConnected && document.activeElement !== to) to.focus();
    returnFocus();
  }, []);
  return { id, open, close, giveBack };
}

export function SessionsPage() {
  const { sessions, refusals, mayInspect, seesProviders } = useDesk();
  const opened = useOpened();
  const { open } = opened;
  const [chosen, setSide] = useState<Side>(seesProviders ? 'venue' : 'client');
  const side = seesProviders ? chosen : 'client';
  const columns = useMemo(
    () => (mayInspect ? [...columnsOf[side], openColumn(open)] : columnsOf[side]),
    [mayInspect, open, side],
  );
  const all = useSyncExternalStore(sessions.watch, sessions.list);
  const refused = useCell(refusals).get('sessions');
  const rows = useMemo(() => all.filter((session) => session.side === side), [all, side]);
  const options = (['venue', 'client'] as const).map((value) => ({ value, label: titles[value] }));
  return (
    <main className="page stacked">
      <section className="panel tabs-panel">
        <Grid
          key={side}
          name={`sessions-${side}`}
          title={`${titles[side]}' sessions`}
          testId="sessions-table"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          card={(row) => <SessionCard session={row} onOpen={mayInspect ? open : null} />}
          empty={refused ?? (sessions.synced ? 'No sessions' : 'Waiting for sessions …')}
          {...(mayInspect ? { onOpen: (row: SessionStatus) => open(row.id) } : {})}
          given={[side === 'venue' ? 'providers' : 'clients']}
          choices={
            seesProviders && (
              <Segmented
                size="small"
                value={side}
                onChange={setSide}
                aria-label="Whose sessions"
                data-testid="sessions-side"
                options={options}
              />
            )
          }
          actions={
            <>
              {seesProviders && <UpCount sessions={all} side="venue" />}
              <UpCount sessions={all} side="client" />
            </>
          }
        />
      </section>
      <SessionDrawer
        session={all.find(({ id }) => id === opened.id)}
        onClose={opened.close}
        onClosed={opened.giveBack}
      />
    </main>
  );
}

interface UpCountProps {
  readonly sessions: readonly SessionStatus[];
  readonly side: Side;
}

/** Of those that nobody has disabled. */
function UpCount({ sessions, side }: UpCountProps) {
  const isConnected = useCell(useDesk().dealing.lostAtMs) === null;
  const ours = sessions.filter((session) => session.side === side && session.isEnabled);
  const up = ours.filter((session) => session.state === 'up').length;
  const tone = side === 'client' || !isConnected ? 'none' : up === ours.length ? 'good' : 'bad';
  return (
    <span className="chip" data-tone={tone} data-testid={`sessions-up-${side}`}>
      {side === 'venue' ? 'Providers' : 'Clients'} {isConnected ? `${up}/${ours.length}` : 'unknown'}
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
        <CardLine label={session.side === 'venue' ? 'Provider' : 'Client'}>{session.counterparty}</CardLine>
        <CardLine label="Purpose">{session.purpose}</CardLine>
        <CardLine label="Last in">
          <Age at={session.lastReceivedAt} />
        </CardLine>
        <CardLine label="Last out">
          <Age at={session.lastSentAt} />
        </CardLine>
        <CardLine label="In">{count(counters.messagesIn)}</CardLine>
        <CardLine label="Out">{count(counters.messagesOut)}</CardLine>
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
