/** The Bloomberg service as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { LibraryBinding } from './binding.ts';
import { Bloomberg } from './bloomberg.ts';
import { libraryPath } from './library.path.ts';

@Module({
  providers: [
    {
      provide: Bloomberg,
      inject: [PLATFORM],
      useFactory: (platform: Platform) => {
        const { bloombergUsage: usage, health, settings } = platform;
        const service = new Bloomberg({
          ...platform,
          usage,
          binding: new LibraryBinding(() => libraryPath(settings), settings, settings.instance),
        });
        const feed = (): string | undefined => {
          const { state, cause } = service.standing();
          const isWanted = state !== 'stopped' || settings.bloombergRequired;
          return state === 'up' || !isWanted
            ? undefined
            : `Bloomberg is ${state}${cause === null ? '' : `: ${cause.text}`}`;
        };
        health.register('bloomberg', feed, settings.bloombergRequired ? 'work' : 'fallback');
        health.register('bloombergServer', () => {
          const { address, cause } = service.server;
          return address === null ? `does not listen${cause === null ? '' : `: ${cause.text}`}` : undefined;
        });
        return service;
      },
    },
  ],
  exports: [Bloomberg],
})
export class BloombergModule {
  constructor(@Inject(Bloomberg) service: Bloomberg, @Inject(Lifecycle) lifecycle: Lifecycle) {
    lifecycle.add('bloomberg', service);
  }
}
