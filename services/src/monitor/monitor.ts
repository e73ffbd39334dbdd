/**
 * Watches the order flow and tells operators by system events. Refusals of one kind that come in floods are
 * told once with their count, so that a broken client engine can't bury what matters.
 */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Clock } from '@tidegate/platform/observe/clock';
import { partitionsOf, type Configuration } from '@tidegate/platform/configuration/configuration';
import { Follower } from '@tidegate/platform/journal/follower';
import type { Journal } from '@tidegate/platform/journal/journal';
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

  constructor(options: MonitorOptions) {
    this.options = options;
    this.window = new EventWindow({ events: options.events, clock: options.clock });
  }

  async start(): Promise<void> {
    this.window.start();
    const { bus, journal, configuration, onError } = this.options;
    const heads = await journal.heads();
    for (const partition of partitionsOf(configuration.current)) {
      const follower = new Follower({
        bus,
        journal,
        partition,
        after: heads.get(partition) ?? 0,
        onError,
        handle: (events) => this.watch(partition, events),
      });
      this.followers.push(follower);
      follower.start();
    }
  }

  async stop(): Promise<void> {
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
