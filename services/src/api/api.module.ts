/** The API as a Nest module: controllers for REST, the guard and filter around them, and the stream. */
import type { Server } from 'node:http';
import { Inject, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, Reflector } from '@nestjs/core';
import { MemoryBudgets } from '@tidegate/platform/identity/attempt.budgets';
import { Admission, admissionTerms } from '../admission.ts';
import { EventWindow } from '../event.window.ts';
import { Lifecycle } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { AlertsController } from './alerts.controller.ts';
import { Api } from './api.ts';
import { ApiKeyCheck } from './api.key.check.ts';
import { ApiKeysController } from './api.keys.controller.ts';
import { AuditController } from './audit/audit.controller.ts';
import { DecisionInterceptor } from './audit/decision.interceptor.ts';
import { BloombergController } from './bloomberg.controller.ts';
import { Devices } from './devices.ts';
import { FeedBoard } from './feed.board.ts';
import { HistoryController } from './history.controller.ts';
import { Identities, IdentityGuard } from './identity.ts';
import { MarketController } from './market.controller.ts';
import { ConfigurationChanges } from './configuration/changes.ts';
import { ConfigurationController } from './configuration/configuration.controller.ts';
import { SCHEDULE } from './configuration/schedule.token.ts';
import { UsersController } from './configuration/users.controller.ts';
import { CasesController } from './cases.controller.ts';
import { InstanceTable } from './instance.table.ts';
import { InstancesController } from './instances.controller.ts';
import { FixSessionsController } from './fix.sessions.controller.ts';
import { OperationsController } from './operations.controller.ts';
import { PositionsController } from './positions.controller.ts';
import { RiskController } from './risk.controller.ts';
import { StopsController } from './stops.controller.ts';
import { OrderLookup } from './order.lookup.ts';
import { OrdersController } from './orders.controller.ts';
import { QualityController } from './quality.controller.ts';
import { SessionController } from './session.controller.ts';
import { SessionTable } from './session.table.ts';
import { SignInAttempts } from './sign.in.attempts.ts';
import { OrderFeed } from './stream/order.feed.ts';
import { Snapshots } from './stream/snapshots.ts';
import { Stream } from './stream/stream.ts';
import { WorkspacesController } from './workspaces.controller.ts';

@Module({
  controllers: [
    SessionController,
    MarketController,
    OrdersController,
    PositionsController,
    HistoryController,
    FixSessionsController,
    OperationsController,
    InstancesController,
    RiskController,
    StopsController,
    CasesController,
    QualityController,
    AlertsController,
    ApiKeysController,
    AuditController,
    BloombergController,
    ConfigurationController,
    UsersController,
    WorkspacesController,
  ],
  providers: [
    {
      provide: SignInAttempts,
      inject: [PLATFORM],
      useFactory: ({ clock, log, signInBudgets: shared }: Platform) =>
        new SignInAttempts({ shared, own: new MemoryBudgets(clock), log, clock }),
    },
    {
      provide: Devices,
      inject: [PLATFORM],
      useFactory: ({ settings, tokens }: Platform) => new Devices(tokens, settings.httpPublic),
    },
    {
      provide: EventWindow,
      inject: [PLATFORM],
      useFactory: ({ clock, events }: Platform) => new EventWindow({ clock, events }),
    },
    {
      provide: Admission,
      inject: [PLATFORM],
      useFactory: ({ clock, configuration, events, metrics, settings }: Platform) =>
        new Admission({
          edge: 'api',
          clock,
          configuration,
          events,
          metrics,
          terms: admissionTerms(settings),
        }),
    },
    {
      provide: SessionTable,
      inject: [PLATFORM],
      useFactory: ({ bus, clock, configuration }: Platform) => new SessionTable(bus, clock, configuration),
    },
    {
      provide: InstanceTable,
      inject: [PLATFORM],
      useFactory: ({ bus, clock }: Platform) => new InstanceTable(bus, clock),
    },
    {
      provide: FeedBoard,
      inject: [PLATFORM],
      useFactory: ({ bus, clock, configuration }: Platform) => new FeedBoard({ bus, clock, configuration }),
    },
    {
      provide: OrderLookup,
      inject: [PLATFORM],
      useFactory: ({ bus, configuration, projection }: Platform) =>
        new OrderLookup({ bus, configuration, projection }),
    },
    { provide: SCHEDULE, inject: [PLATFORM], useFactory: ({ schedule }: Platform) => schedule },
    {
      provide: ConfigurationChanges,
      inject: [PLATFORM, SessionTable],
      useFactory: ({ bus, clock, configuration, events, schedule }: Platform, table: SessionTable) =>
        new ConfigurationChanges({ bus, clock, configuration, events, schedule, table }),
    },
    {
      provide: Identities,
      inject: [PLATFORM, EventWindow],
      useFactory: ({ apiKeys, clock, tokens, configuration, revocations }: Platform, window: EventWindow) =>
        new Identities(
          tokens,
          configuration,
          revocations,
          new ApiKeyCheck({ keys: apiKeys, budgets: new MemoryBudgets(clock), clock, window }),
        ),
    },
    {
      provide: APP_GUARD,
      inject: [Reflector, Identities, PLATFORM],
      useFactory: (reflector: Reflector, identities: Identities, { clock, settings }: Platform) =>
        new IdentityGuard(reflector, identities, clock, settings.apiRatePerUser),
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [PLATFORM],
      useFactory: ({ auditRecorder, configuration }: Platform) =>
        new DecisionInterceptor(auditRecorder, configuration),
    },
    {
      provide: Api,
      inject: [
        PLATFORM,
        SessionTable,
        InstanceTable,
        FeedBoard,
        Identities,
        EventWindow,
        Admission,
        HttpAdapterHost,
      ],
      useFactory: buildApi,
    },
  ],
})
export class ApiModule {
  constructor(@Inject(Api) api: Api, @Inject(Lifecycle) lifecycle: Lifecycle) {
    lifecycle.add('api', api);
  }
}

function buildApi(
  platform: Platform,
  table: SessionTable,
  instances: InstanceTable,
  feeds: FeedBoard,
  identities: Identities,
  window: EventWindow,
  admission: Admission,
  http: HttpAdapterHost,
): Api {
  const { bus, clock, configuration, events, journal, log, metrics, projection, settings } = platform;
  const { quality } = platform;
  const { apiKeys, revocations, schedule } = platform;
  metrics.gauge(
    'api_revocations_age_seconds',
    'Since SQL was last asked which tokens are revoked; what only reduces risk goes by that',
    [],
    () => (revocations.ageMs ?? 0) / 1_000,
  );
  const onError = (error: unknown) => log.error({ err: error }, 'stream');
  const feed = new OrderFeed({
    bus,
    journal,
    configuration,
    onError,
    naming: (id) => configuration.current.instruments.get(id) ?? { symbol: id, quoteCurrency: '' },
  });
  const snapshots = new Snapshots({
    projection,
    events,
    sessions: (eyes) => table.of(eyes),
    venues: () => configuration.current.venues.keys(),
    quality,
    feed,
  });
  const stream = new Stream({
    bus,
    clock,
    configuration,
    identities,
    feed,
    feeds,
    snapshots,
    metrics,
    flushMs: settings.priceFlushMs,
    trustedProxies: settings.trustedProxies,
    onError,
  });
  const server = () => http.httpAdapter.getHttpServer() as Server;
  return new Api({
    table,
    instances,
    feeds,
    feed,
    stream,
    window,
    admission,
    revocations,
    schedule,
    server,
    apiKeys,
  });
}
