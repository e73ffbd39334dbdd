/** Sign in with user and password; the answer is a bearer token. */
import { Alert, Button, Input } from 'antd';
import { useState, type FormEvent } from 'react';
import type { Api } from '../api/client.ts';
import { ApiProblem, problemText } from '../api/problems.ts';
import { useCell } from '../cell.ts';
import { Brand } from '../shell/Brand.tsx';
import type { SignIn } from './sign.in.ts';
import './signin.css';

export interface SignInPageProps {
  readonly api: Api;
  readonly signIn: SignIn;
}

export function SignInPage({ api, signIn }: SignInPageProps) {
  const notice = useCell(signIn.notice);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState('');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (sending || user === '' || password === '') return;
    setSending(true);
    setRefusal('');
    try {
      signIn.enter(user, await api.login(user, password));
    } catch (error) {
      setPassword('');
      setRefusal(
        error instanceof ApiProblem && error.status === 401
          ? 'User or password is wrong'
          : problemText(error),
      );
      setSending(false);
    }
  };
  return (
    <main className="signin">
      <form className="signin-card panel" onSubmit={(event) => void submit(event)} aria-label="Sign in">
        <Brand large isHeading />
        <p className="soft">Institutional trading platform</p>
        <label htmlFor="signin-user">User</label>
        <Input
          id="signin-user"
          size="large"
          value={user}
          autoFocus
          autoComplete="username"
          maxLength={64}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setUser(event.target.value)}
          data-testid="signin-user"
        />
        <label htmlFor="signin-password">Password</label>
        <Input.Password
          id="signin-password"
          size="large"
          value={password}
          autoComplete="current-password"
          maxLength={256}
          onChange={(event) => setPassword(event.target.value)}
          data-testid="signin-password"
        />
        <Button
          type="primary"
          size="large"
          block
          htmlType="submit"
          loading={sending}
          disabled={user === '' || password === ''}
          data-testid="signin-submit"
        >
          Sign in
        </Button>
        <div className="signin-message" role="alert" data-testid="signin-message">
          {refusal !== '' && <Alert type="error" title={refusal} showIcon />}
          {refusal === '' && notice !== '' && <Alert type="info" title={notice} showIcon />}
        </div>
      </form>
    </main>
  );
}
