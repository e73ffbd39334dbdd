/** What the Bloomberg service counts, read when asked for. */
import type { Metrics } from '@tidegate/platform/observe/metrics';
import { feedStates } from '@tidegate/wire/bloomberg';
import type { Bloomberg } from './bloomberg.ts';

export function registerBloombergMetrics(metrics: Metrics, service: Bloomberg): void {
  const { table, quotes, supervisor, stream } = service;
  metrics.gauge('bloomberg_state', '1 for the state that the feed is in', ['state'], function* () {
    const { state } = service.standing();
    for (const one of feedStates) yield [{ state: one }, one === state ? 1 : 0] as const;
  });
  metrics.gauge('bloomberg_emulated', '1 when the library is the emulator', [], () =>
    service.isEmulated ? 1 : 0,
  );
  metrics.gauge('bloomberg_subscriptions', 'Subscriptions by state', ['state'], function* () {
    const counts = new Map<string, number>();
    for (const { state } of table.all.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const [state, count] of counts) yield [{ state }, count] as const;
  });
  metrics.counter('bloomberg_ticks_total', 'Market data messages', [], () => table.ticks);
  metrics.counter('bloomberg_quotes_total', 'Quotes published', [], () => quotes.published);
  metrics.counter('bloomberg_misfits_total', 'Values finer than their scale', [], () => quotes.misfits);
  metrics.counter('bloomberg_data_losses_total', 'Times that ticks were lost', [], () => table.dataLosses);
  metrics.counter(
    'bloomberg_slow_consumer_warnings_total',
    'Warnings of the library that we are behind',
    [],
    () => supervisor.slowConsumerWarnings,
  );
  metrics.counter(
    'bloomberg_stalls_total',
    'Times that the library was not read because we were behind',
    [],
    () => supervisor.stalls,
  );
  metrics.counter('bloomberg_sessions_total', 'Session objects made', [], () => supervisor.number);
  metrics.counter('bloomberg_requests_total', 'Requests sent', [], () => service.requestCount);
  metrics.gauge('bloomberg_hits_today', 'Hits of this UTC day', [], () => service.usage.view().hits);
  metrics.gauge('bloomberg_stream_clients', 'Market data clients', [], () => stream.clients.size);
  metrics.counter(
    'bloomberg_stream_clients_cut_total',
    'Market data clients closed because they did not read',
    [],
    () => stream.cut,
  );
  metrics.counter(
    'bloomberg_stream_dropped_total',
    'Messages dropped from the queues of market data clients',
    [],
    () => stream.dropped,
  );
}
