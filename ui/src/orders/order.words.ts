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

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'none';

export function statusTone(order: Pick<OrderView, 'status' | 'unknown'>): Tone {
  if (order.unknown) return 'warn';
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
