/**
 * That a FIX session, or a provider's two, are this process's: their lease as their stores and their
 * application see it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Holding } from '@tidegate/platform/fixstore/leased.store';
import type { Lease } from '@tidegate/platform/lease/leases';

/** Between two looks at a lease that is in doubt. */
const lookMs = 10;
/** Whoever waits longer is better off with a session that has failed. */
const doubtMsMax = 10_000;

export class HeldSession implements Holding {
  private readonly lease: Lease;
  private hasLost = false;

  constructor(lease: Lease) {
    this.lease = lease;
  }

  get epoch(): number {
    return this.lease.epoch;
  }

  get why(): Lease['why'] {
    return this.lease.why;
  }

  get isLost(): boolean {
    return this.hasLost;
  }

  /** It is another one's: whoever waits to be sure is told. */
  lose(): void {
    this.hasLost = true;
  }

  mayAct(): boolean {
    return !this.hasLost && (this.lease.isValid() || this.lease.isUnknown());
  }

  async whenSure(): Promise<void> {
    const untilMs = performance.now() + doubtMsMax;
    while (!this.mayAct()) {
      if (this.hasLost || performance.now() > untilMs)
        throw new Error(`${this.lease.kind} ${this.lease.resource} is not held any more`);
      await delay(lookMs);
    }
  }
}
