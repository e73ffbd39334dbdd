/** The calls of data quality, as a part of the REST interface. */
import {
  qualityPages,
  qualityPeriodDetail,
  type QualityPeriodDetail,
  type QualityPeriodView,
  type QualityStateView,
} from '@tidegate/wire/quality';
import type { Page, Requester } from './client.ts';

export interface QualityCalls {
  /** States of data that held since then, newest first. */
  qualityStates(fromMs: number, before: string | null): Promise<Page<QualityStateView>>;
  /** The newest; empty texts are no filter. */
  qualityPeriods(filter: {
    readonly source: string;
    readonly instrument: string;
    readonly open: string;
  }): Promise<Page<QualityPeriodView>>;
  qualityPeriod(id: string): Promise<QualityPeriodDetail>;
  judgePeriod(
    id: string,
    action: 'acknowledge' | 'annotate' | 'excuse',
    request: { readonly reason: string; readonly isExcused?: boolean },
  ): Promise<QualityPeriodDetail>;
}

const statesMax = 500;
const periodsMax = 200;

export function qualityCalls(call: Requester): QualityCalls {
  const period = (id: string): string => `/quality/periods/${encodeURIComponent(id)}`;
  return {
    qualityStates: (fromMs, before) => {
      const query = new URLSearchParams({ from: new Date(fromMs).toISOString(), limit: String(statesMax) });
      if (before !== null) query.set('before', before);
      return call('GET', `/quality/states?${query.toString()}`, qualityPages.states);
    },
    qualityPeriods: (filter) => {
      const chosen = Object.entries(filter).filter(([, value]) => value !== '');
      const query = new URLSearchParams({ ...Object.fromEntries(chosen), limit: String(periodsMax) });
      return call('GET', `/quality/periods?${query.toString()}`, qualityPages.periods);
    },
    qualityPeriod: (id) => call('GET', period(id), qualityPeriodDetail),
    judgePeriod: (id, action, request) =>
      call('POST', `${period(id)}/${action}`, qualityPeriodDetail, request),
  };
}
