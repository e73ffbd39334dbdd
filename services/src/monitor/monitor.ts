/**
 * Watches the order flow and tells operators by system events. Refusals of one kind that come in floods are
 * told once with their count, so that a broken client engine can't bury what matters.
 */
import type { Bus } from '@tidegate/platform/bus';
import type { Clock } from '@tidegate/platform/clock';
import type { Configuration } from '@tidegate/platform/configuration';
import { Follower } from '@tidegate/platform/follower';
import type { Journal } from '@tidegate/platform/journal';
import type { SystemEvents } from '@tidegate/platform/system.events';
import type { SequencedEvent } from '@tidegate/wire/commands';
import { systemEventOf } from './order.events.ts';

export interface MonitorOptions {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly events: SystemEvents;
  readonly onError: (error: unknown) => void;
}

/** Events of one kind and firm told one by one per window; the rest as one. */
const toldPerWindow = 20;
const windowMs = 10_000;

interface Window {
  readonly sinceMonoMs: number;
  told: number;
  held: number;
}

export class Monitor {
  private readonly options: MonitorOptions;
  private readonly followers: Follower[] = [];
  private readonly windows = new Map<string, Window>();

  constructor(options: MonitorOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { bus, journal, configuration, onError } = this.options;
    const heads = await journal.heads();
    for (const partition of configuration.current.firms.keys()) {
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
  }

  private watch(firm: string, events: readonly SequencedEvent[]): void {
    for (const sequenced of events) {
      const told = systemEventOf(firm, sequenced);
      if (told === undefined) continue;
      const window = this.windowOf(`${told.kind} ${firm}`);
      if (window.told < toldPerWindow) {
        window.told += 1;
        this.options.events.record(told);
      } else {
        window.held += 1;
      }
    }
  }

  private windowOf(key: string): Window {
    const now = this.options.clock.monoMs();
    const known = this.windows.get(key);
    if (known !== undefined && now - known.sinceMonoMs < windowMs) return known;
    if (known !== undefined && known.held > 0) {
      const [kind, firm] = key.split(' ') as ['riskRefusal', string];
      this.options.events.record({
        kind,
        severity: 'warning',
        subject: firm,
        firm,
        text: `${known.held} more of this kind within ${windowMs / 1_000} s were not told one by one`,
      });
    }
    const window = { sinceMonoMs: now, told: 0, held: 0 };
    this.windows.set(key, window);
    return window;
  }
}
