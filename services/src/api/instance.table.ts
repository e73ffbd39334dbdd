/** The processes of the platform as they have said of themselves, by incarnation; silence shows. */
import type { Bus, Subscription } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { InstanceView } from '@tidegate/wire/instances';
import { instanceTopic } from '@tidegate/wire/topics';

/** Processes say it each 2 s. */
const silentMs = 7_000;
/** What has gone, or was not heard of, is shown for so long. */
const keptMs = 600_000;
const instancesMax = 1_000;

interface Row {
  readonly view: InstanceView;
  readonly heardMonoMs: number;
}

export class InstanceTable {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly rows = new Map<number, Row>();
  private subscription: Subscription | undefined;

  constructor(bus: Bus, clock: Clock) {
    this.bus = bus;
    this.clock = clock;
  }

  start(): void {
    this.subscription = this.bus.subscribe(instanceTopic(), (view) => this.hear(view));
  }

  stop(): void {
    this.subscription?.unsubscribe();
  }

  /** By name; of one name the latest first. */
  list(): readonly InstanceView[] {
    const now = this.clock.monoMs();
    return [...this.rows.values()]
      .filter(({ heardMonoMs }) => now - heardMonoMs < keptMs)
      .map(({ view, heardMonoMs }) =>
        view.state !== 'gone' && now - heardMonoMs >= silentMs ? { ...view, state: 'silent' as const } : view,
      )
      .sort((a, b) => a.instance.localeCompare(b.instance) || b.incarnation - a.incarnation);
  }

  /** The latest of that name. */
  named(instance: string): InstanceView | undefined {
    return this.list().find((view) => view.instance === instance);
  }

  private hear(view: InstanceView): void {
    const heardMonoMs = this.clock.monoMs();
    const before = this.rows.get(view.incarnation);
    // What comes from a process that was frozen on its way out says nothing new.
    if (before?.view.state === 'gone') return;
    this.rows.delete(view.incarnation);
    this.rows.set(view.incarnation, { view, heardMonoMs });
    if (this.rows.size > instancesMax) this.rows.delete(this.rows.keys().next().value!);
  }
}
