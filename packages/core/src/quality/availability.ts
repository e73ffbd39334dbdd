/**
 * Availability by the formula of docs/data-quality.md: of the time in which data was expected, the share in
 * which it was good. Computed from recorded spans alone; a time of which nothing is recorded is UNKNOWN.
 */
import { qualityStates, type QualityState, type Span } from './state.ts';

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Availability {
  /** Not outside of hours and schedule. */
  readonly expectedMs: number;
  readonly goodMs: number;
  /** Expected and not good, but announced, or excused by somebody. */
  readonly excusedMs: number;
  readonly msByState: Readonly<Record<QualityState, number>>;
  /** good / expected; null: nothing was expected. */
  readonly raw: number | null;
  /** good / (expected − excused); null: nothing was left to be expected. */
  readonly excused: number | null;
}

export type RecordedSpan = Pick<Span, 'state' | 'fromMs' | 'toMs' | 'why'>;

/**
 * @param spans of one source × instrument, in order, not overlapping; one that is open holds to the end.
 * @param excuses times that people have excused; may overlap.
 */
export function availabilityOf(
  spans: readonly RecordedSpan[],
  excuses: readonly Interval[],
  { fromMs, toMs }: Interval,
): Availability {
  const msByState = Object.fromEntries(qualityStates.map((state) => [state, 0])) as Record<
    QualityState,
    number
  >;
  const forgiven = unionOf(excuses);
  let scheduledMs = 0;
  let excusedMs = 0;
  let reachedMs = fromMs;
  const add = (state: QualityState, why: string, from: number, to: number): void => {
    if (to <= from) return;
    msByState[state] += to - from;
    if (state === 'EXCUSED' && why === 'schedule') scheduledMs += to - from;
    else if (state === 'EXCUSED') excusedMs += to - from;
    else if (state !== 'GOOD') excusedMs += overlapMs(forgiven, from, to);
  };
  for (const span of spans) {
    const from = Math.max(span.fromMs, reachedMs);
    const to = Math.min(span.toMs ?? toMs, toMs);
    if (to <= from) continue;
    add('UNKNOWN', '', reachedMs, from);
    add(span.state, span.why, from, to);
    reachedMs = to;
  }
  add('UNKNOWN', '', reachedMs, toMs);
  const expectedMs = toMs - fromMs - scheduledMs;
  const goodMs = msByState.GOOD;
  const left = expectedMs - excusedMs;
  return {
    expectedMs,
    goodMs,
    excusedMs,
    msByState,
    raw: expectedMs === 0 ? null : goodMs / expectedMs,
    excused: left === 0 ? null : goodMs / left,
  };
}

function unionOf(intervals: readonly Interval[]): Interval[] {
  const union: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of intervals.toSorted((left, right) => left.fromMs - right.fromMs)) {
    const last = union.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else union.push({ fromMs, toMs });
  }
  return union;
}

const overlapMs = (union: readonly Interval[], fromMs: number, toMs: number): number =>
  union.reduce(
    (sum, each) => sum + Math.max(0, Math.min(each.toMs, toMs) - Math.max(each.fromMs, fromMs)),
    0,
  );
