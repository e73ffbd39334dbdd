/**
 * Two replicas of order management, rolled, killed, and frozen past their lease: nothing lost, nothing twice,
 * nothing of an old epoch, and orders are answered again without anybody's help. docs/cluster.md.
 */
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signIn } from '../platform.ts';
import { fenceRounds } from './fence.ts';
import { becomes, firms, instances, Replicas } from './replicas.ts';

let replicas: Replicas;

beforeAll(async () => {
  replicas = await Replicas.start();
}, 120_000);
afterAll(async () => {
  await replicas?.stop();
});

const isShared = async (): Promise<boolean> => {
  const owners = await replicas.owners();
  return instances.every((instance) => owners.has(instance));
};
/** So many orders are answered from now on. */
const answersMore = async (orders = 20): Promise<void> => {
  const before = new Map(firms.map((firm) => [firm, answersOf(firm)]));
  await becomes('orders are answered', () =>
    firms.every((firm) => answersOf(firm) >= before.get(firm)! + orders),
  );
};
const answersOf = (firm: string): number => replicas.answered.filter((sent) => sent.firm === firm).length;
const agrees = async (): Promise<void> => {
  await replicas.pause();
  expect(await replicas.disagreements()).toEqual([]);
};

it('shares firms evenly among replicas, and moves them while orders go on', { timeout: 90_000 }, async () => {
  replicas.trade();
  await becomes('both own a firm', isShared);
  await answersMore();
  await agrees();
});

it(
  'goes on at the other when the owner is killed, and shares again when it is back',
  { timeout: 90_000 },
  async () => {
    replicas.trade();
    await answersMore();
    const victim = await replicas.ownerOf('demo1');
    const watching = (await replicas.lease('monitor', 'all')).instance;
    await replicas.processes.get(victim)!.kill();
    await becomes('the other owns everything', async () => !(await replicas.owners()).has(victim));
    expect(await replicas.lease('partition', 'demo1')).toMatchObject({ why: 'expired', isLive: true });
    await answersMore();
    if (watching === victim)
      await becomes(
        'the other watches',
        async () => (await replicas.lease('monitor', 'all')).instance === replicas.other(victim),
      );
    await replicas.begin(victim);
    await becomes('both own a firm', isShared);
    await answersMore();
    await agrees();
  },
);

it(
  'hands everything over when it is drained, and stays when nobody else is there',
  { timeout: 90_000 },
  async () => {
    replicas.trade();
    await answersMore();
    const leaving = await replicas.ownerOf('demo1');
    const { child } = replicas.processes.get(leaving)!;
    const exited = once(child, 'exit');
    const evidence = await replicas.drain(leaving);
    expect(await exited).toEqual([0, null]);
    expect(evidence).toMatchObject({ instance: leaving, state: 'gone', reason: 'a new release' });
    expect(evidence.moved.filter(({ kind }) => kind === 'partition').length).toBeGreaterThan(0);
    for (const { state, to } of evidence.moved) expect([state, to]).not.toEqual(['stays', leaving]);
    const left = replicas.other(leaving);
    const client = await signIn(replicas.processes.get(left)!.ready.http);
    const refused = await client.post(`/api/v1/instances/${left}/drain`, { reason: 'a test' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'LAST_INSTANCE' } });
    // Released when it exits; the other claims in its own time, and long before the lease would have run out.
    await becomes('the other owns everything', async () => {
      const owners = await replicas.owners();
      return owners.size === 1 && owners.has(replicas.other(leaving));
    });
    expect((await replicas.lease('partition', 'demo1')).why).toMatch(/^(handedOver|released)$/);
    await answersMore();
    await replicas.begin(leaving);
    await agrees();
  },
);

it(
  'writes and says nothing more under an old epoch when it was frozen past its lease',
  { timeout: 240_000 },
  async () => {
    replicas.trade();
    await answersMore();
    await fenceRounds(replicas, 30, 7);
    await answersMore();
    await becomes('both own a firm', isShared);
    await agrees();
    expect(instances.map((instance) => replicas.processes.get(instance)!.child.exitCode)).toEqual([
      null,
      null,
    ]);
  },
);
