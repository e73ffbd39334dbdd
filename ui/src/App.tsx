/** Signed out, opening, or at the desk. */
import { App as AntApp, Button, ConfigProvider, Result, Spin } from 'antd';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import { createApi, type Api } from './api/client.ts';
import { ApiProblem, problemText } from './api/problems.ts';
import { useCell } from './cell.ts';
import { DeskContext, openDesk, openStream, useDesk, type Desk } from './desk.ts';
import { apiBase, streamUrl } from './environment.ts';
import {
  AdminPage,
  BloombergPage,
  CasesPage,
  ClusterPage,
  QualityPage,
  EventsPage,
  OrdersPage,
  PositionsPage,
  OrderDrawer,
  ReferenceDrawer,
  SessionsPage,
} from './lazy.pages.tsx';
import { CriticalAlerts } from './monitor/CriticalAlerts.tsx';
import { CancelAllDialog } from './orders/CancelAllDialog.tsx';
import { DealQuestion } from './orders/DealQuestion.tsx';
import { tornOut } from './prices/panels.ts';
import { TornPanel } from './prices/TornPanel.tsx';
import { TradingPage } from './prices/TradingPage.tsx';
import { SizesDialog } from './prices/SizesDialog.tsx';
import { ConnectionBand } from './shell/ConnectionBand.tsx';
import { Header } from './shell/Header.tsx';
import { HelpDialog } from './shell/HelpDialog.tsx';
import { useHotkeys } from './shell/hotkeys.ts';
import { InstrumentSearch } from './shell/InstrumentSearch.tsx';
import { Navigation } from './shell/Navigation.tsx';
import { PrintHead } from './shell/PrintHead.tsx';
import { NoticeBar } from './shell/NoticeBar.tsx';
import { SkipLink, Voice } from './shell/PageFrame.tsx';
import { closeByEscape } from './shell/top.layer.ts';
import { EndWarning } from './signin/EndWarning.tsx';
import { LockScreen } from './signin/LockScreen.tsx';
import { SignInPage } from './signin/SignInPage.tsx';
import { onNextToken } from './signin/next.token.ts';
import { SignIn } from './signin/sign.in.ts';
import { themeChoice } from './theme/theme.choice.ts';
import { printing } from './theme/printing.ts';
import { deskThemes } from './theme/theme.ts';
import './theme/desk.css';
import './theme/themes.css';

export function App() {
  const [signIn] = useState(() => new SignIn());
  const chosen = useCell(themeChoice);
  const theme = useCell(printing) ? 'light' : chosen;
  const api = useMemo(
    () => createApi({ base: apiBase(), token: signIn.token, onSignedOut: (token) => signIn.refused(token) }),
    [signIn],
  );
  useEffect(() => signIn.start(api), [signIn, api]);
  const isSignedIn = useSignedIn(signIn);
  return (
    <ConfigProvider theme={deskThemes[theme]} componentSize="middle" wave={{ disabled: true }}>
      <AntApp component={false}>
        {isSignedIn ? <SignedIn api={api} signIn={signIn} /> : <SignInPage api={api} signIn={signIn} />}
      </AntApp>
    </ConfigProvider>
  );
}

/** A locked desk is there: only its user may see it. */
function useSignedIn(signIn: SignIn): boolean {
  const [held, lock] = [useCell(signIn.held), useCell(signIn.lock)];
  return held !== null || lock !== null;
}

interface SignedInProps {
  readonly api: Api;
  readonly signIn: SignIn;
}

interface Opening {
  readonly desk: Desk | null;
  readonly failure: string;
  readonly again: () => void;
}

function useOpenedDesk({ api, signIn }: SignedInProps): Opening {
  const [desk, setDesk] = useState<Desk | null>(null);
  const [failure, setFailure] = useState('');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let opened: Desk | null = null;
    let left = false;
    let forget = (): void => undefined;
    // The token ended before there was a desk: the next one, by a password or from another tab, opens it.
    const openWithNext = (token: string | null): void => {
      if (!left) forget = onNextToken(signIn.held, token, () => setAttempt(attempt + 1));
    };
    const open = async (): Promise<void> => {
      const token = signIn.token();
      if (token === null) return openWithNext(null);
      const stream = openStream(streamUrl(), token);
      try {
        const [me, instruments] = await Promise.all([api.me(), api.instruments()]);
        const newest = signIn.token();
        if (left || newest === null) {
          stream.connection.close();
          return openWithNext(token);
        }
        if (newest !== token) stream.connection.renew(newest);
        opened = openDesk({ api, me, instruments, stream });
        setDesk(opened);
      } catch (error) {
        stream.connection.close();
        // A 401 has already led to the lock screen.
        if (error instanceof ApiProblem && error.status === 401) openWithNext(token);
        else if (!left) setFailure(problemText(error));
      }
    };
    setFailure('');
    void open();
    return () => {
      left = true;
      forget();
      opened?.close();
      setDesk(null);
    };
  }, [api, signIn, attempt]);
  return { desk, failure, again: () => setAttempt(attempt + 1) };
}

function SignedIn({ api, signIn }: SignedInProps) {
  const { desk, failure, again } = useOpenedDesk({ api, signIn });
  useToken(desk, signIn, again);
  if (failure !== '') {
    return (
      <Result
        status="warning"
        title="The desk could not be opened"
        subTitle={failure}
        extra={[
          <Button key="again" type="primary" onClick={again}>
            Try again
          </Button>,
          <Button key="out" onClick={() => signIn.leave()}>
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
        <LockScreen signIn={signIn} />
      </div>
    );
  return (
    <DeskContext value={desk}>
      <DeskPages signIn={signIn} />
      <LockScreen signIn={signIn} />
    </DeskContext>
  );
}

/**
 * The desk goes on with each next token. After a password it is asked whether the user may still what he
 * might when the desk was opened; if not, it is opened anew.
 */
function useToken(desk: Desk | null, signIn: SignIn, reopen: () => void): void {
  const again = useEffectEvent(reopen);
  useEffect(() => {
    if (desk === null) return undefined;
    let wasLocked = signIn.lock.read() !== null;
    const check = async (): Promise<void> => {
      const me = await desk.api.me().catch(() => desk.me);
      if (JSON.stringify(me) !== JSON.stringify(desk.me)) again();
    };
    const follow = (): void => {
      desk.useToken(signIn.token());
      const isLocked = signIn.lock.read() !== null;
      if (wasLocked && !isLocked) void check();
      wasLocked = isLocked;
    };
    const undo = [signIn.held.watch(follow), signIn.lock.watch(follow)];
    return () => {
      for (const each of undo) each();
    };
  }, [desk, signIn]);
}

function DeskPages({ signIn }: { readonly signIn: SignIn }) {
  useHotkeys(signIn);
  useEffect(closeByEscape, []);
  const isConnected = useCell(useDesk().dealing.lostAtMs) === null;
  const torn = tornOut(window.location.search);
  return (
    <>
      <PrintHead />
      <div className="app" data-testid="app" data-connected={isConnected}>
        <SkipLink />
        {torn === null && <Header signIn={signIn} />}
        <div className="bands">
          <ConnectionBand />
          <EndWarning signIn={signIn} />
        </div>
        <div id="main" className="main">
          {torn === null ? <CurrentPage /> : <TornPanel torn={torn} />}
        </div>
        <NoticeBar />
        <Navigation place="bottom" />
        <InstrumentSearch />
        <ReferenceDrawer />
        <OrderDrawer />
        <HelpDialog />
        <CancelAllDialog />
        <DealQuestion />
        <SizesDialog />
        <CriticalAlerts />
        <Voice />
      </div>
    </>
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
    case 'quality':
      return <QualityPage />;
    case 'cluster':
      return <ClusterPage />;
    case 'admin':
      return <AdminPage />;
  }
}
