/** How many orders are open, beside the title of their blotter. */
import { useSyncExternalStore } from 'react';
import { useDesk } from '../desk.ts';
import { isOpen } from './order.words.ts';
import './tabs.css';

export function OpenCount() {
  const { orders } = useDesk();
  const open = useSyncExternalStore(orders.watch, () =>
    orders.list().reduce((sum, order) => sum + (isOpen(order) ? 1 : 0), 0),
  );
  return open === 0 ? null : (
    <span className="tab-count" data-testid="orders-open-count">
      {open} open
    </span>
  );
}
