/** One problem period: its bounds, what people said of it, its parts, the orders within, and the answers. */
import { Alert, Button, Drawer, Input, Spin } from 'antd';
import { useEffect, useState } from 'react';
import type { QualityPeriodDetail } from '@tidegate/wire/quality';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { useNarrow } from '../narrow.ts';
import { useTimeText } from '../time/zone.ts';
import { StateChip } from './period.columns.tsx';
import { lengthWord, markWord, partyWord } from './quality.words.ts';

export interface PeriodDrawerProps {
  /** Null: closed. */
  readonly id: string | null;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

export function PeriodDrawer({ id, onClose, onChanged }: PeriodDrawerProps) {
  const narrow = useNarrow();
  return (
    <Drawer
      open={id !== null}
      onClose={onClose}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '92%' : 'min(720px, 90vw)'}
      destroyOnHidden
      title="Problem period"
    >
      {id !== null && <Period key={id} id={id} onChanged={onChanged} />}
    </Drawer>
  );
}

function Period({ id, onChanged }: { readonly id: string; readonly onChanged: () => void }) {
  const { api, me } = useDesk();
  const [one, setOne] = useState<QualityPeriodDetail | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isWanted = true;
    api.qualityPeriod(id).then(
      (found) => {
        if (isWanted) setOne(found);
      },
      (error: unknown) => {
        if (isWanted) setProblem(problemText(error));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [api, id]);
  if (one === null)
    return <div className="empty">{problem === '' ? <Spin aria-label="Reading the period" /> : problem}</div>;
  return (
    <div className="quality-period" data-testid="period-detail" data-excused={one.period.excused !== null}>
      <div className="quality-head">
        <b>{partyWord(one.period.source, one.period.instrument)}</b>
        <StateChip state={one.period.state} />
      </div>
      <PeriodFacts one={one} />
      {me.permissions.includes('judgeQuality') && (
        <PeriodAnswers
          one={one}
          onAnswered={(found) => {
            setOne(found);
            onChanged();
          }}
        />
      )}
      <PeriodMarks one={one} />
      <PeriodOrders one={one} />
      <PeriodParts one={one} />
    </div>
  );
}

function PeriodFacts({ one: { period } }: { readonly one: QualityPeriodDetail }) {
  const timeOf = useTimeText();
  const facts: readonly (readonly [string, string])[] = [
    ['From', timeOf(period.from)],
    ['To', period.to === null ? 'goes on' : timeOf(period.to)],
    ['In trouble', lengthWord(period.troubledMs)],
    ['Times', String(period.episodes)],
    ['Worst', period.peak === 0 ? '' : period.peak.toFixed(1)],
    ['Why', period.why],
    ['Severity', period.severity],
    ['Part of', period.cause ?? ''],
  ];
  return (
    <div className="card-grid">
      {facts.map(([label, value]) =>
        value === '' ? null : (
          <CardLine key={label} label={label}>
            {value}
          </CardLine>
        ),
      )}
    </div>
  );
}

interface PeriodAnswersProps {
  readonly one: QualityPeriodDetail;
  readonly onAnswered: (one: QualityPeriodDetail) => void;
}

function PeriodAnswers({ one: { period }, onAnswered }: PeriodAnswersProps) {
  const { api, notices } = useDesk();
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const [isSending, setSending] = useState(false);
  const isExcused = period.excused !== null;
  const send = async (action: 'acknowledge' | 'annotate' | 'excuse', done: string): Promise<void> => {
    setSending(true);
    setProblem('');
    try {
      const body = { reason: reason.trim(), ...(action === 'excuse' ? { isExcused: !isExcused } : {}) };
      onAnswered(await api.judgePeriod(period.id, action, body));
      setReason('');
      notices.tell('good', `${done}: ${partyWord(period.source, period.instrument)}`);
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setSending(false);
    }
  };
  const isOff = isSending || reason.trim() === '';
  return (
    <section aria-label="Answer" className="quality-answers">
      <Input
        value={reason}
        maxLength={500}
        aria-label="Reason, kept with the period"
        placeholder="Reason, kept with the period"
        data-testid="period-reason"
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="quality-buttons">
        <Button
          type="primary"
          disabled={isOff}
          data-testid="period-acknowledge"
          onClick={() => void send('acknowledge', 'Acknowledged')}
        >
          Acknowledge
        </Button>
        <Button disabled={isOff} data-testid="period-annotate" onClick={() => void send('annotate', 'Noted')}>
          Note
        </Button>
        <Button
          disabled={isOff}
          data-testid="period-excuse"
          onClick={() => void send('excuse', isExcused ? 'Excuse withdrawn' : 'Excused')}
        >
          {isExcused ? 'Withdraw the excuse' : 'Excuse'}
        </Button>
      </div>
      {problem !== '' && <Alert type="error" showIcon title={problem} />}
    </section>
  );
}

function PeriodMarks({ one: { marks } }: { readonly one: QualityPeriodDetail }) {
  const timeOf = useTimeText();
  if (marks.length === 0) return null;
  return (
    <section aria-label="What was said">
      <h3>What was said</h3>
      <ol className="quality-list" data-testid="period-marks">
        {marks.map(({ action, by, at, reason }) => (
          <li key={`${at} ${action} ${by}`}>
            {timeOf(at)} {markWord[action]} by {by}: {reason}
          </li>
        ))}
      </ol>
    </section>
  );
}

function PeriodOrders({ one: { orders, hasMoreOrders } }: { readonly one: QualityPeriodDetail }) {
  const { workspace } = useDesk();
  return (
    <section aria-label="Orders within it">
      <h3>Orders within it</h3>
      {orders.length === 0 && <p className="soft">None.</p>}
      <ul className="quality-list" data-testid="period-orders">
        {orders.map((order) => (
          <li key={`${order.firm} ${order.orderId}`}>
            <Button type="link" size="small" onClick={() => workspace.openOrder(order.orderId)}>
              {order.orderId}
            </Button>
            {`${order.firm} ${order.side} ${order.quantity} ${order.instrument}, ${order.status}, `}
            {`${order.executions} executions`}
          </li>
        ))}
      </ul>
      {hasMoreOrders && <p className="soft">There are more.</p>}
    </section>
  );
}

function PeriodParts({ one: { children } }: { readonly one: QualityPeriodDetail }) {
  const timeOf = useTimeText();
  if (children.length === 0) return null;
  return (
    <section aria-label="Parts">
      <h3>Parts</h3>
      <ul className="quality-list" data-testid="period-parts">
        {children.map(({ id, source, instrument, from, to }) => (
          <li key={id}>
            {partyWord(source, instrument)}: {timeOf(from)} to {to === null ? 'now' : timeOf(to)}
          </li>
        ))}
      </ul>
    </section>
  );
}
