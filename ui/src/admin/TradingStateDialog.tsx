/**
 * Confirms a change of trading state: says what it does, asks for the reason, and for a halt asks for the
 * word.
 */
import { Alert, App, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { TradingStateView } from '@tidegate/wire/rest';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';

export interface Change {
  /** Null is every firm. */ readonly firm: string | null;
  readonly state: TradingStateView['state'];
}

const effects: Readonly<Record<Change['state'], string>> = {
  active: 'New orders are accepted again. Orders cancelled by a halt do not come back.',
  reducing: 'Only orders that reduce a position are accepted. Open orders stay.',
  halted: 'New orders are refused and all open orders are cancelled at their venues. Cancels always pass.',
};
const HALT_WORD = 'HALT';
const REASON_MAX = 200;

export interface TradingStateDialogProps {
  readonly change: Change | null;
  readonly onClose: () => void;
}

export function TradingStateDialog({ change, onClose }: TradingStateDialogProps) {
  const desk = useDesk();
  const { message } = App.useApp();
  const [reason, setReason] = useState('');
  const [word, setWord] = useState('');
  const [sending, setSending] = useState(false);
  useEffect(() => {
    setReason('');
    setWord('');
  }, [change]);
  const halt = change?.state === 'halted';
  const complete = reason.trim() !== '' && (!halt || word.trim().toUpperCase() === HALT_WORD);
  const subject = change?.firm ?? 'all firms';
  const send = async (): Promise<void> => {
    if (change === null || !complete || sending) return;
    setSending(true);
    try {
      await desk.api.setTradingState({
        state: change.state,
        reason: reason.trim(),
        ...(change.firm === null ? {} : { firm: change.firm }),
      });
      await desk.refreshTradingStates();
      void message.success(`Trading state of ${subject}: ${change.state}`);
      onClose();
    } catch (error) {
      void message.error(problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={change !== null}
      onCancel={onClose}
      onOk={() => void send()}
      confirmLoading={sending}
      width={460}
      destroyOnHidden
      title={
        halt
          ? `Halt trading of ${subject}?`
          : `Set ${subject} to ${change?.state === 'reducing' ? 'reduce only' : 'active'}?`
      }
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
        <Form.Item label="Reason, kept in the audit trail" required style={{ marginTop: 14 }}>
          <Input
            value={reason}
            maxLength={REASON_MAX}
            onChange={(event) => setReason(event.target.value)}
            autoFocus
            data-testid="admin-reason"
            aria-label="Reason"
          />
        </Form.Item>
        {halt && (
          <Form.Item label={`Type ${HALT_WORD} to confirm`} required>
            <Input
              value={word}
              maxLength={8}
              onChange={(event) => setWord(event.target.value)}
              data-testid="admin-word"
              onPressEnter={() => void send()}
              aria-label={`Type ${HALT_WORD}`}
              autoComplete="off"
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
