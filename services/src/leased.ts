/**
 * A service that runs once in the whole cluster: where its lease is, and moving with it. The start of the
 * process and taking over from another are the same.
 */
import type { LeaseKind } from '@tidegate/platform/lease/lease';
import type { Lease, Leases, Offer } from '@tidegate/platform/lease/leases';
import type { Service } from './lifecycle.ts';

export interface LeasedOptions<Leasable extends Service> {
  readonly kind: LeaseKind;
  readonly leases: Pick<Leases, 'offer'>;
  /** What it writes carries the lease's epoch. */
  readonly make: (lease: Lease) => Leasable;
  readonly onError: (error: unknown) => void;
}

/** There is one of them. */
const resource = 'all';

export class LeasedService<Leasable extends Service> implements Service {
  private readonly options: LeasedOptions<Leasable>;
  private offer: Offer | undefined;
  private running: Leasable | undefined;
  /** Starts and stops, one after the other. */
  private work: Promise<void> = Promise.resolve();

  constructor(options: LeasedOptions<Leasable>) {
    this.options = options;
  }

  /** Undefined: another process has it, or none has yet. */
  get current(): Leasable | undefined {
    return this.running;
  }

  /** Runs when it resolves, unless another process has it. */
  async start(): Promise<void> {
    const { kind, leases } = this.options;
    this.offer = leases.offer(kind, {
      gained: (lease) => this.inTurn(() => this.begin(lease)),
      lost: () => this.inTurn(() => this.end()),
      handOver: async () => {
        this.inTurn(() => this.end());
        await this.work;
      },
    });
    this.offer.want(resource);
    await this.offer.settled();
    await this.work;
  }

  async stop(): Promise<void> {
    await this.offer?.leave();
    this.inTurn(() => this.end());
    await this.work;
  }

  private async begin(lease: Lease): Promise<void> {
    const made = this.options.make(lease);
    this.running = made;
    try {
      await made.start();
    } catch (error) {
      // Tried again by whoever has the lease next, which may be us.
      await this.end();
      lease.refused();
      throw error;
    }
  }

  private async end(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }

  private inTurn(work: () => Promise<void>): void {
    this.work = this.work.then(work).catch(this.options.onError);
  }
}
