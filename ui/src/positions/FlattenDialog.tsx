/** Closes a position: shows the order and what it is likely to bring, and sends it when that is confirmed. */
import { Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { useDesk } from '../desk.ts';
import { CardLine } from '../grid/GridCards.tsx';
import { newClOrdId, submitOrder } from '../orders/submission.ts';
import { returnFocus } from '../shell/hotkeys.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { flattenOf } from './flatten.ts';
import { groupedMoney } from './pnl.ts';

const READ_MS = 250;

export interface FlattenDialogProps {
  readonly position: PositionView | null;
  readonly onClose: () => void;
}

export function FlattenDialog({ position, onClose }: FlattenDialogProps) {
  const desk = useDesk();
  const [sending, setSending] = useState(false);
  const [, look] = useState(0);
  useEffect(() => {
    if (position === null) return undefined;
    const timer = setInterval(() => look((count) => count + 1), READ_MS);
    return () => clearInterval(timer);
  }, [position]);
  const scale = position === null ? 5 : (desk.instrument(position.instrument)?.priceScale ?? 5);
  const flatten =
    position === null ? undefined : flattenOf(position, desk.prices.get(position.instrument)?.price, scale);
  const send = async (): Promise<void> => {
    if (flatten === undefined || position === null) return;
    setSending(true);
    const sent = await submitOrder(desk, { ...flatten.order, clOrdId: newClOrdId() });
    setSending(false);
    if (sent.kind === 'accepted') {
      desk.notices.tell('good', `Flatten ${position.symbol}: order ${sent.orderId} sent`);
      onClose();
    } else desk.notices.tell('bad', `Flatten ${position.symbol}: ${sent.text}`);
  };
  return (
    <Modal
      open={position !== null}
      onCancel={onClose}
      afterClose={returnFocus}
      onOk={() => void send()}
      confirmLoading={sending}
      width={400}
      destroyOnHidden
      title={position === null ? '' : `Flatten ${position.symbol} of ${position.account}?`}
      okText="Send the order"
      cancelText="Keep the position"
      data-testid="flatten-dialog"
      okButtonProps={{
        danger: true,
        disabled: flatten === undefined || flatten.price === null,
        'data-testid': 'flatten-confirm',
      }}
    >
      {flatten !== undefined && position !== null && (
        <div className="card-grid" data-testid="flatten-preview">
          <CardLine label="Order">
            {flatten.order.side === 'sell' ? 'Sell' : 'Buy'} {groupedDecimal(flatten.order.quantity)} at
            market, IOC
          </CardLine>
          <CardLine label="About">{flatten.price ?? 'the book has too little for it'}</CardLine>
          <CardLine label="Realises about">
            {flatten.pnl === null ? '–' : `${groupedMoney(flatten.pnl)} ${position.quoteCurrency}`}
          </CardLine>
          <CardLine label="Average">{position.averagePrice}</CardLine>
        </div>
      )}
    </Modal>
  );
}
