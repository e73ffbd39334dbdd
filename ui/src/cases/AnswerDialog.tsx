/**
 * Answers a case: books what is proposed, books what is given instead, or dismisses it. Why is asked for and
 * journaled with who; what is refused is said where it was asked.
 */
import { Alert, Form, Input, Modal } from 'antd';
import { useEffect, useState } from 'react';
import type { CaseAnswerRequest, CaseDetail } from '@tidegate/wire/cases';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';
import { EffectTable } from './EffectTable.tsx';

export type Answer = 'book' | 'correct' | 'dismiss';

const titles = { book: 'Book as proposed?', correct: 'Book other amounts?', dismiss: 'Dismiss the case?' };
const done = { book: 'Booked', correct: 'Booked as corrected', dismiss: 'Dismissed' };
const verbs = { book: 'Book', correct: 'Book these', dismiss: 'Dismiss' };
const REASON_MAX = 500;
const decimal = /^\d{1,20}(\.\d{1,12})?$/;

interface Typed {
  readonly reason: string;
  readonly quantity: string;
  readonly price: string;
}

const isAmount = (text: string): boolean => decimal.test(text) && /[1-9]/.test(text);

/** Undefined while something is missing. */
function requestOf(answer: Answer, { reason, quantity, price }: Typed): CaseAnswerRequest | undefined {
  if (reason.trim() === '') return undefined;
  if (answer !== 'correct') return { reason: reason.trim() };
  if (!isAmount(quantity) || !isAmount(price)) return undefined;
  return { reason: reason.trim(), quantity, price };
}

export interface AnswerDialogProps {
  readonly one: CaseDetail;
  /** Null: closed. */
  readonly answer: Answer | null;
  readonly onClose: () => void;
}

export function AnswerDialog({ one, answer, onClose }: AnswerDialogProps) {
  const { api, notices } = useDesk();
  const [typed, setTyped] = useState<Typed>({ reason: '', quantity: '', price: '' });
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const { quantity, price } = one;
  useEffect(() => {
    setTyped({ reason: '', quantity: quantity ?? '', price: price ?? '' });
    setProblem('');
  }, [answer, quantity, price]);
  const request = answer === null ? undefined : requestOf(answer, typed);
  const send = async (): Promise<void> => {
    if (answer === null || request === undefined || sending) return;
    setSending(true);
    setProblem('');
    try {
      await api.answerCase(one.caseId, answer, request);
      notices.tell('good', `${done[answer]}: case ${one.caseId}`);
      onClose();
    } catch (error) {
      const code = error instanceof ApiProblem ? `${error.code}: ` : '';
      setProblem(`${code}${problemText(error)}`);
    } finally {
      setSending(false);
    }
  };
  return (
    <Modal
      open={answer !== null}
      onCancel={onClose}
      onOk={() => void send()}
      confirmLoading={sending}
      width={460}
      destroyOnHidden
      title={answer === null ? '' : titles[answer]}
      okText={answer === null ? '' : verbs[answer]}
      data-testid="case-dialog"
      okButtonProps={{
        danger: answer === 'dismiss',
        disabled: request === undefined,
        'data-testid': 'case-confirm',
      }}
    >
      {answer === 'dismiss' ? (
        <p>Nothing is booked: what the message says was never done. What was reserved for it is free.</p>
      ) : (
        <EffectTable one={one} {...(answer === 'correct' ? { given: typed.quantity } : {})} />
      )}
      <AnswerForm answer={answer} typed={typed} onTyped={setTyped} onEnter={() => void send()} />
      {problem !== '' && (
        <Alert className="case-problem" type="error" showIcon title={problem} data-testid="case-problem" />
      )}
    </Modal>
  );
}

interface AnswerFormProps {
  readonly answer: Answer | null;
  readonly typed: Typed;
  readonly onTyped: (typed: Typed) => void;
  readonly onEnter: () => void;
}

function AnswerForm({ answer, typed, onTyped, onEnter }: AnswerFormProps) {
  const field = (name: keyof Typed, label: string, isFirst: boolean) => (
    <Form.Item label={label} required>
      <Input
        value={typed[name]}
        maxLength={name === 'reason' ? REASON_MAX : 30}
        autoFocus={isFirst}
        aria-label={label}
        autoComplete="off"
        data-testid={`case-${name}`}
        onChange={(event) => onTyped({ ...typed, [name]: event.target.value })}
        onPressEnter={onEnter}
      />
    </Form.Item>
  );
  return (
    <Form layout="vertical" size="middle" className="case-form">
      {answer === 'correct' && (
        <>
          {field('quantity', 'Quantity', true)}
          {field('price', 'Price at the venue', false)}
        </>
      )}
      {field('reason', 'Reason, kept in the journal', answer !== 'correct')}
    </Form>
  );
}
