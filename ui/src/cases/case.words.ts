/** Words, tones and ages of cases on every part of their page. */
import type { CaseKind } from '@tidegate/core/order/case';
import type { CaseView } from '@tidegate/wire/cases';
import type { Tone } from '../orders/order.words.ts';

export const kindWord: Readonly<Record<CaseKind, string>> = {
  UNREADABLE: 'Unreadable',
  SUBJECT_MISMATCH: 'Another subject',
  UNKNOWN_ROUTE: 'Unknown route',
  WORSE_THAN_LIMIT: 'Worse than limit',
  EXEC_ID_REUSED: 'ExecID reused',
  MISSING_FILLS: 'Missing fills',
  TRADE_BUSTED: 'Trade taken back',
  TRADE_CORRECTED: 'Trade corrected',
};

export const stateWord: Readonly<Record<CaseView['state'], string>> = {
  open: 'Open',
  booked: 'Booked',
  corrected: 'Corrected',
  dismissed: 'Dismissed',
  settled: 'Settled',
};

export const stateTone: Readonly<Record<CaseView['state'], Tone>> = {
  open: 'bad',
  booked: 'good',
  corrected: 'good',
  dismissed: 'none',
  settled: 'info',
};

/** How long it has waited, or did: `48 s`, `12 min`, `3 h`, `2 d`. */
export function caseAge(one: Pick<CaseView, 'openedAt' | 'resolvedAt'>, now: Date): string {
  const until = one.resolvedAt === null ? now.getTime() : Date.parse(one.resolvedAt);
  const seconds = Math.max(0, Math.floor((until - Date.parse(one.openedAt)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export const openCount = (signals: readonly Pick<CaseView, 'state'>[]): number =>
  signals.filter(({ state }) => state === 'open').length;

type Answerable = Pick<CaseView, 'state' | 'action' | 'kind' | 'orderId'>;

export const mayBook = ({ state, action }: Answerable): boolean => state === 'open' && action !== null;

/** A person may give the amounts of what is to be booked, unless a fill is taken back whole. */
export const mayCorrect = ({ state, action, kind, orderId }: Answerable): boolean => {
  const isOfTrade = kind === 'TRADE_BUSTED' || kind === 'TRADE_CORRECTED';
  return state === 'open' && orderId !== null && action !== 'bust' && (action !== null || !isOfTrade);
};
