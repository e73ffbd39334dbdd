/** Columns and card of a problem period. */
import { Button } from 'antd';
import type { QualityState } from '@tidegate/core/quality/state';
import type { QualityPeriodView } from '@tidegate/wire/quality';
import {
  actionColumn,
  numberColumn,
  setColumn,
  textColumn,
  timeColumn,
  type Column,
} from '../grid/columns.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { Moment } from '../time/Moment.tsx';
import { lengthWord, partyWord, stateWord, toneOf } from './quality.words.ts';

export function StateChip({ state }: { readonly state: QualityState }) {
  return (
    <span className="chip" data-tone={toneOf[state]} data-state={state}>
      {stateWord[state]}
    </span>
  );
}

interface OpenButtonProps {
  readonly one: QualityPeriodView;
  readonly onOpen: (id: string) => void;
}

function OpenButton({ one, onOpen }: OpenButtonProps) {
  return (
    <Button
      size="small"
      onClick={() => onOpen(one.id)}
      data-testid={`period-${one.id}-open`}
      aria-label={`Open ${stateWord[one.state]} of ${partyWord(one.source, one.instrument)}`}
    >
      Open
    </Button>
  );
}

export const lengthOf = ({ from, to }: QualityPeriodView, nowMs: number): number =>
  (to === null ? nowMs : Date.parse(to)) - Date.parse(from);

const answered = ({ excused, acknowledged }: QualityPeriodView): string => {
  if (excused !== null) return 'Excused';
  return acknowledged === null ? '' : `Seen by ${acknowledged.by}`;
};

export const periodColumns = (
  nowMs: number,
  onOpen: (id: string) => void,
): readonly Column<QualityPeriodView>[] => [
  timeColumn('from', 'From', (one) => one.from),
  textColumn(
    'length',
    'Length',
    100,
    (one) => `${lengthWord(lengthOf(one, nowMs))}${one.to === null ? ' …' : ''}`,
  ),
  setColumn('state', 'State', 90, (one) => stateWord[one.state], {
    cell: (one) => <StateChip state={one.state} />,
  }),
  setColumn('source', 'Source', 100, (one) => one.source),
  setColumn('instrument', 'Instrument', 100, (one) => one.instrument),
  setColumn('severity', 'Severity', 90, (one) => one.severity),
  numberColumn('episodes', 'Times', 70, (one) => one.episodes, String),
  numberColumn('children', 'Parts', 70, (one) => one.children, String),
  textColumn('why', 'Why', 110, (one) => one.why),
  textColumn('answered', 'Answer', 120, answered),
  actionColumn('open', '', 68, (one) => <OpenButton one={one} onOpen={onOpen} />),
];

interface PeriodCardProps extends OpenButtonProps {
  readonly nowMs: number;
}

export function PeriodCard({ one, nowMs, onOpen }: PeriodCardProps) {
  return (
    <>
      <div className="card-head">
        <span className="clip">{partyWord(one.source, one.instrument)}</span>
        <StateChip state={one.state} />
      </div>
      <div className="card-grid">
        <CardLine label="From">
          <Moment at={one.from} />
        </CardLine>
        <CardLine label="Length">{lengthWord(lengthOf(one, nowMs))}</CardLine>
        <CardLine label="Answer">{answered(one)}</CardLine>
      </div>
      <div className="card-actions">
        <OpenButton one={one} onOpen={onOpen} />
      </div>
    </>
  );
}
