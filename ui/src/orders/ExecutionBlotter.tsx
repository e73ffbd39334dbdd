/** Executions, live: what was filled, and by whom where that is told. */
import { useMemo, useSyncExternalStore } from 'react';
import { executionKey, useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { useMore } from '../grid/more.ts';
import { executionColumns } from './order.columns.tsx';
import { ExecutionCard } from './OrderCard.tsx';

export function ExecutionBlotter() {
  const { executions, older, me, seesProviders, workspace } = useDesk();
  const severalFirms = me.permissions.includes('seeAllFirms');
  const more = useMore(older.executions, executions);
  const columns = useMemo(() => executionColumns(severalFirms, seesProviders), [severalFirms, seesProviders]);
  const all = useSyncExternalStore(executions.watch, executions.list);
  return (
    <Grid
      name="executions"
      title="Executions"
      testId="blotter-executions"
      columns={columns}
      rows={all}
      rowKey={executionKey}
      card={(row) => <ExecutionCard execution={row} />}
      empty="No executions"
      more={more}
      onOpen={(row) => workspace.openOrder(row.orderId)}
      arrivedMs={(key) => executions.arrivedMs(key)}
    />
  );
}
