/** The FIX gateway as a Nest module. */
import { join } from 'node:path';
import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { horizonOf } from '../horizon.ts';
import { Lifecycle } from '../lifecycle.ts';
import { HEALTH, PLATFORM, type Platform } from '../ports.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import type { VenueAddress } from './venues/venue.sessions.ts';

@Module({})
export class GatewayModule {
  constructor(
    @Inject(Gateway) gateway: Gateway,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(HEALTH) health: Platform['health'],
  ) {
    lifecycle.add('gateway', gateway);
    health.register('ports', () => gateway.standing().ports);
    health.register('providers', () => gateway.standing().providers);
    health.register('providersAway', () => gateway.standing().away, 'fallback');
  }

  /** `venueAddresses` overrides configuration where the simulator chose its ports. */
  static of(
    venueAddresses: ReadonlyMap<string, VenueAddress>,
    secret: (name: string) => string | undefined,
    sessionStore: GatewayOptions['sessionStore'],
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
            }),
        },
      ],
      exports: [Gateway],
    };
  }
}
