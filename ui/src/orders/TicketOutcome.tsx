/** What became of the ticket's last order. Keeps its height. */
import { useSyncExternalStore } from 'react';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { statusText, statusTone } from './order.words.ts';
import type { Sent } from './OrderTicket.tsx';

export function TicketOutcome({ sent }: { readonly sent: Sent | null }) {
  const { orders } = useDesk();
  const find = () =>
    sent === null ? undefined : orders.list().find((order) => order.clOrdId === sent.clOrdId);
  const order = useSyncExternalStore(orders.watch, find);
  const line = ((): { tone: string; text: string; code: string } => {
    if (sent === null) return { tone: '', text: '', code: '' };
    if (order !== undefined) {
      const filled = `${groupedDecimal(order.filledQuantity)} of ${groupedDecimal(order.quantity)}`;
      const done = `${statusText(order)} · ${filled}`;
      const average = order.averagePrice === null ? '' : ` @ ${order.averagePrice}`;
      const said = order.text === '' ? '' : `: ${order.text}`;
      const reason = order.code === null ? '' : ` · ${order.code}${said}`;
      const bad = order.status === 'rejected' || order.unknown;
      return {
        tone: bad ? 'bad' : statusTone(order),
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
        return { tone: 'bad', text: 'No answer yet: asked for until it is known', code: 'NO_ANSWER' };
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
