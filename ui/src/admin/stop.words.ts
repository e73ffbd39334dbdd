/** What the kill switch says of a scope: what it would cancel, what came of it, what is left. */
import type { OpenView, StopOutcome, StopView } from '@tidegate/wire/stops';

/** What one can stop within a firm, in the order of the list. */
export const stopFields = ['account', 'trader', 'session', 'instrument', 'provider'] as const;
export type StopField = (typeof stopFields)[number];

export const fieldWord: Readonly<Record<StopField, string>> = {
  account: 'Account',
  trader: 'Trader',
  session: 'Session',
  instrument: 'Instrument',
  provider: 'Provider',
};

export function scopeWords(scope: StopView['scope']): string {
  return stopFields
    .flatMap((field) => (scope[field] === undefined ? [] : `${fieldWord[field]} ${scope[field]}`))
    .join(', ');
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `3 orders, 120000 USD; at providers: alpha 2 (1 unknown)`. */
export function openWords({ orders, value, providers }: OpenView): string {
  const worth = value === null || orders === 0 ? '' : `, ${value}`;
  const held = providers.map(
    ({ provider, routes, unknown }) => `${provider} ${routes}${unknown === 0 ? '' : ` (${unknown} unknown)`}`,
  );
  const where = held.length === 0 ? '' : `; at providers: ${held.join(', ')}`;
  return `${counted(orders, 'order')}${worth}${where}`;
}

/** What a stop would cancel, of all firms together; who did not answer is named. */
export function previewWords(outcomes: readonly StopOutcome[]): string {
  const lines = outcomes.flatMap(({ firm, open }) =>
    open === null || open.orders === 0 ? [] : `${firm}: ${openWords(open)}`,
  );
  return [lines.length === 0 ? 'Nothing is open in it' : lines.join(' · '), ...silentOf(outcomes)].join(
    ' · ',
  );
}

/** What came of it. */
export function resultWords(outcomes: readonly StopOutcome[]): string {
  const lines = outcomes.flatMap(({ firm, orders, open }) => {
    if (open === null || orders === null || orders === 0) return [];
    const left = open.orders === 0 ? 'all done' : `left: ${openWords(open)}`;
    return `${firm}: of ${counted(orders, 'order')} ${left}`;
  });
  return [lines.length === 0 ? 'Nothing was open in it' : lines.join(' · '), ...silentOf(outcomes)].join(
    ' · ',
  );
}

const silentOf = (outcomes: readonly StopOutcome[]): string[] => {
  const silent = outcomes.filter(({ isConfirmed }) => !isConfirmed).map(({ firm }) => firm);
  return silent.length === 0 ? [] : [`not confirmed, ask again: ${silent.join(', ')}`];
};
