/** The FIX gateway as a Nest module. */
import { join } from 'node:path';
import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { admissionTerms } from '../admission.ts';
import { horizonOf } from '../horizon.ts';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Gateway, type GatewayOptions, type SharedSessions } from './gateway.ts';
import type { VenueAddress } from './venues/venue.sessions.ts';

/** Where sessions are kept, and whether other gateways share them. */
export interface SessionStores {
  readonly store: GatewayOptions['sessionStore'];
  readonly delivered?: SharedSessions['delivered'];
}

@Module({})
export class GatewayModule {
  constructor(
    @Inject(Gateway) gateway: Gateway,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(PLATFORM) { clock, health, log, retention, settings }: Platform,
  ) {
    const forget = async (signal: AbortSignal): Promise<void> => {
      const [messages, logged] = [settings.fixMessageKeepDays, settings.fixLogKeepDays].map((days) =>
        keptSince(days, clock.nowMs()),
      );
      if (logged !== undefined) await gateway.forgetLogged(logged);
      if (messages !== undefined && settings.fixStore === 'postgres')
        await retention.fixMessages(messages, signal);
    };
    const rounds = new Rounds([{ name: 'old FIX messages', everyMs: 3_600_000, run: forget }], log);
    lifecycle.add('gateway', withRounds(gateway, rounds));
    health.register('ports', () => gateway.standing().ports);
    health.register('providers', () => gateway.standing().providers);
    health.register('providersAway', () => gateway.standing().away, 'fallback');
  }

  /** `venueAddresses` overrides configuration where the simulator chose its ports. */
  static of(
    venueAddresses: ReadonlyMap<string, VenueAddress>,
    secret: (name: string) => string | undefined,
    { store: sessionStore, delivered }: SessionStores,
  ): DynamicModule {
    return {
      module: GatewayModule,
      providers: [
        {
          provide: Gateway,
          inject: [PLATFORM],
          useFactory: ({
            bus,
            journal,
            leases,
            clock,
            configuration,
            credentials,
            epochs,
            events,
            log,
            metrics,
            projection,
            settings,
            trace,
          }: Platform) =>
            new Gateway({
              bus,
              journal,
              clock,
              configuration,
              credentials,
              epochs,
              events,
              log,
              metrics,
              projection,
              trace,
              venueAddresses,
              secret,
              sessionStore,
              shared: delivered === undefined ? undefined : { leases, delivered },
              tls: {
                certFile: settings.fixTlsCertFile,
                keyFile: settings.fixTlsKeyFile,
                caFile: settings.fixTlsClientCaFile,
                crlFile: settings.fixTlsCrlFile,
              },
              revocationsExpired: settings.fixTlsCrlExpired,
              proxies: settings.fixProxies,
              messageLogDir:
                settings.fixMessageLog === 'file' ? join(settings.dataDir, 'fix-log') : undefined,
              host: settings.fixHost,
              portBase: settings.fixPortBase,
              flushMs: settings.fixFlushMs,
              horizon: horizonOf(settings),
              admission: admissionTerms(settings),
            }),
        },
      ],
      exports: [Gateway],
    };
  }
}
