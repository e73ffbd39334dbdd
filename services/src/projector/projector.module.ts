/** The projector as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Projector } from './projector.ts';

@Module({
  providers: [
    {
      provide: Projector,
      inject: [PLATFORM],
      useFactory: ({ bus, journal, configuration, projection, log }: Platform) =>
        new Projector({ bus, journal, configuration, projection, log }),
    },
  ],
})
export class ProjectorModule {
  constructor(@Inject(Projector) projector: Projector, @Inject(Lifecycle) lifecycle: Lifecycle) {
    lifecycle.add('projector', projector);
  }
}
