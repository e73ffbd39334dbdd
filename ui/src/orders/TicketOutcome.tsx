/** What became of the ticket's last order, or why it can't be sent yet. Keeps its height. */
import { useSyncExternalStore } from 'react';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { statusWord } from './order.words.ts';
import type { Sent } from './OrderTicket.tsx';

export interface TicketOutcomeProps {
  readonly sent: Sent | null;
  /** Why the fields don't make an order. */
  readonly refusal: string | null;
  readonly mayTrade: boolean;
}

export function TicketOutcome({ sent, refusal, mayTrade }: TicketOutcomeProps) {
  const { orders } = useDesk();
  const find = () =>
    sent === null ? undefined : orders.list().find((order) => order.clOrdId === sent.clOrdId);
  const order = useSyncExternalStore(orders.watch, find);
  const line = ((): { tone: string; text: string; code: string } => {
    if (!mayTrade) return { tone: '', text: 'Your role may look but not trade', code: '' };
    if (sent === null) return { tone: '', text: refusal ?? '', code: '' };
    if (order !== undefined) {
      const filled = `${groupedDecimal(order.filledQuantity)} of ${groupedDecimal(order.quantity)}`;
      const done = `${statusWord[order.status]} · ${filled}`;
      const average = order.averagePrice === null ? '' : ` @ ${order.averagePrice}`;
      const reason = order.code === null ? '' : ` · ${order.code}`;
      const bad = order.status === 'rejected' || order.unknown;
      return {
        tone: bad ? 'bad' : order.status === 'filled' ? 'good' : 'info',
        text: done + average + reason,
        code: order.code ?? '',
      };
    }
    if (sent.submission === null) return { tone: 'info', text: 'Sending …', code: '' };
    switch (sent.submission.kind) {
      case 'accepted':
        return { tone: 'info', text: `Accepted ${sent.submission.orderId}`, code: '' };
      case 'refused':
        return {
          tone: 'bad',
          text: `${sent.submission.code} · ${sent.submission.text}`,
          code: sent.submission.code,
        };
      case 'noAnswer':
        return { tone: 'bad', text: 'No answer. The order may live: check the blotter', code: 'NO_ANSWER' };
    }
  })();
  return (
    <div
      className="ticket-outcome"
      role="status"
      data-tone={line.tone}
      data-code={line.code}
      data-testid="ticket-message"
      title={line.text}
    >
      {line.text}
    </div>
  );
}
