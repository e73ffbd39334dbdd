/**
 * The kill switch: trading state of each firm. Halting cancels all open orders of the firm; cancels always
 * pass.
 */
import { StopOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { TradingStateView } from '@tidegate/wire/rest';
import { problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useTimeText } from '../time/zone.ts';
import { StopsPanel } from './StopsPanel.tsx';
import { TradingStateDialog, type Change } from './TradingStateDialog.tsx';
import { lastChange, stateTone, stateWord } from './trading.words.ts';
import './admin.css';

export function AdminPage() {
  const desk = useDesk();
  const { notices } = desk;
  const states = useCell(desk.tradingStates);
  const [change, setChange] = useState<Change | null>(null);
  useEffect(() => {
    const read = async (): Promise<void> => {
      try {
        desk.tradingStates.set(await desk.api.tradingStates());
      } catch (error) {
        notices.tell('bad', problemText(error));
      }
    };
    void read();
  }, [desk, notices]);
  if (!desk.mayHalt)
    return (
      <main className="page">
        <div className="empty">Only for those who may halt trading</div>
      </main>
    );
  return (
    <main className="page stacked admin" data-testid="admin-page">
      <section className="panel">
        <div className="panel-head">
          <span className="panel-title">Kill switch</span>
        </div>
        <div className="admin-all">
          <div>
            <b>All firms</b>
            <p className="soft">
              Halting refuses every new order and cancels all open orders of every firm. Cancels always pass.
            </p>
          </div>
          <Button
            type="primary"
            danger
            size="large"
            icon={<StopOutlined />}
            data-testid="admin-halt-all"
            onClick={() => setChange({ firm: null, state: 'halted' })}
          >
            Halt all trading
          </Button>
        </div>
      </section>
      <section className="panel admin-firms" data-testid="admin-firms">
        <div className="panel-head">
          <span className="panel-title">Trading state by firm</span>
        </div>
        {states.length === 0 && <div className="empty">No firms</div>}
        {states.map((state) => (
          <FirmRow key={state.firm} state={state} onChange={setChange} />
        ))}
      </section>
      <StopsPanel />
      <TradingStateDialog change={change} onClose={() => setChange(null)} />
    </main>
  );
}

interface FirmRowProps {
  readonly state: TradingStateView;
  readonly onChange: (change: Change) => void;
}

function FirmRow({ state, onChange }: FirmRowProps) {
  const { events, mayRelease } = useDesk();
  const timeOf = useTimeText();
  const why = useSyncExternalStore(events.watch, () => lastChange(events.list(), state.firm));
  return (
    <div className="admin-firm" data-testid={`admin-firm-${state.firm}`} data-state={state.state}>
      <b className="admin-name">{state.firm}</b>
      <span className="chip" data-tone={stateTone[state.state]} data-testid={`admin-state-${state.firm}`}>
        {stateWord[state.state]}
      </span>
      <span className="admin-why soft clip" title={why?.text}>
        {why === undefined ? '' : `${timeOf(why.at)} ${why.text}`}
      </span>
      <span className="admin-buttons">
        {(['active', 'reducing', 'halted'] as const).map((to) => (
          <Button
            key={to}
            size="small"
            danger={to === 'halted'}
            // What is shown may be old: a halt can be asked for at any time.
            disabled={(state.state === to && to !== 'halted') || (to === 'active' && !mayRelease)}
            data-testid={`admin-set-${state.firm}-${to}`}
            onClick={() => onChange({ firm: state.firm, state: to })}
          >
            {{ active: 'Activate', reducing: 'Reduce only', halted: 'Halt' }[to]}
          </Button>
        ))}
      </span>
    </div>
  );
}
