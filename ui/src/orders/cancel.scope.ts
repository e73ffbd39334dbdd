/** Whose orders a cancel of all takes, how many those are, and why some are left. Pure. */
import type { CancelScope, OpenOrderCounts, OrderView } from '@tidegate/wire/orders';
import type { MeView } from '@tidegate/wire/rest';
import { isOpen } from './order.words.ts';

export interface ScopeChoice {
  readonly scope: CancelScope;
  readonly label: string;
}

/** `account`: the one that is dealt for. */
export function scopeChoices(
  { user, firm }: Pick<MeView, 'user' | 'firm'>,
  account: string,
  counts: OpenOrderCounts | null,
): readonly ScopeChoice[] {
  const of = (scope: CancelScope): string =>
    counts === null ? 'number not known' : `${counts[scope] ?? 0} open`;
  return [
    { scope: 'mine', label: `Mine (${user}): ${of('mine')}` },
    { scope: 'account', label: `Account ${account}: ${of('account')}` },
    { scope: 'firm', label: `Firm ${firm}: ${of('firm')}` },
    ...(counts === null || counts.all === null
      ? []
      : [{ scope: 'all' as const, label: `Every firm: ${of('all')}` }]),
  ];
}

export function isInScope(
  order: OrderView,
  scope: CancelScope,
  { user, firm }: Pick<MeView, 'user' | 'firm'>,
  account: string,
): boolean {
  if (scope === 'all') return true;
  if (order.firm !== firm) return false;
  return scope === 'firm' || (scope === 'mine' ? order.client === user : order.account === account);
}

/** Why an order is still there after all were to be cancelled. */
export function whyLeft(order: OrderView): string {
  if (order.unknown) return 'its outcome is unknown, the provider has not said yet';
  if (order.status === 'pendingCancel') return 'the provider has been asked and has not answered yet';
  return isOpen(order) ? 'it came after, or its owner did not answer' : 'closed';
}

export function doneText(before: number | null, left: number | null): string {
  if (left === null) return 'Sent. How many are left is not known now.';
  if (before === null) return left === 0 ? 'No order is open.' : `${left} still open:`;
  const gone = `${Math.max(0, before - left)} of ${before} closed`;
  return left === 0 ? `${gone}, none left.` : `${gone}, ${left} left:`;
}
