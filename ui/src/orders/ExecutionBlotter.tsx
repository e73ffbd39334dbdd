/** Executions, live: what was filled, and by whom where that is told. */
import { useMemo, useSyncExternalStore } from 'react';
import { executionKey, useDesk } from '../desk.ts';
import { Grid } from '../grid/Grid.tsx';
import { executionColumns } from './order.columns.tsx';
import { ExecutionCard } from './OrderCard.tsx';

export function ExecutionBlotter() {
  const { executions, seesProviders } = useDesk();
  const columns = useMemo(() => executionColumns(seesProviders), [seesProviders]);
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
      arrivedMs={(key) => executions.arrivedMs(key)}
    />
  );
}
