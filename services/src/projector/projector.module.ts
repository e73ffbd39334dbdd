/** The projector as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { named } from '../naming.ts';
import { Projector } from './projector.ts';

@Module({
  providers: [
    {
      provide: Projector,
      inject: [PLATFORM],
      useFactory: ({ bus, clock, journal, configuration, projection, log }: Platform) =>
        new Projector({ bus, clock, journal, configuration, projection, log }),
    },
  ],
})
export class ProjectorModule {
  constructor(
    @Inject(Projector) projector: Projector,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(PLATFORM) { health, settings }: Platform,
  ) {
    lifecycle.add('projector', projector);
    health.register('projector', () => {
      const late = [...projector.lags()].filter(([, ms]) => ms > settings.projectorLagMsMax);
      if (late.length === 0) return undefined;
      const shown = late.map(([partition, ms]) => `${partition} ${Math.round(ms / 1_000)} s`);
      return `tables are behind: ${named(shown)}`;
    });
  }
}
