/**
 * `npm run bench` (`-- --help` says how): prints tables and keeps the figures in bench/results.json, where a
 * part that was not run stays as it was. Figures mean something only on an otherwise idle machine;
 * bench/README.md tells how to read them.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missingAmong } from '../../tools/run/debian.mjs';
import { compare, comparisonTable } from './bench.compare.ts';
import { parts, readOptions, usage, type PartName, type Run } from './bench.options.ts';
import { busyShareMax, machineName, otherWork } from './machine.ts';
import { writeResults, type BenchReport, type Result } from './measure.ts';

/** Loaded when they run: help and comparisons need no platform. */
const benches: Readonly<Record<PartName, (run: Run) => Promise<BenchReport>>> = {
  one: async ({ seconds }) => (await import('./platform.bench.ts')).benchPlatform(['one'], seconds),
  four: async ({ seconds }) => (await import('./platform.bench.ts')).benchPlatform(['four'], seconds),
  throughput: async ({ isQuick }) => (await import('./orders/throughput.bench.ts')).benchThroughput(isQuick),
  quotes: async ({ isQuick }) => (await import('./prices/quotes.bench.ts')).benchQuotes(isQuick),
  stream: async ({ isQuick }) => (await import('./prices/stream.bench.ts')).benchStream(isQuick),
  path: async ({ seconds }) => (await import('./orders/path.bench.ts')).benchPath(seconds),
  peer: async ({ seconds }) => (await import('./orders/peer.bench.ts')).benchPeer(seconds),
  memory: async ({ isQuick, orders }) =>
    (await import('./orders/memory.bench.ts')).benchMemory(isQuick, orders),
  start: async ({ isQuick, events }) =>
    (await import('./journal/start.bench.ts')).benchStart(isQuick, events),
  commits: async ({ rounds, seconds }) =>
    (await import('./journal/commits.bench.ts')).benchCommits(rounds, seconds),
  bytes: async ({ isQuick }) => (await import('./journal/bytes.bench.ts')).benchBytes(isQuick),
  fix: async ({ rounds }) => (await import('./fix.bench.ts')).benchFix(rounds),
  desk: async ({ isQuick }) => (await import('./desk/desk.bench.ts')).benchDesk(isQuick),
  blpapi: async ({ seconds }) => (await import('./blpapi.bench.ts')).benchBloomberg(seconds),
};
const kept = fileURLToPath(new URL('../../bench/results.json', import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  switch (options.kind) {
    case 'help':
      say(usage);
      return 0;
    case 'refused':
      process.stderr.write(options.text);
      return 2;
    case 'compare': {
      const compared = compare(resultsIn(options.before), resultsIn(options.after));
      say(comparisonTable(compared));
      return compared.compared.some(({ verdict }) => verdict === 'worse') ? 1 : 0;
    }
    case 'run':
      return run(options);
  }
}

async function run(options: Run): Promise<number> {
  const missing = missingAmong(options.parts.flatMap((name) => parts[name].packages));
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    return 2;
  }
  const busy = await otherWork();
  const isIdle = busy <= busyShareMax;
  const busyText = `${Math.round(busy * 100)} % of the machine busy with other work`;
  if (!isIdle) say(`${busyText}: the tails below are its, not ours.`);
  const machine = isIdle ? machineName() : `${machineName()}, ${busyText}`;
  const into = options.into ?? (options.isQuick ? undefined : kept);
  let missed = 0;
  for (const name of options.parts) {
    const report = await benches[name](options);
    missed += report.missed;
    if (into !== undefined) writeResults(into, name, machine, report.results);
  }
  say(`${into === undefined ? 'kept nowhere' : `written to ${into}`}; ${verdict(missed)}`);
  return missed === 0 ? 0 : 1;
}

function verdict(missed: number): string {
  return missed === 0 ? 'every floor is kept' : `${missed} ${missed === 1 ? 'floor' : 'floors'} missed`;
}

function resultsIn(path: string): readonly Result[] {
  return JSON.parse(readFileSync(path, 'utf8')) as Result[];
}
