/**
 * Availability by day, kept: computed from the recorded states by the published formula
 * (docs/data-quality.md). A longer time is split into days over all workers and summed up afterwards.
 */
import type { AvailabilityRow } from '@tidegate/platform/quality/quality.reading';
import { JobImpossible, type InputOf, type JobRun } from '../kind.ts';

const dayMs = 86_400_000;
const daysMax = 1_000;
const pageMax = 500;

export const availabilityDay: JobRun<InputOf<'availabilityDay'>> = async (
  { input: { day }, nowMs, progress },
  { quality },
) => {
  const fromMs = Date.parse(day);
  const toMs = Math.min(fromMs + dayMs, nowMs);
  if (toMs <= fromMs) throw new JobImpossible('DAY_NOT_BEGUN', `${day} has not begun`);
  const rows: AvailabilityRow[] = [];
  for (let before: string | undefined; ;) {
    const { items, next } = await quality.availability({
      fromMs,
      toMs,
      bucketMs: undefined,
      limit: pageMax,
      before,
    });
    rows.push(...items);
    progress(0.5, `${rows.length} read`);
    if (next === null) break;
    before = next;
  }
  const kept = rows.map(({ source, instrument, fromMs: from, toMs: to, ...figures }) => ({
    source,
    instrument,
    fromMs: from,
    toMs: to,
    figures,
  }));
  const sum = sumOf(kept.map(({ figures }) => figures));
  return {
    result: { day, rows: kept.length, ...sum },
    effects: [{ what: 'availability', day, rows: kept }],
  };
};

export const availabilityRollUp: JobRun<InputOf<'availabilityRollUp'>> = ({ input: { from, to } }) => {
  const days: string[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += dayMs)
    days.push(new Date(ms).toISOString().slice(0, 10));
  if (days.length > daysMax)
    throw new JobImpossible('TOO_MANY_DAYS', `${days.length} days, of ${daysMax} at most`);
  return Promise.resolve({
    result: { days: days.length },
    split: {
      parts: days.map((day) => ({ kind: 'availabilityDay', input: { day } })),
      gather: { kind: 'availabilitySum', input: { from, to } },
    },
  });
};

export const availabilitySum: JobRun<InputOf<'availabilitySum'>> = async (
  { id, input: { from, to } },
  { reading },
) => {
  const parts = (await reading.resultsBefore(id)) as readonly Figures[];
  return { result: { from, to, days: parts.length, ...sumOf(parts) } };
};

interface Figures {
  readonly expectedMs: number;
  readonly goodMs: number;
  readonly excusedMs: number;
}

const share = (part: number, whole: number): number | null => (whole <= 0 ? null : part / whole);

/** Weighted by the time in which data was expected. */
export function sumOf(all: readonly Figures[]) {
  const total = (of: keyof Figures): number => all.reduce((sum, figures) => sum + figures[of], 0);
  const [expectedMs, goodMs, excusedMs] = [total('expectedMs'), total('goodMs'), total('excusedMs')];
  return {
    expectedMs,
    goodMs,
    excusedMs,
    raw: share(goodMs, expectedMs),
    excused: share(goodMs, expectedMs - excusedMs),
  };
}
