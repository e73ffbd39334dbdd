/** Pricing as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { Lifecycle } from '../lifecycle.ts';
import { bookLimitsOf } from '../book.limits.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Pricing } from './pricing.ts';

@Module({
  providers: [
    {
      provide: Pricing,
      inject: [PLATFORM],
      useFactory: ({ bus, cache, clock, configuration, epochs, events, log, settings }: Platform) =>
        new Pricing({
          bus,
          cache,
          bookLimits: bookLimitsOf(settings),
          clock,
          configuration,
          epochs,
          events,
          onError: (error) => log.error({ err: error }, 'pricing'),
        }),
    },
  ],
})
export class PricingModule {
  constructor(@Inject(Pricing) pricing: Pricing, @Inject(Lifecycle) lifecycle: Lifecycle) {
    lifecycle.add('pricing', pricing);
  }
}
