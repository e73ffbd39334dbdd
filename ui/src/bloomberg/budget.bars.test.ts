/** The budget's bars: a warning from 80 %, refusal beyond, and nothing to fill without a limit. */
import { describe, expect, it } from 'vitest';
import type { FeedBudgetView } from '@tidegate/wire/bloomberg';
import { budgetBar, budgetBars, usageRows } from './budget.bars.ts';

const budget = (over: Partial<FeedBudgetView> = {}): FeedBudgetView => ({
  day: '2026-01-05',
  hits: 200,
  hitsMax: 1000,
  securities: 10,
  securitiesMax: null,
  subscriptions: 10,
  subscriptionsMax: 3500,
  userHitsMax: 100,
  users: [
    { user: 'platform', hits: 120, services: [] },
    { user: 'carol', hits: 80, services: [] },
  ],
  state: 'good',
  ...over,
});

describe('a bar', () => {
  it.each([
    [0, 'good', 0],
    [799, 'good', 79],
    [800, 'warn', 80],
    [999, 'warn', 99],
    [1000, 'bad', 100],
    [1500, 'bad', 100],
  ])('of %i of 1000 is %s at %i %%', (used, tone, percent) => {
    const bar = budgetBar('hits', 'Hits', used, 1000);
    expect(bar).toMatchObject({ tone, percent });
    expect(bar.note === '').toBe(tone === 'good');
  });

  it('says what is used of what', () => {
    expect(budgetBar('hits', 'Hits', 1234, 50_000).text).toBe('1,234 of 50,000');
    expect(budgetBar('hits', 'Hits', 1234, null)).toMatchObject({ text: '1,234, no limit', tone: 'none' });
    expect(budgetBar('hits', 'Hits', 0, 0)).toMatchObject({ tone: 'bad', percent: 100 });
  });
});

describe('the budget', () => {
  it('names the busiest user, which the platform never is', () => {
    expect(budgetBars(budget()).map(({ key, tone }) => [key, tone])).toEqual([
      ['hits', 'good'],
      ['securities', 'none'],
      ['subscriptions', 'good'],
      ['userHits', 'warn'],
    ]);
    expect(budgetBars(budget({ users: [{ user: 'platform', hits: 5, services: [] }] }))).toHaveLength(3);
  });

  it('is told by user and by service', () => {
    const services = [
      { service: '//blp/refdata', hits: 60 },
      { service: '//blp/mktdata', hits: 20 },
    ];
    const rows = usageRows(
      budget({
        users: [
          { user: 'platform', hits: 120, services: [{ service: '//blp/mktdata', hits: 120 }] },
          { user: 'carol', hits: 80, services },
        ],
      }),
    );
    expect(rows.map(({ user, service, hits, sharePercent }) => [user, service, hits, sharePercent])).toEqual([
      ['platform', '//blp/mktdata', 120, 60],
      ['carol', '//blp/refdata', 60, 30],
      ['carol', '//blp/mktdata', 20, 10],
    ]);
    expect(rows.map(({ bar }) => bar.tone)).toEqual(['none', 'warn', 'warn']);
  });
});
