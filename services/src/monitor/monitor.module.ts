/** The monitor as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Monitor } from './monitor.ts';

@Module({
  providers: [
    {
      provide: Monitor,
      inject: [PLATFORM],
      useFactory: ({ bus, journal, clock, configuration, events, log, monitorCursors }: Platform) =>
        new Monitor({
          bus,
          journal,
          clock,
          configuration,
          events,
          cursors: monitorCursors,
          onError: (error) => log.error({ err: error }, 'monitor'),
        }),
    },
  ],
})
export class MonitorModule {
  constructor(
    @Inject(Monitor) monitor: Monitor,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(PLATFORM) { clock, log, retention, settings }: Platform,
  ) {
    const forget = async (signal: AbortSignal): Promise<void> => {
      const beforeMs = keptSince(settings.systemEventKeepDays, clock.nowMs());
      if (beforeMs !== undefined) await retention.systemEvents(beforeMs, signal);
    };
    const rounds = new Rounds([{ name: 'old system events', everyMs: 3_600_000, run: forget }], log);
    lifecycle.add('monitor', withRounds(monitor, rounds));
  }
}
