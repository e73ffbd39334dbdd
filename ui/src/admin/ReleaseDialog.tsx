/** Lets a stopped part of a firm trade again, with a reason. */
import { Form, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { StopView } from '@tidegate/wire/stops';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { focusField } from '../shell/hotkeys.ts';
import { ConfirmField } from './ConfirmField.tsx';
import { scopeWords } from './stop.words.ts';

interface ReleaseDialogProps {
  readonly stop: StopView | null;
  readonly onClose: () => void;
}

export function ReleaseDialog({ stop, onClose }: ReleaseDialogProps) {
  const { api, notices } = useDesk();
  const [reason, setReason] = useState('');
  const [isSending, setSending] = useState(false);
  useEffect(() => setReason(''), [stop]);
  const send = async (): Promise<void> => {
    if (stop === null || reason.trim() === '' || isSending) return;
    setSending(true);
    try {
      await api.releaseStop({ firm: stop.firm, scope: stop.scope, reason: reason.trim() });
      onClose();
    } catch (error) {
      notices.tell('bad', problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={stop !== null}
      onCancel={onClose}
      afterOpenChange={(isOpen) => {
        if (isOpen) focusField('stop-release-reason');
      }}
      onOk={() => void send()}
      confirmLoading={isSending}
      width={460}
      destroyOnHidden
      title={stop === null ? '' : `Release ${scopeWords(stop.scope)} of ${stop.firm}?`}
      okText="Release"
      okButtonProps={{ disabled: reason.trim() === '', 'data-testid': 'stop-release-confirm' }}
    >
      <Form layout="vertical" onFinish={() => void send()}>
        <p className="soft">New orders are accepted again. Orders that were canceled do not come back.</p>
        <ConfirmField
          label="Reason, kept in the audit trail"
          name="stop-release-reason"
          value={reason}
          onChange={setReason}
          lengthMax={200}
          onEnter={() => void send()}
          isFirst
        />
      </Form>
    </Modal>
  );
}
