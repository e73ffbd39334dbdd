/** The monitor as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { LeasedService } from '../leased.ts';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Monitor } from './monitor.ts';

@Module({})
export class MonitorModule {
  constructor(@Inject(Lifecycle) lifecycle: Lifecycle, @Inject(PLATFORM) platform: Platform) {
    const { clock, leases, log, monitorCursors: cursors, retention, settings } = platform;
    const onError = (error: unknown): void => log.error({ err: error }, 'monitor');
    const monitor = new LeasedService({
      kind: 'monitor',
      leases,
      make: ({ epoch: leaseEpoch }) => new Monitor({ ...platform, cursors, leaseEpoch, onError }),
      onError,
    });
    const forget = async (signal: AbortSignal): Promise<void> => {
      const beforeMs = keptSince(settings.systemEventKeepDays, clock.nowMs());
      if (beforeMs !== undefined) await retention.systemEvents(beforeMs, signal);
    };
    const rounds = new Rounds([{ name: 'old system events', everyMs: 3_600_000, run: forget }], log);
    lifecycle.add('monitor', withRounds(monitor, rounds));
  }
}
