/**
 * A long proof of the fence: `node --conditions=tidegate-source test/cluster/fence.proof.ts [rounds] [seed]`.
 */
import { fenceRounds } from './fence.ts';
import { Replicas } from './replicas.ts';

const [rounds = 1_000, seed = 1] = process.argv.slice(2).map(Number);
const replicas = await Replicas.start();
replicas.trade();
try {
  for (let done = 0; done < rounds; done += 10) {
    await fenceRounds(replicas, Math.min(10, rounds - done), seed + done);
    process.stdout.write(`${done + 10} rounds, ${replicas.answered.length} orders answered\n`);
  }
  await replicas.pause();
  const found = await replicas.disagreements();
  process.stdout.write(`${found.length} disagreements\n${found.slice(0, 20).join('\n')}\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await replicas.stop();
}
