/**
 * `npm run bench [-- one] [four] [--seconds N]`: latency of the two journeys through the platform, for one
 * process and for four, from due times at a constant rate. The peer in the same run is the same provider and
 * client without a platform between them. Prints a table and writes bench/results.json. Figures mean
 * something only on an otherwise idle machine.
 */
import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BenchProvider, measureOrders, measureTicks, type Target } from './journeys.ts';
import { type Latencies, line, resultsOf, writeResults, type Result } from './measure.ts';
import { startTarget } from './targets.ts';

const args = process.argv.slice(2);
const secondsAt = args.indexOf('--seconds');
const seconds = secondsAt === -1 ? 10 : Number(args[secondsAt + 1]);
const chosen = ['one', 'four'].filter(
  (name) => !args.some((arg) => arg === 'one' || arg === 'four') || args.includes(name),
);

const folder = fileURLToPath(new URL('../../bench/', import.meta.url));
const machine = `${cpus().length} cores, Node ${process.version}, ${seconds} s after warm-up`;
const tickRate = 10_000;
const stressRate = 20_000;
const orderRate = 500;
/** What one process has to keep on a two-core machine, in milliseconds. */
const floors: Readonly<Record<string, { readonly p50?: number; readonly p99: number }>> = {
  'one: tick to client': { p50: 1, p99: 10 },
  'one: order to fill': { p50: 5, p99: 25 },
  'one: order to fill under quotes': { p99: 30 },
};

const results: Result[] = [];
let missed = 0;

function report(
  name: string,
  measured: Latencies,
  peer: string,
  peerMeasured: Latencies,
  conditions: string,
): void {
  process.stdout.write(
    `${name.padEnd(34)} ${line(measured)}   (${measured.count} events; ${peer}: ${line(peerMeasured)})\n`,
  );
  results.push(...resultsOf(name, measured, peer, peerMeasured, `${conditions}; ${machine}`));
  const floor = floors[name];
  if (floor === undefined) return;
  const isKept = measured.percentile(99) <= floor.p99 && measured.percentile(50) <= (floor.p50 ?? Infinity);
  if (isKept) return;
  missed += 1;
  process.stdout.write(`  floor missed: p50 ≤ ${floor.p50 ?? '-'} ms, p99 ≤ ${floor.p99} ms\n`);
}

async function direct(): Promise<{ readonly ticks: Latencies; readonly orders: Latencies }> {
  const provider = await BenchProvider.start();
  try {
    const target = provider.asTarget();
    return {
      ticks: await measureTicks(target, provider, tickRate, seconds),
      orders: await measureOrders(target, orderRate, seconds),
    };
  } finally {
    await provider.stop();
  }
}

async function through(name: string, peers: Awaited<ReturnType<typeof direct>>): Promise<void> {
  const provider = await BenchProvider.start();
  const target: Target = await startTarget(name, provider);
  const durable = 'journal on PostgreSQL with fsync, FIX stores survive process loss';
  try {
    const ticks = await measureTicks(target, provider, tickRate, seconds);
    report(
      `${name}: tick to client`,
      ticks,
      'direct session',
      peers.ticks,
      `${tickRate} quotes/s, 12 instruments, 5 levels, X to one client`,
    );
    const quiet = await measureOrders(target, orderRate, seconds, provider);
    report(
      `${name}: order to fill`,
      quiet,
      'direct session',
      peers.orders,
      `${orderRate} market orders/s; ${durable}`,
    );
    const stressed = await measureOrders(target, orderRate, seconds, provider, stressRate);
    report(
      `${name}: order to fill under quotes`,
      stressed,
      'direct session',
      peers.orders,
      `${orderRate} market orders/s while ${stressRate} quotes/s arrive; ${durable}`,
    );
  } finally {
    await target.stop();
    await provider.stop();
  }
}

const peers = await direct();
for (const name of chosen) await through(name, peers);
mkdirSync(folder, { recursive: true });
writeResults(`${folder}results.json`, results);
process.stdout.write(
  `written to bench/results.json${missed === 0 ? '; every floor is kept' : `; ${missed} floors missed`}\n`,
);
process.exitCode = missed === 0 ? 0 : 1;
