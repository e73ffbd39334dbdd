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

/** Local time of day to the millisecond: `14:05:09.123`. */
function timeOfDay(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const millis = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${millis}`;
}

/** Date only when it is not today. */
export function timeAndDay(iso: string, now: Date): string {
  const at = new Date(iso);
  const day =
    at.toDateString() === now.toDateString()
      ? ''
      : `${String(at.getDate()).padStart(2, '0')}/${String(at.getMonth() + 1).padStart(2, '0')} `;
  return day + timeOfDay(iso).slice(0, 8);
}
