/**
 * Watches the order flow and tells operators by system events. Refusals of one kind that come in floods are
 * told once with their count, so that a broken client engine can't bury what matters.
 */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import type { Configuration } from '@tidegate/platform/configuration/configuration';
import { Follower } from '@tidegate/platform/journal/follower';
import type { Journal } from '@tidegate/platform/journal/journal';
import { followPartitions } from '@tidegate/platform/journal/partitions';
import type { SystemEvents } from '@tidegate/platform/observe/system.events';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { EventWindow } from '../event.window.ts';
import { systemEventOf } from './order.events.ts';

export interface MonitorOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly events: SystemEvents;
  readonly onError: (error: unknown) => void;
}

export class Monitor {
  private readonly options: MonitorOptions;
  private readonly followers: Follower[] = [];
  private readonly window: EventWindow;
  private stopFollowing: () => void = () => undefined;

  constructor(options: MonitorOptions) {
    this.options = options;
    this.window = new EventWindow({ events: options.events, clock: options.clock });
  }

  async start(): Promise<void> {
    this.window.start();
    const { journal, configuration } = this.options;
    this.stopFollowing = await followPartitions({
      configuration,
      journal,
      add: (partition, head) => this.follow(partition, head),
    });
  }

  private follow(partition: string, after: number): void {
    const { bus, journal, onError } = this.options;
    const handle = (events: readonly SequencedEvent[]) => this.watch(partition, events);
    const follower = new Follower({ bus, journal, partition, after, onError, handle });
    this.followers.push(follower);
    follower.start();
  }

  async stop(): Promise<void> {
    this.stopFollowing();
    await Promise.all(this.followers.map((follower) => follower.stop()));
    this.window.stop();
  }

  private watch(firm: string, events: readonly SequencedEvent[]): void {
    for (const sequenced of events) {
      const told = systemEventOf(firm, sequenced);
      if (told === undefined) continue;
      // Each case is somebody's to resolve: never summed up.
      if (told.kind === 'caseOpened') this.options.events.record(told);
      else this.window.record(`${told.kind} ${firm}`, told);
    }
  }
}
