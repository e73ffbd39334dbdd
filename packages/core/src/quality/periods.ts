/**
 * Problem periods: each trouble of a source × instrument from its first to its last moment. What returns at
 * once is the same period. An outage of a whole source is one incident, and those of its instruments are its
 * children; a blind monitor is one incident without any.
 */
import { isTrouble, WHOLE, type QualityState, type Span } from './state.ts';

export const severities = ['warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface Period {
  /** `source:instrument:state:fromMs`: who sees the same finds the same. */
  readonly id: string;
  readonly source: string;
  readonly instrument: string;
  readonly state: QualityState;
  readonly severity: Severity;
  readonly fromMs: number;
  /** Undefined: it goes on. */
  readonly toMs: number | undefined;
  /** In trouble between the two, of episodes that ended. */
  readonly troubledMs: number;
  readonly episodes: number;
  /** As of `Span`. */
  readonly peak: number;
  readonly why: string;
  /** The incident that it is part of. */
  readonly cause: string | undefined;
}

/** What returns so soon after its end has not ended. */
export const returnsMs = 2_000;
/** The instruments know of an outage before the session says so. */
const causeSlackMs = 1_000;

interface Kept {
  period: Period;
  /** Of the episode that goes on. */
  openMs: number | undefined;
}

export class PeriodBook {
  /** The last of each state, by source and instrument. */
  readonly #kept = new Map<string, Map<QualityState, Kept>>();
  readonly #bySource = new Map<string, Set<string>>();

  /** @returns periods that began, changed or ended, as they are now; each once. */
  take(spans: readonly Span[]): readonly Period[] {
    const changed = new Map<string, Period>();
    for (const span of spans) {
      if (!isTrouble(span.state)) continue;
      // What a monitor that has just begun has not heard of yet is no incident.
      if (span.state === 'UNKNOWN' && (span.instrument !== WHOLE || span.why !== 'monitor')) continue;
      for (const period of this.#takeOne(span)) changed.set(period.id, period);
    }
    return [...changed.values()];
  }

  #takeOne(span: Span): readonly Period[] {
    const isBlind = span.state === 'UNKNOWN';
    const source = isBlind ? WHOLE : span.source;
    const key = `${source} ${span.instrument}`;
    const states = this.#statesOf(source, key);
    const last = states.get(span.state);
    const kept = last !== undefined && continues(last, span) ? last : this.#begun(source, span, isBlind);
    states.set(span.state, kept);
    const isSame = kept.openMs === span.fromMs;
    const { period } = kept;
    // A blind monitor is told once for each source: the same time, not more of it.
    const isRepeated = isBlind && kept === last && !isSame && span.toMs !== undefined;
    const lengthMs = span.toMs === undefined || isRepeated ? 0 : span.toMs - span.fromMs;
    kept.period = {
      ...period,
      toMs: span.toMs === undefined ? undefined : Math.max(span.toMs, period.toMs ?? 0),
      troubledMs: period.troubledMs + lengthMs,
      episodes: period.episodes + (isSame || isRepeated ? 0 : 1),
      peak: Math.max(period.peak, span.peak),
      cause: period.cause ?? this.#causeOf(span),
    };
    kept.openMs = span.toMs === undefined ? span.fromMs : undefined;
    const isCause = last !== kept && span.instrument === WHOLE && !isBlind;
    return isCause ? [kept.period, ...this.#adopt(kept.period)] : [kept.period];
  }

  #statesOf(source: string, key: string): Map<QualityState, Kept> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = new Map<QualityState, Kept>();
    this.#kept.set(key, made);
    const keys = this.#bySource.get(source);
    if (keys === undefined) this.#bySource.set(source, new Set([key]));
    else keys.add(key);
    return made;
  }

  #begun(source: string, { instrument, state, fromMs, why }: Span, isBlind: boolean): Kept {
    return {
      openMs: undefined,
      period: {
        id: periodId(source, instrument, state, fromMs),
        source,
        instrument,
        state,
        severity: isBlind || state === 'DOWN' || instrument === WHOLE ? 'critical' : 'warning',
        fromMs,
        toMs: undefined,
        troubledMs: 0,
        episodes: 0,
        peak: 0,
        why,
        cause: undefined,
      },
    };
  }

  #causeOf({ source, instrument, state, fromMs }: Span): string | undefined {
    if (instrument === WHOLE) return undefined;
    const whole = this.#kept.get(`${source} ${WHOLE}`)?.get(state)?.period;
    return whole !== undefined && isWithin(whole, fromMs) ? whole.id : undefined;
  }

  /** Periods of the source's instruments that began before the whole of it was known to be out. */
  #adopt(whole: Period): readonly Period[] {
    const adopted: Period[] = [];
    for (const key of this.#bySource.get(whole.source) ?? []) {
      const child = this.#kept.get(key)!.get(whole.state);
      if (child === undefined || child.period.instrument === WHOLE) continue;
      const { period } = child;
      const isOver = period.toMs !== undefined && period.toMs < whole.fromMs;
      if (period.cause !== undefined || isOver) continue;
      child.period = { ...period, cause: whole.id };
      adopted.push(child.period);
    }
    return adopted;
  }
}

export const periodId = (source: string, instrument: string, state: string, fromMs: number): string =>
  `${source}:${instrument}:${state}:${fromMs}`;

function continues({ period, openMs }: Kept, span: Span): boolean {
  if (openMs !== undefined) return true;
  return span.fromMs - (period.toMs ?? span.fromMs) <= returnsMs;
}

const isWithin = ({ fromMs, toMs }: Period, atMs: number): boolean =>
  atMs >= fromMs - causeSlackMs && (toMs === undefined || atMs <= toMs);
