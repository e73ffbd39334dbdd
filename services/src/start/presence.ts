/**
 * What this process says of itself to the others, and how they ask it to leave: the same planned stop as
 * SIGTERM, by who has the right to it and not only by who has its host (docs/cluster.md).
 */
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Lease } from '@tidegate/platform/lease/leases';
import type { Readiness } from '@tidegate/platform/observe/health';
import type { DrainAnswer, InstanceView } from '@tidegate/wire/instances';
import { drainTopic, instanceTopic } from '@tidegate/wire/topics';

export interface PresenceOptions {
  readonly bus: Bus;
  readonly health: { readiness(): Promise<Readiness> };
  readonly leases: { readonly held: readonly Pick<Lease, 'kind' | 'resource' | 'epoch'>[] };
  readonly about: Pick<
    InstanceView,
    'instance' | 'incarnation' | 'pid' | 'services' | 'version' | 'startedAt'
  >;
  /** The stop begins once the answer is out. */
  readonly leave: (why: string) => void;
  readonly everyMs?: number;
}

/** While it leaves there is more to see. */
const timesFaster = 8;

export class Presence {
  private readonly options: PresenceOptions;
  private readonly everyMs: number;
  private state: InstanceView['state'] = 'starting';
  private timer: NodeJS.Timeout | undefined;
  private asked: Subscription | undefined;

  constructor(options: PresenceOptions) {
    this.options = options;
    this.everyMs = options.everyMs ?? 2_000;
  }

  start(): void {
    const { bus, about } = this.options;
    this.asked = bus.respond(drainTopic(String(about.incarnation)), ({ why }) => this.leave(why), {
      isOwner: true,
    });
    void this.tell();
  }

  /** It works from now on, as far as its health says so. */
  started(): void {
    if (this.state === 'starting') this.state = 'ready';
    void this.tell();
  }

  /** It is stopping, whoever asked. */
  draining(): void {
    if (this.state === 'gone') return;
    this.state = 'draining';
    void this.tell();
  }

  /** The last word: before the bus closes. */
  stop(): void {
    clearTimeout(this.timer);
    this.asked?.unsubscribe();
    this.state = 'gone';
    this.publish({ isReady: false, reasons: {}, warnings: {} });
  }

  private leave(why: string): DrainAnswer {
    const { about, leases, leave } = this.options;
    const { instance, incarnation } = about;
    setImmediate(() => leave(why));
    const owned = leases.held.map(({ kind, resource, epoch }) => ({ kind, resource, epoch }));
    return { instance, incarnation, owned };
  }

  /** Says it, and again in its time. */
  private async tell(): Promise<void> {
    clearTimeout(this.timer);
    const readiness = await this.options.health.readiness();
    if (this.state === 'gone') return;
    this.publish(readiness);
    clearTimeout(this.timer);
    const inMs = this.state === 'draining' ? this.everyMs / timesFaster : this.everyMs;
    this.timer = setTimeout(() => void this.tell(), inMs).unref();
  }

  private publish({ isReady, reasons, warnings }: Readiness): void {
    const { about, bus, leases } = this.options;
    const owned: Record<string, number> = {};
    for (const { kind } of leases.held) owned[kind] = (owned[kind] ?? 0) + 1;
    const state = this.state === 'ready' && !isReady ? 'notReady' : this.state;
    bus.publish(instanceTopic(), { ...about, state, reasons, warnings, owned });
  }
}
