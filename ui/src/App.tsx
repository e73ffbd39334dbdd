/** Signed out, opening, or at the desk. */
import { App as AntApp, Button, ConfigProvider, Result, Spin } from 'antd';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { createApi, type Api } from './api/client.ts';
import { ApiProblem, problemText } from './api/problems.ts';
import { keepToken, readToken } from './api/token.ts';
import { useCell } from './cell.ts';
import { DeskContext, openDesk, useDesk, type Desk } from './desk.ts';
import { apiBase, streamUrl } from './environment.ts';
import {
  AdminPage,
  BloombergPage,
  CasesPage,
  EventsPage,
  OrdersPage,
  PositionsPage,
  ReferenceDrawer,
  SessionsPage,
} from './lazy.pages.tsx';
import { CriticalAlerts } from './monitor/CriticalAlerts.tsx';
import { CancelAllDialog } from './orders/CancelAllDialog.tsx';
import { TradingPage } from './prices/TradingPage.tsx';
import { Header } from './shell/Header.tsx';
import { HelpDialog } from './shell/HelpDialog.tsx';
import { useHotkeys } from './shell/hotkeys.ts';
import { InstrumentSearch } from './shell/InstrumentSearch.tsx';
import { Navigation } from './shell/Navigation.tsx';
import { NoticeBar } from './shell/NoticeBar.tsx';
import { SignInPage } from './signin/SignInPage.tsx';
import { deskTheme } from './theme/theme.ts';
import './theme/desk.css';

const EXPIRED = 'Your session has ended. Please sign in again.';

export function App() {
  const [token, setToken] = useState(readToken);
  const [notice, setNotice] = useState('');
  const signOut = useCallback((why: string): void => {
    keepToken(null);
    setToken(null);
    setNotice(why);
  }, []);
  const api = useMemo(
    () => createApi({ base: apiBase(), token: readToken, onSignedOut: () => signOut(EXPIRED) }),
    [signOut],
  );
  const leave = useCallback((): void => {
    // Signed out here at once; the server is told, and its own expiry covers the case that it is not reached.
    api.logout().catch(() => undefined);
    signOut('');
  }, [api, signOut]);
  const enter = (next: string): void => {
    keepToken(next);
    setNotice('');
    setToken(next);
  };
  return (
    <ConfigProvider theme={deskTheme} componentSize="middle" wave={{ disabled: true }}>
      <AntApp component={false}>
        {token === null ? (
          <SignInPage api={api} notice={notice} onToken={enter} />
        ) : (
          <SignedIn key={token} api={api} token={token} onSignOut={leave} />
        )}
      </AntApp>
    </ConfigProvider>
  );
}

interface SignedInProps {
  readonly api: Api;
  readonly token: string;
  readonly onSignOut: () => void;
}

function SignedIn({ api, token, onSignOut }: SignedInProps) {
  const [desk, setDesk] = useState<Desk | null>(null);
  const [failure, setFailure] = useState('');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let opened: Desk | null = null;
    let left = false;
    const open = async (): Promise<void> => {
      try {
        const [me, instruments] = await Promise.all([api.me(), api.instruments()]);
        if (left) return;
        opened = openDesk({ api, me, instruments, token, streamUrl: streamUrl() });
        setDesk(opened);
      } catch (error) {
        // A 401 has already led back to the sign-in page.
        if (!left && !(error instanceof ApiProblem && error.status === 401)) setFailure(problemText(error));
      }
    };
    setFailure('');
    void open();
    return () => {
      left = true;
      opened?.close();
      setDesk(null);
    };
  }, [api, token, attempt]);
  if (failure !== '') {
    return (
      <Result
        status="warning"
        title="The desk could not be opened"
        subTitle={failure}
        extra={[
          <Button key="again" type="primary" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </Button>,
          <Button key="out" onClick={onSignOut}>
            Sign out
          </Button>,
        ]}
      />
    );
  }
  if (desk === null)
    return (
      <div className="empty">
        <Spin size="large" aria-label="Opening the desk" />
      </div>
    );
  return (
    <DeskContext value={desk}>
      <DeskPages onSignOut={onSignOut} />
    </DeskContext>
  );
}

function DeskPages({ onSignOut }: { readonly onSignOut: () => void }) {
  useHotkeys();
  return (
    <div className="app" data-testid="app">
      <Header onSignOut={onSignOut} />
      <div className="bands" />
      <CurrentPage />
      <NoticeBar />
      <Navigation place="bottom" />
      <InstrumentSearch />
      <ReferenceDrawer />
      <HelpDialog />
      <CancelAllDialog />
      <CriticalAlerts />
    </div>
  );
}

function CurrentPage() {
  const { workspace } = useDesk();
  switch (useCell(workspace.page)) {
    case 'trading':
      return <TradingPage />;
    case 'orders':
      return <OrdersPage />;
    case 'positions':
      return <PositionsPage />;
    case 'sessions':
      return <SessionsPage />;
    case 'bloomberg':
      return <BloombergPage />;
    case 'events':
      return <EventsPage />;
    case 'cases':
      return <CasesPage />;
    case 'admin':
      return <AdminPage />;
  }
}
