/**
 * A simulated process that owns partitions: the claimant of `platform/lease` in a loop like its own, and
 * owners that claim, append, read and stop as those of order management do. It can be frozen and killed.
 */
import { Claimant, type LeaseChange } from '@tidegate/platform/lease/claimant';
import type { LeaseName } from '@tidegate/platform/lease/lease';
import type { LeaseRows } from '@tidegate/platform/lease/lease.rows';
import type { GuardedJournal } from './guarded.journal.ts';
import type { World } from './world.ts';

export const lifeMs = 3_000;
const beatMs = 750;
const workMs = 150;

export interface Shared {
  readonly world: World;
  readonly rows: LeaseRows;
  readonly journal: GuardedJournal;
  readonly partitions: readonly string[];
  /** The store's own clock. */
  readonly storeMs: () => number;
  /** The store answers nobody. */
  readonly isAway: () => boolean;
  /** The journal has said that it has `sequence`. */
  readonly acknowledged: (partition: string, sequence: number) => void;
  readonly acknowledgedUpTo: (partition: string) => number;
  readonly broken: (what: string) => void;
}

interface Owner {
  readonly name: LeaseName;
  readonly leaseEpoch: number;
  epoch: number | undefined;
  head: number;
  underWay: number;
  isStopping: boolean;
}

export class Replica {
  readonly instance: string;
  readonly #shared: Shared;
  readonly #claimant: Claimant;
  readonly #owners = new Map<string, Owner>();
  readonly #startedAtMs: number;
  readonly #rate: number;
  readonly #late: (() => void)[] = [];
  #isFrozen = false;
  #isDead = false;
  #round = 0;
  #sentAtMs: number | undefined;
  #count = 0;

  constructor(shared: Shared, instance: string, incarnation: number, rate: number) {
    this.#shared = shared;
    this.instance = instance;
    this.#startedAtMs = shared.world.nowMs;
    this.#rate = rate;
    this.#claimant = new Claimant({ holder: `${instance}:${incarnation}`, instance, incarnation, lifeMs });
    this.#claimant.offer('partition');
    for (const resource of shared.partitions) this.#claimant.want({ kind: 'partition', resource });
    this.#every(beatMs, () => this.#beat());
    this.#every(workMs, () => this.#work());
    this.#beat();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const run of this.#late.splice(0)) run();
  }

  kill(): void {
    this.#isDead = true;
  }

  leave(): void {
    this.#apply(this.#claimant.withdraw('partition', this.#nowMs));
    this.#ask();
  }

  /** By its own clock, whether or not it can act. */
  isValidFor(partition: string): boolean {
    const owner = this.#owners.get(partition);
    return !this.#isDead && owner !== undefined && this.#isValid(owner);
  }

  isRunning(partition: string): boolean {
    return this.isValidFor(partition) && this.#owners.get(partition)?.epoch !== undefined;
  }

  get owned(): number {
    return this.#owners.size;
  }

  get #nowMs(): number {
    return (this.#shared.world.nowMs - this.#startedAtMs) * this.#rate;
  }

  #isValid({ name, leaseEpoch }: Owner): boolean {
    return this.#claimant.isValid(name, leaseEpoch, this.#nowMs);
  }

  /** What happens to a frozen process happens when it thaws; to a dead one, never. */
  #here(run: () => void): void {
    if (this.#isDead) return;
    if (this.#isFrozen) this.#late.push(run);
    else run();
  }

  #every(ms: number, run: () => void): void {
    const again = (): void => {
      this.#here(() => {
        run();
        this.#shared.world.after(ms / this.#rate, again);
      });
    };
    this.#shared.world.after(this.#shared.world.below(ms), again);
  }

  /** To the store and back; an answer may be lost though it was done. */
  #call<Answer>(ask: () => Answer, hear: (answer: Answer) => void): void {
    const { world, isAway } = this.#shared;
    world.send(() => {
      if (isAway()) return;
      const answer = ask();
      world.send(() => this.#here(() => hear(answer)));
    });
  }

  #beat(): void {
    const sentAtMs = this.#sentAtMs;
    if (sentAtMs !== undefined && this.#nowMs - sentAtMs < lifeMs / 2) return;
    if (sentAtMs !== undefined) this.#apply(this.#claimant.miss(this.#nowMs));
    this.#sentAtMs = undefined;
    this.#apply(this.#claimant.look(this.#nowMs));
    this.#ask();
  }

  #ask(): void {
    if (this.#sentAtMs !== undefined) return;
    const { rows, storeMs } = this.#shared;
    const sentAtMs = this.#nowMs;
    const round = this.#claimant.ask(sentAtMs);
    const id = (this.#round += 1);
    this.#sentAtMs = sentAtMs;
    this.#call(
      () => rows.round(round, storeMs()),
      (table) => {
        if (id !== this.#round || this.#sentAtMs === undefined) return;
        this.#sentAtMs = undefined;
        this.#apply(this.#claimant.hear(round, table, sentAtMs, this.#nowMs));
        if (this.#claimant.hasMore(this.#nowMs)) this.#ask();
      },
    );
  }

  #apply(changes: readonly LeaseChange[]): void {
    for (const { what, kind, resource, epoch } of changes) {
      const owner = this.#owners.get(resource);
      if (what === 'gained') this.#begin({ kind, resource }, epoch);
      if (what === 'lost') this.#owners.delete(resource);
      if (what === 'handOver' && owner !== undefined) this.#stop(owner);
    }
  }

  #begin(name: LeaseName, leaseEpoch: number): void {
    const owner: Owner = { name, leaseEpoch, epoch: undefined, head: 0, underWay: 0, isStopping: false };
    this.#owners.set(name.resource, owner);
    this.#claimJournal(owner);
  }

  /** Also after an answer that did not come: nothing of before can be appended after it. */
  #claimJournal(owner: Owner): void {
    const { journal, world } = this.#shared;
    const { resource } = owner.name;
    owner.epoch = undefined;
    owner.underWay = 0;
    const tried = (this.#count += 1);
    let isAnswered = false;
    this.#call(
      () => journal.claim(resource, owner.leaseEpoch),
      (answer) => {
        if (isAnswered || !this.#has(owner)) return;
        isAnswered = true;
        if (answer === undefined) return this.#refused(owner);
        owner.epoch = answer.epoch;
        owner.head = answer.head;
        if (owner.isStopping) this.#stop(owner);
      },
    );
    world.after(500, () =>
      this.#here(() => {
        if (isAnswered || !this.#has(owner) || tried === 0) return;
        isAnswered = true;
        if (owner.isStopping) this.#stop(owner);
        else this.#claimJournal(owner);
      }),
    );
  }

  #has(owner: Owner): boolean {
    return this.#owners.get(owner.name.resource) === owner;
  }

  #refused(owner: Owner): void {
    this.#owners.delete(owner.name.resource);
    this.#claimant.refused(owner.name, owner.leaseEpoch, this.#nowMs);
  }

  #work(): void {
    for (const owner of this.#owners.values()) {
      if (owner.epoch === undefined || owner.isStopping || !this.#isValid(owner)) continue;
      if (this.#shared.world.below(1) < 0.5) this.#append(owner, owner.epoch);
      else this.#read(owner, owner.epoch);
    }
  }

  #append(owner: Owner, epoch: number): void {
    const { journal, world, acknowledged } = this.#shared;
    const { resource } = owner.name;
    const sequence = (owner.head += 1);
    const id = `${this.instance}.${owner.leaseEpoch}.${(this.#count += 1)}`;
    owner.underWay += 1;
    let isAnswered = false;
    const isCurrent = (): boolean => !isAnswered && this.#has(owner) && owner.epoch === epoch;
    this.#call(
      () => journal.append(resource, epoch, sequence, id),
      (isDone) => {
        if (isDone) acknowledged(resource, sequence);
        if (!isCurrent()) return;
        isAnswered = true;
        if (!isDone) return this.#refused(owner);
        owner.underWay -= 1;
        if (owner.isStopping) this.#stop(owner);
      },
    );
    world.after(500, () => this.#here(() => void (isCurrent() && this.#claimJournal(owner))));
  }

  /** What it says nobody else may have made untrue: the epoch is confirmed after it was asked. */
  #read(owner: Owner, epoch: number): void {
    const { journal, acknowledgedUpTo, broken } = this.#shared;
    const { resource } = owner.name;
    const { head } = owner;
    const known = acknowledgedUpTo(resource);
    this.#call(
      () => journal.confirm(resource, epoch),
      (isCurrent) => {
        if (isCurrent && head < known)
          broken(`a read of ${resource} says ${head}, ${known} was acknowledged`);
      },
    );
  }

  #stop(owner: Owner): void {
    owner.isStopping = true;
    if (owner.epoch !== undefined && owner.underWay > 0) return;
    this.#owners.delete(owner.name.resource);
    this.#claimant.stopped(owner.name, owner.leaseEpoch);
    this.#ask();
  }
}
