/** How limits stand, for those who ask: use and what is left as text, and what an order would do to them. */
import type { Market } from '../market/market.ts';
import type { Moment } from '../number/time.ts';
import type { PartitionState } from '../order/partition.ts';
import type { Limit } from './limit.ts';
import { leftOf, limitAmountText, NOTHING, readingOf, usedOf } from './limits.ts';
import type { Amount } from './meters.ts';
import { previewLimits, type Proposal } from './risk.ts';

export interface LimitStanding {
  readonly limit: string;
  readonly measure: Limit['measure'];
  readonly subject: string;
  readonly action: Limit['action'];
  readonly isProvider: boolean;
  /** Undefined: it cannot be valued. Money with its currency. */
  readonly use: string | undefined;
  readonly maximum: string;
  readonly left: string | undefined;
  /** Whole percents of the maximum, rounded down. */
  readonly percent: number | undefined;
  /** Why it has disabled its subject. */
  readonly tripped?: string;
}

export interface LimitPreview extends LimitStanding {
  readonly after: string | undefined;
  readonly refusal?: { readonly code: string; readonly text: string };
}

/** Those nearest to their maximum come first; more are not listed. */
const STANDINGS_MAX = 5_000;

/** Of all subjects that have traded or have something open. */
export function limitStandings(state: PartitionState, market: Market, now: Moment): LimitStanding[] {
  const reading = readingOf(state, market, now);
  if (reading === undefined) return [];
  const standings = [...reading.meters.exposures.values()].map((applied) => {
    const { limit, subject, most, line } = applied;
    const scale = line.instrument?.quantityScale ?? 0;
    return standingOf(limit, subject, usedOf(applied, NOTHING, reading), most, scale);
  });
  return [...trippedOf(state, market), ...standings]
    .toSorted((one, other) => (other.percent ?? 101) - (one.percent ?? 101))
    .slice(0, STANDINGS_MAX);
}

function trippedOf({ ledger }: PartitionState, market: Market): LimitStanding[] {
  return [...ledger.tripped].flatMap(([key, { text }]) => {
    const [id, subject = ''] = key.split('\u0000');
    const limit = market.risk?.limits.find((one) => one.id === id);
    if (limit === undefined) return [];
    return [{ ...standingOf(limit, subject, limit.maximum, limit.maximum, 0), tripped: text }];
  });
}

export function previewOf(
  state: PartitionState,
  market: Market,
  proposal: Proposal,
  now: Moment,
): LimitPreview[] {
  return previewLimits(state, market, proposal, now).map((use) => {
    const { limit, subject, before, after, most, quantityScale, refusal } = use;
    const shown = after === undefined ? undefined : limitAmountText(limit, after, quantityScale);
    const standing = standingOf(limit, subject, before, most, quantityScale);
    return { ...standing, after: shown, ...(refusal === undefined ? {} : { refusal }) };
  });
}

function standingOf(
  limit: Limit,
  subject: string,
  use: Amount | undefined,
  most: Amount,
  quantityScale: number,
): LimitStanding {
  const text = (amount: Amount | undefined): string | undefined =>
    amount === undefined ? undefined : limitAmountText(limit, amount, quantityScale);
  return {
    limit: limit.id,
    measure: limit.measure,
    subject,
    action: limit.action,
    isProvider: limit.scope.provider !== undefined,
    use: text(use),
    maximum: text(most) as string,
    left: text(use === undefined ? undefined : leftOf(use, most)),
    percent: use === undefined || most <= 0 ? undefined : percentOf(use, most),
  };
}

function percentOf(use: Amount, most: Amount): number {
  if (typeof use === 'bigint' || typeof most === 'bigint') return Number((BigInt(use) * 100n) / BigInt(most));
  return Math.floor((use * 100) / most);
}
