/** The blotters behind tabs: under the tiles, and on the orders page. Only the chosen one is rendered. */
import { useState, type KeyboardEvent } from 'react';
import { PositionsTable } from '../positions/PositionsTable.tsx';
import { ExecutionBlotter } from './ExecutionBlotter.tsx';
import { OrderBlotter } from './OrderBlotter.tsx';
import { OpenCount } from './OpenCount.tsx';
import './tabs.css';

export type BlotterTab = 'orders' | 'executions' | 'positions';

const titles: Readonly<Record<BlotterTab, string>> = {
  orders: 'Orders',
  executions: 'Executions',
  positions: 'Positions',
};

export function BlotterTabs({ tabs }: { readonly tabs: readonly BlotterTab[] }) {
  const [chosen, setChosen] = useState<BlotterTab>(tabs[0] ?? 'orders');
  const turn = (event: KeyboardEvent<HTMLElement>): void => {
    const at = tabs.indexOf(chosen);
    const last = tabs.length - 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at + last, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(tabs[to % tabs.length] ?? chosen);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[to % tabs.length]?.focus();
  };
  return (
    <section className="panel tabs-panel">
      <div className="tabs" role="tablist" aria-label="Blotters" onKeyDown={turn}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            aria-controls="tab-panel"
            aria-selected={tab === chosen}
            tabIndex={tab === chosen ? 0 : -1}
            data-testid={`tab-${tab}`}
            onClick={() => setChosen(tab)}
          >
            {titles[tab]}
            {tab === 'orders' && <OpenCount />}
          </button>
        ))}
      </div>
      <div id="tab-panel" className="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`}>
        {chosen === 'orders' && <OrderBlotter />}
        {chosen === 'executions' && <ExecutionBlotter />}
        {chosen === 'positions' && <PositionsTable />}
      </div>
    </section>
  );
}
