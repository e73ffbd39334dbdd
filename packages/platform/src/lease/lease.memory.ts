/** Leases of a process that is alone with its database: granted at once, kept in memory. */
import type { LeaseRound, LeaseRow, LeaseStore, LeaseTable } from './lease.ts';
import { LeaseRows } from './lease.rows.ts';

export interface MemoryLeasesOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Numbers that grow over restarts: what a lease guards remembers the last one. */
  readonly nextEpoch: () => number;
}

export class MemoryLeases implements LeaseStore {
  readonly #rows: LeaseRows;
  readonly #now: () => number;

  constructor({ now, nextEpoch }: MemoryLeasesOptions) {
    this.#rows = new LeaseRows(nextEpoch);
    this.#now = now;
  }

  async round(round: LeaseRound): Promise<LeaseTable> {
    return this.#rows.round(round, this.#now());
  }

  async list(): Promise<readonly LeaseRow[]> {
    return this.#rows.list(this.#now());
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
