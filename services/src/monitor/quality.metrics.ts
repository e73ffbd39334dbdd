/** What the quality monitor tells Prometheus; nothing while another process watches. */
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { QualityMonitor } from './quality.ts';

type Watching = Pick<QualityMonitor, 'counters' | 'counts' | 'lagMs'> | undefined;

export function qualityMetrics(metrics: Metrics, monitor: () => Watching): void {
  metrics.gauge(
    'quality_instruments',
    'Instruments of a source by the state of their data',
    ['source', 'state'],
    () => monitor()?.counts() ?? [],
  );
  metrics.gauge(
    'quality_written_lag_seconds',
    'How far the recorded states are behind the present',
    [],
    () => (monitor()?.lagMs ?? 0) / 1_000,
  );
  metrics.counter('quality_images_total', 'Images that the monitor has looked at', [], () => [
    [{}, monitor()?.counters.images ?? 0],
  ]);
  metrics.counter(
    'quality_lost_total',
    'States and periods dropped because SQL was away for too long',
    [],
    () => [[{}, monitor()?.counters.lost ?? 0]],
  );
}
