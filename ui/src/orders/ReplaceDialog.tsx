/**
 * Change of quantity and price of an open order. The quantity is the new total and includes what is filled
 * (FIX OrderQty).
 */
import { Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { OrderView } from '@tidegate/wire/orders';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { parseSize } from '../prices/size.ts';
import { focusField, returnFocus } from '../shell/hotkeys.ts';
import { newClOrdId } from './submission.ts';
import { checkPrice } from './ticket.validation.ts';

export interface ReplaceDialogProps {
  readonly order: OrderView | null;
  readonly onClose: () => void;
}

export function ReplaceDialog({ order, onClose }: ReplaceDialogProps) {
  const desk = useDesk();
  const { notices } = desk;
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
      const change = { clOrdId: newClOrdId(), quantity: size.text, price: limit.text };
      await desk.api.replace(order.orderId, change, desk.serverClock.at(performance.now()));
      onClose();
    } catch (error) {
      notices.tell('bad', problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={order !== null}
      onCancel={onClose}
      afterClose={returnFocus}
      // The field asks for it while the dialog is still hidden, and the dialog then takes it for its frame.
      afterOpenChange={(isOpen) => {
        if (isOpen) focusField('replace-quantity');
      }}
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
        <ReplaceField
          label="Quantity in total, with what is filled"
          name="quantity"
          value={quantity}
          onChange={setQuantity}
          onEnter={() => void send()}
          refusal={size?.ok === false ? size.reason : ''}
          help={`Filled ${groupedDecimal(order?.filledQuantity ?? '0')}`}
        />
        <ReplaceField
          label="Limit price"
          name="price"
          value={price}
          onChange={setPrice}
          onEnter={() => void send()}
          refusal={limit?.ok === false ? limit.reason : ''}
          help=" "
        />
      </Form>
    </Modal>
  );
}

interface ReplaceFieldProps {
  readonly label: string;
  readonly name: 'quantity' | 'price';
  readonly value: string;
  readonly onChange: (typed: string) => void;
  readonly onEnter: () => void;
  readonly refusal: string;
  readonly help: string;
}

function ReplaceField({ label, name, value, onChange, onEnter, refusal, help }: ReplaceFieldProps) {
  return (
    <Form.Item
      label={label}
      validateStatus={refusal === '' ? '' : 'error'}
      help={refusal === '' ? help : refusal}
    >
      <Input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoFocus={name === 'quantity'}
        data-testid={`replace-${name}`}
        onPressEnter={onEnter}
        aria-label={`New ${name}`}
      />
    </Form.Item>
  );
}
