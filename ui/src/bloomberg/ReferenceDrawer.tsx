/**
 * Bloomberg's reference data of an instrument beside whatever page is open, with its indicative price. Opened
 * from a tile, the instrument search and the Bloomberg page.
 */
import { ReloadOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer, Select, Skeleton } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import type { ReferenceView } from '@tidegate/wire/bloomberg';
import type { InstrumentView } from '@tidegate/wire/rest';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { useTimeText } from '../time/zone.ts';
import { EmulatedBadge } from './FeedHead.tsx';
import { IndicativeLine } from './IndicativeLine.tsx';
import {
  fieldText,
  referenceSheet,
  refusalsOf,
  type PriceRange,
  type ReferenceField,
} from './reference.fields.ts';
import './bloomberg.css';
import './reference.css';

export function ReferenceDrawer() {
  const { workspace, instrument } = useDesk();
  const narrow = useNarrow();
  const found = instrument(useCell(workspace.reference));
  return (
    <Drawer
      open={found !== undefined}
      onClose={() => workspace.reference.set('')}
      placement={narrow ? 'bottom' : 'right'}
      size={narrow ? '86%' : 400}
      destroyOnHidden
      title={found === undefined ? null : <Title selected={found} />}
      styles={{ body: { padding: 12 } }}
      rootClassName="reference-drawer"
      data-testid="reference-drawer"
    >
      {found !== undefined && <Reference key={found.id} instrument={found} />}
    </Drawer>
  );
}

function Title({ selected }: { readonly selected: InstrumentView }) {
  const { instruments, workspace } = useDesk();
  return (
    <span className="reference-title">
      <Select
        size="small"
        showSearch={{ optionFilterProp: 'label' }}
        variant="borderless"
        value={selected.id}
        aria-label="Instrument"
        data-testid="reference-instrument"
        popupMatchSelectWidth={false}
        onChange={(id) => workspace.reference.set(id)}
        options={instruments.map(({ id, symbol }) => ({ value: id, label: symbol }))}
      />
      <span className="faint">Bloomberg reference data</span>
    </span>
  );
}

interface Reading {
  readonly phase: 'loading' | 'known' | 'refused';
  readonly view: ReferenceView | null;
  /** What to say of a refusal: a headline and the API's own words. */
  readonly problem: readonly [title: string, text: string];
}

const unread: Reading = { phase: 'loading', view: null, problem: ['', ''] };

/** Asks once, and again on demand; an answer for an instrument that was left is not shown. */
function useReference(instrument: string): readonly [Reading, () => void] {
  const { api } = useDesk();
  const [reading, setReading] = useState(unread);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let hasLeft = false;
    setReading((held) => ({ ...held, phase: 'loading' }));
    api.reference(instrument).then(
      (view) => {
        if (!hasLeft) setReading({ phase: 'known', view, problem: ['', ''] });
      },
      (error: unknown) => {
        if (!hasLeft) setReading({ phase: 'refused', view: null, problem: refusalWords(error) });
      },
    );
    return () => {
      hasLeft = true;
    };
  }, [api, instrument, attempt]);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  return [reading, again];
}

const titles: Readonly<Record<string, string>> = {
  UNKNOWN_INSTRUMENT: 'Bloomberg has no security for this instrument',
  FEED_NOT_PERMITTED: 'Reference data are not permitted to you',
  BUDGET_EXCEEDED: 'The day’s usage budget is used up',
  FEED_DOWN: 'Bloomberg can’t be asked now',
  SESSION_ENDED: 'Bloomberg can’t be asked now',
  LIMIT: 'Too much is asked of Bloomberg now',
  TIMEOUT: 'Bloomberg did not answer in time',
};

function refusalWords(error: unknown): readonly [string, string] {
  const title = error instanceof ApiProblem ? titles[error.code] : undefined;
  return [title ?? 'The reference data could not be read', problemText(error)];
}

function Reference({ instrument }: { readonly instrument: InstrumentView }) {
  const { indicative } = useDesk();
  const isPermitted = useCell(indicative.isPermitted);
  const [reading, again] = useReference(instrument.id);
  const { phase, view, problem } = reading;
  const timeOf = useTimeText();
  return (
    <div className="reference" data-testid="reference" data-phase={phase} data-instrument={instrument.id}>
      {isPermitted && <IndicativeLine instrument={instrument} place="panel" />}
      {phase === 'refused' && (
        <Alert
          type="warning"
          showIcon
          title={problem[0]}
          description={problem[1]}
          data-testid="reference-problem"
        />
      )}
      {view === null && phase === 'loading' && (
        <div aria-label="Reading the reference data" role="status">
          <Skeleton active title={false} paragraph={{ rows: 9, width: '100%' }} />
        </div>
      )}
      {view !== null && <Sheet view={view} priceScale={instrument.priceScale} />}
      <footer className="reference-foot">
        <span className="faint">{view === null ? '' : `${view.security}, read at ${timeOf(view.at)}`}</span>
        <Button
          size="small"
          icon={<ReloadOutlined />}
          loading={phase === 'loading'}
          data-testid="reference-again"
          title="Answers are kept for a minute; a new one costs hits of the usage budget"
          onClick={again}
        >
          {phase === 'refused' ? 'Try again' : 'Read again'}
        </Button>
      </footer>
    </div>
  );
}

interface SheetProps {
  readonly view: ReferenceView;
  readonly priceScale: number;
}

function Sheet({ view, priceScale }: SheetProps) {
  const { description, prices, ranges, others } = referenceSheet(view);
  return (
    <>
      <Fields fields={description} badge={view.isEmulated} title="Security" priceScale={priceScale} />
      <Fields fields={prices} title="Prices" priceScale={priceScale} />
      {ranges.length > 0 && (
        <section>
          <h4>Ranges, with the last price</h4>
          {ranges.map((range) => (
            <Range key={range.key} range={range} priceScale={priceScale} />
          ))}
        </section>
      )}
      <Fields fields={others} title="More" priceScale={priceScale} />
      {view.exceptions.length > 0 && (
        <section data-testid="reference-exceptions">
          <h4>Refused by Bloomberg</h4>
          {refusalsOf(view).map(({ why, fields }) => (
            <p key={why} className="feed-cause">
              {why}: <span className="soft">{fields.join(', ')}</span>
            </p>
          ))}
        </section>
      )}
    </>
  );
}

interface FieldsProps {
  readonly fields: readonly ReferenceField[];
  readonly title: string;
  readonly priceScale: number;
  readonly badge?: boolean;
}

function Fields({ fields, title, priceScale, badge = false }: FieldsProps) {
  if (fields.length === 0) return null;
  return (
    <section>
      <h4>
        {title}
        {badge && <EmulatedBadge />}
      </h4>
      <dl className="reference-fields">
        {fields.map((field) => (
          <div key={field.field} data-testid={`reference-${field.field}`}>
            <dt title={field.field}>{field.label}</dt>
            <dd className={field.value === null ? 'faint' : ''}>{fieldText(field, priceScale)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface RangeProps {
  readonly range: PriceRange;
  readonly priceScale: number;
}

function Range({ range, priceScale }: RangeProps) {
  return (
    <div className="reference-range" data-testid={`reference-range-${range.key}`}>
      <span className="faint">{range.label}</span>
      <span>{fieldText(range.low, priceScale)}</span>
      <span className="reference-track">
        {range.percent !== null && <i style={{ left: `${range.percent}%` }} />}
      </span>
      <span className="number">{fieldText(range.high, priceScale)}</span>
    </div>
  );
}
