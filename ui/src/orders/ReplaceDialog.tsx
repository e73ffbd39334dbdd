/**
 * Change of quantity and price of an open order. The quantity is the new total and includes what is filled
 * (FIX OrderQty).
 */
import { App, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { OrderView } from '@tidegate/wire/orders';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { parseSize } from '../prices/size.ts';
import { newClOrdId } from './submission.ts';
import { checkPrice } from './ticket.validation.ts';

export interface ReplaceDialogProps {
  readonly order: OrderView | null;
  readonly onClose: () => void;
}

export function ReplaceDialog({ order, onClose }: ReplaceDialogProps) {
  const desk = useDesk();
  const { message } = App.useApp();
  const [quantity, setQuantity] = useState('');
  const [price, setPrice] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    setQuantity(order === null ? '' : groupedDecimal(order.quantity));
    setPrice(order?.price ?? '');
  }, [order]);
  const instrument = order === null ? undefined : desk.instrument(order.instrument);
  const size = instrument === undefined ? null : parseSize(quantity, instrument);
  const limit = instrument === undefined ? null : checkPrice(price, instrument);
  const send = async (): Promise<void> => {
    if (order === null || size?.ok !== true || limit?.ok !== true) return;
    setSending(true);
    try {
      await desk.api.replace(order.orderId, {
        clOrdId: newClOrdId(),
        quantity: size.text,
        price: limit.text,
      });
      onClose();
    } catch (error) {
      void message.error(problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={order !== null}
      onCancel={onClose}
      onOk={() => void send()}
      confirmLoading={sending}
      width={380}
      destroyOnHidden
      title={order === null ? '' : `Replace ${order.side} ${order.symbol}`}
      okText="Replace"
      data-testid="replace-dialog"
      okButtonProps={{ disabled: size?.ok !== true || limit?.ok !== true, 'data-testid': 'replace-submit' }}
    >
      <Form layout="vertical" size="middle" onFinish={() => void send()}>
        <Form.Item
          label="Quantity in total, with what is filled"
          validateStatus={size?.ok === false ? 'error' : ''}
          help={size?.ok === false ? size.reason : `Filled ${groupedDecimal(order?.filledQuantity ?? '0')}`}
        >
          <Input
            value={quantity}
            onChange={(event) => setQuantity(event.target.value)}
            data-testid="replace-quantity"
            onPressEnter={() => void send()}
            aria-label="New quantity"
          />
        </Form.Item>
        <Form.Item
          label="Limit price"
          validateStatus={limit?.ok === false ? 'error' : ''}
          help={limit?.ok === false ? limit.reason : ' '}
        >
          <Input
            value={price}
            onChange={(event) => setPrice(event.target.value)}
            data-testid="replace-price"
            inputMode="decimal"
            onPressEnter={() => void send()}
            aria-label="New price"
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
