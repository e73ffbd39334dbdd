/** The kill switch by scope: what stands, with what is still open there, and the way to one more. */
import { StopOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import type { StopView } from '@tidegate/wire/stops';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { useTimeText } from '../time/zone.ts';
import { ReleaseDialog } from './ReleaseDialog.tsx';
import { StopDialog } from './StopDialog.tsx';
import { openWords, scopeWords } from './stop.words.ts';
import { stateTone, stateWord } from './trading.words.ts';

/** What is left goes down while cancels are answered. */
const againMs = 2_000;

export function StopsPanel() {
  const { api, notices } = useDesk();
  const [stops, setStops] = useState<readonly StopView[]>([]);
  const [isStopping, setStopping] = useState(false);
  const [released, setReleased] = useState<StopView | null>(null);
  const read = useCallback(async (): Promise<void> => {
    try {
      setStops(await api.stops());
    } catch (error) {
      notices.tell('bad', problemText(error));
    }
  }, [api, notices]);
  useEffect(() => {
    void read();
  }, [read]);
  useEffect(() => {
    if (!stops.some(({ stop, open }) => stop === 'halted' && open.orders > 0)) return;
    const timer = setTimeout(() => void read(), againMs);
    return () => clearTimeout(timer);
  }, [read, stops]);
  return (
    <section className="panel" data-testid="admin-stops">
      <div className="panel-head">
        <span className="panel-title">Stopped parts of firms</span>
        <Button
          danger
          size="small"
          icon={<StopOutlined />}
          data-testid="stop-new"
          onClick={() => setStopping(true)}
        >
          Stop a part …
        </Button>
      </div>
      {stops.length === 0 && <div className="empty">No account, trader, session, instrument or provider</div>}
      {stops.map((one) => (
        <StopRow key={`${one.firm} ${scopeWords(one.scope)}`} stop={one} onRelease={() => setReleased(one)} />
      ))}
      <StopDialog
        isOpen={isStopping}
        onClose={() => {
          setStopping(false);
          void read();
        }}
      />
      <ReleaseDialog
        stop={released}
        onClose={() => {
          setReleased(null);
          void read();
        }}
      />
    </section>
  );
}

interface StopRowProps {
  readonly stop: StopView;
  readonly onRelease: () => void;
}

function StopRow({ stop, onRelease }: StopRowProps) {
  const { mayRelease } = useDesk();
  const timeOf = useTimeText();
  return (
    <div className="admin-firm" data-testid="stop-row">
      <b className="admin-name clip" title={scopeWords(stop.scope)}>
        {stop.firm}: {scopeWords(stop.scope)}
      </b>
      <span className="chip" data-tone={stateTone[stop.stop]}>
        {stateWord[stop.stop]}
      </span>
      <span className="admin-why soft clip" title={`${stop.by}: ${stop.reason}`}>
        {`${timeOf(stop.at)} by ${stop.by}: ${stop.reason} · open ${openWords(stop.open)} of ${stop.orders}`}
      </span>
      <span className="admin-buttons">
        <Button
          size="small"
          disabled={!mayRelease}
          aria-label={`Release ${scopeWords(stop.scope)} of ${stop.firm}`}
          data-testid="stop-release"
          onClick={onRelease}
        >
          Release
        </Button>
      </span>
    </div>
  );
}
