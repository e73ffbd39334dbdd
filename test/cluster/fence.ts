/**
 * The proof of the fence: the owner of a firm is frozen at a random moment of its work, another takes over,
 * it thaws. Each round ends when it is a member again, by itself.
 */
import { Random } from '@tidegate/sim/random';
import { becomes, type Replicas } from './replicas.ts';

export async function fenceRounds(replicas: Replicas, rounds: number, seed: number): Promise<void> {
  const random = new Random(seed, 'fence');
  for (let round = 0; round < rounds; round += 1) {
    const frozen = await replicas.ownerOf('demo1');
    const { epoch } = await replicas.lease('partition', 'demo1');
    const { child } = replicas.processes.get(frozen)!;
    // So many answers later: somewhere between deciding, appending and telling.
    const at = replicas.answered.length + random.between(0, 12);
    await becomes('orders are answered', () => replicas.answered.length >= at);
    child.kill('SIGSTOP');
    await becomes('another owns the firm', async () => {
      const lease = await replicas.lease('partition', 'demo1');
      return lease.epoch > epoch && lease.instance === replicas.other(frozen);
    });
    child.kill('SIGCONT');
    const wasAnswered = replicas.answered.length;
    await becomes('orders are answered again', () => replicas.answered.length > wasAnswered + 6);
  }
}
