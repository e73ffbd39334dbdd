/** The worker as a Nest module. */
import { hostname } from 'node:os';
import { Inject, Module } from '@nestjs/common';
import { keptSince } from '@tidegate/platform/jobs/retention';
import { Rounds } from '@tidegate/platform/jobs/rounds';
import { jobTerms } from '@tidegate/wire/jobs';
import { Lifecycle, withRounds } from '../lifecycle.ts';
import { PLATFORM, type Platform } from '../ports.ts';
import { schedules } from './schedules.ts';
import { Worker } from './worker.ts';
import { workerMetrics } from './worker.metrics.ts';

@Module({})
export class WorkerModule {
  constructor(@Inject(Lifecycle) lifecycle: Lifecycle, @Inject(PLATFORM) platform: Platform) {
    const { clock, epochs, health, jobs, log, metrics, retention, settings } = platform;
    const isAlone = settings.services.length === 1;
    const worker = new Worker({
      ...platform,
      queue: jobs,
      self: {
        id: `${settings.instance}-${epochs.next()}`,
        instance: settings.instance,
        host: hostname(),
        slots: settings.workerSlots,
      },
      terms: jobTerms,
      schedules,
      makeThread: platform.makeJobThread,
      graceMs: settings.shutdownTimeoutMs / 2,
      // A process that does nothing else has nothing left to do.
      onDrained: () => {
        log.info('drained');
        if (isAlone) process.kill(process.pid, 'SIGTERM');
      },
    });
    workerMetrics(metrics, worker, platform.jobReading);
    const taking = (): string | undefined =>
      worker.isDraining ? 'the worker takes no more jobs' : worker.trouble;
    health.register('worker', taking, isAlone ? 'work' : 'fallback');
    const forget = async (signal: AbortSignal): Promise<void> => {
      const beforeMs = keptSince(settings.jobKeepDays, clock.nowMs());
      if (beforeMs !== undefined) await retention.jobs(beforeMs, signal);
    };
    const rounds = new Rounds([{ name: 'old jobs', everyMs: 3_600_000, run: forget }], log);
    lifecycle.add('worker', withRounds(worker, rounds));
  }
}
