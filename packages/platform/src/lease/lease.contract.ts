/** What every lease store does; run on `lease.memory` and on `lease.postgres`. Rules S1 to S9 of SPEC.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import type { LeaseRound, LeaseRow, LeaseStore } from './lease.ts';

export interface LeaseStoreUnderTest {
  readonly store: LeaseStore;
  stop(): Promise<void>;
}

let count = 0;

/** A member that speaks for itself; its resources are of this test alone. */
class Member {
  readonly holder: string;
  readonly #store: LeaseStore;
  readonly #base: Omit<LeaseRound, 'claims' | 'releases'>;

  constructor(store: LeaseStore, instance: string, incarnation = 1, lifeMs = 60_000) {
    this.#store = store;
    this.holder = `${instance}:${incarnation}`;
    this.#base = { holder: this.holder, instance, incarnation, kinds: ['partition'], lifeMs };
  }

  async say(said: Partial<LeaseRound> = {}) {
    return this.#store.round({ ...this.#base, claims: [], releases: [], ...said });
  }

  async claim(resource: string, epoch = 0): Promise<LeaseRow> {
    const { leases } = await this.say({ claims: [{ kind: 'partition', resource, epoch }] });
    return leases.find((row) => row.resource === resource)!;
  }

  async release(resource: string, epoch: number, to?: string): Promise<LeaseRow> {
    const release = { kind: 'partition', resource, epoch, ...(to === undefined ? {} : { to }) } as const;
    const { leases } = await this.say({ releases: [release] });
    return leases.find((row) => row.resource === resource)!;
  }
}

export function leaseContract(name: string, make: () => Promise<LeaseStoreUnderTest>): void {
  describe(`lease contract: ${name}`, () => {
    let party: LeaseStoreUnderTest;
    beforeAll(async () => {
      party = await make();
    });
    afterAll(async () => {
      await party.stop();
    });
    const meet = (lifeMs?: number) => {
      count += 1;
      const { store } = party;
      const member = (who: string, incarnation?: number) =>
        new Member(store, `${who}${count}`, incarnation, lifeMs);
      return { store, one: member('one'), two: member('two'), again: member('one', 2), firm: `firm${count}` };
    };
    claiming(meet);
    handing(meet);
    restarting(meet);
  });
}

type Meet = (lifeMs?: number) => {
  readonly store: LeaseStore;
  readonly one: Member;
  readonly two: Member;
  readonly again: Member;
  readonly firm: string;
};

function claiming(meet: Meet): void {
  it('S1 grants what nobody has, once, and shows it to all', async () => {
    const { store, one, two, firm } = meet();
    const got = await one.claim(firm);
    expect(got).toMatchObject({ holder: one.holder, isLive: true, why: 'new', resource: firm });
    expect(await two.claim(firm)).toMatchObject({ holder: one.holder, epoch: got.epoch });
    expect(await two.claim(firm, got.epoch)).toMatchObject({ holder: one.holder, epoch: got.epoch });
    expect((await store.list()).find(({ resource }) => resource === firm)).toMatchObject({
      holder: one.holder,
      instance: one.holder.split(':')[0],
    });
  });

  it('S2 grants one of many that claim at once', async () => {
    const { store, firm } = meet();
    const many = Array.from({ length: 8 }, (_, index) => new Member(store, `${firm}-${index}`));
    const rows = await Promise.all(many.map((member) => member.claim(firm)));
    expect(new Set(rows.map(({ holder }) => holder)).size).toBe(1);
  });

  it('S3 takes what is not renewed, with a higher epoch; not when it was seen otherwise', async () => {
    const { one, two, firm } = meet(40);
    const old = await one.claim(firm);
    await until(async () => !(await two.say()).leases.find(({ resource }) => resource === firm)!.isLive);
    expect(await two.claim(firm, old.epoch - 1)).toMatchObject({ holder: one.holder });
    const taken = await two.claim(firm, old.epoch);
    expect(taken).toMatchObject({ holder: two.holder, why: 'expired' });
    expect(taken.epoch).toBeGreaterThan(old.epoch);
  });

  it('S4 keeps for a member that comes late what nobody has taken meanwhile', async () => {
    const { one, two, firm } = meet(40);
    const { epoch } = await one.claim(firm);
    await until(async () => !(await two.say()).leases.find(({ resource }) => resource === firm)!.isLive);
    const { leases } = await one.say();
    expect(leases.find(({ resource }) => resource === firm)).toMatchObject({
      holder: one.holder,
      epoch,
      isLive: true,
    });
  });

  it('S5 grants nothing of a kind that the member does not take', async () => {
    const { one, firm } = meet();
    const claims = [{ kind: 'monitor', resource: firm, epoch: 0 }] as const;
    expect((await one.say({ claims })).leases.filter(({ resource }) => resource === firm)).toEqual([]);
  });
}

function handing(meet: Meet): void {
  it('S6 keeps what is handed over for the one it is for', async () => {
    const { store, one, two, firm } = meet();
    const three = new Member(store, `three-${firm}`);
    const { epoch } = await one.claim(firm);
    await two.say();
    const handed = await one.release(firm, epoch, two.holder);
    expect(handed).toMatchObject({ epoch, to: two.holder, why: 'handedOver', isLive: false });
    expect(handed.holder).toBeUndefined();
    expect(await three.claim(firm, epoch)).toMatchObject({ to: two.holder, epoch });
    expect(await two.claim(firm, epoch)).toMatchObject({ holder: two.holder, why: 'handedOver' });
  });

  it('S7 gives to anybody what is for nobody, or for one that is gone or does not take it', async () => {
    const { store, one, two, firm } = meet(40);
    const first = await one.claim(firm);
    await one.release(firm, first.epoch);
    const second = await two.claim(firm, first.epoch);
    expect(second).toMatchObject({ holder: two.holder, why: 'released' });
    await two.release(firm, second.epoch, 'nobody');
    const third = await one.claim(firm, second.epoch);
    expect(third.holder).toBe(one.holder);
    const slow = new Member(store, `slow-${firm}`, 1, 60_000);
    await slow.say();
    await one.release(firm, third.epoch, slow.holder);
    await until(async () => (await two.claim(firm, third.epoch)).holder === two.holder);
  });

  it('S8 takes a release of what one holds, at its epoch, and no other', async () => {
    const { one, two, firm } = meet();
    const { epoch } = await one.claim(firm);
    expect(await two.release(firm, epoch)).toMatchObject({ holder: one.holder });
    expect(await one.release(firm, epoch - 1)).toMatchObject({ holder: one.holder });
  });
}

function restarting(meet: Meet): void {
  it('S9 believes the later process of an instance, and nothing more of the earlier', async () => {
    const { one, two, again, firm } = meet();
    const old = await one.claim(firm);
    await again.say();
    expect(await two.claim(firm, old.epoch)).toMatchObject({ to: again.holder });
    const taken = await again.claim(firm, old.epoch);
    expect(taken).toMatchObject({ holder: again.holder, why: 'restarted' });
    expect(taken.epoch).toBeGreaterThan(old.epoch);
    const releases = [{ kind: 'partition', resource: firm, epoch: taken.epoch }] as const;
    expect(await one.say({ releases })).toEqual({ members: [], leases: [], isSuperseded: true });
    const { leases } = await again.say();
    expect(leases.find(({ resource }) => resource === firm)).toMatchObject({ holder: again.holder });
  });
}
