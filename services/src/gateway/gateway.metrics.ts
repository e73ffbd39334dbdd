/**
 * What the gateway counts, read when asked for. Sessions are summed by place (listener, or venue and
 * purpose): a label for each client's session would grow with the clients; the sessions page shows each.
 */
import type { Metrics } from '@tidegate/platform/observe/metrics';
import type { SessionStatus } from '@tidegate/wire/sessions';
import type { ClientQuotes } from './clients/client.quotes.ts';
import type { SessionBoard } from './sessions/session.board.ts';

type Counters = SessionStatus['counters'];

const microsPerSecond = 1e6;
const msPerSecond = 1e3;
const place = ['listener', 'venue', 'purpose'] as const;
const ways = ['received', 'sent'] as const;
const quantiles = [
  ['0.5', 'p50'],
  ['0.99', 'p99'],
] as const;

export function registerGatewayMetrics(
  metrics: Metrics,
  board: SessionBoard,
  quotes: Pick<ClientQuotes, 'conflated'>,
): void {
  const perDirection = (name: string, help: string, inbound: keyof Counters, outbound: keyof Counters) =>
    metrics.counter(name, help, ['direction', ...place], function* () {
      for (const total of board.totals()) {
        yield [{ direction: 'in', ...total.place }, total.counters[inbound]] as const;
        yield [{ direction: 'out', ...total.place }, total.counters[outbound]] as const;
      }
    });
  const perPlace = (name: string, help: string, field: keyof Counters) =>
    metrics.counter(name, help, place, function* () {
      for (const total of board.totals()) yield [total.place, total.counters[field]] as const;
    });
  metrics.gauge('gateway_sessions_up', 'FIX sessions that are logged on', ['side', 'purpose'], () =>
    board.upCounts(),
  );
  perDirection('gateway_messages_total', 'FIX messages', 'messagesIn', 'messagesOut');
  perDirection('gateway_bytes_total', 'Bytes of FIX sessions', 'bytesIn', 'bytesOut');
  perDirection('gateway_rejects_total', 'Session Rejects (35=3)', 'rejectsIn', 'rejectsOut');
  perPlace('gateway_gaps_total', 'Gaps in the numbers received', 'gapsDetected');
  perPlace('gateway_resend_requests_total', 'ResendRequests of ours', 'resendsRequested');
  perPlace('gateway_resends_total', 'ResendRequests answered', 'resendsServed');
  perPlace('gateway_garbled_total', 'Garbled messages ignored', 'garbledIn');
  perPlace('gateway_throttled_total', 'Messages refused: over the session’s rate', 'throttledIn');
  perPlace(
    'gateway_perishables_dropped_total',
    'Prices not sent to slow or busy peers',
    'perishablesDropped',
  );
  perPlace('gateway_application_errors_total', 'Callbacks of the gateway that threw', 'applicationErrors');
  metrics.gauge('gateway_send_queue_bytes', 'Bytes that wait for peers to read', place, function* () {
    for (const total of board.totals()) yield [total.place, total.queuedBytes] as const;
  });
  metrics.gauge(
    'gateway_send_queue_age_seconds',
    'Since when a peer of the place has not read all that it was sent',
    place,
    function* () {
      for (const total of board.totals()) yield [total.place, total.queuedForMs / msPerSecond] as const;
    },
  );
  metrics.gauge(
    'gateway_latency_seconds',
    'Slowest session of the place since it was opened: received to result, encoded to written',
    ['way', 'quantile', ...place],
    function* () {
      for (const total of board.totals())
        for (const way of ways)
          for (const [quantile, field] of quantiles)
            yield [{ way, quantile, ...total.place }, total.latencyUs[way][field] / microsPerSecond] as const;
    },
  );
  metrics.counter(
    'gateway_market_data_conflated_total',
    'Images replaced before a client was sent them',
    [],
    () => quotes.conflated,
  );
}
