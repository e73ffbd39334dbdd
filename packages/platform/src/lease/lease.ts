/**
 * The port to ownership: who may do what only one may do at a time (write a partition, build the tables,
 * watch). A lease says who it is, and is no fence: what the owner writes carries the lease's epoch, and is
 * refused when that is old. `lease.postgres` for processes that share a database, `lease.memory` for one
 * process alone and for the simulator; the rules are numbered in SPEC.md.
 */
export const leaseKinds = ['partition', 'projector', 'monitor', 'audit', 'provider', 'session'] as const;
export type LeaseKind = (typeof leaseKinds)[number];
/** Kinds that go to who asks first, and stay there; the others are shared out evenly. */
export const askedKinds: ReadonlySet<LeaseKind> = new Set(['session']);

/** `restarted`: its holder was an earlier process of the same instance. */
export type LeaseWhy = 'new' | 'released' | 'handedOver' | 'expired' | 'restarted';

export interface LeaseName {
  readonly kind: LeaseKind;
  readonly resource: string;
}

/** A process that is alive, as the store sees it, and the kinds that it takes. */
export interface LeaseMember {
  readonly holder: string;
  readonly instance: string;
  readonly kinds: readonly LeaseKind[];
}

export interface LeaseRow extends LeaseName {
  /** Grows each time that another one gets it, also over restarts of everything. */
  readonly epoch: number;
  /** Absent: nobody. */
  readonly holder?: string;
  readonly instance?: string;
  /** Handed over to, until somebody has taken it. */
  readonly to?: string;
  /** Its holder is alive. */
  readonly isLive: boolean;
  /** For how long it has been as it is. */
  readonly sinceMs: number;
  readonly why: LeaseWhy;
}

export interface LeaseTable {
  readonly members: readonly LeaseMember[];
  /** Of the kinds that the asking member takes, and all that it holds. */
  readonly leases: readonly LeaseRow[];
  /** A later process of the same instance has begun: the asking one owns nothing any more. */
  readonly isSuperseded: boolean;
}

/** What a process says in one step; the store answers with what holds after it. */
export interface LeaseRound {
  readonly holder: string;
  readonly instance: string;
  /** Of the process: a later one of an instance has a higher number. */
  readonly incarnation: number;
  /** Empty: it takes nothing, and only says goodbye. */
  readonly kinds: readonly LeaseKind[];
  readonly lifeMs: number;
  /** `epoch`: as it was seen, 0 when there was none; another one meanwhile: not claimed. */
  readonly claims: readonly (LeaseName & { readonly epoch: number })[];
  readonly releases: readonly (LeaseName & { readonly epoch: number; readonly to?: string })[];
}

export interface LeaseStore {
  /** Durable when it resolves. It may have happened when it throws. */
  round(round: LeaseRound): Promise<LeaseTable>;
  /** All that there are, by kind and resource. */
  list(): Promise<readonly LeaseRow[]>;
  close(): Promise<void>;
}
