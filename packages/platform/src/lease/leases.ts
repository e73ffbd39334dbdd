/**
 * The loop around a claimant: renews in the background what this process owns, tells its services what they
 * gain and lose, and wakes the others when something is free. The bus only wakes; the store decides.
 */
import { leaseTopic } from '@tidegate/wire/topics';
import type { Bus, Subscription } from '../bus/bus.ts';
import { Claimant, type LeaseChange } from './claimant.ts';
import type { LeaseKind, LeaseName, LeaseRow, LeaseStore, LeaseWhy } from './lease.ts';

export interface Lease extends LeaseName {
  /** What is written under it carries it, or what was made from it. */
  readonly epoch: number;
  readonly why: LeaseWhy;
  /** Nobody else can have it, by our own clock. */
  isValid(): boolean;
  /** Not renewed, for the store does not answer: nobody knows of another owner. */
  isUnknown(): boolean;
  /** What was written under it was refused as old: it is given up, others first. */
  refused(): void;
}

/** A service that owns something; called in the order of what happens. */
export interface Duty {
  gained(lease: Lease): void;
  /** It is another one's: nothing more may be done. */
  lost(lease: Lease): void;
  /** Resolves when it is done with it: everything written, nothing under way. */
  handOver(lease: Lease): Promise<void>;
}

export interface Offer {
  /** From now on it claims its share of these. */
  want(resource: string): void;
  /** Wanted no more: handed over where it is ours. */
  drop(resource: string): void;
  /** Resolves when the store has answered, and what was free is taken: once what was wanted by then is. */
  settled(): Promise<void>;
  /** Hands over what it has. */
  leave(): Promise<void>;
}

export interface LeasesOptions {
  readonly store: LeaseStore;
  readonly bus: Bus;
  readonly clock: { monoMs(): number };
  readonly instance: string;
  readonly incarnation: number;
  readonly lifeMs: number;
  readonly onError: (error: unknown) => void;
  /** Told of all that this process gains and loses. */
  readonly onChange?: (change: LeaseChange) => void;
}

const beatsPerLife = 4;
/** Between two rounds of one process, at least: those who wake it may be many. */
const gapMs = 10;

export class Leases {
  readonly #options: LeasesOptions;
  readonly #claimant: Claimant;
  readonly #duties = new Map<LeaseKind, Duty>();
  readonly #leases = new Map<string, Lease>();
  readonly #waiting: (() => void)[] = [];
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  /** When a round last came to nothing, and that in the time that one takes; undefined: the store answers. */
  #awayAtMs: number | undefined;
  #renewedAtMs = -Infinity;
  #isStopped = false;
  #moves = new Map<string, number>();

  constructor(options: LeasesOptions) {
    const { instance, incarnation, lifeMs } = options;
    this.#options = options;
    this.#claimant = new Claimant({ holder: `${instance}:${incarnation}`, instance, incarnation, lifeMs });
  }

  offer(kind: LeaseKind, duty: Duty): Offer {
    this.#duties.set(kind, duty);
    this.#claimant.offer(kind);
    this.#begin();
    return {
      want: (resource) => {
        this.#claimant.want({ kind, resource });
        this.#wake();
      },
      drop: (resource) => {
        this.#apply(this.#claimant.drop({ kind, resource }));
        this.#wake();
      },
      settled: () => this.#settled(),
      leave: () => this.#leave(kind),
    };
  }

  /** All that there are, as the store has it now. */
  list(): Promise<readonly LeaseRow[]> {
    return this.#options.store.list();
  }

  /** Of these, those that nobody living has. */
  unowned(kind: LeaseKind, resources: readonly string[]): readonly string[] {
    return this.#claimant.unowned(kind, resources);
  }

  /** Of this kind, as the store has said last. */
  rows(kind: LeaseKind): readonly LeaseRow[] {
    return this.#claimant.rows(kind);
  }

  /** Other processes that live take the kind, too. */
  hasOthers(kind: LeaseKind): boolean {
    return this.#claimant.hasOthers(kind);
  }

  get held(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  /** Since the start, by kind and what happened: `partition gained`. */
  get moves(): ReadonlyMap<string, number> {
    return this.#moves;
  }

  /** Since the last renewal was sent; undefined: nothing is to be renewed. */
  get renewedMsAgo(): number | undefined {
    return this.#duties.size === 0 ? undefined : this.#now - this.#renewedAtMs;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#subscription?.unsubscribe();
    await this.#round;
    await this.#options.store.close();
  }

  get #now(): number {
    return this.#options.clock.monoMs();
  }

  #begin(): void {
    if (this.#timer !== undefined) return;
    const { bus, lifeMs } = this.#options;
    this.#timer = setInterval(() => {
      this.#apply(this.#claimant.look(this.#now));
      this.#ask();
    }, lifeMs / beatsPerLife);
    this.#subscription = bus.subscribe(leaseTopic(), (change) => {
      if (change.instance === undefined && this.#duties.has(change.kind as LeaseKind)) this.#wake();
    });
  }

  #wake(): void {
    if (this.#isStopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (this.#round === undefined) this.#ask();
      else void this.#round.then(() => this.#wake());
    }, gapMs);
  }

  #ask(): void {
    if (this.#round !== undefined || this.#isStopped) return;
    this.#round = this.#askNow().finally(() => {
      this.#round = undefined;
    });
  }

  async #askNow(): Promise<void> {
    const { store, lifeMs, onError } = this.#options;
    for (;;) {
      const sentAtMs = this.#now;
      const round = this.#claimant.ask(sentAtMs);
      try {
        const table = await store.round(round);
        this.#awayAtMs = undefined;
        this.#renewedAtMs = sentAtMs;
        for (const { kind, resource, epoch } of round.releases) this.#tell({ kind, resource, epoch });
        this.#apply(this.#claimant.hear(round, table, sentAtMs, this.#now));
      } catch (error) {
        // After a standstill of ours it says nothing about the store.
        this.#awayAtMs = this.#now - sentAtMs < lifeMs ? this.#now : undefined;
        onError(error);
        this.#apply(this.#claimant.miss(this.#now));
        return;
      }
      if (this.#isStopped || !this.#claimant.hasMore(this.#now)) break;
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
    // Who stood still knows its leases to be old: it asks at once whether they are its own still.
    if (this.held.some((lease) => !lease.isValid())) this.#wake();
  }

  /** Rounds until one of them began after this was called and left nothing to ask. */
  async #settled(): Promise<void> {
    await this.#round;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#ask();
    await promise;
  }

  async #leave(kind: LeaseKind): Promise<void> {
    this.#apply(this.#claimant.withdraw(kind, this.#now));
    const untilMs = this.#now + this.#options.lifeMs;
    while (this.#claimant.owns(kind) > 0 && this.#now < untilMs && !this.#isStopped) {
      await this.#round;
      if (this.#claimant.hasMore(this.#now)) this.#ask();
      await new Promise((resolve) => setTimeout(resolve, gapMs));
    }
    // Said once more, without the kind: nobody hands anything to who has left.
    await this.#round;
    this.#ask();
    await this.#round;
    this.#duties.delete(kind);
  }

  #apply(changes: readonly LeaseChange[]): void {
    for (const change of changes) {
      const { what, kind } = change;
      const name = `${kind} ${what}`;
      this.#moves.set(name, (this.#moves.get(name) ?? 0) + 1);
      this.#options.onChange?.(change);
      try {
        this.#carryOut(change);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  #carryOut(change: LeaseChange): void {
    const { what, kind, resource, epoch } = change;
    const key = `${kind} ${resource}`;
    const duty = this.#duties.get(kind)!;
    if (what === 'gained') {
      const lease = this.#leaseOf(change);
      this.#leases.set(key, lease);
      this.#tell({ kind, resource, epoch, instance: this.#options.instance });
      return duty.gained(lease);
    }
    const lease = this.#leases.get(key);
    if (lease === undefined) return;
    if (what === 'lost') {
      this.#leases.delete(key);
      duty.lost(lease);
    }
    if (what === 'handOver') void this.#handOver(duty, lease);
  }

  async #handOver(duty: Duty, lease: Lease): Promise<void> {
    try {
      await duty.handOver(lease);
    } catch (error) {
      this.#options.onError(error);
    }
    const key = `${lease.kind} ${lease.resource}`;
    if (this.#leases.get(key) === lease) this.#leases.delete(key);
    this.#claimant.stopped(lease, lease.epoch);
    await this.#round;
    this.#ask();
  }

  #leaseOf({ kind, resource, epoch, why = 'new' }: LeaseChange): Lease {
    const name = { kind, resource };
    return {
      ...name,
      epoch,
      why,
      isValid: () => this.#claimant.isValid(name, epoch, this.#now),
      // Rounds go on while the store is away: when the last one is long ago, we stood still.
      isUnknown: () => this.#awayAtMs !== undefined && this.#now - this.#awayAtMs < this.#options.lifeMs,
      refused: () => {
        this.#apply(this.#claimant.refused(name, epoch, this.#now));
        this.#wake();
      },
    };
  }

  #tell(change: LeaseName & { readonly epoch: number; readonly instance?: string }): void {
    this.#options.bus.publish(leaseTopic(), change);
  }
}
