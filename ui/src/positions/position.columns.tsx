/**
 * Columns of the positions table. Live columns are painted by LiveMoney; the export takes their value of
 * that moment.
 */
import type { PositionView } from '@tidegate/wire/orders';
import { byDecimal, byText, type Column } from '../blotter/columns.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import type { Prices } from '../prices/prices.state.ts';
import { LiveMoney } from './LiveMoney.tsx';
import { groupedMoney, midOf, midText, money, unrealizedPnl } from './pnl.ts';
import './positions.css';

export function SignedMoney({ text }: { readonly text: string }) {
  const sign = !/[1-9]/.test(text) ? 'zero' : text.startsWith('-') ? 'minus' : 'plus';
  return (
    <span className="live-money" data-sign={sign}>
      {groupedMoney(text)}
    </span>
  );
}

/** Short, long or flat. */
export const quantityTone = (quantity: string): string =>
  !/[1-9]/.test(quantity) ? 'soft' : quantity.startsWith('-') ? 'sell-text' : 'buy-text';

export function positionColumns(prices: Prices, severalFirms: boolean): readonly Column<PositionView>[] {
  const mid = (row: PositionView): bigint | undefined => midOf(prices.get(row.instrument)?.price);
  const unrealized = (row: PositionView): string => unrealizedPnl(row, mid(row)) ?? '';
  const firm: Column<PositionView>[] = severalFirms
    ? [
        {
          key: 'firm',
          title: 'Firm',
          width: 100,
          text: (row) => row.firm,
          compare: byText((row) => row.firm),
        },
      ]
    : [];
  return [
    ...firm,
    {
      key: 'account',
      title: 'Account',
      width: 110,
      text: (row) => row.account,
      compare: byText((row) => row.account),
    },
    {
      key: 'symbol',
      title: 'Instrument',
      width: 104,
      text: (row) => row.symbol,
      compare: byText((row) => row.symbol),
    },
    {
      key: 'quantity',
      title: 'Position',
      width: 130,
      numeric: true,
      text: (row) => groupedDecimal(row.quantity),
      cell: (row) => <span className={quantityTone(row.quantity)}>{groupedDecimal(row.quantity)}</span>,
      compare: byDecimal((row) => row.quantity),
    },
    {
      key: 'averagePrice',
      title: 'Average',
      width: 110,
      numeric: true,
      text: (row) => row.averagePrice ?? '',
      compare: byDecimal((row) => row.averagePrice),
    },
    {
      key: 'mid',
      title: 'Mid',
      width: 110,
      numeric: true,
      text: (row) => midText(mid(row), 5),
      cell: (row) => <LiveMoney position={row} what="mid" />,
    },
    {
      key: 'unrealized',
      title: 'Unrealised',
      width: 130,
      numeric: true,
      text: (row) => groupedMoney(unrealized(row)),
      cell: (row) => <LiveMoney position={row} what="unrealized" />,
      compare: byDecimal(unrealized),
    },
    {
      key: 'realized',
      title: 'Realised',
      width: 130,
      numeric: true,
      text: (row) => groupedMoney(money(row.realizedPnl)),
      cell: (row) => <SignedMoney text={money(row.realizedPnl)} />,
      compare: byDecimal((row) => row.realizedPnl),
    },
    {
      key: 'quoteCurrency',
      title: 'In',
      width: 60,
      text: (row) => row.quoteCurrency,
      compare: byText((row) => row.quoteCurrency),
    },
  ];
}
