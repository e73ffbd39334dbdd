/**
 * Metrics for Prometheus: one registry a process. Names get the prefix `tidegate_`; times are in seconds.
 * Values of labels come from configuration (venues, instruments, sessions), never from strangers, and are
 * bounded: past the limit a new combination is counted under `other`, so that a mistake can't fill the
 * memory of process and server.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const seriesMaxDefault = 2_000;
/** From 50 microseconds to 10 seconds. */
const secondsBuckets = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export type Labels = Readonly<Record<string, string>>;

export interface CounterMetric {
  inc(labels?: Labels, by?: number): void;
}

export interface GaugeMetric {
  set(value: number, labels?: Labels): void;
}

export interface HistogramMetric {
  /** Seconds. */
  observe(seconds: number, labels?: Labels): void;
}

/** Values read at scrape time: one number, or one per combination of labels. */
export type ReadValues = () => number | Iterable<readonly [labels: Labels, value: number]>;

export interface MetricsOptions {
  /** Labels of every series, such as the instance. */
  readonly labels?: Labels;
  /** Combinations of labels per metric. Default 2,000. */
  readonly seriesMax?: number;
  /** Process and event loop metrics too. Default true. */
  readonly includeProcess?: boolean;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #seriesMax: number;
  readonly #folded: Counter<string>;

  constructor(options: MetricsOptions = {}) {
    this.#seriesMax = options.seriesMax ?? seriesMaxDefault;
    if (options.labels) this.#registry.setDefaultLabels({ ...options.labels });
    this.#folded = new Counter({
      name: 'tidegate_metric_series_folded_total',
      labelNames: ['metric'],
      registers: [this.#registry],
      help: 'Observations counted under "other" because their metric has too many combinations of labels',
    });
    // Event loop delay among them: nodejs_eventloop_lag_p99_seconds and its sisters, reset by each scrape.
    if (options.includeProcess ?? true) collectDefaultMetrics({ register: this.#registry });
  }

  /** For the Content-Type header. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /**
   * Counts up; with `read`, takes over a count that its owner keeps, at scrape time. Names end in `_total`.
   */
  counter(name: string, help: string, labelNames: readonly string[] = [], read?: ReadValues): CounterMetric {
    const fold = this.#fold(name, labelNames);
    const counter: Counter<string> = new Counter({
      ...this.#description(name, help, labelNames),
      ...(read === undefined
        ? {}
        : {
            collect: () => {
              counter.reset();
              for (const [labels, value] of rowsOf(read())) counter.inc(fold(labels), value);
            },
          }),
    });
    return { inc: (labels = {}, by = 1) => counter.inc(fold(labels), by) };
  }

  /** A value that goes up and down; with `read`, asked for at scrape time. */
  gauge(name: string, help: string, labelNames: readonly string[] = [], read?: ReadValues): GaugeMetric {
    const fold = this.#fold(name, labelNames);
    const gauge: Gauge<string> = new Gauge({
      ...this.#description(name, help, labelNames),
      ...(read === undefined
        ? {}
        : {
            collect: () => {
              gauge.reset();
              for (const [labels, value] of rowsOf(read())) gauge.set(fold(labels), value);
            },
          }),
    });
    return { set: (value, labels = {}) => gauge.set(fold(labels), value) };
  }

  /** Durations in seconds. Names end in `_seconds`. */
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets: readonly number[] = secondsBuckets,
  ): HistogramMetric {
    const fold = this.#fold(name, labelNames);
    const histogram = new Histogram({ ...this.#description(name, help, labelNames), buckets: [...buckets] });
    return { observe: (seconds, labels = {}) => histogram.observe(fold(labels), seconds) };
  }

  #description(name: string, help: string, labelNames: readonly string[]) {
    return { name: `tidegate_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] };
  }

  #fold(name: string, labelNames: readonly string[]): (labels: Labels) => Labels {
    if (labelNames.length === 0) return () => ({});
    const known = new Set<string>();
    const other = Object.fromEntries(labelNames.map((labelName) => [labelName, 'other']));
    return (labels) => {
      const key = labelNames.map((labelName) => labels[labelName] ?? '').join('\u0000');
      if (known.has(key)) return labels;
      if (known.size < this.#seriesMax) {
        known.add(key);
        return labels;
      }
      this.#folded.inc({ metric: `tidegate_${name}` });
      return other;
    };
  }
}

function rowsOf(values: number | Iterable<readonly [Labels, number]>): Iterable<readonly [Labels, number]> {
  return typeof values === 'number' ? [[{}, values]] : values;
}
