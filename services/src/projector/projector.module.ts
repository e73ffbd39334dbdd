/** The projector as a Nest module. */
import { Inject, Module } from '@nestjs/common';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { LeasedService } from '../leased.ts';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { named } from '../naming.ts';
import { Projector } from './projector.ts';

@Module({})
export class ProjectorModule {
  constructor(@Inject(Lifecycle) lifecycle: Lifecycle, @Inject(PLATFORM) platform: Platform) {
    const { clock, health, leases, log, retention, settings } = platform;
    const projector = new LeasedService({
      kind: 'projector',
      leases,
      // Its cursors move with what it writes: who is not current finds them elsewhere, and writes nothing.
      make: () => new Projector(platform),
      onError: (error) => log.error({ err: error }, 'projector'),
    });
    const forget = async (signal: AbortSignal): Promise<void> => {
      const beforeMs = keptSince(settings.projectionKeepDays, clock.nowMs());
      if (beforeMs !== undefined) await retention.projections(beforeMs, signal);
    };
    const rounds = new Rounds([{ name: 'old orders', everyMs: 3_600_000, run: forget }], log);
    lifecycle.add('projector', withRounds(projector, rounds));
    health.register('projector', () => {
      const late = [...(projector.current?.lags() ?? [])].filter(([, ms]) => ms > settings.projectorLagMsMax);
      if (late.length === 0) return undefined;
      const shown = late.map(([partition, ms]) => `${partition} ${Math.round(ms / 1_000)} s`);
      return `tables are behind: ${named(shown)}`;
    });
  }
}
