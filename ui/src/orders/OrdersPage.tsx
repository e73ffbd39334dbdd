/** Orders and executions on a page of their own. */
import { BlotterTabs } from './BlotterTabs.tsx';

export function OrdersPage() {
  return (
    <main className="page stacked">
      <BlotterTabs tabs={['orders', 'executions']} />
    </main>
  );
}
