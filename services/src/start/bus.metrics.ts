/** What the bus shows of itself, read when asked for. */
import type { Bus } from '@tidegate/platform/bus/bus';
import type { Labels, Metrics } from '@tidegate/platform/observe/metrics';

export function registerBusMetrics(metrics: Metrics, bus: Pick<Bus, 'queues' | 'counters'>): void {
  metrics.gauge(
    'bus_queue_length',
    'Messages that wait for the handlers of this process, by topic',
    ['topic'],
    function* (): Iterable<readonly [Labels, number]> {
      for (const { topic, length } of bus.queues) yield [{ topic }, length];
    },
  );
  metrics.gauge(
    'bus_queue_age_seconds',
    'How long the message has waited for its handler that has waited longest, by topic',
    ['topic'],
    function* (): Iterable<readonly [Labels, number]> {
      for (const { topic, waitMs } of bus.queues) yield [{ topic }, waitMs / 1_000];
    },
  );
  metrics.counter(
    'bus_dropped_total',
    'Messages dropped because the queue of a subscriber was full',
    [],
    () => bus.counters.dropped,
  );
}
