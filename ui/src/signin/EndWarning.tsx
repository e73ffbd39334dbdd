/** Says that the sign-in is about to end, in time to do something about it. */
import { ClockCircleOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useCell } from '../cell.ts';
import type { SignIn, Warning } from './sign.in.ts';
import './signin.css';

export function EndWarning({ signIn }: { readonly signIn: SignIn }) {
  const warning = useCell(signIn.warning);
  return (
    <div role="alert" className="end-warning-place">
      {warning !== null && <EndWarningBar signIn={signIn} warning={warning} />}
    </div>
  );
}

function EndWarningBar({ signIn, warning }: { readonly signIn: SignIn; readonly warning: Warning }) {
  const isByInput = warning.needs === 'input';
  return (
    <div className="end-warning" data-testid="end-warning" data-needs={warning.needs}>
      <ClockCircleOutlined aria-hidden />
      <span>
        Your session ends at {new Date(warning.atMs).toTimeString().slice(0, 8)}
        {isByInput ? ' unless the desk is used' : ': enter the password to go on'}
      </span>
      <Left atMs={warning.atMs} />
      <Button
        size="small"
        data-testid="end-warning-stay"
        onClick={() => (isByInput ? void signIn.renew() : signIn.lockNow())}
      >
        {isByInput ? 'Stay signed in' : 'Enter password'}
      </Button>
    </div>
  );
}

/** For the eye alone: a reader is told the time of the end once. */
function Left({ atMs }: { readonly atMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
  return (
    <span className="end-warning-left" aria-hidden>
      {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')}
    </span>
  );
}
