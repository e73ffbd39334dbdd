/** One case: why, what it is about, what booking it would do, its message, and the answers that it takes. */
import { Button, Drawer, Spin } from 'antd';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { CASE_KINDS } from '@tidegate/core/order/case';
import type { CaseDetail } from '@tidegate/wire/cases';
import { problemText } from '../api/problems.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { statusWord } from '../orders/order.words.ts';
import { useTimeText } from '../time/zone.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { AnswerDialog, type Answer } from './AnswerDialog.tsx';
import { CaseState } from './case.columns.tsx';
import { caseAge, kindWord, mayBook, mayCorrect } from './case.words.ts';
import { EffectTable } from './EffectTable.tsx';
import { RawMessage } from './RawMessage.tsx';

export interface CaseDrawerProps {
  /** Null: closed. */
  readonly caseId: string | null;
  readonly onClose: () => void;
}

export function CaseDrawer({ caseId, onClose }: CaseDrawerProps) {
  const narrow = useNarrow();
  return (
    <Drawer
      open={caseId !== null}
      onClose={onClose}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '92%' : 'min(880px, 90vw)'}
      destroyOnHidden
      title={caseId === null ? '' : `Case ${caseId}`}
    >
      {caseId !== null && <Case key={caseId} caseId={caseId} />}
    </Drawer>
  );
}

const PAUSE_MS = 150;
const TRIES = 20;

/** Read again when the stream signals that it was answered, until the tables have it. */
function useCaseDetail(caseId: string): { readonly one: CaseDetail | null; readonly problem: string } {
  const { api, cases } = useDesk();
  const signalled = useSyncExternalStore(cases.watch, () => cases.get(caseId)?.sequence ?? 0);
  const [one, setOne] = useState<CaseDetail | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = (triesLeft: number): void => {
      api.case(caseId).then(
        (found) => {
          if (!isWanted) return;
          setOne(found);
          if (found.sequence < signalled && triesLeft > 0)
            timer = setTimeout(() => read(triesLeft - 1), PAUSE_MS);
        },
        (error: unknown) => {
          if (isWanted) setProblem(problemText(error));
        },
      );
    };
    read(TRIES);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, caseId, signalled]);
  return { one, problem };
}

function Case({ caseId }: { readonly caseId: string }) {
  const { one, problem } = useCaseDetail(caseId);
  const [answer, setAnswer] = useState<Answer | null>(null);
  if (one === null)
    return <div className="empty">{problem === '' ? <Spin aria-label="Reading the case" /> : problem}</div>;
  return (
    <div className="case" data-testid="case-detail" data-state={one.state}>
      <div className="case-head">
        <b>{kindWord[one.kind]}</b>
        <CaseState state={one.state} />
      </div>
      <p className="soft">{CASE_KINDS[one.kind]}</p>
      <p data-testid="case-text">{one.text}</p>
      {one.state === 'open' && <Actions one={one} onAnswer={setAnswer} />}
      <Facts one={one} />
      <section aria-label="What booking does">
        <h2>What booking does</h2>
        <EffectTable one={one} />
      </section>
      <RawMessage raw={one.raw} />
      <AnswerDialog one={one} answer={answer} onClose={() => setAnswer(null)} />
    </div>
  );
}

interface ActionsProps {
  readonly one: CaseDetail;
  readonly onAnswer: (answer: Answer) => void;
}

function Actions({ one, onAnswer }: ActionsProps) {
  return (
    <div className="case-actions">
      <Button
        type="primary"
        disabled={!mayBook(one)}
        data-testid="case-book"
        onClick={() => onAnswer('book')}
      >
        Book as proposed
      </Button>
      <Button disabled={!mayCorrect(one)} data-testid="case-correct" onClick={() => onAnswer('correct')}>
        Correct
      </Button>
      <Button danger data-testid="case-dismiss" onClick={() => onAnswer('dismiss')}>
        Dismiss
      </Button>
    </div>
  );
}

function Facts({ one }: { readonly one: CaseDetail }) {
  const { order, execution, position } = one;
  const timeOf = useTimeText();
  const now = new Date();
  const price = one.price === null ? '' : ` at ${one.price}`;
  const proposal = one.quantity === null ? '' : ` ${groupedDecimal(one.quantity)}${price}`;
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    [
      'Proposal',
      one.action === null ? 'Nothing: amounts must be given' : `${actionWord[one.action]}${proposal}`,
    ],
    ['Opened', `${timeOf(one.openedAt)}, ${caseAge(one, now)}`],
    ['Venue', one.venue],
    ['Route', one.routeId],
    ['ExecID', one.venueExecId],
    ['Firm', one.firm],
    ['Instrument', one.instrument],
    ['Side', one.side === null ? null : one.side === 'buy' ? 'Buy' : 'Sell'],
    ['Order', one.orderId],
    ['Client', order?.client],
    ['ClOrdID', order?.clOrdId],
    ['Account', order?.account],
    ['Order status', order === null ? null : statusWord[order.status]],
    ['Ordered', order === null ? null : `${groupedDecimal(order.quantity)} at ${order.price ?? 'market'}`],
    ['Average', order?.averagePrice],
    [
      'Booked fill',
      execution === null ? null : `${groupedDecimal(execution.quantity)} at ${execution.price}`,
    ],
    ['Position', position === null ? null : groupedDecimal(position.quantity)],
    ['Answered by', one.resolvedBy],
    ['Answered', one.resolvedAt === null ? null : timeOf(one.resolvedAt)],
    ['Reason', one.reason],
  ];
  return (
    <div className="card-grid case-facts">
      {facts.map(([label, value]) =>
        value === null || value === undefined || value === '' ? null : (
          <CardLine key={label} label={label}>
            <span title={value}>{value}</span>
          </CardLine>
        ),
      )}
    </div>
  );
}

const actionWord = {
  fill: 'Book a fill of',
  bust: 'Take the fill back',
  correct: 'Correct the fill to',
} as const;
