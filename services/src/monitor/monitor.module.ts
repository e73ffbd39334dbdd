/**
 * The monitor as a Nest module: of the order flow and of the quality of data, under one lease; beside it the
 * duty to sign the audit.
 */
import { Inject, Module } from '@nestjs/common';
import { Checkpointer, openSigner } from '@tidegate/platform/audit/checkpointer';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import type { Lease } from '@tidegate/platform/lease/leases';
import { LeasedService } from '../leased.ts';
import { Lifecycle, together, withRounds, type Service } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { Monitor } from './monitor.ts';
import { qualityMetrics } from './quality.metrics.ts';
import { QualityMonitor } from './quality.ts';

@Module({})
export class MonitorModule {
  constructor(@Inject(Lifecycle) lifecycle: Lifecycle, @Inject(PLATFORM) platform: Platform) {
    const { clock, leases, log, metrics, monitorCursors: cursors, retention, settings } = platform;
    const onError = (error: unknown): void => log.error({ err: error }, 'monitor');
    let quality: QualityMonitor | undefined;
    qualityMetrics(metrics, () => quality);
    const make = ({ epoch: leaseEpoch }: Lease): Service => {
      const orders = new Monitor({ ...platform, cursors, leaseEpoch, onError });
      const data = new QualityMonitor({ ...platform, store: platform.qualityStore, leaseEpoch, onError });
      return {
        async start() {
          await orders.start();
          await data.start();
          quality = data;
        },
        async stop() {
          quality = undefined;
          await data.stop();
          await orders.stop();
        },
      };
    };
    const monitor = new LeasedService({ kind: 'monitor', leases, make, onError });
    const forget = async (signal: AbortSignal): Promise<void> => {
      const before = (days: number) => keptSince(days, clock.nowMs());
      const eventsMs = before(settings.systemEventKeepDays);
      if (eventsMs !== undefined) await retention.systemEvents(eventsMs, signal);
      const qualityMs = before(settings.qualityKeepDays);
      if (qualityMs !== undefined) await retention.quality(qualityMs, signal);
      const minutesMs = before(settings.statisticsMinuteKeepDays);
      if (minutesMs !== undefined) await retention.statistics('minute', minutesMs, signal);
      const hoursMs = before(settings.statisticsHourKeepDays);
      if (hoursMs !== undefined) await retention.statistics('hour', hoursMs, signal);
    };
    const rounds = new Rounds(
      [{ name: 'old system events and quality', everyMs: 3_600_000, run: forget }],
      log,
    );
    lifecycle.add('monitor', together(withRounds(monitor, rounds), checkpoints(platform)));
  }
}

function checkpoints(platform: Platform): LeasedService<Checkpointer> {
  const { leases, log, secondPlace, settings } = platform;
  const signer = openSigner(settings.auditKeyFile);
  return new LeasedService({
    kind: 'audit',
    leases,
    make: ({ epoch: leaseEpoch }) => new Checkpointer({ ...platform, leaseEpoch, secondPlace, signer }),
    onError: (error) => log.error({ err: error }, 'audit'),
  });
}
