/** One FIX session for operators: its counters, and its last messages as they went over the wire. */
import { ReloadOutlined } from '@ant-design/icons';
import { Button, Drawer } from 'antd';
import { useEffect, useState } from 'react';
import type { SessionMessage, SessionStatus } from '@tidegate/wire/sessions';
import { problemText } from '../api/problems.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { SessionNumbers } from './SessionNumbers.tsx';
import { byteSize, microseconds } from './bytes.ts';
import './sessions.css';

export interface SessionDrawerProps {
  /** Undefined: closed. */
  readonly session: SessionStatus | undefined;
  readonly onClose: () => void;
}

export function SessionDrawer({ session, onClose }: SessionDrawerProps) {
  const narrow = useNarrow();
  const { mayOperate } = useDesk();
  return (
    <Drawer
      open={session !== undefined}
      onClose={onClose}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '86%' : 'min(960px, 90vw)'}
      destroyOnHidden
      title={session?.id}
    >
      {session !== undefined && (
        <>
          <Counters session={session} />
          {mayOperate && session.state !== 'up' && (
            <SessionNumbers key={`${session.id} numbers`} id={session.id} />
          )}
          <Messages key={session.id} id={session.id} />
        </>
      )}
    </Drawer>
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

interface Answer {
  readonly messages: readonly SessionMessage[];
  readonly problem: string;
}

function Messages({ id }: { readonly id: string }) {
  const { api } = useDesk();
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let isWanted = true;
    const show = (next: Answer): void => {
      if (isWanted) setAnswer(next);
    };
    api.sessionMessages(id).then(
      (messages) => show({ messages: messages.toReversed(), problem: '' }),
      (error: unknown) => show({ messages: [], problem: problemText(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [api, id, asked]);
  const empty = answer?.problem || (answer === null ? 'Waiting for messages …' : 'No messages yet');
  return (
    <section data-testid="session-messages" data-rows={answer?.messages.length ?? 0}>
      <div className="blotter-bar">
        <span className="blotter-count">Last messages, newest first; passwords are masked</span>
        <span className="spacer" />
        <Button size="small" icon={<ReloadOutlined />} onClick={() => setAsked(asked + 1)}>
          Again
        </Button>
      </div>
      {answer === null || answer.messages.length === 0 ? (
        <div className="empty">{empty}</div>
      ) : (
        <ol className="fix-messages">
          {answer.messages.map((message, index) => (
            <li key={`${message.at}-${index}`}>
              <time dateTime={message.at}>{message.at.slice(11, 23)}</time>
              <span className="chip" data-tone={message.direction === 'in' ? 'none' : 'good'}>
                {message.direction === 'in' ? 'In' : 'Out'}
              </span>
              <code>
                {message.text}
                {message.isCut && '…'}
              </code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
