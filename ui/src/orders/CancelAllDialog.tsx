/** Asks once, then cancels every open order of the user's account. */
import { Modal } from 'antd';
import { useState } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { cancelAll } from './OrderActions.tsx';
import { isOpen } from './order.words.ts';

export function CancelAllDialog() {
  const desk = useDesk();
  const { notices } = desk;
  const [sending, setSending] = useState(false);
  const open = useCell(desk.workspace.dialog) === 'cancelAll';
  const close = (): void => desk.workspace.dialog.set('none');
  const confirm = async (): Promise<void> => {
    setSending(true);
    const done = await cancelAll(desk);
    setSending(false);
    notices.tell(done.ok ? 'good' : 'bad', done.text);
    if (done.ok) close();
  };
  const count = open ? desk.orders.list().filter(isOpen).length : 0;
  return (
    <Modal
      open={open}
      onCancel={close}
      onOk={() => void confirm()}
      confirmLoading={sending}
      title="Cancel all open orders?"
      okText="Cancel all orders"
      cancelText="Keep them"
      width={400}
      data-testid="cancel-all-dialog"
      okButtonProps={{ danger: true, type: 'primary', autoFocus: true, 'data-testid': 'cancel-all-confirm' }}
    >
      {count === 0
        ? 'No open order is shown here; the request is sent all the same.'
        : `${count} open ${count === 1 ? 'order' : 'orders'} will be cancelled. What is filled stays filled.`}
    </Modal>
  );
}
