/** Cancel and replace of one open order. A cancel is never asked twice about: reducing risk must be quick. */
import { Button } from 'antd';
import { useState } from 'react';
import type { OrderView } from '@tidegate/wire/orders';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { isOpen, mayReplace } from './order.words.ts';
import { newClOrdId } from './submission.ts';

export interface OrderActionsProps {
  readonly order: OrderView;
  readonly onReplace: (order: OrderView) => void;
}

export function OrderActions({ order, onReplace }: OrderActionsProps) {
  const desk = useDesk();
  const { notices } = desk;
  const [sending, setSending] = useState(false);
  if (!desk.mayCancel || !isOpen(order)) return null;
  const cancel = async (): Promise<void> => {
    setSending(true);
    try {
      await desk.api.cancel(order.orderId, newClOrdId());
    } catch (error) {
      // An order that closed meanwhile is what was wanted.
      if (!(error instanceof ApiProblem && error.code === 'ORDER_CLOSED')) {
        notices.tell('bad', `${order.symbol} ${order.orderId}: ${problemText(error)}`);
      }
    } finally {
      setSending(false);
    }
  };
  const busy = order.status === 'pendingCancel';
  return (
    <span className="row-actions">
      {desk.mayTrade && mayReplace(order) && (
        <Button
          size="small"
          disabled={busy}
          onClick={() => onReplace(order)}
          data-testid={`order-replace-${order.orderId}`}
          aria-label={`Replace order ${order.orderId}`}
        >
          Replace
        </Button>
      )}
      <Button
        size="small"
        danger
        disabled={busy}
        // Not closed while it is sent: the focus stays on it.
        loading={sending}
        onClick={() => void cancel()}
        data-testid={`order-cancel-${order.orderId}`}
        aria-label={`Cancel order ${order.orderId}`}
      >
        Cancel
      </Button>
    </span>
  );
}
