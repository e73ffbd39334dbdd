/**
 * Stops a part of a firm, or of all: says what is open in it while it is being named, asks for the reason,
 * and says afterwards what came of it.
 */
import { Alert, Form, Input, Modal, Select } from 'antd';
import { useEffect, useState } from 'react';
import type { StopOutcome, StopRequest } from '@tidegate/wire/stops';
import { problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { focusField } from '../shell/hotkeys.ts';
import { ConfirmField } from './ConfirmField.tsx';
import { fieldWord, previewWords, resultWords, stopFields, type StopField } from './stop.words.ts';

/** After the last key. */
const previewAfterMs = 250;
const everyFirm = '';

interface Draft {
  readonly firm: string;
  readonly field: StopField;
  readonly name: string;
  readonly stop: StopRequest['stop'];
}
const blank: Draft = { firm: everyFirm, field: 'account', name: '', stop: 'halted' };

const askedOf = ({ firm, field, name }: Draft): Pick<StopRequest, 'firm' | 'scope'> => ({
  ...(firm === everyFirm ? {} : { firm }),
  scope: { [field]: name.trim() },
});

interface StopDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function StopDialog({ isOpen, onClose }: StopDialogProps) {
  const { api, notices } = useDesk();
  const [draft, setDraft] = useState(blank);
  const [reason, setReason] = useState('');
  const [isSending, setSending] = useState(false);
  const [result, setResult] = useState<readonly StopOutcome[] | null>(null);
  const preview = usePreview(isOpen ? draft : blank);
  useEffect(() => {
    setDraft(blank);
    setReason('');
    setResult(null);
  }, [isOpen]);
  const isComplete = draft.name.trim() !== '' && reason.trim() !== '';
  const send = async (): Promise<void> => {
    if (!isComplete || isSending) return;
    setSending(true);
    try {
      setResult(await api.stop({ ...askedOf(draft), stop: draft.stop, reason: reason.trim() }));
    } catch (error) {
      notices.tell('bad', problemText(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={isOpen}
      onCancel={onClose}
      afterOpenChange={(isShown) => {
        if (isShown) focusField('stop-name');
      }}
      onOk={() => (result === null ? void send() : onClose())}
      confirmLoading={isSending}
      width={520}
      destroyOnHidden
      title="Stop a part of a firm?"
      okText={result !== null ? 'Close' : draft.stop === 'halted' ? 'Halt' : 'Reduce only'}
      okButtonProps={{
        danger: result === null,
        disabled: result === null && !isComplete,
        'data-testid': 'stop-confirm',
      }}
    >
      {result === null ? (
        <Form layout="vertical" size="middle">
          <ScopeFields draft={draft} onChange={setDraft} />
          <ConfirmField
            label="Reason, kept in the audit trail"
            name="stop-reason"
            value={reason}
            onChange={setReason}
            lengthMax={200}
            onEnter={() => void send()}
          />
          <Alert
            style={{ marginTop: 14 }}
            type="info"
            title={<span data-testid="stop-preview">{preview}</span>}
          />
        </Form>
      ) : (
        <Alert
          type={result.every(({ isConfirmed }) => isConfirmed) ? 'success' : 'error'}
          showIcon
          title={<span data-testid="stop-result">{resultWords(result)}</span>}
        />
      )}
    </Modal>
  );
}

/** What is open in the scope as it is named now. */
function usePreview(draft: Draft): string {
  const { api } = useDesk();
  const [words, setWords] = useState('');
  useEffect(() => {
    setWords('What is open in it is shown here.');
    if (draft.name.trim() === '') return;
    let isOver = false;
    const ask = async (): Promise<void> => {
      const told = await api.previewStop(askedOf(draft)).then(previewWords, problemText);
      if (!isOver) setWords(told);
    };
    const timer = setTimeout(() => void ask(), previewAfterMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [api, draft]);
  return words;
}

interface ScopeFieldsProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function ScopeFields({ draft, onChange }: ScopeFieldsProps) {
  const states = useCell(useDesk().tradingStates);
  const firms = [{ value: everyFirm, label: 'Every firm' }, ...states.map(({ firm }) => ({ value: firm }))];
  const fields = stopFields.map((value) => ({ value, label: fieldWord[value] }));
  const kinds = [
    { value: 'halted' as const, label: 'Halt, cancel what is open' },
    { value: 'reducing' as const, label: 'Reduce only, cancel nothing' },
  ];
  return (
    <>
      <Form.Item label="Firm" style={{ margin: '14px 0 0' }}>
        <Select
          aria-label="Firm"
          value={draft.firm}
          options={firms}
          onChange={(firm: string) => onChange({ ...draft, firm })}
        />
      </Form.Item>
      <Form.Item label="What" style={{ margin: '14px 0 0' }}>
        <Select
          aria-label="What"
          value={draft.field}
          options={fields}
          onChange={(field: StopField) => onChange({ ...draft, field })}
        />
      </Form.Item>
      <Form.Item label={`${fieldWord[draft.field]}, as it is named`} required style={{ margin: '14px 0 0' }}>
        <Input
          autoFocus
          data-testid="stop-name"
          aria-label={fieldWord[draft.field]}
          autoComplete="off"
          maxLength={130}
          value={draft.name}
          onChange={(event) => onChange({ ...draft, name: event.target.value })}
        />
      </Form.Item>
      <Form.Item label="How" style={{ margin: '14px 0 0' }}>
        <Select
          aria-label="How"
          value={draft.stop}
          options={kinds}
          onChange={(stop: Draft['stop']) => onChange({ ...draft, stop })}
        />
      </Form.Item>
    </>
  );
}
