/**
 * What a time was that nobody watched: UNKNOWN where data was expected, EXCUSED where not. Looked at once a
 * minute, and to the second where that changes; what is shorter than a minute in between is not seen.
 */
import type { ExcuseReason, Span } from './state.ts';
import type { Interval } from './availability.ts';
import type { Excuse } from './watch.ts';

const minuteMs = 60_000;
const secondMs = 1_000;

export function holeSpans(
  source: string,
  instrument: string,
  { fromMs, toMs }: Interval,
  excuse: Excuse,
): readonly Span[] {
  const spans: Span[] = [];
  const at = (ms: number): ExcuseReason | undefined =>
    excuse(source, instrument, Math.floor(ms / secondMs) * secondMs);
  let startMs = fromMs;
  let now = at(fromMs);
  const end = (endMs: number): void => {
    if (endMs > startMs) spans.push(spanOf(source, instrument, now, startMs, endMs));
    startMs = endMs;
  };
  for (let lookMs = fromMs; lookMs < toMs;) {
    const nextMs = Math.min(lookMs + minuteMs, toMs);
    const next = at(nextMs - 1);
    if (next !== now) {
      end(changeBetween(lookMs, nextMs, (ms) => at(ms) !== now));
      now = next;
    }
    lookMs = nextMs;
  }
  end(toMs);
  return spans;
}

/** The first whole second of which `isOther` holds. */
function changeBetween(fromMs: number, toMs: number, isOther: (ms: number) => boolean): number {
  for (let ms = Math.floor(fromMs / secondMs) * secondMs + secondMs; ms < toMs; ms += secondMs)
    if (isOther(ms)) return ms;
  return toMs;
}

const spanOf = (
  source: string,
  instrument: string,
  excuse: ExcuseReason | undefined,
  fromMs: number,
  toMs: number,
): Span => ({
  source,
  instrument,
  state: excuse === undefined ? 'UNKNOWN' : 'EXCUSED',
  fromMs,
  toMs,
  why: excuse ?? 'monitor',
  peak: 0,
  isConflated: false,
});
