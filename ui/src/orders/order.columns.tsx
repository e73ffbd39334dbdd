/** Columns of the order blotter and of the execution blotter. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { byText, decimalColumn, textColumn, type Column } from '../blotter/columns.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { executionTone, executionWord, statusTone, statusWord, timeAndDay } from './order.words.ts';

const sideWord = (side: OrderView['side']): string => (side === 'buy' ? 'Buy' : 'Sell');

export function SideCell({ side }: { readonly side: OrderView['side'] }) {
  return <span className={side === 'buy' ? 'buy-text' : 'sell-text'}>{sideWord(side)}</span>;
}

export function StatusCell({ order }: { readonly order: OrderView }) {
  return (
    <span className="chip" data-tone={statusTone(order)} data-status={order.status}>
      {statusText(order)}
    </span>
  );
}

const statusText = (order: OrderView): string => (order.unknown ? 'Unknown' : statusWord[order.status]);
const reasonText = (order: OrderView): string =>
  [order.code ?? '', order.text].filter((part) => part !== '').join(' · ');

const decisive: readonly Column<OrderView>[] = [
  textColumn('createdAt', 'Time', 84, (order) => timeAndDay(order.createdAt, new Date()), {
    compare: byText((order) => order.createdAt),
  }),
  textColumn('status', 'Status', 104, statusText, { cell: (order) => <StatusCell order={order} /> }),
  textColumn('symbol', 'Instrument', 92, (order) => order.symbol),
  textColumn('side', 'Side', 54, (order) => sideWord(order.side), {
    cell: (order) => <SideCell side={order.side} />,
  }),
  decimalColumn(
    'quantity',
    'Quantity',
    104,
    (order) => order.quantity,
    (order) => groupedDecimal(order.quantity),
  ),
  decimalColumn(
    'price',
    'Price',
    88,
    (order) => order.price,
    (order) => order.price ?? 'Market',
  ),
  decimalColumn(
    'filledQuantity',
    'Filled',
    104,
    (order) => order.filledQuantity,
    (order) => groupedDecimal(order.filledQuantity),
  ),
  decimalColumn(
    'averagePrice',
    'Average',
    88,
    (order) => order.averagePrice,
    (order) => order.averagePrice ?? '',
  ),
  textColumn('timeInForce', 'TIF', 52, (order) => order.timeInForce.toUpperCase()),
  textColumn('text', 'Reason', 260, reasonText, {
    cell: (order) => <span title={reasonText(order)}>{reasonText(order)}</span>,
  }),
];

const origin: readonly Column<OrderView>[] = [
  textColumn('account', 'Account', 90, (order) => order.account),
  textColumn('trader', 'Trader', 90, (order) => order.trader),
  textColumn('channel', 'Via', 52, (order) => order.channel.toUpperCase()),
  textColumn('orderId', 'Order', 110, (order) => order.orderId),
  textColumn('clOrdId', 'ClOrdID', 150, (order) => order.clOrdId),
];

/** @param severalFirms an administrator sees more than one firm. */
export function orderColumns(severalFirms: boolean): readonly Column<OrderView>[] {
  const firm = severalFirms ? [textColumn<OrderView>('firm', 'Firm', 84, (order) => order.firm)] : [];
  return [...decisive, ...firm, ...origin];
}

/** `seesProviders`: whether the provider and its ExecID are told. */
export function executionColumns(seesProviders: boolean): readonly Column<ExecutionView>[] {
  return seesProviders ? executions : executions.filter(({ key }) => !ofProviders.has(key));
}

export function ExecutionTypeCell({ execution }: { readonly execution: ExecutionView }) {
  return (
    <span className="chip" data-tone={executionTone[execution.execType]} data-exec-type={execution.execType}>
      {executionWord[execution.execType]}
    </span>
  );
}

const ofProviders: ReadonlySet<string> = new Set(['venue', 'venueExecId']);
const executions: readonly Column<ExecutionView>[] = [
  textColumn('at', 'Time', 84, (row) => timeAndDay(row.at, new Date()), { compare: byText((row) => row.at) }),
  textColumn('execType', 'Type', 92, (row) => executionWord[row.execType], {
    cell: (row) => <ExecutionTypeCell execution={row} />,
  }),
  textColumn('symbol', 'Instrument', 92, (row) => row.symbol),
  textColumn('side', 'Side', 54, (row) => sideWord(row.side), {
    cell: (row) => <SideCell side={row.side} />,
  }),
  decimalColumn(
    'quantity',
    'Quantity',
    110,
    (row) => row.quantity,
    (row) => groupedDecimal(row.quantity),
  ),
  decimalColumn(
    'price',
    'Price',
    92,
    (row) => row.price,
    (row) => row.price,
  ),
  textColumn('venue', 'Venue', 96, (row) => row.venue),
  textColumn('account', 'Account', 90, (row) => row.account),
  textColumn('execId', 'ExecID', 150, (row) => row.execId),
  textColumn('execRefId', 'Of ExecID', 150, (row) => row.execRefId ?? ''),
  textColumn('orderId', 'Order', 110, (row) => row.orderId),
  textColumn('clOrdId', 'ClOrdID', 150, (row) => row.clOrdId),
  textColumn('venueExecId', 'Venue ExecID', 150, (row) => row.venueExecId),
];
