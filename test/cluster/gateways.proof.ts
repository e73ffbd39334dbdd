/**
 * Each gateway rolled, killed and frozen, so many times, and the three-way reconciliation:
 * `node --conditions=tidegate-source test/cluster/gateways.proof.ts [rounds] [seed]`.
 */
import { frozen, killed, rolled } from './gateway.rounds.ts';
import { Gateways, gateways } from './gateways.ts';

const [rounds = 10, seed = 1] = process.argv.slice(2).map(Number);
const all = await Gateways.start(seed);
try {
  all.trade();
  let said = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of gateways) {
      await rolled(all, name);
      await killed(all, name);
      said += await frozen(all, name);
    }
    process.stdout.write(`${round} rounds, ${all.flow.orders.length} orders, ${said} bytes when thawed\n`);
  }
  await all.pause();
  const found = await all.disagreements();
  process.stdout.write(`${found.length} disagreements\n${found.slice(0, 20).join('\n')}\n`);
  process.exitCode = found.length === 0 && said === 0 ? 0 : 1;
} finally {
  await all.stop();
}
