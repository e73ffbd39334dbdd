/** Words and tones of order states on every page that shows them. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';

export const statusWord: Readonly<Record<OrderView['status'], string>> = {
  new: 'Working',
  partiallyFilled: 'Part filled',
  filled: 'Filled',
  pendingCancel: 'Cancelling',
  canceled: 'Cancelled',
  expired: 'Expired',
  rejected: 'Rejected',
};

/** FIX ExecType(150) F, H and G. */
export const executionWord: Readonly<Record<ExecutionView['execType'], string>> = {
  trade: 'Trade',
  cancel: 'Taken back',
  correct: 'Corrected',
};
export const executionTone: Readonly<Record<ExecutionView['execType'], Tone>> = {
  trade: 'none',
  cancel: 'bad',
  correct: 'warn',
};

/** Something of it was dealt, whatever became of the rest. */
export const hasFills = ({ filledQuantity }: Pick<OrderView, 'filledQuantity'>): boolean =>
  /[1-9]/.test(filledQuantity);

const isPartlyEnded = (order: Pick<OrderView, 'status' | 'filledQuantity'>): boolean =>
  (order.status === 'canceled' || order.status === 'expired') && hasFills(order);

/** Its state in words; an order that ended with fills is neither filled nor just cancelled. */
export function statusText(order: Pick<OrderView, 'status' | 'filledQuantity'>): string {
  if (!isPartlyEnded(order)) return statusWord[order.status];
  return order.status === 'expired' ? 'Part filled, rest expired' : 'Part filled, rest cancelled';
}

/** A replace can be asked for only where it can be taken: not for what is closed, or not known. */
export const mayReplace = (order: Pick<OrderView, 'status' | 'type' | 'unknown'>): boolean =>
  order.type === 'limit' && !order.unknown && (order.status === 'new' || order.status === 'partiallyFilled');

export type Tone = 'part' | 'good' | 'warn' | 'bad' | 'info' | 'none';

export function statusTone(order: Pick<OrderView, 'status' | 'unknown' | 'filledQuantity'>): Tone {
  if (order.unknown) return 'warn';
  if (isPartlyEnded(order)) return 'part';
  switch (order.status) {
    case 'new':
      return 'info';
    case 'partiallyFilled':
    case 'pendingCancel':
      return 'warn';
    case 'filled':
      return 'good';
    case 'rejected':
      return 'bad';
    case 'canceled':
    case 'expired':
      return 'none';
  }
}

export const isOpen = (order: Pick<OrderView, 'status'>): boolean =>
  order.status === 'new' || order.status === 'partiallyFilled' || order.status === 'pendingCancel';
