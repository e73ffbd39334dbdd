/**
 * Hits and the budget for them, decided purely. Bloomberg counts and limits what is asked for and cuts off
 * who asks too much; the limits are contract matters, so they are settings, and ours come first. One hit is
 * one field of one security, subscribed to or requested.
 */

export interface BudgetLimits {
  /** Per UTC day; undefined: no limit. */
  readonly hits: number | undefined;
  readonly userHits: number | undefined;
  readonly securities: number | undefined;
  /** Open at Bloomberg at once. */
  readonly subscriptions: number;
}

export interface BudgetUse {
  readonly hits: number;
  readonly userHits: number;
  readonly securities: number;
  readonly subscriptions: number;
}

/** What somebody wants to do. */
export interface BudgetAsk {
  readonly hits: number;
  /** Securities among them that were not asked for on this day yet. */
  readonly newSecurities: number;
  readonly newSubscriptions: number;
  /** The platform's own needs count, but a user's limit is not for them. */
  readonly isOurs: boolean;
}

export type BudgetLimit = 'hits' | 'userHits' | 'securities' | 'subscriptions';

/** The first limit that would be passed; undefined: go on. */
export function budgetRefusal(use: BudgetUse, ask: BudgetAsk, limits: BudgetLimits): BudgetLimit | undefined {
  if (use.subscriptions + ask.newSubscriptions > limits.subscriptions && ask.newSubscriptions > 0)
    return 'subscriptions';
  if (isOver(use.hits, ask.hits, limits.hits)) return 'hits';
  if (!ask.isOurs && isOver(use.userHits, ask.hits, limits.userHits)) return 'userHits';
  return isOver(use.securities, ask.newSecurities, limits.securities) ? 'securities' : undefined;
}

const isOver = (used: number, more: number, limit: number | undefined): boolean =>
  limit !== undefined && more > 0 && used + more > limit;

const warnedAt = 0.8;

/** Limits of which 80 % or more are used. */
export function budgetWarnings(use: Omit<BudgetUse, 'userHits'>, limits: BudgetLimits): BudgetLimit[] {
  const names = ['hits', 'securities', 'subscriptions'] as const;
  return names.filter((name) => isNear(use[name], limits[name]));
}

export const isNear = (used: number, limit: number | undefined): boolean =>
  limit !== undefined && limit > 0 && used >= limit * warnedAt;

export const limitText: Readonly<Record<BudgetLimit, string>> = {
  hits: 'hits of the day',
  userHits: 'hits of one user on a day',
  securities: 'different securities of the day',
  subscriptions: 'subscriptions at once',
};
