/**
 * Pages that are not loaded before somebody opens them. When a page can't be loaded (a release has taken
 * its place), it says so and the rest of the desk goes on.
 */
import { Spin } from 'antd';
import { lazy, Suspense, useEffect, useState, type ComponentType } from 'react';
import { useCell } from './cell.ts';
import { useDesk } from './desk.ts';

const missing = 'This page could not be loaded. Reload the browser tab to get the current release.';

type Loaded = Promise<{ readonly default: ComponentType }>;

function lazyPage(load: () => Loaded): ComponentType {
  const Page = lazy(() => load().catch(() => ({ default: PageMissing })));
  return function LazyPage() {
    return (
      <Suspense fallback={<PageLoading />}>
        <Page />
      </Suspense>
    );
  };
}

export const OrdersPage = lazyPage(async () => ({
  default: (await import('./orders/OrdersPage.tsx')).OrdersPage,
}));
export const PositionsPage = lazyPage(async () => ({
  default: (await import('./positions/PositionsTable.tsx')).PositionsPage,
}));
export const SessionsPage = lazyPage(async () => ({
  default: (await import('./sessions/SessionsPage.tsx')).SessionsPage,
}));
export const BloombergPage = lazyPage(async () => ({
  default: (await import('./bloomberg/BloombergPage.tsx')).BloombergPage,
}));
export const EventsPage = lazyPage(async () => ({
  default: (await import('./monitor/EventsPage.tsx')).EventsPage,
}));
export const CasesPage = lazyPage(async () => ({
  default: (await import('./cases/CasesPage.tsx')).CasesPage,
}));
export const QualityPage = lazyPage(async () => ({
  default: (await import('./quality/QualityPage.tsx')).QualityPage,
}));
export const ClusterPage = lazyPage(async () => ({
  default: (await import('./cluster/ClusterPage.tsx')).ClusterPage,
}));
export const AdminPage = lazyPage(async () => ({
  default: (await import('./admin/AdminPage.tsx')).AdminPage,
}));

const Reference = lazy<ComponentType>(() =>
  import('./bloomberg/ReferenceDrawer.tsx').then(
    ({ ReferenceDrawer: drawer }) => ({ default: drawer }),
    () => ({ default: PanelMissing }),
  ),
);

/** Loaded with the first instrument whose reference data are asked for. */
export function ReferenceDrawer() {
  const { workspace } = useDesk();
  const isAsked = useCell(workspace.reference) !== '';
  const [wasAsked, setAsked] = useState(false);
  if (isAsked && !wasAsked) setAsked(true);
  if (!isAsked && !wasAsked) return null;
  return (
    <Suspense fallback={null}>
      <Reference />
    </Suspense>
  );
}

const Order = lazy<ComponentType>(() =>
  import('./orders/OrderDrawer.tsx').then(
    ({ OrderDrawer: drawer }) => ({ default: drawer }),
    () => ({ default: PanelMissing }),
  ),
);

/** Loaded with the first order that somebody looks into. */
export function OrderDrawer() {
  const { workspace } = useDesk();
  const isAsked = useCell(workspace.order) !== '';
  const [wasAsked, setAsked] = useState(false);
  if (isAsked && !wasAsked) setAsked(true);
  if (!isAsked && !wasAsked) return null;
  return (
    <Suspense fallback={null}>
      <Order />
    </Suspense>
  );
}

function PageLoading() {
  return (
    <main className="page">
      <div className="empty">
        <Spin aria-label="Loading the page" />
      </div>
    </main>
  );
}

function PageMissing() {
  return (
    <main className="page">
      <div className="empty">{missing}</div>
    </main>
  );
}

/** The drawer has no place of its own on the page: a notice says what is missing. */
function PanelMissing() {
  const { notices, workspace } = useDesk();
  useEffect(() => {
    notices.tell('bad', missing);
    workspace.reference.set('');
    workspace.openOrder('');
  }, [notices, workspace]);
  return null;
}
