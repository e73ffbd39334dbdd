/**
 * Latency histograms and the results file. Milliseconds everywhere; percentiles are of all events, from their
 * due times.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { build, type Histogram } from 'hdr-histogram-js';

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly peer: string;
  readonly peerValue: number;
  readonly ratio: number;
  readonly conditions: string;
}

export class Latencies {
  /** Microseconds up to a minute, three digits. */
  private readonly histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });

  add(ms: number): void {
    this.histogram.recordValue(Math.max(1, Math.round(ms * 1_000)));
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  percentile(percent: number): number {
    return this.histogram.getValueAtPercentile(percent) / 1_000;
  }
}

const percentiles = [50, 99, 99.9] as const;

export const line = (latencies: Latencies): string =>
  percentiles.map((percent) => `p${percent} ${latencies.percentile(percent).toFixed(3)} ms`).join('  ');

export function resultsOf(
  name: string,
  measured: Latencies,
  peer: string,
  peerMeasured: Latencies,
  conditions: string,
): readonly Result[] {
  return percentiles.map((percent) => {
    const value = measured.percentile(percent);
    const peerValue = peerMeasured.percentile(percent);
    return {
      name: `${name} p${percent}`,
      unit: 'ms',
      value,
      peer,
      peerValue,
      ratio: round(value / peerValue),
      conditions,
    };
  });
}

/** What a benchmark hands back; `missed` floors make the command fail. */
export interface BenchReport {
  readonly results: readonly Result[];
  readonly missed: number;
}

/** Replaces the results whose names begin with `part: `; the machine goes into their conditions. */
export function writeResults(path: string, part: string, machine: string, results: readonly Result[]): void {
  const known = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result[]) : [];
  const kept = known.filter(({ name }) => !name.startsWith(`${part}: `));
  const added = results.map((result) => ({ ...result, conditions: `${result.conditions}; ${machine}` }));
  writeFileSync(path, `${JSON.stringify([...kept, ...added], undefined, 2)}\n`);
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
