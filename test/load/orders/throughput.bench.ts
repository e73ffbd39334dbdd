/**
 * `npm run bench -- throughput`: orders that one process takes to their fills, second after second, without
 * one being refused, canceled or late. Each rung of the ladder has a platform of its own, so that none pays
 * for what the one before left behind.
 */
import { Figures } from '../figures.ts';
import { BenchProvider, type Target } from '../journeys.ts';
import { Usage } from '../machine.ts';
import { monoMs } from '../pace.ts';
import { startTarget } from '../targets.ts';
import { highestRung } from './ladder.ts';
import { firmsOf, refusalsOf, runLoad, wasLate } from './load.ts';
import type { LoadReport, Stage } from './order.load.ts';

const p99MsMax = 50;
/** Orders a second. One firm's limit in the demo profile is 5,000: its ladder ends below. */
const shapes = [
  { name: 'three firms', firms: 3, rungs: [500, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000], floor: 3_000 },
  { name: 'one firm', firms: 1, rungs: [500, 1_000, 1_500, 2_000, 3_000, 4_000], floor: 2_000 },
] as const;
const rungSeconds = { whole: 60, quick: 10 } as const;
/** The compiler's time, at a pace that every platform holds, then the rung's own. */
const warmUpsTo = (rate: number): readonly Stage[] => [
  { rate: Math.min(rate, 500), seconds: 4 },
  { rate, seconds: 1 },
];
/** The generator against nothing but the provider: what it can do. */
const generatorRate = 6_000;
const generatorSeconds = 5;
/** Prices to route on, and in the way a little. */
const quoteRate = 240;
const quoteQuantumMs = 1;
const pauseMs = 1_000;

type Shape = (typeof shapes)[number];

export async function benchThroughput(isQuick: boolean): Promise<Figures> {
  const figures = new Figures('throughput');
  const seconds = isQuick ? rungSeconds.quick : rungSeconds.whole;
  const peer = await bare();
  figures.say(
    `the generator against a bare session at ${generatorRate}/s: ${textOf(peer)}, ` +
      `${Math.round(peer.share * 100)} % of a core`,
  );
  for (const shape of shapes) await climb(figures, shape, seconds, peer);
  return figures;
}

async function climb(figures: Figures, shape: Shape, seconds: number, peer: LoadReport): Promise<void> {
  const reports = new Map<number, LoadReport>();
  const highest = await highestRung(shape.rungs, shape.floor, async (rate) => {
    const { report, share } = await rung(shape, rate, seconds);
    reports.set(rate, report);
    const holds = isHeld(report);
    const late = wasLate(report) ? `; the generator was late itself, p99 ${ms(report.lateMsP99)}` : '';
    figures.say(
      `  ${shape.name} ${rate}/s ${holds ? 'holds' : 'does not hold'}: ${textOf(report)}, ` +
        `${Math.round(share * 100)} % of a core${late}`,
    );
    return holds;
  });
  const conditions =
    `open loop from due times, one process, nothing refused or canceled, p99 ≤ ${p99MsMax} ms, ` +
    `${seconds} s a rung of ${shape.rungs.join(' ')}; journal on PostgreSQL with fsync`;
  figures.add({
    name: `${shape.name}, sustained`,
    unit: 'orders/s',
    value: highest,
    floor: { atLeast: shape.floor },
    conditions,
  });
  const report = reports.get(highest);
  if (report === undefined) return;
  figures.add({
    name: `${shape.name}, order to fill at that rate p99`,
    unit: 'ms',
    value: report.p99,
    peer: { name: `bare session at ${generatorRate}/s`, value: peer.p99 },
    conditions: `${conditions}; the generator's own lateness p99 ${ms(report.lateMsP99)}`,
  });
}

export const isHeld = (report: LoadReport): boolean =>
  !report.isAbandoned &&
  report.answered === report.sent &&
  Object.keys(report.refused).length === 0 &&
  report.p99 <= p99MsMax;

async function rung(
  { firms }: Shape,
  rate: number,
  seconds: number,
): Promise<{ readonly report: LoadReport; readonly share: number }> {
  const provider = await BenchProvider.start();
  try {
    const target = await startTarget('one', provider);
    try {
      const usage = new Usage(target.ready.pid);
      const report = await loaded(target, provider, firms, { rate, seconds }, () => usage.begin());
      return { report, share: usage.share() };
    } finally {
      await target.stop();
    }
  } finally {
    await provider.stop();
  }
}

async function loaded(
  target: Target,
  provider: BenchProvider,
  firms: number,
  measured: Stage,
  onBegin: () => void,
): Promise<LoadReport> {
  const warmUps = warmUpsTo(measured.rate);
  const count = quoteRate * (measured.seconds + 30);
  // Not waited for: the provider ends with the rung, whatever it still has to quote.
  provider
    .quote({ startMs: monoMs(), rate: quoteRate, count, quantumMs: quoteQuantumMs })
    .catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  return runLoad({ sessions: firmsOf(target, firms), warmUps, measured, limitMs: p99MsMax }, onBegin);
}

async function bare(): Promise<LoadReport> {
  const provider = await BenchProvider.start();
  try {
    const { orders } = provider.asTarget();
    const measured = { rate: generatorRate, seconds: generatorSeconds };
    return await runLoad({
      sessions: [orders],
      warmUps: warmUpsTo(generatorRate),
      measured,
      limitMs: p99MsMax,
    });
  } finally {
    await provider.stop();
  }
}

function textOf(report: LoadReport): string {
  const refused = refusalsOf(report);
  return [
    `p50 ${ms(report.p50)}, p99 ${ms(report.p99)}, ${report.answered} of ${report.sent} answered`,
    ...(refused === '' ? [] : [refused]),
    ...(report.isAbandoned ? ['given up'] : []),
  ].join(', ');
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
