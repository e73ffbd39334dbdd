/**
 * Orders, live: filter, sort, cancel, cancel all, replace, older pages, and a CSV of exactly the visible
 * rows.
 */
import { DownloadOutlined, SearchOutlined, StopOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useMemo, useState, useSyncExternalStore } from 'react';
import type { OrderView } from '@tidegate/wire/orders';
import { problemText } from '../api/problems.ts';
import { BlotterCards } from '../blotter/BlotterCards.tsx';
import { BlotterTable } from '../blotter/BlotterTable.tsx';
import { matchesText, visibleRows, type Column, type Sort } from '../blotter/columns.ts';
import { csvOf, saveCsv } from '../blotter/csv.ts';
import { orderKey, useDesk } from '../desk.ts';
import { useNarrow } from '../narrow.ts';
import { OrderActions } from './OrderActions.tsx';
import { OrderCard } from './OrderCard.tsx';
import { orderColumns } from './order.columns.tsx';
import { isOpen } from './order.words.ts';
import { ReplaceDialog } from './ReplaceDialog.tsx';

type StatusFilter = 'all' | 'open' | 'filled' | 'closed' | 'rejected' | 'unknown';

const statusFilters: readonly { readonly value: StatusFilter; readonly label: string }[] = [
  { value: 'all', label: 'All orders' },
  { value: 'open', label: 'Open' },
  { value: 'filled', label: 'Filled' },
  { value: 'closed', label: 'Cancelled, expired' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'unknown', label: 'Outcome unknown' },
];

const passesStatus: Readonly<Record<StatusFilter, (order: OrderView) => boolean>> = {
  all: () => true,
  open: isOpen,
  filled: (order) => order.status === 'filled',
  closed: (order) => order.status === 'canceled' || order.status === 'expired',
  rejected: (order) => order.status === 'rejected',
  unknown: (order) => order.unknown,
};

interface Filter {
  readonly status: StatusFilter;
  readonly instrument: string;
  readonly typed: string;
}

export function OrderBlotter() {
  const { orders, me, mayTrade } = useDesk();
  const narrow = useNarrow();
  const all = useSyncExternalStore(orders.watch, orders.list);
  const [filter, setFilter] = useState<Filter>({ status: 'all', instrument: '', typed: '' });
  const [sort, setSort] = useState<Sort | null>(null);
  const [replacing, setReplacing] = useState<OrderView | null>(null);
  const columns = useMemo(() => {
    const actions: Column<OrderView> = {
      key: 'actions',
      title: '',
      width: 122,
      text: () => '',
      screenOnly: true,
      fixed: true,
      cell: (order) => <OrderActions order={order} onReplace={setReplacing} />,
    };
    const written = orderColumns(me.role === 'admin');
    return mayTrade ? [...written, actions] : written;
  }, [me.role, mayTrade]);
  const rows = useMemo(
    () =>
      visibleRows(
        all,
        columns,
        (order) =>
          passesStatus[filter.status](order) &&
          (filter.instrument === '' || order.instrument === filter.instrument) &&
          matchesText(order, columns, filter.typed),
        sort,
      ),
    [all, columns, filter, sort],
  );
  return (
    <div className="blotter" data-testid="blotter-orders" data-rows={rows.length}>
      <OrderBar
        filter={filter}
        onFilter={setFilter}
        shown={rows.length}
        total={all.length}
        onExport={() => saveCsv('tidegate-orders.csv', csvOf(columns, rows))}
      />
      {narrow ? (
        <BlotterCards
          rows={rows}
          rowKey={orderKey}
          empty="No orders"
          card={(order) => <OrderCard order={order} onReplace={setReplacing} />}
        />
      ) : (
        <BlotterTable
          columns={columns}
          rows={rows}
          rowKey={orderKey}
          sort={sort}
          onSort={setSort}
          arrivedMs={(key) => orders.arrivedMs(key)}
          empty={orders.synced ? 'No orders' : 'Waiting for orders …'}
          rowTone={rowTone}
        />
      )}
      <ReplaceDialog order={replacing} onClose={() => setReplacing(null)} />
    </div>
  );
}

function rowTone(order: OrderView): string {
  if (order.status === 'rejected') return 'rejected';
  return isOpen(order) || order.status === 'filled' ? '' : 'closed';
}

interface OrderBarProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly shown: number;
  readonly total: number;
  readonly onExport: () => void;
}

function OrderBar({ filter, onFilter, shown, total, onExport }: OrderBarProps) {
  const { instruments, workspace, mayTrade } = useDesk();
  const choices = [
    { value: '', label: 'All instruments' },
    ...instruments.map((instrument) => ({ value: instrument.id, label: instrument.symbol })),
  ];
  return (
    <div className="blotter-bar">
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
      <Input
        size="small"
        allowClear
        prefix={<SearchOutlined />}
        placeholder="Find"
        value={filter.typed}
        className="wide-only"
        aria-label="Find in orders"
        data-testid="orders-filter-text"
        onChange={(event) => onFilter({ ...filter, typed: event.target.value })}
      />
      <span className="blotter-count" data-testid="orders-count">
        {shown === total ? total : `${shown} of ${total}`}
      </span>
      <span className="spacer" />
      <OlderOrders />
      <Button
        size="small"
        icon={<DownloadOutlined />}
        onClick={onExport}
        data-testid="orders-export"
        title="The visible rows as CSV"
      >
        CSV
      </Button>
      {mayTrade && (
        <Button
          size="small"
          danger
          icon={<StopOutlined />}
          data-testid="orders-cancel-all"
          onClick={() => workspace.dialog.set('cancelAll')}
        >
          Cancel all
        </Button>
      )}
    </div>
  );
}

/** The stream gives recent orders; what is older is read page by page. */
function OlderOrders() {
  const { api, orders, notices } = useDesk();
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<'more' | 'reading' | 'end'>('more');
  const read = async (): Promise<void> => {
    setState('reading');
    try {
      const page = await api.orders(next);
      orders.append(page.items);
      setNext(page.next);
      setState(page.next === null ? 'end' : 'more');
    } catch (error) {
      setState('more');
      notices.tell('bad', problemText(error));
    }
  };
  return (
    <Button
      size="small"
      type="text"
      disabled={state !== 'more'}
      loading={state === 'reading'}
      className="wide-only"
      data-testid="orders-older"
      onClick={() => void read()}
    >
      {state === 'end' ? 'All loaded' : 'Older'}
    </Button>
  );
}
