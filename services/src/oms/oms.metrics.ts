/**
 * What order management shows of its owners, read when asked for: what waits, for how long, what is refused.
 */
import type { Labels, Metrics } from '@tidegate/platform/observe/metrics';

export interface OwnerFigures {
  readonly partition: string;
  /** Events that are not durable, and the age of the oldest. */
  readonly unsettled: number;
  readonly ageMs: number;
  readonly commandWaitMs: number;
  readonly isOverloaded: boolean;
  readonly refused: number;
  readonly openOrders: number;
}

export function registerOmsMetrics(metrics: Metrics, figures: () => Iterable<OwnerFigures>): void {
  const labels = ['partition'];
  const each = (value: (owner: OwnerFigures) => number) =>
    function* (): Iterable<readonly [Labels, number]> {
      for (const owner of figures()) yield [{ partition: owner.partition }, value(owner)];
    };
  metrics.gauge(
    'oms_undurable_events',
    'Events decided and not yet durable',
    labels,
    each(({ unsettled }) => unsettled),
  );
  metrics.gauge(
    'oms_undurable_age_seconds',
    'Age of the oldest event that is not yet durable',
    labels,
    each(({ ageMs }) => ageMs / 1_000),
  );
  metrics.gauge(
    'oms_command_wait_seconds',
    'How long the command has waited for its owner that has waited longest',
    labels,
    each(({ commandWaitMs }) => commandWaitMs / 1_000),
  );
  metrics.gauge(
    'oms_overloaded',
    '1 while the owner refuses new risk because it is behind (OVERLOAD_MS)',
    labels,
    each(({ isOverloaded }) => Number(isOverloaded)),
  );
  metrics.counter(
    'oms_overload_refused_total',
    'Orders and replaces refused as OVERLOADED by the owner',
    labels,
    each(({ refused }) => refused),
  );
  metrics.gauge(
    'oms_open_orders',
    'Open orders; after a halt those whose cancel is not answered yet',
    labels,
    each(({ openOrders }) => openOrders),
  );
}
