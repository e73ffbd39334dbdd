/**
 * Two gateways, rolled, killed, and frozen past their leases under orders: every session goes on at the other
 * with its numbers, nothing is lost, nothing comes twice, nothing is said by one that has lost it.
 * docs/cluster.md.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { becomes, Gateways, gateways, otherOf } from './gateways.ts';

let all: Gateways;

beforeAll(async () => {
  all = await Gateways.start(11);
}, 120_000);
afterAll(async () => {
  await all?.stop();
});

it('goes on through rolls, kills and freezes of each gateway', { timeout: 240_000 }, async () => {
  all.trade();
  await all.answers();
  for (const name of gateways) {
    await all.roll(name);
    await becomes('the other has everything', () => all.hasAll(otherOf(name)));
    await all.up();
    await all.answers();
    await all.begin(name);
  }
  for (const name of gateways) {
    await all.kill(name);
    await becomes('the other has everything', () => all.hasAll(otherOf(name)));
    await all.up();
    await all.answers();
    await all.begin(name);
  }
  await all.pause();
  const found = await all.disagreements().catch((error: unknown) => [String(error)]);
  expect(found).toEqual([]);
  expect(
    all.clients.map(({ connectFailures }) => connectFailures.filter((one) => /MsgSeqNum/.test(one))),
  ).toEqual(all.clients.map(() => []));
});
