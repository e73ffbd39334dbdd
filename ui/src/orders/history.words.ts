/** Words for what happened to an order. Pure. */
import type { OrderHistoryEvent } from '@tidegate/wire/order.history';
import { statusWord, type Tone } from './order.words.ts';

const words: Readonly<Record<string, string>> = {
  orderAccepted: 'Order accepted',
  orderRefused: 'Order refused',
  changeRefused: 'Change refused',
  cancelRequested: 'Cancel asked for',
  orderReplaced: 'Order replaced',
  orderClosed: 'Order closed',
  orderRevived: 'Order read again from the journal',
  routeRequested: 'Sent to provider',
  routeAcknowledged: 'Provider acknowledged',
  routeFilled: 'Provider filled',
  routeClosed: 'Provider is done',
  routeReduced: 'Provider is done, fills are missing',
  routeUnknown: 'Outcome unknown',
  routeCancelRequested: 'Cancel sent to provider',
  routeReplaceRequested: 'Replace sent to provider',
  tradeBusted: 'Fill taken back',
  tradeCorrected: 'Fill corrected',
};

/** A kind that this page does not know is shown by its own name. */
export const historyWord = ({ type }: Pick<OrderHistoryEvent, 'type'>): string => words[type] ?? type;

export function historyTone({ type, code }: Pick<OrderHistoryEvent, 'type' | 'code'>): Tone {
  if (type === 'routeFilled') return 'good';
  if (type === 'routeUnknown' || type === 'routeReduced' || type === 'tradeCorrected') return 'warn';
  const isBad = type.endsWith('Refused') || type === 'tradeBusted' || code === 'rejected';
  return isBad ? 'bad' : 'none';
}

export const statusAfter = ({ status }: Pick<OrderHistoryEvent, 'status'>): string =>
  status !== null && status in statusWord ? statusWord[status as keyof typeof statusWord] : '';

/** Since the event before: `+3 ms`, `+1.250 s`. */
export function sinceText(at: string, before: string | undefined): string {
  if (before === undefined) return '';
  const ms = Math.max(0, Date.parse(at) - Date.parse(before));
  return ms < 1_000 ? `+${ms} ms` : `+${(ms / 1_000).toFixed(3)} s`;
}
