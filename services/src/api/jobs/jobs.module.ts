/**
 * Jobs over REST on a worker's own server, with the API's sign-in, rights and audit: the tokens of the API
 * are good there, too.
 */
import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { PLATFORM, type Platform } from '../../ports.ts';
import { DecisionInterceptor } from '../audit/decision.interceptor.ts';
import { Identities, IdentityGuard } from '../identity.ts';
import { JobsController } from './jobs.controller.ts';

@Module({
  controllers: [JobsController],
  providers: [
    {
      provide: APP_GUARD,
      inject: [Reflector, PLATFORM],
      useFactory: (reflector: Reflector, { clock, configuration, revocations, settings, tokens }: Platform) =>
        new IdentityGuard(
          reflector,
          new Identities(tokens, configuration, revocations),
          clock,
          settings.apiRatePerUser,
        ),
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [PLATFORM],
      useFactory: ({ auditRecorder, configuration }: Platform) =>
        new DecisionInterceptor(auditRecorder, configuration),
    },
  ],
})
export class JobsModule {}
