/**
 * A process that claims, keeps and hands over leases, purely: what it asks the store for, and what an answer,
 * its absence and the passing of time mean. Time is the process's own monotonic clock and an argument. The
 * loop around it is `leases.ts`; the rules are numbered in SPEC.md.
 */
import { assign } from './balance.ts';
import {
  askedKinds,
  type LeaseKind,
  type LeaseName,
  type LeaseRound,
  type LeaseRow,
  type LeaseTable,
  type LeaseWhy,
} from './lease.ts';

/**
 * `doubtful`: not renewed in time, perhaps another one's by now. `handing`: its owner stops, then it is
 * released.
 */
export type LeaseState = 'none' | 'held' | 'doubtful' | 'handing';
/**
 * `mine`, `other`: what the store says; `silent`: it said nothing in time; `refused`: a write was, as old.
 */
export type LeaseInput = 'mine' | 'other' | 'silent' | 'move' | 'stopped' | 'refused';
export type LeaseEffect = 'gained' | 'lost' | 'doubted' | 'sure' | 'handOver' | 'release';

interface Step {
  readonly to: LeaseState;
  readonly effects: readonly LeaseEffect[];
}

const step = (to: LeaseState, ...effects: readonly LeaseEffect[]): Step => ({ to, effects });

/** For every state and input, also for those that cannot be: they change nothing. */
export const leaseSteps: Readonly<Record<LeaseState, Readonly<Record<LeaseInput, Step>>>> = {
  none: {
    mine: step('held', 'gained'),
    other: step('none'),
    silent: step('none'),
    move: step('none'),
    stopped: step('none'),
    refused: step('none'),
  },
  held: {
    mine: step('held'),
    other: step('none', 'lost'),
    silent: step('doubtful', 'doubted'),
    move: step('handing', 'handOver'),
    stopped: step('none', 'release'),
    refused: step('none', 'lost', 'release'),
  },
  doubtful: {
    mine: step('held', 'sure'),
    other: step('none', 'lost'),
    silent: step('doubtful'),
    move: step('handing', 'handOver'),
    stopped: step('none', 'release'),
    refused: step('none', 'lost', 'release'),
  },
  handing: {
    mine: step('handing'),
    other: step('none', 'lost'),
    silent: step('handing'),
    move: step('handing'),
    stopped: step('none', 'release'),
    refused: step('none', 'lost', 'release'),
  },
};

export interface LeaseChange extends LeaseName {
  readonly what: Exclude<LeaseEffect, 'release'>;
  readonly epoch: number;
  readonly why?: LeaseWhy;
}

export interface ClaimantOptions {
  readonly holder: string;
  readonly instance: string;
  readonly incarnation: number;
  /** How long the store keeps what is not renewed. */
  readonly lifeMs: number;
}

interface Held extends LeaseName {
  readonly epoch: number;
  readonly why: LeaseWhy;
  state: LeaseState;
  to?: string | undefined;
}

/** Of its life: clocks of two hosts run apart by less. */
const validShare = 0.9;
/** Lives without a member coming or going before anything is moved for balance. */
const steadyLives = 2;
/** Handed over for balance at a time. */
const movesAtOnce = 4;
/** Lives for which what was refused is left to others; and for which they leave it to whom it is due. */
const backOffLives = 4;
const patienceLives = 2;

const keyOf = ({ kind, resource }: LeaseName): string => `${kind} ${resource}`;

export class Claimant {
  readonly #options: ClaimantOptions;
  readonly #kinds = new Set<LeaseKind>();
  readonly #wanted = new Map<string, LeaseName>();
  readonly #held = new Map<string, Held>();
  readonly #releases = new Map<string, LeaseRound['releases'][number]>();
  /** What is left to others, until when. */
  readonly #barred = new Map<string, number>();
  #table: LeaseTable = { members: [], leases: [], isSuperseded: false };
  #members = '';
  #steadySinceMs = 0;
  #validUntilMs = -Infinity;
  /** Until then others may be as late as we were: what has run out is theirs for the time being. */
  #considerateUntilMs = -Infinity;

  constructor(options: ClaimantOptions) {
    this.#options = options;
  }

  /** From now on it claims its share of this kind. */
  offer(kind: LeaseKind): void {
    this.#kinds.add(kind);
  }

  want(name: LeaseName): void {
    this.#wanted.set(keyOf(name), name);
  }

  /** It is wanted no more, and handed over where it is held. */
  drop(name: LeaseName): readonly LeaseChange[] {
    const key = keyOf(name);
    this.#wanted.delete(key);
    const held = this.#held.get(key);
    return held === undefined ? [] : this.#step(held, 'move');
  }

  /** It claims no more of the kind and hands over what it has. */
  withdraw(kind: LeaseKind, nowMs: number): readonly LeaseChange[] {
    this.#kinds.delete(kind);
    for (const [key, name] of this.#wanted) if (name.kind === kind) this.#wanted.delete(key);
    return this.plan(nowMs);
  }

  /** By its own clock nobody else can have it. */
  isValid(name: LeaseName, epoch: number, nowMs: number): boolean {
    const held = this.#held.get(keyOf(name));
    return held?.epoch === epoch && nowMs < this.#validUntilMs;
  }

  /** Of this kind, as the store has said last. */
  rows(kind: LeaseKind): readonly LeaseRow[] {
    return this.#table.leases.filter((row) => row.kind === kind);
  }

  /** Others that live take the kind, too. */
  hasOthers(kind: LeaseKind): boolean {
    const { holder: own } = this.#options;
    return this.#table.members.some(({ holder, kinds }) => holder !== own && kinds.includes(kind));
  }

  /** Of these, those that nobody living has, as far as the store has said. */
  unowned(kind: LeaseKind, resources: readonly string[]): readonly string[] {
    const rows = this.#table.leases.filter((row) => row.kind === kind && row.isLive);
    const live = new Set(rows.map(({ resource }) => resource));
    return resources.filter((resource) => !live.has(resource));
  }

  /** Leases of this kind that are not released yet. */
  owns(kind: LeaseKind): number {
    const isOf = (one: LeaseName): boolean => one.kind === kind;
    return [...this.#held.values()].filter(isOf).length + [...this.#releases.values()].filter(isOf).length;
  }

  ask(nowMs: number): LeaseRound {
    const { holder, instance, incarnation, lifeMs } = this.#options;
    return {
      holder,
      instance,
      incarnation,
      lifeMs,
      kinds: [...this.#kinds],
      claims: this.#claims(nowMs),
      releases: [...this.#releases.values()],
    };
  }

  /** There is something to ask for before the next renewal is due. */
  hasMore(nowMs: number): boolean {
    return this.#releases.size > 0 || this.#claims(nowMs).length > 0;
  }

  /** The store has answered the round that was sent at `sentAtMs`. */
  hear(round: LeaseRound, table: LeaseTable, sentAtMs: number, nowMs: number): readonly LeaseChange[] {
    const { lifeMs } = this.#options;
    if (nowMs - sentAtMs > lifeMs / 2) this.#considerateUntilMs = nowMs + lifeMs;
    // From before it was sent: the store's own count began later.
    if (!table.isSuperseded) this.#validUntilMs = sentAtMs + validShare * lifeMs;
    this.#table = table;
    this.#watchMembers(nowMs);
    for (const { kind, resource, epoch } of round.releases)
      if (this.#releases.get(keyOf({ kind, resource }))?.epoch === epoch)
        this.#releases.delete(keyOf({ kind, resource }));
    const changes: LeaseChange[] = [];
    const mine = new Map(table.leases.filter((row) => this.#isMine(row)).map((row) => [keyOf(row), row]));
    for (const [key, held] of this.#held)
      if (mine.get(key)?.epoch !== held.epoch) changes.push(...this.#step(held, 'other'));
    for (const [key, row] of mine) changes.push(...this.#keep(key, row));
    return [...changes, ...this.look(nowMs), ...this.plan(nowMs)];
  }

  /** The store did not answer. */
  miss(nowMs: number): readonly LeaseChange[] {
    this.#considerateUntilMs = nowMs + this.#options.lifeMs;
    return this.look(nowMs);
  }

  /** Time has passed. */
  look(nowMs: number): readonly LeaseChange[] {
    if (nowMs < this.#validUntilMs) return [];
    return [...this.#held.values()].flatMap((held) => this.#step(held, 'silent'));
  }

  /** The owner has stopped, everything of it is written: the next one may begin. */
  stopped(name: LeaseName, epoch: number): void {
    const held = this.#held.get(keyOf(name));
    if (held?.epoch === epoch) this.#step(held, 'stopped');
  }

  /** What the owner wrote was refused as old, or it cannot work: others first. */
  refused(name: LeaseName, epoch: number, nowMs: number): readonly LeaseChange[] {
    const held = this.#held.get(keyOf(name));
    if (held?.epoch !== epoch) return [];
    this.#barred.set(keyOf(name), nowMs + backOffLives * this.#options.lifeMs);
    return this.#step(held, 'refused');
  }

  /** What is to be handed over: all of a kind that is withdrawn; of others what is above the share. */
  plan(nowMs: number): readonly LeaseChange[] {
    const changes: LeaseChange[] = [];
    const kinds = new Set([...this.#held.values()].map(({ kind }) => kind));
    for (const kind of kinds) {
      const isLeaving = !this.#kinds.has(kind);
      const isAsked = askedKinds.has(kind);
      if (!isLeaving && (isAsked || !this.#isSteady(nowMs))) continue;
      // Nobody is due what goes to who asks.
      const due = isAsked ? new Map<string, string>() : this.#due(kind);
      let moves = [...this.#held.values()].filter(({ state }) => state === 'handing').length;
      for (const held of this.#held.values()) {
        const to = due.get(held.resource);
        if (held.kind !== kind || held.state === 'handing' || to === this.#options.holder) continue;
        if (!isLeaving && (to === undefined || moves >= movesAtOnce)) continue;
        held.to = to;
        moves += 1;
        changes.push(...this.#step(held, 'move'));
      }
    }
    return changes;
  }

  #isMine({ holder }: LeaseRow): boolean {
    return holder === this.#options.holder;
  }

  /** A row of ours; what we have just given back, or never wanted, is not taken up again. */
  #keep(key: string, row: LeaseRow): readonly LeaseChange[] {
    const { kind, resource, epoch, why } = row;
    if (this.#releases.get(key)?.epoch === epoch) return [];
    const known = this.#held.get(key);
    if (known === undefined && !this.#kinds.has(kind)) {
      this.#releases.set(key, { kind, resource, epoch });
      return [];
    }
    const held: Held = known ?? { kind, resource, epoch, why, state: 'none' };
    this.#held.set(key, held);
    return this.#step(held, 'mine');
  }

  #step(held: Held, input: LeaseInput): readonly LeaseChange[] {
    const { kind, resource, epoch, why, to } = held;
    const { to: state, effects } = leaseSteps[held.state][input];
    held.state = state;
    const key = keyOf(held);
    if (state === 'none' && this.#held.get(key) === held) this.#held.delete(key);
    // Who asked for it has it now: to take it back would be a quarrel.
    if (effects.includes('lost') && askedKinds.has(kind)) this.#wanted.delete(key);
    const changes: LeaseChange[] = [];
    for (const what of effects) {
      if (what !== 'release')
        changes.push({ what, kind, resource, epoch, ...(what === 'gained' ? { why } : {}) });
      else this.#releases.set(key, { kind, resource, epoch, ...(to === undefined ? {} : { to }) });
    }
    return changes;
  }

  #claims(nowMs: number): LeaseRound['claims'] {
    const { holder, lifeMs } = this.#options;
    if (this.#table.members.length === 0) return [];
    const rows = new Map(this.#table.leases.map((row) => [keyOf(row), row]));
    const shared = [...this.#kinds].filter((kind) => !askedKinds.has(kind));
    const dues = new Map(shared.map((kind) => [kind, this.#due(kind)]));
    return [...this.#wanted].flatMap(([key, { kind, resource }]) => {
      const row = rows.get(key);
      const isBarred = (this.#barred.get(key) ?? -Infinity) > nowMs && this.hasOthers(kind);
      if (this.#held.has(key) || isBarred) return [];
      if (row !== undefined && !this.#isFree(row, nowMs)) return [];
      const isDue = askedKinds.has(kind) || dues.get(kind)?.get(resource) === holder || row?.to === holder;
      const isForgotten = row?.holder === undefined && (row?.sinceMs ?? 0) > patienceLives * lifeMs;
      return isDue || isForgotten ? [{ kind, resource, epoch: row?.epoch ?? 0 }] : [];
    });
  }

  #isFree({ holder, to, isLive, sinceMs }: LeaseRow, nowMs: number): boolean {
    const { holder: own, lifeMs } = this.#options;
    if (holder !== undefined) return !isLive && nowMs >= this.#considerateUntilMs;
    return to === undefined || to === own || !this.#isMember(to) || sinceMs >= lifeMs;
  }

  #isMember(holder: string): boolean {
    return this.#table.members.some((member) => member.holder === holder);
  }

  /** By resource: who should have it, as far as this table says. */
  #due(kind: LeaseKind): ReadonlyMap<string, string> {
    const { holder } = this.#options;
    const members = this.#table.members
      .filter((member) => (member.holder === holder ? this.#kinds.has(kind) : member.kinds.includes(kind)))
      .map((member) => member.holder);
    const held = new Map<string, string>();
    for (const row of this.#table.leases)
      if (row.kind === kind) held.set(row.resource, row.holder ?? row.to ?? '');
    for (const one of this.#wanted.values())
      if (one.kind === kind && !held.has(one.resource)) held.set(one.resource, '');
    return assign([...held.keys()], members, held);
  }

  #watchMembers(nowMs: number): void {
    const members = this.#table.members
      .map(({ holder, kinds }) => `${holder} ${kinds.toSorted().join(',')}`)
      .toSorted()
      .join('|');
    if (members !== this.#members) this.#steadySinceMs = nowMs;
    this.#members = members;
  }

  #isSteady(nowMs: number): boolean {
    const steadyMs = nowMs - this.#steadySinceMs;
    return steadyMs >= steadyLives * this.#options.lifeMs && nowMs < this.#validUntilMs;
  }
}
