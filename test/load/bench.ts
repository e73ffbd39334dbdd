/**
 * `npm run bench [-- one] [four] [fix] [blpapi] [--seconds N]`: prints tables and keeps the figures in
 * bench/results.json, where a part that was not run stays as it was. Figures mean something only on an
 * otherwise idle machine; bench/README.md tells how to read them.
 */
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { benchBloomberg } from './blpapi.bench.ts';
import { benchFix } from './fix.bench.ts';
import { writeResults, type BenchReport } from './measure.ts';
import { benchPlatform } from './platform.bench.ts';

const args = process.argv.slice(2);
const secondsAt = args.indexOf('--seconds');
const seconds = secondsAt === -1 ? 10 : Number(args[secondsAt + 1]);
const benches: Readonly<Record<string, () => Promise<BenchReport>>> = {
  one: async () => benchPlatform(['one'], seconds),
  four: async () => benchPlatform(['four'], seconds),
  fix: async () => benchFix(),
  blpapi: async () => benchBloomberg(),
};
const named = args.filter(
  (arg, index) => !arg.startsWith('--') && (secondsAt === -1 || index !== secondsAt + 1),
);
const unknown = named.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark '${unknown}': ${Object.keys(benches).join(', ')}.\n`);
  process.exit(2);
}

const path = fileURLToPath(new URL('../../bench/results.json', import.meta.url));
const machine = `${cpus().length} cores, Node ${process.version}`;
let missed = 0;
for (const [name, bench] of Object.entries(benches)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const report = await bench();
  missed += report.missed;
  writeResults(path, name, machine, report.results);
}
process.stdout.write(
  `written to bench/results.json${missed === 0 ? '; every floor is kept' : `; ${missed} floors missed`}\n`,
);
process.exitCode = missed === 0 ? 0 : 1;
