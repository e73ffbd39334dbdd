/**
 * How the trading day found the positions: read when the page opens, when the day has turned, and when a
 * position is there that was not.
 */
import type { PositionOpenings, PositionView } from '@tidegate/wire/orders';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { positionKey, useDesk } from '../desk.ts';
import { dayPnl, type DayOf } from './day.pnl.ts';

const againMs = 30_000;
/** Past the end of the day, and after a first trade: then it is in the tables. */
const afterMs = 1_500;
const timerMsMax = 2 ** 31 - 1;

export interface Day {
  /** `2026-11-25`; empty: not read yet. */
  readonly tradeDate: string;
  readonly dayOf: DayOf;
}

export function useDay(positions: readonly PositionView[]): Day {
  const { api } = useDesk();
  const [openings, setOpenings] = useState<PositionOpenings | null>(null);
  const [asked, ask] = useState(0);
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      let inMs = againMs;
      try {
        const found = await api.openings();
        if (isWanted) setOpenings(found);
        inMs = Math.max(againMs, Date.parse(found.day.to) - Date.now() + afterMs);
      } catch {
        // Nothing is shown, or what was read before; it is asked for again.
      }
      if (isWanted) timer = setTimeout(() => void read(), Math.min(inMs, timerMsMax));
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, asked]);
  const again = useCallback(() => ask((count) => count + 1), []);
  useNew(openings, positions, again);
  return useMemo(() => dayIn(openings), [openings]);
}

/** Asks once for each position that is not among the openings: some were traded before those were kept. */
function useNew(
  openings: PositionOpenings | null,
  positions: readonly PositionView[],
  again: () => void,
): void {
  const wanted = useRef(new Set<string>());
  useEffect(() => {
    if (openings === null) return undefined;
    const known = new Set(openings.positions.map(positionKey));
    const missing = positions.map(positionKey).filter((key) => !known.has(key) && !wanted.current.has(key));
    if (missing.length === 0) return undefined;
    const timer = setTimeout(() => {
      for (const key of missing) wanted.current.add(key);
      again();
    }, afterMs);
    return () => clearTimeout(timer);
  }, [openings, positions, again]);
}

function dayIn(openings: PositionOpenings | null): Day {
  if (openings === null) return { tradeDate: '', dayOf: () => undefined };
  const { day, marks, positions } = openings;
  const known = new Map(positions.map((one) => [positionKey(one), one]));
  return {
    tradeDate: day.tradeDate,
    dayOf: (position, mid) =>
      dayPnl(position, known.get(positionKey(position)), marks[position.instrument]?.price, mid),
  };
}
