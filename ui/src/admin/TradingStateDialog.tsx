/**
 * Confirms a change of trading state: says what it does, asks for the reason, and for a halt asks for the
 * word.
 */
import { Alert, Form, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { TradingStateView } from '@tidegate/wire/rest';
import { problemText } from '../api/problems.ts';
import { useDesk, type Desk } from '../desk.ts';
import { focusField } from '../shell/hotkeys.ts';
import { ConfirmField } from './ConfirmField.tsx';

export interface Change {
  /** Null is every firm. */ readonly firm: string | null;
  readonly state: Exclude<TradingStateView['state'], 'unknown'>;
}

const effects: Readonly<Record<Change['state'], string>> = {
  active: 'New orders are accepted again. Orders cancelled by a halt do not come back.',
  reducing: 'Only orders that reduce a position are accepted. Open orders stay.',
  halted: 'New orders are refused and all open orders are cancelled at their venues. Cancels always pass.',
};
function titleOf(change: Change | null): string {
  const subject = change?.firm ?? 'all firms';
  if (change?.state === 'halted') return `Halt trading of ${subject}?`;
  return `Set ${subject} to ${change?.state === 'reducing' ? 'reduce only' : 'active'}?`;
}

const HALT_WORD = 'HALT';
const REASON_MAX = 200;

export interface TradingStateDialogProps {
  readonly change: Change | null;
  readonly onClose: () => void;
}

export function TradingStateDialog({ change, onClose }: TradingStateDialogProps) {
  const desk = useDesk();
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    setReason('');
    setWord('');
  }, [change]);
  const halt = change?.state === 'halted';
  const complete = reason.trim() !== '' && (!halt || word.trim().toUpperCase() === HALT_WORD);
  const send = async (): Promise<void> => {
    if (change === null || !complete || sending) return;
    setSending(true);
    try {
      await apply(desk, change, reason.trim());
      desk.notices.tell('good', `Trading state of ${change.firm ?? 'all firms'}: ${change.state}`);
      onClose();
    } catch (error) {
      desk.notices.tell('bad', problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={change !== null}
      onCancel={onClose}
      afterOpenChange={(isOpen) => {
        if (isOpen) focusField('admin-reason');
      }}
      onOk={() => void send()}
      confirmLoading={sending}
      width={460}
      destroyOnHidden
      title={titleOf(change)}
      okText={halt ? 'Halt trading' : 'Confirm'}
      data-testid="admin-dialog"
      okButtonProps={{ danger: halt, disabled: !complete, 'data-testid': 'admin-confirm' }}
    >
      <Form layout="vertical" size="middle" onFinish={() => void send()}>
        <Alert
          style={{ marginTop: 10 }}
          type={halt ? 'error' : 'info'}
          showIcon
          title={change === null ? '' : effects[change.state]}
        />
        <ConfirmField
          label="Reason, kept in the audit trail"
          name="admin-reason"
          isFirst
          value={reason}
          onChange={setReason}
          lengthMax={REASON_MAX}
          onEnter={() => void send()}
        />
        {halt && (
          <ConfirmField
            label={`Type ${HALT_WORD} to confirm`}
            name="admin-word"
            value={word}
            onChange={setWord}
            lengthMax={8}
            onEnter={() => void send()}
          />
        )}
      </Form>
    </Modal>
  );
}

async function apply(desk: Desk, change: Change, reason: string): Promise<void> {
  const firm = change.firm === null ? {} : { firm: change.firm };
  await desk.api.setTradingState({ state: change.state, reason, ...firm });
  // Not waited for: it may be answered much later than a halt, which waits for nothing.
  void desk.refreshTradingStates();
}
