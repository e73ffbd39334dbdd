/**
 * What a lease store does with a round, purely: rows, members and the store's own clock. The memory store
 * and the simulator run on it; the function `lease_round` in SQL does the same, and one contract holds for
 * both.
 */
import type { LeaseKind, LeaseMember, LeaseRound, LeaseRow, LeaseTable, LeaseWhy } from './lease.ts';

interface Member extends LeaseMember {
  readonly incarnation: number;
  readonly expiresAtMs: number;
}

interface Row {
  readonly kind: LeaseKind;
  readonly resource: string;
  epoch: number;
  holder: string | undefined;
  instance: string | undefined;
  to: string | undefined;
  sinceMs: number;
  lifeMs: number;
  why: LeaseWhy;
}

const keyOf = ({ kind, resource }: Pick<Row, 'kind' | 'resource'>): string => `${kind} ${resource}`;

export class LeaseRows {
  readonly #members = new Map<string, Member>();
  readonly #rows = new Map<string, Row>();
  readonly #nextEpoch: () => number;

  constructor(nextEpoch: () => number) {
    this.#nextEpoch = nextEpoch;
  }

  round(round: LeaseRound, nowMs: number): LeaseTable {
    if (!this.#beat(round, nowMs)) return { members: [], leases: [], isSuperseded: true };
    for (const release of round.releases) this.#release(release, round, nowMs);
    for (const claim of round.claims) if (round.kinds.includes(claim.kind)) this.#claim(claim, round, nowMs);
    return {
      members: [...this.#members.values()]
        .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
        .map(({ holder, instance, kinds }) => ({ holder, instance, kinds })),
      leases: this.list(nowMs).filter(
        ({ kind, holder }) => round.kinds.includes(kind) || holder === round.holder,
      ),
      isSuperseded: false,
    };
  }

  list(nowMs: number): readonly LeaseRow[] {
    const rows = [...this.#rows.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return rows.map(({ kind, resource, epoch, why, holder, instance, to, sinceMs }) => ({
      kind,
      resource,
      epoch,
      why,
      ...(holder === undefined ? {} : { holder, instance: instance! }),
      ...(to === undefined ? {} : { to }),
      isLive: this.#isAlive(holder, nowMs),
      sinceMs: nowMs - sinceMs,
    }));
  }

  /** False: a later process of the same instance is here. */
  #beat({ holder, instance, incarnation, kinds, lifeMs }: LeaseRound, nowMs: number): boolean {
    for (const [name, member] of this.#members) {
      if (member.instance !== instance || name === holder) continue;
      if (member.incarnation > incarnation) return false;
      this.#members.delete(name);
      for (const row of this.#rows.values()) if (row.holder === name) pass(row, holder, lifeMs, nowMs);
    }
    this.#members.set(holder, { holder, instance, incarnation, kinds, expiresAtMs: nowMs + lifeMs });
    return true;
  }

  #release(
    { kind, resource, epoch, to }: LeaseRound['releases'][number],
    { holder, lifeMs }: LeaseRound,
    nowMs: number,
  ): void {
    const row = this.#rows.get(keyOf({ kind, resource }));
    if (row === undefined || row.holder !== holder || row.epoch !== epoch) return;
    Object.assign(row, { holder: undefined, instance: undefined, to, sinceMs: nowMs, lifeMs });
    row.why = to === undefined ? 'released' : 'handedOver';
  }

  #claim(
    { kind, resource, epoch }: LeaseRound['claims'][number],
    { holder, instance, lifeMs }: LeaseRound,
    nowMs: number,
  ): void {
    const key = keyOf({ kind, resource });
    const row = this.#rows.get(key);
    if ((row?.epoch ?? 0) !== epoch || (row !== undefined && !this.#isFree(row, holder, nowMs))) return;
    const why = row === undefined ? 'new' : whyTaken(row);
    this.#rows.set(key, {
      kind,
      resource,
      epoch: this.#nextEpoch(),
      holder,
      instance,
      to: undefined,
      sinceMs: nowMs,
      lifeMs,
      why,
    });
  }

  #isFree({ holder, to, sinceMs, lifeMs }: Row, claimant: string, nowMs: number): boolean {
    if (holder !== undefined) return !this.#isAlive(holder, nowMs);
    return to === undefined || to === claimant || !this.#isAlive(to, nowMs) || nowMs - sinceMs >= lifeMs;
  }

  #isAlive(holder: string | undefined, nowMs: number): boolean {
    return holder !== undefined && (this.#members.get(holder)?.expiresAtMs ?? 0) > nowMs;
  }
}

const whyTaken = ({ holder, why }: Row): LeaseWhy => (holder === undefined ? why : 'expired');

/** What an earlier process of an instance had is kept for the later one. */
function pass(row: Row, to: string, lifeMs: number, nowMs: number): void {
  Object.assign(row, { holder: undefined, instance: undefined, to, sinceMs: nowMs, lifeMs });
  row.why = 'restarted';
}
