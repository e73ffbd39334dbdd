/** Orders, live: cancel, cancel all and replace beside what every grid has. */
import { StopOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { OrderView } from '@tidegate/wire/orders';
import { orderKey, useDesk } from '../desk.ts';
import { actionColumn } from '../grid/columns.ts';
import { Grid } from '../grid/Grid.tsx';
import { useMore } from '../grid/more.ts';
import { OrderActions } from './OrderActions.tsx';
import { OrderCard } from './OrderCard.tsx';
import { orderColumns } from './order.columns.tsx';
import { hasFills, isOpen } from './order.words.ts';
import { ReplaceDialog } from './ReplaceDialog.tsx';

type StatusFilter = 'all' | 'open' | 'fills' | 'filled' | 'closed' | 'rejected' | 'unknown';

const statusFilters: readonly { readonly value: StatusFilter; readonly label: string }[] = [
  { value: 'all', label: 'All orders' },
  { value: 'open', label: 'Open' },
  { value: 'fills', label: 'With fills' },
  { value: 'filled', label: 'Filled' },
  { value: 'closed', label: 'Cancelled, expired' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'unknown', label: 'Outcome unknown' },
];

const passesStatus: Readonly<Record<StatusFilter, (order: OrderView) => boolean>> = {
  all: () => true,
  open: isOpen,
  fills: hasFills,
  filled: (order) => order.status === 'filled',
  closed: (order) => order.status === 'canceled' || order.status === 'expired',
  rejected: (order) => order.status === 'rejected',
  unknown: (order) => order.unknown,
};

interface Filter {
  readonly status: StatusFilter;
  readonly instrument: string;
}

export function OrderBlotter() {
  const { orders, older, instrument, me, mayCancel, workspace } = useDesk();
  const more = useMore(older.orders, orders);
  const all = useSyncExternalStore(orders.watch, orders.list);
  const [filter, setFilter] = useState<Filter>({ status: 'all', instrument: '' });
  const [replacing, setReplacing] = useState<OrderView | null>(null);
  const columns = useMemo(() => {
    const written = orderColumns(me.permissions.includes('seeAllFirms'));
    const actions = actionColumn<OrderView>('actions', '', 122, (order) => (
      <OrderActions order={order} onReplace={setReplacing} />
    ));
    return mayCancel ? [...written, actions] : written;
  }, [me.permissions, mayCancel]);
  const rows = useMemo(
    () =>
      all.filter(
        (order) =>
          passesStatus[filter.status](order) &&
          (filter.instrument === '' || order.instrument === filter.instrument),
      ),
    [all, filter],
  );
  const given = [
    ...statusFilters
      .filter(({ value }) => value === filter.status && value !== 'all')
      .map(({ label }) => label),
    ...(filter.instrument === '' ? [] : [instrument(filter.instrument)?.symbol ?? filter.instrument]),
  ];
  return (
    <>
      <Grid
        name="orders"
        title="Orders"
        testId="blotter-orders"
        columns={columns}
        rows={rows}
        rowKey={orderKey}
        card={(order) => <OrderCard order={order} onReplace={setReplacing} />}
        empty={orders.synced ? 'No orders' : 'Waiting for orders …'}
        arrivedMs={(key) => orders.arrivedMs(key)}
        rowTone={rowTone}
        given={given}
        more={more}
        onOpen={(order) => workspace.openOrder(order.orderId)}
        choices={<OrderChoices filter={filter} onFilter={setFilter} />}
        actions={mayCancel && <CancelAllButton />}
      />
      <ReplaceDialog order={replacing} onClose={() => setReplacing(null)} />
    </>
  );
}

function rowTone(order: OrderView): string {
  if (order.status === 'rejected') return 'rejected';
  return isOpen(order) || order.status === 'filled' ? '' : 'closed';
}

interface OrderChoicesProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

function OrderChoices({ filter, onFilter }: OrderChoicesProps) {
  const { instruments } = useDesk();
  const choices = [
    { value: '', label: 'All instruments' },
    ...instruments.map((instrument) => ({ value: instrument.id, label: instrument.symbol })),
  ];
  return (
    <>
      <Select<StatusFilter>
        size="small"
        value={filter.status}
        style={{ width: 150 }}
        options={[...statusFilters]}
        aria-label="Status"
        data-testid="orders-filter-status"
        onChange={(status) => onFilter({ ...filter, status })}
      />
      <Select
        size="small"
        value={filter.instrument}
        style={{ width: 140 }}
        options={choices}
        showSearch
        aria-label="Instrument"
        data-testid="orders-filter-instrument"
        onChange={(instrument) => onFilter({ ...filter, instrument })}
      />
    </>
  );
}

function CancelAllButton() {
  const { workspace } = useDesk();
  return (
    <Button
      size="small"
      danger
      icon={<StopOutlined />}
      data-testid="orders-cancel-all"
      onClick={() => workspace.dialog.set('cancelAll')}
    >
      Cancel all
    </Button>
  );
}
