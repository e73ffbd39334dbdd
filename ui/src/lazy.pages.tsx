/**
 * Pages that are not loaded before somebody opens them. When a page can't be loaded (a release has taken
 * its place), it says so and the rest of the desk goes on.
 */
import { Spin } from 'antd';
import { lazy, Suspense, useEffect, useState, type ComponentType } from 'react';
import { useCell } from './cell.ts';
import { useDesk } from './desk.ts';

const missing = 'This page could not be loaded. Reload the browser tab to get the current release.';

const Bloomberg = lazy<ComponentType>(() =>
  import('./bloomberg/BloombergPage.tsx').then(
    ({ BloombergPage: page }) => ({ default: page }),
    () => ({ default: PageMissing }),
  ),
);
const Reference = lazy<ComponentType>(() =>
  import('./bloomberg/ReferenceDrawer.tsx').then(
    ({ ReferenceDrawer: drawer }) => ({ default: drawer }),
    () => ({ default: PanelMissing }),
  ),
);

export function BloombergPage() {
  return (
    <Suspense fallback={<PageLoading />}>
      <Bloomberg />
    </Suspense>
  );
}

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
  }, [notices, workspace]);
  return null;
}
