/**
 * `npm run bench -- memory`: one process after many orders, as fast as it takes them: memory of the process
 * at most, and what stays alive of an order that has closed. `--orders 5000000` is the long one.
 */
import { readFileSync } from 'node:fs';
import { withQueries, type Query } from '@tidegate/platform/testing/queries';
import { Figures, median } from '../figures.ts';
import { BenchProvider } from '../journeys.ts';
import { databaseUrlOf, projected } from '../journal/database.ts';
import { residentMegabytes } from '../machine.ts';
import { monoMs } from '../pace.ts';
import { startTarget, type PlatformTarget } from '../targets.ts';
import { aliveBytes, inspected } from './inspector.ts';
import { firmsOf, refusalsOf, runLoad } from './load.ts';

const ordersDefault = { whole: 300_000, quick: 20_000 } as const;
/** The growth is that of the last half, when what is remembered by count is full. */
const tenths = 10;
/** All into one memory, whose bounds are reached sooner. */
const firms = 1;
const inFlight = 96;
const residentMax = 400;
const growthMax = 5;
const quoteRate = 240;
/** Longer than any run: the provider ends with it. */
const quoteSeconds = 24 * 3_600;
const settleMs = 1_000;
/** The snapshot of an idle partition has been written by then. */
const idleMs = 5_000;
const limitMs = 60_000;

interface Sample {
  readonly orders: number;
  /** Megabytes, before the collection that finds what is alive. */
  readonly resident: { readonly now: number; readonly peak: number };
  readonly aliveBytes: number;
}

export async function benchMemory(isQuick: boolean, wanted?: number): Promise<Figures> {
  const figures = new Figures('memory');
  const orders = wanted ?? (isQuick ? ordersDefault.quick : ordersDefault.whole);
  const provider = await BenchProvider.start();
  try {
    const target = await startTarget('one', provider, inspected);
    try {
      provider
        .quote({ startMs: monoMs(), rate: quoteRate, count: quoteRate * quoteSeconds })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      await withQueries(databaseUrlOf(target.dataDir), (query) => fill(figures, target, query, orders));
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
  return figures;
}

async function fill(figures: Figures, target: PlatformTarget, query: Query, orders: number): Promise<void> {
  const samples: Sample[] = [];
  let refused = '';
  let seconds = 0;
  for (let tenth = 1; tenth <= tenths && refused === ''; tenth += 1) {
    const count = Math.round(orders / tenths);
    const measured = { count, inFlight };
    const report = await runLoad({ sessions: firmsOf(target, firms), warmUps: [], measured, limitMs });
    refused = refusalsOf(report) || (report.isAbandoned ? 'no answer' : '');
    seconds += report.seconds;
    const { now, peak } = residentOf(target);
    figures.say(
      `  ${tenth * count} orders: ${now.toFixed(0)} MB resident, ${peak.toFixed(0)} at most, ` +
        `${Math.round(count / report.seconds)} orders/s${refused === '' ? '' : `, ${refused}`}`,
    );
    if (tenth >= tenths / 2) samples.push({ orders: tenth * count, ...(await idle(target, query)) });
  }
  if (refused !== '') {
    figures.missed += 1;
    figures.say(`  floor missed: orders were not filled: ${refused}`);
    return;
  }
  const conditions =
    `${orders} market orders of one firm, ${inFlight} in flight, ` +
    `${Math.round(orders / seconds)}/s, one process with all services`;
  add(figures, samples, conditions);
}

function add(figures: Figures, samples: readonly Sample[], conditions: string): void {
  const end = samples.at(-1)!;
  const { now, peak } = end.resident;
  const floor = { atMost: residentMax };
  figures.add({ name: 'resident at most', unit: 'MB', value: Math.round(peak), floor, conditions });
  figures.add({ name: 'resident at the end', unit: 'MB', value: Math.round(now), floor, conditions });
  figures.add({
    name: 'alive at the end',
    unit: 'MB',
    value: Math.round(end.aliveBytes / 1e5) / 10,
    conditions: `${conditions}; heap after a collection`,
  });
  figures.add({
    name: 'growth a closed order',
    unit: 'B',
    value: Math.round(growthOf(samples) * 10) / 10,
    floor: { atMost: growthMax },
    conditions: `${conditions}; heap after collections, ${samples.length} times in the last half`,
  });
}

/**
 * Bytes an order: the median of the slopes between any two samples, which one odd sample does not move (rows
 * that were on their way just then).
 */
export function growthOf(samples: readonly Pick<Sample, 'orders' | 'aliveBytes'>[]): number {
  const slopes = samples.flatMap((one, at) =>
    samples.slice(at + 1).map((other) => (other.aliveBytes - one.aliveBytes) / (other.orders - one.orders)),
  );
  return median(slopes);
}

/** Once everybody has caught up. */
async function idle(target: PlatformTarget, query: Query): Promise<Omit<Sample, 'orders'>> {
  await projected(query, 600_000);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const resident = residentOf(target);
  return { resident, aliveBytes: await aliveBytes(target.log()) };
}

const residentOf = ({ ready }: PlatformTarget) =>
  residentMegabytes(readFileSync(`/proc/${ready.pid}/status`, 'utf8'));
