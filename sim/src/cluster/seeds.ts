/** Many seeds, not for every day: `node sim/dist/cluster/seeds.js [count] [first]`. Prints what it finds. */
import { runCluster } from './cluster.ts';

const [count = 10_000, first = 1] = process.argv.slice(2).map(Number);
let appended = 0;
let moves = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const report = runCluster({ seed });
  appended += report.appended;
  moves += report.moves;
  for (const what of report.broken) process.stdout.write(`seed ${seed}, ${what}\n`);
  if (report.broken.length > 0) process.exitCode = 1;
}
process.stdout.write(`${count} seeds: ${appended} appends, ${moves} claims\n`);
