/** An authorised identity of a session: asks the library, in the worker, what it may see. */
import type { BlpIdentity } from './contract.ts';
import type { WorkerLink } from './worker.link.ts';

const seatTypes: Readonly<Record<number, BlpIdentity['seatType']>> = { 0: 'bps', 1: 'nonBps' };

export class SessionIdentity implements BlpIdentity {
  readonly correlationId: number;
  readonly seatType: BlpIdentity['seatType'];
  readonly #link: WorkerLink;
  #isReleased = false;

  constructor(link: WorkerLink, correlationId: number, seat: number) {
    this.#link = link;
    this.correlationId = correlationId;
    this.seatType = seatTypes[seat] ?? 'invalid';
  }

  isAuthorized(service: string): Promise<boolean> {
    return this.#link.call('isAuthorized', { identity: this.correlationId, service });
  }

  missingEntitlements(service: string, entitlementIds: readonly number[]): Promise<number[]> {
    if (entitlementIds.length === 0) return Promise.resolve([]);
    return this.#link.call('missingEntitlements', { identity: this.correlationId, service, entitlementIds });
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#link.call('releaseIdentity', { identity: this.correlationId });
  }
}
