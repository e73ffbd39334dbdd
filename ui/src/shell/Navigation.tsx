/** The pages: in the header on wide pages, at the bottom on narrow ones. */
import {
  AlertOutlined,
  ApiOutlined,
  AppstoreOutlined,
  ClusterOutlined,
  FileExclamationOutlined,
  FundOutlined,
  HeatMapOutlined,
  LineChartOutlined,
  PoweroffOutlined,
  ProfileOutlined,
} from '@ant-design/icons';
import { useSyncExternalStore, type ReactNode } from 'react';
import { useCell } from '../cell.ts';
import { useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { openCount } from '../cases/case.words.ts';
import { unreadEvents } from '../monitor/unread.ts';
import { mayOpen, pages, pageTitles, type PageName } from './workspace.ts';

const icons: Readonly<Record<PageName, ReactNode>> = {
  trading: <AppstoreOutlined />,
  orders: <ProfileOutlined />,
  positions: <FundOutlined />,
  sessions: <ApiOutlined />,
  bloomberg: <LineChartOutlined />,
  events: <AlertOutlined />,
  cases: <FileExclamationOutlined />,
  quality: <HeatMapOutlined />,
  cluster: <ClusterOutlined />,
  admin: <PoweroffOutlined />,
};

export function Navigation({ place }: { readonly place: 'top' | 'bottom' }) {
  const { workspace, me } = useDesk();
  const current = useCell(workspace.page);
  const narrow = useNarrow();
  if (narrow !== (place === 'bottom')) return null;
  const shown = pages.filter((page) => mayOpen(page, me));
  return (
    <nav className={place === 'top' ? 'nav-top' : 'nav-bottom'} aria-label="Pages">
      {shown.map((page) => (
        <button
          key={page}
          type="button"
          aria-current={page === current ? 'page' : undefined}
          data-testid={`nav-${page}`}
          onClick={() => workspace.go(page)}
        >
          {place === 'bottom' && icons[page]}
          <span>{pageTitles[page]}</span>
          {page === 'events' && <Unread />}
          {page === 'cases' && <OpenCases />}
        </button>
      ))}
    </nav>
  );
}

const SHOWN_MAX = 99;

function Unread() {
  const { events, workspace } = useDesk();
  const readAt = useCell(workspace.eventsReadAt);
  const count = useSyncExternalStore(events.watch, () => unreadEvents(events.list(), readAt));
  return <Count count={count} testId="nav-events-unread" />;
}

/** Cases that wait for an answer. */
function OpenCases() {
  const { cases } = useDesk();
  const count = useSyncExternalStore(cases.watch, () => openCount(cases.list()));
  return <Count count={count} testId="nav-cases-open" />;
}

function Count({ count, testId }: { readonly count: number; readonly testId: string }) {
  if (count === 0) return null;
  return (
    <span className="nav-count" data-testid={testId}>
      {count > SHOWN_MAX ? `${SHOWN_MAX}+` : count}
    </span>
  );
}
