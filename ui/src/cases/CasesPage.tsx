/**
 * Cases: what providers said that could not be booked as it stands. Those that wait for an answer come first;
 * each opens with its message, what it is about, and what can be done.
 */
import { Select } from 'antd';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { CASE_KINDS, UNATTRIBUTED, type CaseKind } from '@tidegate/core/order/case';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { CaseDrawer } from './CaseDrawer.tsx';
import { CaseCard, caseColumns } from './case.columns.tsx';
import { useCaseList, type CaseFilter } from './case.list.ts';
import { kindWord, openCount, stateWord } from './case.words.ts';
import './cases.css';

const AGE_MS = 5_000;
const all: CaseFilter = { state: 'all', kind: '', venue: '', firm: '', instrument: '' };

export function CasesPage() {
  const { mayOperate } = useDesk();
  if (mayOperate) return <Cases />;
  return (
    <main className="page">
      <div className="empty">Operators only</div>
    </main>
  );
}

function Cases() {
  const { cases, refusals } = useDesk();
  const [filter, setFilter] = useState(all);
  const [opened, setOpened] = useState<string | null>(null);
  const now = useNow();
  const list = useCaseList(filter);
  useSyncExternalStore(cases.watch, cases.list);
  const columns = useMemo(() => caseColumns(now, setOpened), [now]);
  const refused = useCell(refusals).get('cases');
  const empty = list.problem || refused || (list.isReading ? 'Reading cases …' : 'No cases');
  return (
    <main className="page stacked">
      <section className="panel tabs-panel">
        <Grid
          name="cases"
          title="Cases"
          testId="cases-table"
          columns={columns}
          rows={list.rows}
          rowKey={(one) => one.caseId}
          card={(one) => <CaseCard one={one} now={now} onOpen={setOpened} />}
          empty={empty}
          rowTone={(one) => (one.state === 'open' ? 'unread' : 'closed')}
          onOpen={(one) => setOpened(one.caseId)}
          more={{
            total: null,
            hasMore: list.hasMore,
            isReading: list.isReading,
            problem: list.problem,
            read: list.readMore,
          }}
          given={wordsOf(filter)}
          choices={<CaseChoices filter={filter} onFilter={setFilter} />}
          actions={<OpenCount />}
        />
      </section>
      <CaseDrawer caseId={opened} onClose={() => setOpened(null)} />
    </main>
  );
}

/** What the server has filtered. */
const wordsOf = ({ state, kind, venue, firm, instrument }: CaseFilter): readonly string[] =>
  [state === 'all' ? '' : state, kind, venue, firm, instrument].filter((word) => word !== '');

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), AGE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

const states: readonly { readonly value: CaseFilter['state']; readonly label: string }[] = [
  { value: 'all', label: 'Open first' },
  { value: 'open', label: stateWord.open },
  { value: 'resolved', label: 'Answered' },
  { value: 'booked', label: stateWord.booked },
  { value: 'corrected', label: stateWord.corrected },
  { value: 'dismissed', label: stateWord.dismissed },
  { value: 'settled', label: stateWord.settled },
];
const kinds: readonly Choice[] = [
  { value: '', label: 'All kinds' },
  ...(Object.keys(CASE_KINDS) as CaseKind[]).map((kind) => ({ value: kind, label: kindWord[kind] })),
];

interface CaseChoicesProps {
  readonly filter: CaseFilter;
  readonly onFilter: (filter: CaseFilter) => void;
}

function CaseChoices({ filter, onFilter }: CaseChoicesProps) {
  const { instruments } = useDesk();
  const { venues, firms } = useParties(filter);
  const symbols = instruments.map(({ id, symbol }) => ({ value: id, label: symbol }));
  const choose = (
    name: 'kind' | 'venue' | 'firm' | 'instrument',
    label: string,
    options: readonly Choice[],
  ) => (
    <Select
      size="small"
      className="cases-filter"
      value={filter[name]}
      options={[...options]}
      aria-label={label}
      data-testid={`cases-filter-${name}`}
      onChange={(value: string) => onFilter({ ...filter, [name]: value })}
    />
  );
  return (
    <>
      <Select
        size="small"
        className="cases-filter"
        value={filter.state}
        options={[...states]}
        aria-label="State"
        data-testid="cases-filter-state"
        onChange={(state) => onFilter({ ...filter, state })}
      />
      {choose('kind', 'Kind', kinds)}
      {choose('venue', 'Venue', [{ value: '', label: 'All venues' }, ...venues])}
      {choose('firm', 'Firm', [{ value: '', label: 'All firms' }, ...firms])}
      {choose('instrument', 'Instrument', [{ value: '', label: 'All instruments' }, ...symbols])}
    </>
  );
}

function OpenCount() {
  const { cases } = useDesk();
  const count = useSyncExternalStore(cases.watch, () => openCount(cases.list()));
  return (
    <span className="blotter-count" data-testid="cases-open-count" role="status">
      {count} open
    </span>
  );
}

/** Venues and firms that cases may be of, as far as the desk has heard of them. */
function useParties(filter: CaseFilter): { venues: readonly Choice[]; firms: readonly Choice[] } {
  const { sessions, tradingStates } = useDesk();
  const known = useSyncExternalStore(sessions.watch, sessions.list);
  const states = useCell(tradingStates);
  const venues = known.filter(({ side }) => side === 'venue').map(({ counterparty }) => counterparty);
  const firms = [...states.map(({ firm }) => firm), UNATTRIBUTED];
  const choices = (names: readonly string[], chosen: string): Choice[] =>
    [...new Set(chosen === '' ? names : [...names, chosen])]
      .sort()
      .map((name) => ({ value: name, label: name }));
  return { venues: choices(venues, filter.venue), firms: choices(firms, filter.firm) };
}
