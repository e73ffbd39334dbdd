/** Data quality: the heat map of states over time, and the problem periods with their answers. */
import { Segmented, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { heatRanges, type HeatRow } from './heat.map.ts';
import { HeatMapTable } from './HeatMapTable.tsx';
import { PeriodCard, periodColumns } from './period.columns.tsx';
import { PeriodDrawer } from './PeriodDrawer.tsx';
import { useQuality, type PeriodFilter } from './quality.reading.ts';
import { partyWord } from './quality.words.ts';
import './quality.css';

const everything: PeriodFilter = { source: '', instrument: '', open: '' };

export function QualityPage() {
  const { me } = useDesk();
  if (me.permissions.includes('seeQuality')) return <Quality />;
  return (
    <main className="page">
      <div className="empty">Operators only</div>
    </main>
  );
}

function Quality() {
  const [minutes, setMinutes] = useState<number>(heatRanges[0].value);
  const [filter, setFilter] = useState(everything);
  const [opened, setOpened] = useState<string | null>(null);
  const { map, isCut, periods, problem, again } = useQuality(minutes, filter);
  const nowMs = map === null ? 0 : Date.now();
  const columns = useMemo(() => periodColumns(nowMs, setOpened), [nowMs]);
  const choose = ({ source, instrument }: HeatRow): void => setFilter({ source, instrument, open: '' });
  return (
    <main className="page stacked quality-page">
      <section className="panel" aria-label="Heat map" data-testid="heat-map">
        <div className="quality-bar">
          <b>States</b>
          <Segmented
            size="small"
            aria-label="Time shown"
            value={minutes}
            options={[...heatRanges]}
            onChange={setMinutes}
          />
          {isCut && <span className="soft">The oldest part is left out: too many changes.</span>}
          {problem !== '' && <span className="soft">{problem}</span>}
        </div>
        {map === null || map.rows.length === 0 ? (
          <div className="empty">{map === null ? 'Reading states …' : 'Nothing is recorded'}</div>
        ) : (
          <HeatMapTable map={map} onChoose={choose} />
        )}
      </section>
      <section className="panel tabs-panel">
        <Grid
          name="quality-periods"
          title="Problem periods"
          testId="periods-table"
          columns={columns}
          rows={periods}
          rowKey={(one) => one.id}
          card={(one) => <PeriodCard one={one} nowMs={nowMs} onOpen={setOpened} />}
          empty={problem || 'No problem periods'}
          rowTone={(one) => (one.to === null ? 'unread' : 'closed')}
          onOpen={(one) => setOpened(one.id)}
          given={filter.source === '' ? [] : [partyWord(filter.source, filter.instrument)]}
          choices={<PeriodChoices filter={filter} onFilter={setFilter} />}
        />
      </section>
      <PeriodDrawer id={opened} onClose={() => setOpened(null)} onChanged={again} />
    </main>
  );
}

interface PeriodChoicesProps {
  readonly filter: PeriodFilter;
  readonly onFilter: (filter: PeriodFilter) => void;
}

const all = '';

function PeriodChoices({ filter, onFilter }: PeriodChoicesProps) {
  const chosen = filter.source === '' ? all : partyWord(filter.source, filter.instrument);
  return (
    <>
      <Select
        size="small"
        aria-label="Whose periods"
        data-testid="periods-of"
        value={chosen}
        options={[
          { value: all, label: 'Everybody' },
          ...(chosen === all ? [] : [{ value: chosen, label: chosen }]),
        ]}
        onChange={(value: string) => {
          if (value === all) onFilter({ ...filter, source: '', instrument: '' });
        }}
      />
      <Select
        size="small"
        aria-label="Which periods"
        value={filter.open}
        options={[
          { value: '', label: 'All' },
          { value: 'true', label: 'Going on' },
          { value: 'false', label: 'Ended' },
        ]}
        onChange={(open: string) => onFilter({ ...filter, open })}
      />
    </>
  );
}
