/**
 * Over the desk, which lives on below it: the password of the same user opens it as it was left, with all
 * that was typed. A dialog in the browser's top layer, so that nothing below can be seen, focused or clicked.
 */
import { Alert, Button, Input } from 'antd';
import { useLayoutEffect, useRef, useState, type FormEvent } from 'react';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { Brand } from '../shell/Brand.tsx';
import type { Lock, SignIn } from './sign.in.ts';
import './signin.css';

export function LockScreen({ signIn }: { readonly signIn: SignIn }) {
  const lock = useCell(signIn.lock);
  return lock === null ? null : <LockDialog signIn={signIn} lock={lock} />;
}

function LockDialog({ signIn, lock }: { readonly signIn: SignIn; readonly lock: Lock }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser gives the focus to the first field, which cannot be changed.
    shown?.querySelector<HTMLElement>('#lock-password')?.focus();
    // Closing gives the focus back to where it was.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="lock"
      aria-labelledby="lock-title"
      data-testid="lock-screen"
      data-why={lock.why}
      onCancel={(event) => event.preventDefault()}
      // Some browsers close it on the second Escape, whatever was said.
      onClose={(event) => event.currentTarget.showModal()}
    >
      <LockForm signIn={signIn} lock={lock} />
    </dialog>
  );
}

function LockForm({ signIn, lock }: { readonly signIn: SignIn; readonly lock: Lock }) {
  const [password, setPassword] = useState('');
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState('');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (sending || password === '') return;
    setSending(true);
    setRefusal('');
    try {
      await signIn.unlock(password);
    } catch (error) {
      setPassword('');
      setRefusal(
        error instanceof ApiProblem && error.status === 401 ? 'The password is wrong' : problemText(error),
      );
      setSending(false);
    }
  };
  return (
    <form className="signin-card panel" onSubmit={(event) => void submit(event)}>
      <Brand large />
      <h1 id="lock-title">{lock.why === 'asked' ? 'The desk is locked' : 'Your session has ended'}</h1>
      <p className="soft">
        {lock.why === 'asked'
          ? 'Prices and orders go on behind this screen.'
          : 'Nothing is lost: the password opens the desk as you left it.'}
      </p>
      {/* For the browser's password store; it can't be changed here. */}
      <label htmlFor="lock-user">User</label>
      <Input id="lock-user" size="large" value={lock.user} readOnly autoComplete="username" />
      <label htmlFor="lock-password">Password</label>
      <Input.Password
        id="lock-password"
        size="large"
        value={password}
        autoFocus
        autoComplete="current-password"
        maxLength={256}
        onChange={(event) => setPassword(event.target.value)}
        data-testid="lock-password"
      />
      <Button
        type="primary"
        size="large"
        block
        htmlType="submit"
        loading={sending}
        disabled={password === ''}
        data-testid="lock-submit"
      >
        Unlock
      </Button>
      <Button block onClick={() => signIn.leave()} data-testid="lock-signout">
        Sign out
      </Button>
      <div className="signin-message" role="alert" data-testid="lock-message">
        {refusal !== '' && <Alert type="error" title={refusal} showIcon />}
      </div>
    </form>
  );
}
