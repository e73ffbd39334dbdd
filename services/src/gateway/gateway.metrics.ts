/** What the gateway counts, read when asked for: sessions, their messages, and conflated market data. */
import type { Metrics } from '@tidegate/platform/metrics';
import type { SessionStatus } from '@tidegate/wire/sessions';
import type { ClientQuotes } from './client.quotes.ts';
import type { SessionBoard } from './session.board.ts';

type Counters = SessionStatus['counters'];

export function registerGatewayMetrics(
  metrics: Metrics,
  board: SessionBoard,
  quotes: Pick<ClientQuotes, 'conflated'>,
): void {
  /** Sessions come from configuration: client × listener, and two for each provider. */
  const perDirection = (name: string, help: string, inbound: keyof Counters, outbound: keyof Counters) =>
    metrics.counter(name, help, ['session', 'direction'], function* () {
      for (const [session, counters] of board.counters()) {
        yield [{ session, direction: 'in' }, counters[inbound]] as const;
        yield [{ session, direction: 'out' }, counters[outbound]] as const;
      }
    });
  const perSession = (name: string, help: string, field: keyof Counters) =>
    metrics.counter(name, help, ['session'], function* () {
      for (const [session, counters] of board.counters()) yield [{ session }, counters[field]] as const;
    });
  metrics.gauge('gateway_sessions_up', 'FIX sessions that are logged on', ['side', 'purpose'], () =>
    board.upCounts(),
  );
  perDirection('gateway_messages_total', 'FIX messages of a session', 'messagesIn', 'messagesOut');
  perDirection('gateway_bytes_total', 'Bytes of a FIX session', 'bytesIn', 'bytesOut');
  perDirection('gateway_rejects_total', 'Session Rejects (35=3)', 'rejectsIn', 'rejectsOut');
  perSession('gateway_gaps_total', 'Gaps in the numbers received', 'gapsDetected');
  perSession('gateway_resends_total', 'ResendRequests answered', 'resendsServed');
  perSession('gateway_garbled_total', 'Garbled messages ignored', 'garbledIn');
  metrics.counter(
    'gateway_market_data_conflated_total',
    'Images replaced before a client was sent them',
    [],
    () => quotes.conflated,
  );
}
