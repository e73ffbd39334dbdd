/** Sets the next numbers of a session that is away, as agreed with the counterparty; for operators. */
import { Button, Input } from 'antd';
import { useState } from 'react';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';

/** Empty: it stays as it is. Undefined: not a MsgSeqNum. */
function numberOf(text: string): { readonly is?: number } | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  return /^[1-9]\d{0,14}$/.test(trimmed) ? { is: Number(trimmed) } : undefined;
}

export function SessionNumbers({ id }: { readonly id: string }) {
  const { api } = useDesk();
  const [inbound, setInbound] = useState('');
  const [outbound, setOutbound] = useState('');
  const [reason, setReason] = useState('');
  const [told, setTold] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [nextInbound, nextOutbound] = [numberOf(inbound), numberOf(outbound)];
  const isSet = nextInbound?.is !== undefined || nextOutbound?.is !== undefined;
  const isComplete = isSet && nextInbound !== undefined && nextOutbound !== undefined && reason.trim() !== '';
  const set = async (): Promise<void> => {
    setIsAsking(true);
    try {
      await api.setSessionNumbers(id, {
        ...(nextInbound?.is === undefined ? {} : { nextInbound: nextInbound.is }),
        ...(nextOutbound?.is === undefined ? {} : { nextOutbound: nextOutbound.is }),
        reason: reason.trim(),
      });
      setTold('Set');
    } catch (error) {
      setTold(problemText(error));
    }
    setIsAsking(false);
  };
  return (
    <form
      className="blotter-bar"
      data-testid="session-numbers"
      onSubmit={(event) => {
        event.preventDefault();
        void set();
      }}
    >
      <Input
        size="small"
        aria-label="Next number in"
        placeholder="Next in"
        value={inbound}
        status={nextInbound === undefined ? 'error' : ''}
        onChange={(event) => setInbound(event.target.value)}
      />
      <Input
        size="small"
        aria-label="Next number out"
        placeholder="Next out"
        value={outbound}
        status={nextOutbound === undefined ? 'error' : ''}
        onChange={(event) => setOutbound(event.target.value)}
      />
      <Input
        size="small"
        aria-label="Reason"
        placeholder="Why"
        maxLength={200}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <Button size="small" htmlType="submit" disabled={!isComplete} loading={isAsking}>
        Set numbers
      </Button>
      <output className="blotter-count">{told}</output>
    </form>
  );
}
