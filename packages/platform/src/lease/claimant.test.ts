/** Rules C1 to C13 of SPEC.md, on the store's own rules with times of the test's choice. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Claimant, leaseSteps, type LeaseChange } from './claimant.ts';
import { LeaseRows } from './lease.rows.ts';

const lifeMs = 1_000;
let rows: LeaseRows;
let epoch: number;
let nowMs: number;

beforeEach(() => {
  epoch = 0;
  nowMs = 0;
  rows = new LeaseRows(() => (epoch += 1));
});

class Party {
  readonly claimant: Claimant;
  readonly holder: string;
  /** As the last round left it: resource, then epoch. */
  readonly gained = new Map<string, number>();

  constructor(instance: string, incarnation = 1, resources: readonly string[] = ['a', 'b', 'c', 'd']) {
    this.holder = `${instance}:${incarnation}`;
    this.claimant = new Claimant({ holder: this.holder, instance, incarnation, lifeMs });
    this.claimant.offer('partition');
    for (const resource of resources) this.claimant.want({ kind: 'partition', resource });
  }

  /** One round, and more while there is something to ask. */
  round(): readonly string[] {
    const said: string[] = [];
    do said.push(...this.note(this.once()));
    while (this.claimant.hasMore(nowMs));
    return said;
  }

  once(answerMs = 0): readonly LeaseChange[] {
    const sentAtMs = nowMs;
    const round = this.claimant.ask(nowMs);
    const table = rows.round(round, nowMs);
    nowMs += answerMs;
    return this.claimant.hear(round, table, sentAtMs, nowMs);
  }

  note(changes: readonly LeaseChange[]): readonly string[] {
    for (const { what, resource, epoch: number } of changes) {
      if (what === 'gained') this.gained.set(resource, number);
      if (what === 'lost') this.gained.delete(resource);
    }
    return changes.map(({ what, resource }) => `${what} ${resource}`);
  }

  /** Its owner of this resource has stopped. */
  stop(resource: string): void {
    this.claimant.stopped({ kind: 'partition', resource }, this.gained.get(resource)!);
    this.gained.delete(resource);
  }

  isSure(resource: string): boolean {
    return this.claimant.isValid({ kind: 'partition', resource }, this.gained.get(resource) ?? 0, nowMs);
  }

  get owned(): readonly string[] {
    return [...this.gained.keys()].toSorted();
  }
}

describe('claimant', () => {
  it('has a step for every state and input, and nothing is owned twice', () => {
    for (const [state, steps] of Object.entries(leaseSteps)) {
      expect(Object.keys(steps).toSorted()).toEqual(
        ['mine', 'move', 'other', 'refused', 'silent', 'stopped'].toSorted(),
      );
      for (const { effects } of Object.values(steps))
        expect(effects.includes('gained')).toBe(state === 'none' && effects.length > 0);
    }
  });

  it('C1 takes all that is free when alone', () => {
    const one = new Party('one');
    expect(one.round()).toEqual(['gained a', 'gained b', 'gained c', 'gained d']);
    expect(one.owned.every((resource) => one.isSure(resource))).toBe(true);
  });

  it('C1, C4 takes what runs out; when it was late itself only a life later', () => {
    const [one, two] = [new Party('one'), new Party('two')];
    one.round();
    two.round();
    expect(two.owned).toEqual([]);
    nowMs += lifeMs;
    two.note(two.claimant.miss(nowMs));
    two.round();
    expect(two.owned).toEqual([]);
    nowMs += lifeMs;
    two.round();
    expect(two.owned).toEqual(['a', 'b', 'c', 'd']);
    expect(one.round()).toEqual(['lost a', 'lost b', 'lost c', 'lost d']);
  });

  it('C2, C3 doubts in time by its own clock, and is sure again when the store still knows it', () => {
    const one = new Party('one', 1, ['a']);
    one.round();
    nowMs += 0.9 * lifeMs - 1;
    expect(one.isSure('a')).toBe(true);
    expect(one.claimant.look(nowMs)).toEqual([]);
    nowMs += 1;
    expect(one.isSure('a')).toBe(false);
    expect(one.note(one.claimant.look(nowMs))).toEqual(['doubted a']);
    expect(one.note(one.claimant.look(nowMs))).toEqual([]);
    expect(one.round()).toEqual(['sure a']);
    expect(one.isSure('a')).toBe(true);
  });

  it('C2 counts from when it was sent, not from the answer', () => {
    const one = new Party('one', 1, ['a']);
    one.round();
    one.note(one.once(400));
    nowMs += 499;
    expect(one.isSure('a')).toBe(true);
    nowMs += 1;
    expect(one.isSure('a')).toBe(false);
  });

  it('C5, C7 hands over what is above its share once members are steady', () => {
    const [one, two] = [new Party('one'), new Party('two')];
    one.round();
    const handed: string[] = [];
    for (let beat = 0; beat < 12; beat += 1) {
      two.round();
      handed.push(...one.round());
      if (beat === 0) expect(handed).toEqual([]);
      nowMs += lifeMs / 4;
    }
    expect(handed).toEqual(['handOver c', 'handOver d']);
    expect(two.round()).toEqual([]);
    one.stop('c');
    one.stop('d');
    one.round();
    expect(two.round()).toEqual(['gained c', 'gained d']);
    expect(one.owned).toEqual(['a', 'b']);
    for (let beat = 0; beat < 12; beat += 1, nowMs += lifeMs / 4)
      expect([...one.round(), ...two.round()]).toEqual([]);
  });

  it('C6, C7 hands over everything when it leaves', () => {
    const [one, two] = [new Party('one'), new Party('two')];
    one.round();
    two.round();
    const leaving = one.note([...one.once(), ...one.claimant.withdraw('partition', nowMs)]);
    expect(leaving).toEqual(['handOver a', 'handOver b', 'handOver c', 'handOver d']);
    for (const resource of one.owned) one.stop(resource);
    one.once();
    expect(one.claimant.owns('partition')).toBe(0);
    two.round();
    expect(two.owned).toEqual(['a', 'b', 'c', 'd']);
  });

  it('C8, C9 leaves to others what it was refused, and they take it', () => {
    const [one, two] = [new Party('one', 1, ['a']), new Party('two', 1, ['a'])];
    one.round();
    two.round();
    expect(one.note(one.claimant.refused({ kind: 'partition', resource: 'a' }, 1, nowMs))).toEqual([
      'lost a',
    ]);
    for (let beat = 0; beat < 10; beat += 1) {
      one.round();
      two.round();
      nowMs += lifeMs / 4;
    }
    expect(one.owned).toEqual([]);
    expect(two.owned).toEqual(['a']);
  });

  it('C10 has what was granted without an answer, and gives back what it does not take', () => {
    const one = new Party('one', 1, ['a']);
    one.once();
    rows.round(one.claimant.ask(nowMs), nowMs);
    one.note(one.claimant.miss(nowMs));
    expect(one.round()).toEqual(['gained a']);
    const two = new Party('two', 1, ['b']);
    two.once();
    rows.round(two.claimant.ask(nowMs), nowMs);
    two.claimant.withdraw('partition', nowMs);
    two.once();
    two.once();
    expect(rows.list(nowMs).find(({ resource }) => resource === 'b')!.holder).toBeUndefined();
  });

  it('C12 claims what goes to who asks for it, moves none of it, and forgets what it lost', () => {
    const asking = (instance: string) => {
      const party = new Party(instance, 1, []);
      party.claimant.offer('session');
      return party;
    };
    const [one, two] = [asking('one'), asking('two')];
    one.round();
    two.round();
    for (const resource of ['a', 'b', 'c']) one.claimant.want({ kind: 'session', resource });
    expect(one.round()).toEqual(['gained a', 'gained b', 'gained c']);
    for (let beat = 0; beat < 12; beat += 1, nowMs += lifeMs / 4)
      expect([...one.round(), ...two.round()]).toEqual([]);
    two.claimant.want({ kind: 'session', resource: 'a' });
    expect(two.round()).toEqual([]);
    nowMs += lifeMs;
    two.round();
    expect(two.owned).toEqual(['a']);
    expect(one.round()).toEqual(['lost a']);
    nowMs += 2 * lifeMs;
    expect(one.round()).toEqual([]);
    expect(one.owned).toEqual(['b', 'c']);
  });

  it('C13 hands over what it drops, and does not take it back', () => {
    const one = new Party('one', 1, []);
    one.claimant.offer('session');
    one.claimant.want({ kind: 'session', resource: 'a' });
    one.round();
    const name = { kind: 'session', resource: 'a' } as const;
    expect(one.note(one.claimant.drop(name))).toEqual(['handOver a']);
    one.claimant.stopped(name, one.gained.get('a')!);
    expect(one.round()).toEqual([]);
    expect(one.claimant.rows('session')).toMatchObject([{ resource: 'a', why: 'released' }]);
    one.claimant.want(name);
    expect(one.round()).toEqual(['gained a']);
  });

  it('C11 has nothing when a later process of its instance is there', () => {
    const [one, again] = [new Party('one', 1, ['a']), new Party('one', 2, ['a'])];
    one.round();
    expect(again.round()).toEqual(['gained a']);
    expect(one.round()).toEqual(['lost a']);
    expect(one.isSure('a')).toBe(false);
  });
});
