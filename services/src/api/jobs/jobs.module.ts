/**
 * Jobs over REST on a worker's own server, with the API's sign-in, rights and audit: the tokens of the API
 * are good there, too.
 */
import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { MemoryBudgets } from '@tidegate/platform/identity/attempt.budgets';
import { EventWindow } from '../../event.window.ts';
import { PLATFORM, type Platform } from '../../ports.ts';
import { ApiKeyCheck } from '../api.key.check.ts';
import { DecisionInterceptor } from '../audit/decision.interceptor.ts';
import { Identities, IdentityGuard } from '../identity.ts';
import { JobsController } from './jobs.controller.ts';

@Module({
  controllers: [JobsController],
  providers: [
    {
      provide: EventWindow,
      inject: [PLATFORM],
      useFactory: ({ clock, events }: Platform) => new EventWindow({ clock, events }),
    },
    {
      provide: APP_GUARD,
      inject: [Reflector, PLATFORM, EventWindow],
      useFactory: (reflector: Reflector, platform: Platform, window: EventWindow) => {
        const { apiKeys: keys, clock, configuration, revocations, settings, tokens } = platform;
        const check = new ApiKeyCheck({ keys, budgets: new MemoryBudgets(clock), clock, window });
        const identities = new Identities(tokens, configuration, revocations, check);
        return new IdentityGuard(reflector, identities, clock, settings.apiRatePerUser);
      },
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [PLATFORM],
      useFactory: ({ auditRecorder, configuration }: Platform) =>
        new DecisionInterceptor(auditRecorder, configuration),
    },
  ],
})
export class JobsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly window: EventWindow;
  private readonly platform: Platform;

  constructor(@Inject(EventWindow) window: EventWindow, @Inject(PLATFORM) platform: Platform) {
    this.window = window;
    this.platform = platform;
  }

  /** What the API's own service does where there is one. */
  async onApplicationBootstrap(): Promise<void> {
    this.window.start();
    this.platform.apiKeys.start();
    await this.platform.revocations.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.window.stop();
    this.platform.revocations.stop();
    await this.platform.apiKeys.stop();
  }
}
