/** Whether the stream is live, its latency and how many updates a second come in. Renders once a second. */
import { useSyncExternalStore } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import type { StreamPhase } from '../stream/protocol.ts';

const words: Readonly<Record<StreamPhase, string>> = {
  idle: 'Offline',
  connecting: 'Connecting',
  authenticating: 'Signing on',
  live: 'Live',
  waiting: 'Reconnecting',
};
const tones: Readonly<Record<StreamPhase, string>> = {
  idle: 'bad',
  connecting: 'warn',
  authenticating: 'warn',
  live: 'good',
  waiting: 'bad',
};

export function ConnectionState() {
  const { phase, meter } = useDesk();
  const now = useCell(phase);
  const reading = useSyncExternalStore(meter.watch, meter.read);
  const latency = reading.latencyMs === null ? '–' : `${Math.max(1, Math.round(reading.latencyMs))} ms`;
  return (
    <span
      className="connection"
      data-testid="connection-state"
      data-state={now}
      title={
        `${words[now]}, round trip ${latency}, ${reading.updatesPerSecond} updates a second, ` +
        `painted within ${reading.paintedMsMax} ms`
      }
    >
      <span className="dot" data-tone={tones[now]} />
      <span className={now === 'live' ? 'wide-only' : ''}>{words[now]}</span>
      <span className="connection-figure" data-testid="connection-latency">
        {latency}
      </span>
      <span className="connection-figure wide-only" data-testid="connection-rate">
        {reading.updatesPerSecond}/s
      </span>
    </span>
  );
}
