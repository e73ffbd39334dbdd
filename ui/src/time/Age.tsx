/**
 * How long ago a moment was, by the server's time and the page's own clock: it goes on growing when nothing
 * comes any more. Without a connection nobody knows.
 */
import { useSyncExternalStore } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { ageText } from './age.ts';
import { timeText } from './time.text.ts';
import { useZone } from './zone.ts';

const BEAT_MS = 1_000;
const watchers = new Set<() => void>();
let beat = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all ages of the page. */
function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(() => {
    beat += 1;
    for (const each of watchers) each();
  }, BEAT_MS);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

export interface AgeProps {
  /** ISO; undefined: it never was. */
  readonly at: string | undefined;
  readonly never?: string;
}

export function Age({ at, never = 'Never' }: AgeProps) {
  const { dealing, serverClock } = useDesk();
  const zone = useZone();
  const isConnected = useCell(dealing.lostAtMs) === null;
  useSyncExternalStore(watch, () => beat);
  if (!isConnected) return <span className="faint">Unknown</span>;
  if (at === undefined) return <span className="faint">{never}</span>;
  const now = serverClock.at(performance.now());
  return (
    <time dateTime={at} title={timeText(at, zone)}>
      {now === undefined ? timeText(at, zone) : ageText(Date.parse(now) - Date.parse(at))}
    </time>
  );
}
