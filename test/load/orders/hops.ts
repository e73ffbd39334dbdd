/**
 * The hops of an order's way through the platform, read from the metrics endpoint: histograms with a bucket a
 * line, before and after; percentiles are interpolated within a bucket, so they are as fine as the buckets.
 */

const metric = 'tidegate_order_hop_seconds';

/** Counts up to and with each bound, in seconds; the last bound is infinite. */
export interface HopHistogram {
  readonly hop: string;
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

export interface HopFigure {
  readonly hop: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  /** Its mean in the sum of the path's means, 0 to 1. */
  readonly share: number;
}

/** In the order in which the text names them; sessions of one hop are added up. */
export function readHops(text: string): readonly HopHistogram[] {
  const hops = new Map<string, { buckets: Map<number, number>; sum: number; count: number }>();
  for (const line of text.split('\n')) {
    const found = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
    if (found === null || !found[1]!.startsWith(metric)) continue;
    const labels = new Map(
      [...found[2]!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const hop = labels.get('hop')!;
    const known = hops.get(hop) ?? { buckets: new Map<number, number>(), sum: 0, count: 0 };
    hops.set(hop, known);
    const value = Number(found[3]);
    const what = found[1]!.slice(metric.length);
    if (what === '_sum') known.sum += value;
    if (what === '_count') known.count += value;
    if (what !== '_bucket') continue;
    const le = labels.get('le') === '+Inf' ? Infinity : Number(labels.get('le'));
    known.buckets.set(le, (known.buckets.get(le) ?? 0) + value);
  }
  return [...hops].map(([hop, { buckets, sum, count }]) => ({
    hop,
    sum,
    count,
    buckets: [...buckets].map(([le, at]) => ({ le, count: at })).sort((one, other) => one.le - other.le),
  }));
}

/** Inside the hops that end durably: shown, and no part of the way's length. */
export const isInside = (hop: string): boolean => hop.startsWith('append');

/** What came between two readings, in the order of the path. Milliseconds. */
export function hopFigures(
  before: readonly HopHistogram[],
  after: readonly HopHistogram[],
  path: readonly string[],
): readonly HopFigure[] {
  const earlier = new Map(before.map((histogram) => [histogram.hop, histogram]));
  const place = ({ hop }: HopHistogram): number => (path.includes(hop) ? path.indexOf(hop) : path.length);
  const passed = after
    .map((histogram) => since(earlier.get(histogram.hop), histogram))
    .filter(({ count }) => count > 0)
    .sort((one, other) => place(one) - place(other));
  const means = passed.map(({ hop, sum, count }) => (isInside(hop) ? 0 : sum / count));
  const all = means.reduce((sum, mean) => sum + mean, 0);
  return passed.map((histogram) => {
    const mean = histogram.sum / histogram.count;
    return {
      hop: histogram.hop,
      count: histogram.count,
      p50: percentileOf(histogram, 50),
      p99: percentileOf(histogram, 99),
      mean: mean * 1_000,
      share: all === 0 ? 0 : mean / all,
    };
  });
}

function since(earlier: HopHistogram | undefined, later: HopHistogram): HopHistogram {
  if (earlier === undefined) return later;
  const counts = new Map(earlier.buckets.map(({ le, count }) => [le, count]));
  return {
    hop: later.hop,
    sum: later.sum - earlier.sum,
    count: later.count - earlier.count,
    buckets: later.buckets.map(({ le, count }) => ({ le, count: count - (counts.get(le) ?? 0) })),
  };
}

/** Milliseconds. Of the last bucket, which has no end, its beginning. */
function percentileOf({ buckets, count }: HopHistogram, percent: number): number {
  const rank = (count * percent) / 100;
  let from = { le: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.le === Infinity) return from.le * 1_000;
      const within = (rank - from.count) / Math.max(bucket.count - from.count, 1);
      return (from.le + (bucket.le - from.le) * within) * 1_000;
    }
    from = bucket;
  }
  return from.le * 1_000;
}

const barWidth = 48;

/** A line a hop: its figures, and a bar that begins where the hop before ended, as wide as its mean. */
export function hopTable(figures: readonly HopFigure[]): readonly string[] {
  const whole = figures.reduce((sum, { hop, mean }) => sum + (isInside(hop) ? 0 : mean), 0);
  const scale = whole === 0 ? 0 : barWidth / whole;
  const titles = ['count', 'p50 ms', 'p99 ms', 'mean'].map((title) => title.padStart(8)).join(' ');
  let at = 0;
  const lines = figures.map(({ hop, count, p50, p99, mean, share }) => {
    const begins = isInside(hop) ? 0 : at;
    const [from, to] = [Math.round(begins * scale), Math.round((begins + mean) * scale)];
    if (!isInside(hop)) at += mean;
    const bar = `${' '.repeat(from)}${(isInside(hop) ? '░' : '█').repeat(to - from) || '▏'}`;
    const numbers = [p50, p99, mean].map((value) => value.toFixed(3).padStart(8)).join(' ');
    const percent = `${Math.round(share * 100)} %`.padStart(6);
    return `${hop.padEnd(18)} ${String(count).padStart(8)} ${numbers} ${percent}  ${bar}`;
  });
  return [`${'hop'.padEnd(18)} ${titles}  share  from the client to its fill`, ...lines];
}
