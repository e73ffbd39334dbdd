/**
 * Two gateways under orders, one rolled, one killed, one frozen past its leases: every session goes on at the
 * other with its numbers, nothing is lost, nothing comes twice, and the one that thaws says nothing.
 * docs/cluster.md; more rounds by `gateways.proof.ts`.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { frozen, killed, rolled } from './gateway.rounds.ts';
import { Gateways } from './gateways.ts';

let all: Gateways;

beforeAll(async () => {
  all = await Gateways.start(11);
}, 120_000);
afterAll(async () => {
  await all?.stop();
});

it('goes on through a roll, a kill and a freeze', { timeout: 240_000 }, async () => {
  all.trade();
  await all.answers();
  await rolled(all, 'gateway-1');
  await killed(all, 'gateway-2');
  expect(await frozen(all, 'gateway-1')).toBe(0);
  await all.pause();
  expect(await all.disagreements()).toEqual([]);
});
