/** States of providers' data on the stream: one row for each source × instrument, the newest counts. */
import type { QualityStateView } from '@tidegate/wire/quality';
import type { RowRules } from '../stream/rows.ts';

export const qualityRows: RowRules<QualityStateView> = {
  key: ({ source, instrument }) => `${source} ${instrument}`,
  limit: 20_000,
  // What ended is told with its end, and its successor with it.
  supersedes: (next, held) => next.from >= held.from,
  compare: (left, right) =>
    left.source.localeCompare(right.source) || left.instrument.localeCompare(right.instrument),
};
