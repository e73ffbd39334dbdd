/**
 * What an operator may do to a session. Each is asked once more, with what it brings and what would be lost,
 * and takes a reason; what is not right now says why it is off.
 */
import { Alert, Button, Form, Input, Modal, Radio } from 'antd';
import { useState } from 'react';
import type { SessionResetRequest, SessionStatus } from '@tidegate/wire/sessions';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useDesk, type Desk } from '../desk.ts';
import { useEscape } from '../shell/escape.ts';
import { consequences, whyNot, type SessionAction } from './session.words.ts';

const verbs = { disable: 'Disable', enable: 'Enable', disconnect: 'Disconnect', reset: 'Reset numbers' };
const done = { disable: 'Disabled', enable: 'Enabled', disconnect: 'Logged out', reset: 'Numbers reset' };
const REASON_MAX = 200;

export interface SessionActionsProps {
  readonly session: SessionStatus;
  readonly isConnected: boolean;
}

export function SessionActions({ session, isConnected }: SessionActionsProps) {
  const [asked, setAsked] = useState<SessionAction | null>(null);
  const shown: readonly SessionAction[] = [session.isEnabled ? 'disable' : 'enable', 'disconnect', 'reset'];
  return (
    <div className="session-actions" role="group" aria-label="Actions">
      {shown.map((action) => {
        const why = isConnected ? whyNot(action, session) : 'Not connected';
        return (
          <span key={action}>
            <Button
              size="small"
              danger={action !== 'enable'}
              // It keeps the focus while its state changes under it.
              aria-disabled={why !== ''}
              className={why === '' ? '' : 'session-off'}
              title={why}
              data-testid={`session-${action}`}
              onClick={() => {
                if (why === '') setAsked(action);
              }}
            >
              {verbs[action]}
            </Button>
          </span>
        );
      })}
      <ActionDialog session={session} action={asked} onClose={() => setAsked(null)} />
    </div>
  );
}

const sides = [
  { value: 'both', label: 'Both' },
  { value: 'outbound', label: 'Ours only' },
  { value: 'inbound', label: 'Theirs only' },
] as const;
type Side = SessionResetRequest['side'];

function send(
  api: Desk['api'],
  id: string,
  action: SessionAction,
  reason: string,
  side: Side,
): Promise<unknown> {
  switch (action) {
    case 'disable':
    case 'enable':
      return api.enableSession(id, { isEnabled: action === 'enable', reason });
    case 'disconnect':
      return api.disconnectSession(id, { reason });
    case 'reset':
      return api.resetSession(id, { side, reason });
  }
}

interface ActionDialogProps {
  readonly session: SessionStatus;
  /** Null: closed. */
  readonly action: SessionAction | null;
  readonly onClose: () => void;
}

function ActionDialog({ session, action, onClose }: ActionDialogProps) {
  const { api, notices } = useDesk();
  const [reason, setReason] = useState('');
  const [side, setSide] = useState<Side>('both');
  const [problem, setProblem] = useState('');
  const [isSending, setSending] = useState(false);
  const close = (): void => {
    setReason('');
    setSide('both');
    setProblem('');
    onClose();
  };
  useEscape(action !== null, 'session-action', close);
  const act = async (): Promise<void> => {
    if (action === null || reason.trim() === '' || isSending) return;
    setSending(true);
    setProblem('');
    try {
      await send(api, session.id, action, reason.trim(), side);
      notices.tell('good', `${done[action]}: ${session.id}`);
      close();
    } catch (error) {
      setProblem(`${error instanceof ApiProblem ? `${error.code}: ` : ''}${problemText(error)}`);
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={action !== null}
      onCancel={close}
      onOk={() => void act()}
      confirmLoading={isSending}
      keyboard={false}
      width={480}
      destroyOnHidden
      title={action === null ? '' : `${verbs[action]}: ${session.id}?`}
      okText={action === null ? '' : verbs[action]}
      okButtonProps={{
        danger: action !== 'enable',
        disabled: reason.trim() === '',
        'data-testid': 'session-action-confirm',
      }}
    >
      <div data-testid="session-action">
        {action !== null && consequences(action, session).map((text) => <p key={text}>{text}</p>)}
        {action === 'reset' && (
          <Radio.Group
            aria-label="Whose numbers"
            options={[...sides]}
            value={side}
            onChange={(event) => setSide(event.target.value as Side)}
          />
        )}
        <ReasonField reason={reason} onReason={setReason} onEnter={() => void act()} />
        {problem !== '' && (
          <Alert type="error" showIcon title={problem} data-testid="session-action-problem" />
        )}
      </div>
    </Modal>
  );
}

interface ReasonFieldProps {
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly onEnter: () => void;
}

function ReasonField({ reason, onReason, onEnter }: ReasonFieldProps) {
  return (
    <Form layout="vertical">
      <Form.Item label="Reason, kept in the audit" required>
        <Input
          value={reason}
          maxLength={REASON_MAX}
          autoFocus
          autoComplete="off"
          aria-label="Reason"
          data-testid="session-action-reason"
          onChange={(event) => onReason(event.target.value)}
          onPressEnter={onEnter}
        />
      </Form.Item>
    </Form>
  );
}
