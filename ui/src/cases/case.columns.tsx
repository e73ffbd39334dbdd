/** Columns and card of a case. */
import { Button } from 'antd';
import type { CaseView } from '@tidegate/wire/cases';
import { CardLine } from '../grid/GridCards.tsx';
import { actionColumn, setColumn, textColumn, timeColumn, type Column } from '../grid/columns.ts';
import { Moment } from '../time/Moment.tsx';
import { caseAge, kindWord, stateTone, stateWord } from './case.words.ts';

export function CaseState({ state }: Pick<CaseView, 'state'>) {
  return (
    <span className="chip" data-tone={stateTone[state]} data-state={state}>
      {stateWord[state]}
    </span>
  );
}

interface OpenButtonProps {
  readonly caseId: string;
  readonly onOpen: (caseId: string) => void;
}

function OpenButton({ caseId, onOpen }: OpenButtonProps) {
  return (
    <Button
      size="small"
      onClick={() => onOpen(caseId)}
      data-testid={`case-${caseId}-open`}
      aria-label={`Open case ${caseId}`}
    >
      Open
    </Button>
  );
}

/** `now` makes the ages. */
export function caseColumns(now: Date, onOpen: (caseId: string) => void): readonly Column<CaseView>[] {
  return [
    timeColumn('openedAt', 'Time', (one) => one.openedAt),
    textColumn('age', 'Age', 72, (one) => caseAge(one, now), { sortBy: (one) => one.openedAt }),
    setColumn('state', 'State', 100, (one) => stateWord[one.state], {
      cell: (one) => <CaseState state={one.state} />,
    }),
    setColumn('kind', 'Kind', 140, (one) => kindWord[one.kind]),
    setColumn('firm', 'Firm', 110, (one) => one.firm),
    setColumn('venue', 'Venue', 84, (one) => one.venue),
    setColumn('instrument', 'Instrument', 96, (one) => one.instrument ?? ''),
    textColumn('orderId', 'Order', 110, (one) => one.orderId ?? ''),
    textColumn('text', 'What happened', 300, (one) => one.text),
    setColumn('resolvedBy', 'By', 90, (one) => one.resolvedBy ?? ''),
    textColumn('reason', 'Reason', 120, (one) => one.reason ?? ''),
    actionColumn('open', '', 68, (one) => <OpenButton caseId={one.caseId} onOpen={onOpen} />),
  ];
}

export interface CaseCardProps {
  readonly one: CaseView;
  readonly now: Date;
  readonly onOpen: (caseId: string) => void;
}

export function CaseCard({ one, now, onOpen }: CaseCardProps) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{kindWord[one.kind]}</span>
        <CaseState state={one.state} />
      </div>
      <div>{one.text}</div>
      <div className="card-grid">
        <CardLine label="Firm">{one.firm}</CardLine>
        <CardLine label="Venue">{one.venue}</CardLine>
        <CardLine label="Time">
          <Moment at={one.openedAt} />
        </CardLine>
        <CardLine label="Age">{caseAge(one, now)}</CardLine>
      </div>
      <div className="card-actions">
        <OpenButton caseId={one.caseId} onOpen={onOpen} />
      </div>
    </>
  );
}
