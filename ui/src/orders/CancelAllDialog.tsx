/**
 * Cancels all open orders of whom the user says; the request never waits for the counts beside the choices.
 */
import { Modal, Radio } from 'antd';
import { useEffect, useState } from 'react';
import type { CancelScope, OpenOrderCounts } from '@tidegate/wire/orders';
import { problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { useDesk, type Desk } from '../desk.ts';
import { doneText, isInScope, scopeChoices, whyLeft } from './cancel.scope.ts';
import { isOpen } from './order.words.ts';

/** How often it is looked for orders to close before it is said which are left. */
const LOOKS_MAX = 16;
const LOOK_MS = 250;
const LEFT_SHOWN_MAX = 20;

interface Done {
  readonly text: string;
  readonly left: readonly { readonly id: string; readonly text: string }[];
}

export function CancelAllDialog() {
  const desk = useDesk();
  const open = useCell(desk.workspace.dialog) === 'cancelAll';
  const account = useCell(desk.dealing.account);
  const [scope, setScope] = useState<CancelScope>('mine');
  const [counts, setCounts] = useState<OpenOrderCounts | null>(null);
  const [sending, setSending] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  useEffect(() => {
    if (!open) return;
    setDone(null);
    setCounts(null);
    desk.api.openOrders(account).then(setCounts, () => undefined);
  }, [open, desk, account]);
  const close = (): void => desk.workspace.dialog.set('none');
  const confirm = async (): Promise<void> => {
    setSending(true);
    setDone(await cancelAll(desk, scope, account, counts?.[scope] ?? null));
    setSending(false);
  };
  const choices = scopeChoices(desk.me, account, counts);
  return (
    <Modal
      open={open}
      onCancel={close}
      onOk={() => (done === null ? void confirm() : close())}
      confirmLoading={sending}
      title="Cancel all open orders?"
      okText={done === null ? 'Cancel these orders' : 'Close'}
      cancelText="Keep them"
      width={440}
      data-testid="cancel-all-dialog"
      okButtonProps={{
        danger: done === null,
        type: 'primary',
        autoFocus: true,
        'data-testid': 'cancel-all-confirm',
      }}
      cancelButtonProps={{ disabled: done !== null }}
    >
      <Radio.Group
        vertical
        value={scope}
        onChange={(event) => setScope(event.target.value as CancelScope)}
        disabled={sending || done !== null}
        aria-label="Whose orders"
        data-testid="cancel-all-scope"
        options={choices.map((one) => ({ value: one.scope, label: one.label }))}
      />
      <p className="soft">What is filled stays filled.</p>
      <div role="status" data-testid="cancel-all-done">
        {done?.text}
        <ul className="deal-reasons">
          {done?.left.map(({ id, text }) => (
            <li key={id}>{text}</li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}

async function cancelAll(
  desk: Desk,
  scope: CancelScope,
  account: string,
  before: number | null,
): Promise<Done> {
  try {
    const of = scope === 'account' ? { scope, account } : { scope };
    const { unanswered = [] } = await desk.api.cancelAll(of);
    const count = await leftOpen(desk, scope, account);
    const left = count === 0 ? [] : leftOrders(desk, scope, account);
    const silent = unanswered.map((firm) => ({ id: firm, text: `${firm}: its owner did not answer` }));
    const text = doneText(before, count);
    desk.notices.tell(count === 0 ? 'good' : 'warn', `Cancel all: ${text}`);
    return { text, left: [...silent, ...left] };
  } catch (error) {
    const text = problemText(error);
    desk.notices.tell('bad', `Cancel all: ${text}`);
    return { text, left: [] };
  }
}

/** By the server's count; null while it can't be read. */
async function leftOpen({ api }: Desk, scope: CancelScope, account: string): Promise<number | null> {
  let left: number | null = null;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    left = await api.openOrders(account).then(
      (counts) => counts[scope],
      () => null,
    );
    if (left === 0 || left === null) return left;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  return left;
}

function leftOrders({ orders, me }: Desk, scope: CancelScope, account: string): Done['left'] {
  return orders
    .list()
    .filter((order) => isOpen(order) && isInScope(order, scope, me, account))
    .slice(0, LEFT_SHOWN_MAX)
    .map((order) => ({
      id: order.orderId,
      text: `${order.symbol} ${order.side} ${order.leavesQuantity} (${order.orderId}): ${whyLeft(order)}`,
    }));
}
