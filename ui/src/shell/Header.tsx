/** The top line: brand, pages, search, trading state, connection, user. */
import {
  LockOutlined,
  LogoutOutlined,
  QuestionCircleOutlined,
  SearchOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { Dropdown } from 'antd';
import type { TradingStateView } from '@tidegate/wire/rest';
import { gravestState, lastChange, stateTone, stateWord } from '../admin/trading.words.ts';
import { useCell } from '../cell.ts';
import { useDesk, type Desk } from '../desk.ts';
import type { SignIn } from '../signin/sign.in.ts';
import { UnresolvedChip } from '../orders/UnresolvedChip.tsx';
import { Brand } from './Brand.tsx';
import { ConnectionState } from './ConnectionState.tsx';
import { ZoneSelect } from '../time/ZoneSelect.tsx';
import { PageHeading } from './PageFrame.tsx';
import { Navigation } from './Navigation.tsx';
import { chooseTheme, themeChoice, themes, themeWords } from '../theme/theme.choice.ts';
import './shell.css';

export function Header({ signIn }: { readonly signIn: SignIn }) {
  const { keys, workspace } = useDesk();
  const shown = useCell(keys.bindings).search.replace('Ctrl+', commandKey);
  return (
    <header className="header">
      <Brand />
      <PageHeading />
      <Navigation place="top" />
      <span className="spacer" />
      <button
        type="button"
        className="search-button"
        aria-label={`Find instrument ${shown}`}
        data-testid="search-open"
        onClick={() => workspace.dialog.set('search')}
      >
        <SearchOutlined />
        <span className="wide-only">Find instrument</span> <kbd className="wide-only">{shown}</kbd>
      </button>
      <UnresolvedChip />
      <TradingState />
      <span className="wide-only">
        <ZoneSelect />
      </span>
      <ConnectionState />
      <UserMenu signIn={signIn} />
    </header>
  );
}

const commandKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl ';

/** The state of the user's own firm; an administrator is told of other firms that may not trade freely. */
function TradingState() {
  const desk = useDesk();
  const states = useCell(desk.tradingStates);
  const isConnected = useCell(desk.dealing.lostAtMs) === null;
  if (!isConnected)
    return (
      <span className="chip trading-state" data-tone="none" data-state="unknown" data-testid="trading-state">
        <span className="wide-only">Trading</span> unknown
      </span>
    );
  const own = states.find((state) => state.firm === desk.me.firm);
  const others = states.filter((state) => state.firm !== desk.me.firm && state.state !== 'active');
  const gravest = gravestState(others);
  return (
    <>
      {gravest !== undefined && (
        <span
          className="chip wide-only"
          data-tone={stateTone[gravest.state]}
          data-testid="trading-state-others"
          title={others.map((state) => titleOf(desk, state)).join('\n')}
        >
          {others.length === 1
            ? `${gravest.firm} ${stateWord[gravest.state].toLowerCase()}`
            : `${others.length} firms restricted`}
        </span>
      )}
      {own !== undefined && (
        <span
          className="chip trading-state"
          data-tone={stateTone[own.state]}
          data-state={own.state}
          data-testid="trading-state"
          title={titleOf(desk, own)}
        >
          <span className="wide-only">Trading</span> {stateWord[own.state].toLowerCase()}
        </span>
      )}
    </>
  );
}

/** `alpha: Halted, trading is halted by ops: runaway algorithm`. */
function titleOf({ events }: Desk, { firm, state }: TradingStateView): string {
  const why = state === 'active' ? undefined : lastChange(events.list(), firm);
  return `${firm}: ${stateWord[state]}${why === undefined ? '' : `, ${why.text}`}`;
}

function UserMenu({ signIn }: { readonly signIn: SignIn }) {
  const { me, workspace } = useDesk();
  const theme = useCell(themeChoice);
  const items = [
    {
      key: 'who',
      disabled: true,
      label: (
        <span className="user-who">
          <b>{me.name}</b>
          <span>
            {me.user} · {me.role}
          </span>
          <span>
            {me.firm} / {me.account}, tier {me.tier}
          </span>
          <span>
            Tidegate {me.version}, {me.profile}
          </span>
        </span>
      ),
    },
    { type: 'divider' as const },
    ...themes.map((each) => ({
      key: `theme-${each}`,
      label: (
        <span data-testid={`theme-${each}`}>
          {themeWords[each]} {each === theme ? '✓' : ''}
        </span>
      ),
    })),
    { type: 'divider' as const },
    {
      key: 'help',
      icon: <QuestionCircleOutlined />,
      label: <span data-testid="user-help">Keys and help</span>,
    },
    { key: 'lock', icon: <LockOutlined />, label: <span data-testid="user-lock">Lock the desk</span> },
    { key: 'out', icon: <LogoutOutlined />, label: <span data-testid="user-signout">Sign out</span> },
  ];
  return (
    <Dropdown
      autoFocus
      trigger={['click']}
      placement="bottomRight"
      getPopupContainer={(trigger) => trigger.closest('header') ?? document.body}
      menu={{
        items,
        onClick: ({ key }) => {
          if (key === 'help') workspace.dialog.set('help');
          if (key === 'lock') signIn.lockNow();
          if (key === 'out') signIn.leave();
          const chosen = themes.find((each) => key === `theme-${each}`);
          if (chosen !== undefined) chooseTheme(chosen);
        },
      }}
    >
      <button
        type="button"
        className="user-button"
        data-testid="user-menu"
        aria-label={`${me.name}: user menu`}
      >
        <UserOutlined />
        <span className="wide-only">{me.name}</span>
      </button>
    </Dropdown>
  );
}
