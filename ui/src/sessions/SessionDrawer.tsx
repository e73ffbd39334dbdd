/** One FIX session for operators: how it is, what can be done to it, its counters and its messages. */
import { Drawer } from 'antd';
import type { ReactNode } from 'react';
import type { SessionStatus } from '@tidegate/wire/sessions';
import { CardLine } from '../grid/GridCards.tsx';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { useEscape } from '../shell/escape.ts';
import { Age } from '../time/Age.tsx';
import { Moment } from '../time/Moment.tsx';
import { SessionActions } from './SessionActions.tsx';
import { SessionMessages } from './SessionMessages.tsx';
import { SessionNumbers } from './SessionNumbers.tsx';
import { byteSize, microseconds } from './bytes.ts';
import { compIds, roleWord, scheduleText, stateWord } from './session.words.ts';
import './sessions.css';

export interface SessionDrawerProps {
  /** Undefined: closed. */
  readonly session: SessionStatus | undefined;
  readonly onClose: () => void;
  /** It has gone: the focus may be given back. */
  readonly onClosed: () => void;
}

export function SessionDrawer({ session, onClose, onClosed }: SessionDrawerProps) {
  const narrow = useNarrow();
  const { dealing, mayOperate } = useDesk();
  const isConnected = useCell(dealing.lostAtMs) === null;
  useEscape(session !== undefined, 'session-drawer', onClose);
  return (
    <Drawer
      open={session !== undefined}
      onClose={onClose}
      keyboard={false}
      afterOpenChange={(isOpen) => {
        if (!isOpen) onClosed();
      }}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '86%' : 'min(1040px, 92vw)'}
      destroyOnHidden
      title={session?.id}
    >
      {session !== undefined && (
        <div data-testid="session-drawer">
          <Facts session={session} isConnected={isConnected} />
          {mayOperate && <SessionActions key={`${session.id} actions`} {...{ session, isConnected }} />}
          <Counters session={session} />
          {mayOperate && session.areNumbersKept && session.state !== 'up' && (
            <SessionNumbers key={`${session.id} numbers`} id={session.id} />
          )}
          <SessionMessages key={session.id} id={session.id} />
        </div>
      )}
    </Drawer>
  );
}

interface FactsProps {
  readonly session: SessionStatus;
  readonly isConnected: boolean;
}

function Facts({ session, isConnected }: FactsProps) {
  const { nextInbound, nextOutbound, quotes, reason, remoteAddress, since } = session;
  const known = (value: ReactNode): ReactNode => (isConnected ? value : 'Unknown');
  return (
    <div className="card-grid session-counters">
      <CardLine label="State">{known(`${stateWord(session)}: ${reason}`)}</CardLine>
      <CardLine label="Since">{known(<Moment at={since} />)}</CardLine>
      <CardLine label="CompIDs">{compIds(session) || 'Not opened yet'}</CardLine>
      <CardLine label="Role">{roleWord(session)}</CardLine>
      <CardLine label="Schedule">{scheduleText(session.schedule)}</CardLine>
      <CardLine label="Remote">{known(remoteAddress ?? '–')}</CardLine>
      <CardLine label="Last in">
        <Age at={session.lastReceivedAt} />
      </CardLine>
      <CardLine label="Last out">
        <Age at={session.lastSentAt} />
      </CardLine>
      <CardLine label="Next in / out">{known(`${nextInbound ?? '–'} / ${nextOutbound ?? '–'}`)}</CardLine>
      {quotes !== undefined && (
        <>
          <CardLine label="Quotes a second">{known(quotes.perSecond)}</CardLine>
          <CardLine label="Stale">{known(`${quotes.stale} of ${quotes.instruments}`)}</CardLine>
        </>
      )}
    </div>
  );
}

function Counters({ session }: { readonly session: SessionStatus }) {
  const { counters, queuedBytes, latencyUs } = session;
  const count = (value: number): string => groupedDecimal(String(value));
  const times = ({ p50, p99 }: { p50: number; p99: number }): string =>
    `${microseconds(p50)} / ${microseconds(p99)}`;
  return (
    <div className="card-grid session-counters">
      <CardLine label="In">{count(counters.messagesIn)}</CardLine>
      <CardLine label="Out">{count(counters.messagesOut)}</CardLine>
      <CardLine label="Gaps">{count(counters.gapsDetected)}</CardLine>
      <CardLine label="Asked again">{count(counters.resendsRequested)}</CardLine>
      <CardLine label="Resends">{count(counters.resendsServed)}</CardLine>
      <CardLine label="Rejects in / out">{`${counters.rejectsIn} / ${counters.rejectsOut}`}</CardLine>
      <CardLine label="Garbled">{count(counters.garbledIn)}</CardLine>
      <CardLine label="Throttled">{count(counters.throttledIn)}</CardLine>
      <CardLine label="Prices dropped">{count(counters.perishablesDropped)}</CardLine>
      <CardLine label="Queue">{byteSize(queuedBytes)}</CardLine>
      <CardLine label="Received p50 / p99">{times(latencyUs.received)}</CardLine>
      <CardLine label="Sent p50 / p99">{times(latencyUs.sent)}</CardLine>
    </div>
  );
}
