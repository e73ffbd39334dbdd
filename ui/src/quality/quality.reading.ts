/** What the page reads by REST: again when the stream says that states changed, and now and then. */
import type { QualityPeriodView, QualityStateView } from '@tidegate/wire/quality';
import { useCallback, useEffect, useState } from 'react';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { frameOf, heatMapOf, type HeatMap } from './heat.map.ts';

const againMs = 10_000;
const pauseMs = 500;
/** Changes of state that one map is made of; what is older is left out of it, and the page says so. */
const spansMax = 5_000;

interface Reading {
  readonly map: HeatMap | null;
  readonly isCut: boolean;
  readonly periods: readonly QualityPeriodView[];
  readonly problem: string;
  again(): void;
}

export interface PeriodFilter {
  readonly source: string;
  readonly instrument: string;
  readonly open: string;
}

export function useQuality(minutes: number, filter: PeriodFilter): Reading {
  const { api, quality } = useDesk();
  const [held, setHeld] = useState<Omit<Reading, 'again'>>({
    map: null,
    isCut: false,
    periods: [],
    problem: '',
  });
  const [asked, ask] = useState(0);
  const again = useCallback(() => ask((count) => count + 1), []);
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isBusy = false;
    const read = async (): Promise<void> => {
      timer = undefined;
      isBusy = true;
      try {
        const nowMs = Date.now();
        const frame = frameOf(minutes, nowMs);
        const spans: QualityStateView[] = [];
        let before: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof api.qualityStates>> = await api.qualityStates(
            frame.fromMs,
            before,
          );
          spans.push(...page.items);
          before = page.next;
        } while (before !== null && spans.length < spansMax);
        const { items } = await api.qualityPeriods({ ...filter });
        if (isWanted)
          setHeld({ map: heatMapOf(spans, frame), isCut: before !== null, periods: items, problem: '' });
      } catch (error) {
        if (isWanted) setHeld((now) => ({ ...now, problem: problemText(error) }));
      } finally {
        isBusy = false;
        if (isWanted) timer ??= setTimeout(() => void read(), againMs);
      }
    };
    void read();
    const stop = quality.watch(() => {
      if (isBusy) return;
      clearTimeout(timer);
      timer = setTimeout(() => void read(), pauseMs);
    });
    return () => {
      isWanted = false;
      clearTimeout(timer);
      stop();
    };
  }, [api, quality, minutes, filter, asked]);
  return { ...held, again };
}
