/** Behind tabs: the feed's subscriptions, who used the budget, and what happened to the feed. */
import type { BloombergStatus } from '@tidegate/wire/bloomberg';
import { useState, type KeyboardEvent } from 'react';
import '../orders/tabs.css';
import { FeedEventBlotter } from './FeedEventBlotter.tsx';
import { SubscriptionBlotter } from './SubscriptionBlotter.tsx';
import { UsageBlotter } from './UsageBlotter.tsx';

const tabs = ['subscriptions', 'usage', 'events'] as const;
type FeedTab = (typeof tabs)[number];
const titles: Readonly<Record<FeedTab, string>> = {
  subscriptions: 'Subscriptions',
  usage: 'Usage',
  events: 'Events',
};

export function FeedTabs({ status }: { readonly status: BloombergStatus }) {
  const [chosen, setChosen] = useState<FeedTab>('subscriptions');
  const turn = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[(tabs.indexOf(chosen) + by + tabs.length) % tabs.length];
    if (by === 0 || next === undefined) return;
    setChosen(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-testid="bloomberg-tab-${next}"]`)?.focus();
  };
  return (
    <section className="panel tabs-panel feed-tabs">
      <div className="tabs" role="tablist" aria-label="Of the feed" onKeyDown={turn}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            aria-selected={tab === chosen}
            tabIndex={tab === chosen ? 0 : -1}
            data-testid={`bloomberg-tab-${tab}`}
            onClick={() => setChosen(tab)}
          >
            {titles[tab]}
            {tab === 'subscriptions' && <span className="tab-count">{status.subscriptions.total}</span>}
          </button>
        ))}
      </div>
      {chosen === 'subscriptions' && <SubscriptionBlotter status={status} />}
      {chosen === 'usage' && <UsageBlotter budget={status.budget} />}
      {chosen === 'events' && <FeedEventBlotter feed={status.feed} />}
    </section>
  );
}
