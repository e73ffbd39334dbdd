/** The loop around a claimant: two processes on one store and one bus. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemoryBus } from '../bus/bus.memory.ts';
import { until } from '../testing/until.ts';
import { MemoryLeases } from './lease.memory.ts';
import type { LeaseRound, LeaseStore, LeaseTable } from './lease.ts';
import { Leases, type Lease } from './leases.ts';

const firms = ['a', 'b', 'c', 'd'];
let bus: MemoryBus;
let store: MemoryLeases;
let parties: Party[];

class Party {
  readonly leases: Leases;
  readonly said: string[] = [];
  readonly held = new Map<string, Lease>();
  /** The store is out of its reach. */
  isCutOff = false;

  constructor(instance: string, lifeMs = 400) {
    const reached = (round: LeaseRound): Promise<LeaseTable> =>
      this.isCutOff ? Promise.reject(new Error('cut off')) : store.round(round);
    const ours: LeaseStore = { round: reached, list: () => store.list(), close: async () => undefined };
    const clock = { monoMs: () => performance.now() };
    const onError = (): void => undefined;
    this.leases = new Leases({ store: ours, bus, clock, instance, incarnation: 1, lifeMs, onError });
    parties.push(this);
  }

  offer() {
    const offer = this.leases.offer('partition', {
      gained: (lease) => void this.held.set(lease.resource, lease),
      lost: ({ resource }) => void (this.held.delete(resource) && this.said.push(`lost ${resource}`)),
      handOver: async ({ resource }) =>
        void (this.held.delete(resource) && this.said.push(`gave ${resource}`)),
    });
    for (const firm of firms) offer.want(firm);
    return offer;
  }
}

beforeEach(() => {
  let epoch = 0;
  bus = new MemoryBus();
  store = new MemoryLeases({ now: () => performance.now(), nextEpoch: () => (epoch += 1) });
  parties = [];
});
afterEach(async () => {
  for (const { leases } of parties) await leases.stop();
  await bus.close();
});

it('has all that is free when it is settled, and hands it to the other when it leaves', async () => {
  const [one, two] = [new Party('one'), new Party('two')];
  const offer = one.offer();
  await offer.settled();
  expect([...one.held.keys()]).toEqual(firms);
  expect([...one.held.values()].every((lease) => lease.isValid())).toBe(true);
  await two.offer().settled();
  // By then it has heard of the other.
  await offer.settled();
  await offer.leave();
  expect(one.said.toSorted()).toEqual(firms.map((firm) => `gave ${firm}`));
  await until(() => two.held.size === firms.length);
  expect([...two.held.values()].map(({ why }) => why)).toEqual(firms.map(() => 'handedOver'));
});

it('loses to the other what it cannot renew, and takes its share again when it can', async () => {
  const [one, two] = [new Party('one'), new Party('two')];
  await one.offer().settled();
  await two.offer().settled();
  one.isCutOff = true;
  const [before] = one.held.values();
  await until(() => two.held.size === firms.length);
  expect(before!.isValid()).toBe(false);
  expect(before!.isUnknown()).toBe(true);
  one.isCutOff = false;
  await until(() => one.said.length > 0);
  expect(one.said.toSorted()).toEqual(firms.map((firm) => `lost ${firm}`));
  await until(() => one.held.size === 2 && two.held.size === 2);
});
