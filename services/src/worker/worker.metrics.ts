/** What a worker and the queue show of themselves, read when asked for. */
import type { JobReading } from '@tidegate/platform/jobs/job.reading';
import type { Labels, Metrics } from '@tidegate/platform/observe/metrics';
import { jobKinds, type QueueView } from '@tidegate/wire/jobs';
import type { Worker } from './worker.ts';

/** Scrapes come more often than the queue changes its size. */
const freshMs = 5_000;

export function workerMetrics(
  metrics: Metrics,
  worker: Pick<Worker, 'completed' | 'failed' | 'runningCount'>,
  reading: Pick<JobReading, 'queues'>,
): void {
  metrics.gauge('worker_jobs_running', 'Jobs that run in this process', [], () => worker.runningCount);
  metrics.counter(
    'worker_tries_total',
    'Tries of jobs that ended in this process, by what came of them',
    ['outcome'],
    () => [
      [{ outcome: 'completed' }, worker.completed],
      [{ outcome: 'failed' }, worker.failed],
    ],
  );
  let queues: readonly QueueView[] = [];
  let readMs = -freshMs;
  const refreshed = (): readonly QueueView[] => {
    if (performance.now() - readMs > freshMs) {
      readMs = performance.now();
      reading.queues(jobKinds).then(
        (read) => void (queues = read),
        () => undefined,
      );
    }
    return queues;
  };
  const each = (value: (queue: QueueView) => number): readonly (readonly [Labels, number])[] =>
    refreshed().map((queue) => [{ kind: queue.kind }, value(queue)]);
  metrics.gauge('job_queue_ready', 'Jobs that could run, by kind', ['kind'], () =>
    each(({ ready }) => ready),
  );
  metrics.gauge(
    'job_queue_oldest_ready_seconds',
    'How long the oldest job has waited that could run, by kind: scale workers by it',
    ['kind'],
    () => each(({ oldestReadySeconds }) => oldestReadySeconds),
  );
  metrics.gauge(
    'job_queue_failed',
    'Jobs that failed for good and wait for somebody, by kind',
    ['kind'],
    () => each(({ failed }) => failed),
  );
}
