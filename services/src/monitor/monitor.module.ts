/** The monitor as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
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
  constructor(@Inject(Monitor) monitor: Monitor, @Inject(Lifecycle) lifecycle: Lifecycle) {
    lifecycle.add('monitor', monitor);
  }
}
