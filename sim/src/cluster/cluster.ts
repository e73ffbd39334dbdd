/**
 * A cluster from one seed: replicas with clocks that drift, a network that loses, a store that goes away and
 * whose clock jumps, processes that freeze, die, come back and leave. What must always hold is checked as it
 * goes; that everything is owned again, at the end.
 */
import { LeaseRows } from '@tidegate/platform/lease/lease.rows';
import { GuardedJournal } from './guarded.journal.ts';
import { lifeMs, Replica, type Shared } from './replica.ts';
import { World } from './world.ts';

export interface ClusterOptions {
  readonly seed: number;
  /** The journal refuses nothing. */
  readonly isOpen?: boolean;
}

export interface ClusterReport {
  /** What was not as it must be. */
  readonly broken: readonly string[];
  readonly appended: number;
  /** Times that a partition got another owner. */
  readonly moves: number;
}

const troubleMs = 25_000;
const calmMs = 12 * lifeMs;
const lookMs = 25;

export function runCluster({ seed, isOpen = false }: ClusterOptions): ClusterReport {
  const cluster = new Cluster(seed, isOpen);
  return cluster.run();
}

class Cluster {
  readonly #world: World;
  readonly #journal: GuardedJournal;
  readonly #shared: Shared;
  readonly #broken: string[] = [];
  readonly #acknowledged = new Map<string, number>();
  readonly #replicas = new Map<string, Replica>();
  #incarnation = 0;
  #epoch = 0;
  #storeOffsetMs = 0;
  #isAway = false;

  constructor(seed: number, isOpen: boolean) {
    this.#world = new World(seed);
    this.#journal = new GuardedJournal(isOpen);
    this.#shared = {
      world: this.#world,
      rows: new LeaseRows(() => (this.#epoch += 1)),
      journal: this.#journal,
      partitions: Array.from({ length: 1 + Math.floor(this.#world.below(6)) }, (_, index) => `firm${index}`),
      storeMs: () => this.#world.nowMs + this.#storeOffsetMs,
      isAway: () => this.#isAway,
      acknowledged: (name, sequence) =>
        this.#acknowledged.set(name, Math.max(sequence, this.#acknowledged.get(name) ?? 0)),
      acknowledgedUpTo: (name) => this.#acknowledged.get(name) ?? 0,
      broken: (what) => void this.#broken.push(`${Math.round(this.#world.nowMs)} ms: ${what}`),
    };
  }

  run(): ClusterReport {
    const world = this.#world;
    const count = 2 + Math.floor(world.below(3));
    world.lossShare = world.below(0.1);
    for (let index = 0; index < count; index += 1) this.#start(`oms${index}`);
    for (let atMs = world.below(2_000); atMs < troubleMs; atMs += 200 + world.below(4_000))
      world.at(atMs, () => this.#trouble());
    this.#lookUntil(troubleMs);
    world.lossShare = 0;
    this.#isAway = false;
    for (const replica of this.#replicas.values()) replica.thaw();
    this.#lookUntil(troubleMs + calmMs);
    this.#checkCalm();
    this.#checkJournal();
    const records = [...this.#journal.partitions.values()].map((partition) => partition.records);
    return {
      broken: this.#broken,
      appended: records.reduce((sum, { length }) => sum + length, 0),
      moves: [...this.#journal.partitions.values()].reduce((sum, { epoch }) => sum + epoch, 0),
    };
  }

  #start(instance: string): void {
    const rate = 1 + (this.#world.below(0.08) - 0.04);
    this.#incarnation += 1;
    this.#replicas.set(instance, new Replica(this.#shared, instance, this.#incarnation, rate));
  }

  #trouble(): void {
    const world = this.#world;
    const replicas = [...this.#replicas.values()];
    const replica = replicas[Math.floor(world.below(replicas.length))]!;
    const draw = world.below(1);
    if (draw < 0.4) {
      replica.freeze();
      world.after(world.below(3 * lifeMs), () => replica.thaw());
    } else if (draw < 0.65) {
      replica.kill();
      world.after(world.below(2 * lifeMs), () => this.#start(replica.instance));
    } else if (draw < 0.8) {
      replica.leave();
      world.after(500 + world.below(lifeMs), () => {
        replica.kill();
        this.#start(replica.instance);
      });
    } else if (draw < 0.93) {
      this.#isAway = true;
      world.after(world.below(2 * lifeMs), () => (this.#isAway = false));
    } else {
      this.#storeOffsetMs += world.below(60_000) - 30_000;
    }
  }

  #lookUntil(endMs: number): void {
    while (this.#world.nowMs < endMs) {
      this.#world.runUntil(this.#world.nowMs + lookMs);
      // Who jumps ahead lets leases run out early: then only the fence holds.
      if (this.#storeOffsetMs !== 0) continue;
      for (const name of this.#shared.partitions) {
        const sure = [...this.#replicas.values()].filter((replica) => replica.isValidFor(name));
        if (sure.length > 1)
          this.#shared.broken(`${sure.map(({ instance }) => instance).join(' and ')} are sure of ${name}`);
      }
    }
  }

  #checkCalm(): void {
    const replicas = [...this.#replicas.values()];
    for (const name of this.#shared.partitions) {
      const running = replicas.filter((replica) => replica.isRunning(name));
      if (running.length !== 1) this.#shared.broken(`${name} has ${running.length} owners in the end`);
    }
    const owned = replicas.map((replica) => replica.owned);
    if (Math.max(...owned) - Math.min(...owned) > 1) this.#shared.broken(`shares are ${owned.join(', ')}`);
  }

  #checkJournal(): void {
    for (const [name, { records }] of this.#journal.partitions) {
      if (records.length < this.#shared.acknowledgedUpTo(name))
        this.#shared.broken(`${name} has lost what was acknowledged`);
      if (new Set(records.map(({ id }) => id)).size < records.length)
        this.#shared.broken(`${name} has something twice`);
      if (records.some(({ epoch }, index) => epoch < (records[index - 1]?.epoch ?? 0)))
        this.#shared.broken(`${name} has something of an old epoch after a new one`);
    }
  }
}
