/** Order management as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
import { HEALTH, PLATFORM, type Platform } from '../ports.ts';
import { Oms } from './oms.ts';

@Module({
  providers: [
    {
      provide: Oms,
      inject: [PLATFORM],
      useFactory: ({ bus, journal, clock, configuration, events, log, settings }: Platform) =>
        new Oms({ bus, journal, clock, configuration, events, log, dataDir: settings.dataDir }),
    },
  ],
})
export class OmsModule {
  constructor(
    @Inject(Oms) oms: Oms,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(HEALTH) health: Platform['health'],
  ) {
    lifecycle.add('oms', oms);
    health.register('oms', () =>
      oms.isReady ? undefined : 'a partition is not owned, or its journal is down',
    );
  }
}
