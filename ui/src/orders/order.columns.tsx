/** Columns of the order blotter and of the execution blotter. */
import { isoDate, tradeDay } from '@tidegate/core/number/time';
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { decimalColumn, setColumn, textColumn, timeColumn, type Column } from '../grid/columns.ts';
import { useDesk } from '../desk.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { executionTone, executionWord, statusText, statusTone } from './order.words.ts';

/** Quantities are in the base currency: `EUR` of `EUR/USD`. */
const baseOf = ({ symbol }: { readonly symbol: string }): string => symbol.split('/')[0] ?? symbol;

const sideWord = (side: OrderView['side']): string => (side === 'buy' ? 'Buy' : 'Sell');

export function SideCell({ side }: { readonly side: OrderView['side'] }) {
  return <span className={side === 'buy' ? 'buy-text' : 'sell-text'}>{sideWord(side)}</span>;
}

/** Opens what is behind the order. Out of the way of Tab: Enter on the row does the same. */
export function OrderLink({ orderId }: { readonly orderId: string }) {
  const { workspace } = useDesk();
  return (
    <button
      type="button"
      className="link"
      tabIndex={-1}
      data-testid={`order-open-${orderId}`}
      onClick={() => workspace.openOrder(orderId)}
    >
      {orderId}
    </button>
  );
}

export function StatusCell({ order }: { readonly order: OrderView }) {
  return (
    <span className="chip" data-tone={statusTone(order)} data-status={order.status}>
      {shownStatus(order)}
    </span>
  );
}

const shownStatus = (order: OrderView): string => (order.unknown ? 'Unknown' : statusText(order));
const reasonText = (order: OrderView): string =>
  [order.code ?? '', order.text].filter((part) => part !== '').join(' · ');

const decisive: readonly Column<OrderView>[] = [
  timeColumn('createdAt', 'Time', (order) => order.createdAt),
  setColumn('status', 'Status', 104, shownStatus, { cell: (order) => <StatusCell order={order} /> }),
  setColumn('symbol', 'Instrument', 92, (order) => order.symbol),
  setColumn('side', 'Side', 54, (order) => sideWord(order.side), {
    cell: (order) => <SideCell side={order.side} />,
  }),
  decimalColumn(
    'quantity',
    'Quantity',
    104,
    (order) => order.quantity,
    (order) => groupedDecimal(order.quantity),
    { total: { value: (order) => order.quantity, unit: (row) => baseOf(row) } },
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
    { total: { value: (order) => order.filledQuantity, unit: (row) => baseOf(row) } },
  ),
  decimalColumn(
    'averagePrice',
    'Average',
    88,
    (order) => order.averagePrice,
    (order) => order.averagePrice ?? '',
  ),
  setColumn('timeInForce', 'TIF', 52, (order) => order.timeInForce.toUpperCase()),
  textColumn('text', 'Reason', 260, reasonText),
];

const origin: readonly Column<OrderView>[] = [
  setColumn('account', 'Account', 90, (order) => order.account),
  setColumn('trader', 'Trader', 90, (order) => order.trader),
  setColumn('channel', 'Via', 52, (order) => order.channel.toUpperCase()),
  textColumn('orderId', 'Order', 110, (order) => order.orderId, {
    cell: (order) => <OrderLink orderId={order.orderId} />,
  }),
  textColumn('clOrdId', 'ClOrdID', 150, (order) => order.clOrdId),
  timeColumn('updatedAt', 'Changed', (order) => order.updatedAt, { isExtra: true }),
];

/** @param severalFirms an administrator sees more than one firm. */
export function orderColumns(severalFirms: boolean): readonly Column<OrderView>[] {
  const firm = severalFirms ? [setColumn<OrderView>('firm', 'Firm', 84, (order) => order.firm)] : [];
  return [...decisive, ...firm, ...origin];
}

/** `severalFirms`: as of orders. `seesProviders`: whether the provider and its ExecID are told. */
export function executionColumns(
  severalFirms: boolean,
  seesProviders: boolean,
): readonly Column<ExecutionView>[] {
  const hidden = new Set([...(severalFirms ? [] : ['firm']), ...(seesProviders ? [] : ofProviders)]);
  return executions.filter(({ key }) => !hidden.has(key));
}

export function ExecutionTypeCell({ execution }: { readonly execution: ExecutionView }) {
  return (
    <span className="chip" data-tone={executionTone[execution.execType]} data-exec-type={execution.execType}>
      {executionWord[execution.execType]}
    </span>
  );
}

const ofProviders = ['venue', 'venueExecId'];
const executions: readonly Column<ExecutionView>[] = [
  timeColumn('at', 'Time', (row) => row.at),
  setColumn('execType', 'Type', 92, (row) => executionWord[row.execType], {
    cell: (row) => <ExecutionTypeCell execution={row} />,
  }),
  setColumn('symbol', 'Instrument', 92, (row) => row.symbol),
  setColumn('side', 'Side', 54, (row) => sideWord(row.side), {
    cell: (row) => <SideCell side={row.side} />,
  }),
  decimalColumn(
    'quantity',
    'Quantity',
    110,
    (row) => row.quantity,
    (row) => groupedDecimal(row.quantity),
    { total: { value: (row) => row.quantity, unit: (row) => baseOf(row) } },
  ),
  decimalColumn(
    'price',
    'Price',
    92,
    (row) => row.price,
    (row) => row.price,
  ),
  setColumn('tradeDate', 'Trade date', 90, (row) => isoDate(tradeDay(Date.parse(row.at)))),
  setColumn('valueDate', 'Value date', 90, (row) => row.valueDate ?? ''),
  setColumn('firm', 'Firm', 84, (row) => row.firm),
  setColumn('venue', 'Venue', 96, (row) => row.venue),
  setColumn('account', 'Account', 90, (row) => row.account),
  setColumn('trader', 'Trader', 90, (row) => row.trader),
  setColumn('channel', 'Via', 52, (row) => row.channel.toUpperCase()),
  setColumn('client', 'Client', 90, (row) => row.client, { isExtra: true }),
  textColumn('execId', 'ExecID', 150, (row) => row.execId),
  textColumn('execRefId', 'Of ExecID', 150, (row) => row.execRefId ?? ''),
  textColumn('orderId', 'Order', 110, (row) => row.orderId, {
    cell: (row) => <OrderLink orderId={row.orderId} />,
  }),
  textColumn('clOrdId', 'ClOrdID', 150, (row) => row.clOrdId),
  textColumn('venueExecId', 'Venue ExecID', 150, (row) => row.venueExecId),
];
