/**
 * Cases: what providers said that could not be booked as it stands. Those that wait for an answer come first;
 * each opens with its message, what it is about, and what can be done.
 */
import { Button, Select } from 'antd';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { CASE_KINDS, UNATTRIBUTED, type CaseKind } from '@tidegate/core/order/case';
import { BlotterCards } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { visibleRows, type Sort } from '../blotter/columns.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { CaseDrawer } from './CaseDrawer.tsx';
import { CaseCard, caseColumns } from './case.columns.tsx';
import { useCaseList, type CaseFilter, type CaseList } from './case.list.ts';
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
  const narrow = useNarrow();
  const [filter, setFilter] = useState(all);
  const [sort, setSort] = useState<Sort | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const now = useNow();
  const list = useCaseList(filter);
  useSyncExternalStore(cases.watch, cases.list);
  const columns = useMemo(() => caseColumns(now, setOpened), [now]);
  const rows = useMemo(() => visibleRows(list.rows, columns, () => true, sort), [list.rows, columns, sort]);
  const refused = useCell(refusals).get('cases');
  const empty = list.problem || refused || (list.isReading ? 'Reading cases …' : 'No cases');
  return (
    <main className="page stacked">
      <section className="panel tabs-panel" data-testid="cases-table" data-rows={rows.length}>
        <CasesBar filter={filter} onFilter={setFilter} list={list} />
        {narrow ? (
          <BlotterCards
            rows={rows}
            rowKey={(one) => one.caseId}
            empty={empty}
            card={(one) => <CaseCard one={one} now={now} onOpen={setOpened} />}
          />
        ) : (
          <BlotterTable
            columns={columns}
            rows={rows}
            rowKey={(one) => one.caseId}
            sort={sort}
            onSort={setSort}
            empty={empty}
            rowTone={(one) => (one.state === 'open' ? 'unread' : 'closed')}
          />
        )}
      </section>
      <CaseDrawer caseId={opened} onClose={() => setOpened(null)} />
    </main>
  );
}

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

interface CasesBarProps {
  readonly filter: CaseFilter;
  readonly onFilter: (filter: CaseFilter) => void;
  readonly list: CaseList;
}

function CasesBar({ filter, onFilter, list }: CasesBarProps) {
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
    <div className="blotter-bar">
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
      <span className="spacer" />
      <OpenCount />
      <Button
        size="small"
        disabled={!list.hasMore || list.isReading}
        data-testid="cases-more"
        onClick={() => list.readMore()}
      >
        {list.hasMore ? 'Older' : 'All loaded'}
      </Button>
    </div>
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
