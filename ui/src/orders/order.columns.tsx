/** Columns of the order blotter and of the execution blotter. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import { byDecimal, byText, type Column } from '../blotter/columns.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import { statusTone, statusWord, timeAndDay } from './order.words.ts';

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

/** @param severalFirms an administrator sees more than one firm. */
export function orderColumns(severalFirms: boolean): readonly Column<OrderView>[] {
  const firm: Column<OrderView>[] = severalFirms
    ? [
        {
          key: 'firm',
          title: 'Firm',
          width: 84,
          text: (order) => order.firm,
          compare: byText((order) => order.firm),
        },
      ]
    : [];
  return [
    {
      key: 'createdAt',
      title: 'Time',
      width: 84,
      text: (order) => timeAndDay(order.createdAt, new Date()),
      compare: byText((order) => order.createdAt),
    },
    {
      key: 'status',
      title: 'Status',
      width: 104,
      text: statusText,
      cell: (order) => <StatusCell order={order} />,
      compare: byText(statusText),
    },
    {
      key: 'symbol',
      title: 'Instrument',
      width: 92,
      text: (order) => order.symbol,
      compare: byText((order) => order.symbol),
    },
    {
      key: 'side',
      title: 'Side',
      width: 54,
      text: (order) => sideWord(order.side),
      cell: (order) => <SideCell side={order.side} />,
      compare: byText((order) => order.side),
    },
    {
      key: 'quantity',
      title: 'Quantity',
      width: 104,
      numeric: true,
      text: (order) => groupedDecimal(order.quantity),
      compare: byDecimal((order) => order.quantity),
    },
    {
      key: 'price',
      title: 'Price',
      width: 88,
      numeric: true,
      text: (order) => order.price ?? 'Market',
      compare: byDecimal((order) => order.price),
    },
    {
      key: 'filledQuantity',
      title: 'Filled',
      width: 104,
      numeric: true,
      text: (order) => groupedDecimal(order.filledQuantity),
      compare: byDecimal((order) => order.filledQuantity),
    },
    {
      key: 'averagePrice',
      title: 'Average',
      width: 88,
      numeric: true,
      text: (order) => order.averagePrice ?? '',
      compare: byDecimal((order) => order.averagePrice),
    },
    {
      key: 'timeInForce',
      title: 'TIF',
      width: 52,
      text: (order) => order.timeInForce.toUpperCase(),
      compare: byText((order) => order.timeInForce),
    },
    {
      key: 'text',
      title: 'Reason',
      width: 260,
      text: reasonText,
      compare: byText(reasonText),
      cell: (order) => <span title={reasonText(order)}>{reasonText(order)}</span>,
    },
    ...firm,
    {
      key: 'account',
      title: 'Account',
      width: 90,
      text: (order) => order.account,
      compare: byText((order) => order.account),
    },
    {
      key: 'trader',
      title: 'Trader',
      width: 90,
      text: (order) => order.trader,
      compare: byText((order) => order.trader),
    },
    {
      key: 'channel',
      title: 'Via',
      width: 52,
      text: (order) => order.channel.toUpperCase(),
      compare: byText((order) => order.channel),
    },
    {
      key: 'orderId',
      title: 'Order',
      width: 110,
      text: (order) => order.orderId,
      compare: byText((order) => order.orderId),
    },
    {
      key: 'clOrdId',
      title: 'ClOrdID',
      width: 150,
      text: (order) => order.clOrdId,
      compare: byText((order) => order.clOrdId),
    },
  ];
}

export const executionColumns: readonly Column<ExecutionView>[] = [
  {
    key: 'at',
    title: 'Time',
    width: 84,
    text: (row) => timeAndDay(row.at, new Date()),
    compare: byText((row) => row.at),
  },
  {
    key: 'symbol',
    title: 'Instrument',
    width: 92,
    text: (row) => row.symbol,
    compare: byText((row) => row.symbol),
  },
  {
    key: 'side',
    title: 'Side',
    width: 54,
    text: (row) => sideWord(row.side),
    cell: (row) => <SideCell side={row.side} />,
    compare: byText((row) => row.side),
  },
  {
    key: 'quantity',
    title: 'Quantity',
    width: 110,
    numeric: true,
    text: (row) => groupedDecimal(row.quantity),
    compare: byDecimal((row) => row.quantity),
  },
  {
    key: 'price',
    title: 'Price',
    width: 92,
    numeric: true,
    text: (row) => row.price,
    compare: byDecimal((row) => row.price),
  },
  { key: 'venue', title: 'Venue', width: 96, text: (row) => row.venue, compare: byText((row) => row.venue) },
  {
    key: 'account',
    title: 'Account',
    width: 90,
    text: (row) => row.account,
    compare: byText((row) => row.account),
  },
  {
    key: 'execId',
    title: 'ExecID',
    width: 150,
    text: (row) => row.execId,
    compare: byText((row) => row.execId),
  },
  {
    key: 'orderId',
    title: 'Order',
    width: 110,
    text: (row) => row.orderId,
    compare: byText((row) => row.orderId),
  },
  {
    key: 'clOrdId',
    title: 'ClOrdID',
    width: 150,
    text: (row) => row.clOrdId,
    compare: byText((row) => row.clOrdId),
  },
  {
    key: 'venueExecId',
    title: 'Venue ExecID',
    width: 150,
    text: (row) => row.venueExecId,
    compare: byText((row) => row.venueExecId),
  },
];
