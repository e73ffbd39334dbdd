/** Asks why a process is to leave, and says what that does; refused when it would be missed. */
import { Alert, Checkbox, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import { aloneWith, type DrainAnswer, type InstanceView } from '@tidegate/wire/instances';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { focusField } from '../shell/hotkeys.ts';

const reasonMax = 200;

const effectOf = (missed: readonly string[]): string =>
  missed.length > 0
    ? `Nobody else who is ready does ${missed.join(', ')}: without it that stops.`
    : 'It hands over its firms and sessions, tells its clients to log on elsewhere, and ends.';

export interface DrainDialogProps {
  readonly instance: InstanceView | null;
  readonly all: readonly InstanceView[];
  readonly onClose: () => void;
  readonly onBegun: (begun: DrainAnswer) => void;
}

export function DrainDialog({ instance, all, onClose, onBegun }: DrainDialogProps) {
  const { api, notices } = useDesk();
  const [reason, setReason] = useState('');
  const [force, setForce] = useState(false);
  const [isSending, setSending] = useState(false);
  const name = instance?.instance ?? '';
  useEffect(() => {
    setReason('');
    setForce(false);
  }, [name]);
  const missed = instance === null ? [] : aloneWith(instance, all);
  const isComplete = reason.trim() !== '' && (missed.length === 0 || force);
  const send = async (): Promise<void> => {
    if (!isComplete || isSending) return;
    setSending(true);
    try {
      onBegun(await api.drain(name, { reason: reason.trim(), force }));
      onClose();
    } catch (error) {
      notices.tell('bad', problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={instance !== null}
      onCancel={onClose}
      afterOpenChange={(isOpen) => {
        if (isOpen) focusField('drain-reason');
      }}
      onOk={() => void send()}
      confirmLoading={isSending}
      width={460}
      destroyOnHidden
      title={`Drain ${name}?`}
      okText="Drain"
      data-testid="drain-dialog"
      okButtonProps={{ danger: true, disabled: !isComplete, 'data-testid': 'drain-confirm' }}
    >
      <Form layout="vertical" size="middle" onFinish={() => void send()}>
        <Alert type={missed.length > 0 ? 'error' : 'info'} showIcon title={effectOf(missed)} />
        <Form.Item label="Reason, kept in the audit trail" htmlFor="drain-reason">
          <Input
            id="drain-reason"
            data-testid="drain-reason"
            maxLength={reasonMax}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onPressEnter={() => void send()}
          />
        </Form.Item>
        {missed.length > 0 && (
          <Checkbox
            checked={force}
            data-testid="drain-force"
            onChange={(event) => setForce(event.target.checked)}
          >
            Do it all the same
          </Checkbox>
        )}
      </Form>
    </Modal>
  );
}
