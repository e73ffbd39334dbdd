/** The day's usage budget as bars: used of budget, a warning from 80 %, refusal beyond the whole. */
import type { FeedBudgetView } from '@tidegate/wire/bloomberg';
import type { Tone } from '../orders/order.words.ts';
import { groupedDecimal } from '../prices/price.format.ts';

export const warnedAtPercent = 80;

export interface BudgetBar {
  readonly key: string;
  readonly label: string;
  /** `1,234 of 50,000`, or `1,234, no limit`. */
  readonly text: string;
  /** Whole percent of the budget, at most 100; 0 without a limit. */
  readonly percent: number;
  readonly tone: Tone;
  /** Empty while all is well. */
  readonly note: string;
}

export function budgetBar(key: string, label: string, used: number, max: number | null): BudgetBar {
  const count = groupedDecimal(String(used));
  if (max === null) return { key, label, text: `${count}, no limit`, percent: 0, tone: 'none', note: '' };
  const percent = max === 0 ? 100 : Math.min(100, Math.floor((used * 100) / max));
  const text = `${count} of ${groupedDecimal(String(max))}`;
  if (used >= max) return { key, label, text, percent: 100, tone: 'bad', note: 'Used up: more is refused' };
  if (percent >= warnedAtPercent) {
    return { key, label, text, percent, tone: 'warn', note: `${percent} % used, refused beyond 100 %` };
  }
  return { key, label, text, percent, tone: 'good', note: '' };
}

/** Who stands for the platform's own needs; the limit of one user is not for it. */
const platformUser = 'platform';

export function budgetBars(budget: FeedBudgetView): readonly BudgetBar[] {
  const bars = [
    budgetBar('hits', 'Hits today', budget.hits, budget.hitsMax),
    budgetBar('securities', 'Securities today', budget.securities, budget.securitiesMax),
    budgetBar('subscriptions', 'Subscriptions open', budget.subscriptions, budget.subscriptionsMax),
  ];
  const busiest = budget.users.find(({ user }) => user !== platformUser);
  if (busiest === undefined) return bars;
  return [...bars, budgetBar('userHits', `Busiest user, ${busiest.user}`, busiest.hits, budget.userHitsMax)];
}

export interface UsageRow {
  readonly user: string;
  readonly service: string;
  readonly hits: number;
  readonly bar: BudgetBar;
  /** Whole percent of all hits of the day. */
  readonly sharePercent: number;
}

/** By user and service; most hits first. The bar is the user's own budget. */
export function usageRows(budget: FeedBudgetView): readonly UsageRow[] {
  return budget.users.flatMap(({ user, hits, services }) => {
    const max = user === platformUser ? null : budget.userHitsMax;
    const bar = budgetBar(user, user, hits, max);
    return services.map(({ service, hits: part }) => ({
      user,
      service,
      hits: part,
      bar,
      sharePercent: budget.hits === 0 ? 0 : Math.round((part * 100) / budget.hits),
    }));
  });
}

export const budgetWord = { good: 'Within budget', warned: '80 % used', exhausted: 'Used up' } as const;
export const budgetTone = { good: 'good', warned: 'warn', exhausted: 'bad' } as const;
