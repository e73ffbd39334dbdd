/**
 * Columns of the positions table. Live columns are painted by LiveMoney; the export takes their value of
 * that moment.
 */
import type { PositionView } from '@tidegate/wire/orders';
import { decimalColumn, setColumn, type Column } from '../grid/columns.ts';
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

/** Averages have eight decimals, so that their points stand under each other. */
const AVERAGE_DECIMALS = 8;
function paddedDecimal(text: string): string {
  if (text === '') return '';
  const [whole = '', decimals = ''] = text.split('.');
  return `${whole}.${decimals.padEnd(AVERAGE_DECIMALS, '0')}`;
}

/** Short, long or flat. */
export const quantityTone = (quantity: string): string =>
  !/[1-9]/.test(quantity) ? 'soft' : quantity.startsWith('-') ? 'sell-text' : 'buy-text';

type Position = Column<PositionView>;

/** @param scaleOf price scale of an instrument, for the mid. */
export function positionColumns(
  prices: Prices,
  scaleOf: (instrument: string) => number,
  severalFirms: boolean,
): readonly Position[] {
  const mid = (row: PositionView): bigint | undefined => midOf(prices.get(row.instrument)?.price);
  const unrealized = (row: PositionView): string => unrealizedPnl(row, mid(row)) ?? '';
  const live: readonly Position[] = [
    {
      key: 'mid',
      title: 'Mid',
      width: 110,
      kind: 'number',
      numeric: true,
      text: (row) => midText(mid(row), scaleOf(row.instrument)),
      cell: (row) => <LiveMoney position={row} what="mid" />,
    },
    decimalColumn('unrealized', 'Unrealised', 130, unrealized, (row) => groupedMoney(unrealized(row)), {
      cell: (row) => <LiveMoney position={row} what="unrealized" />,
    }),
  ];
  const firm = severalFirms ? [setColumn<PositionView>('firm', 'Firm', 100, (row) => row.firm)] : [];
  return [...firm, ...held, ...live, ...earned];
}

const held: readonly Position[] = [
  setColumn('account', 'Account', 110, (row) => row.account),
  setColumn('symbol', 'Instrument', 104, (row) => row.symbol),
  decimalColumn(
    'quantity',
    'Position',
    130,
    (row) => row.quantity,
    (row) => groupedDecimal(row.quantity),
    {
      cell: (row) => <span className={quantityTone(row.quantity)}>{groupedDecimal(row.quantity)}</span>,
    },
  ),
  decimalColumn(
    'averagePrice',
    'Average',
    110,
    (row) => row.averagePrice,
    (row) => paddedDecimal(row.averagePrice ?? ''),
  ),
];

const earned: readonly Position[] = [
  decimalColumn(
    'realized',
    'Realised',
    130,
    (row) => row.realizedPnl,
    (row) => groupedMoney(money(row.realizedPnl)),
    {
      cell: (row) => <SignedMoney text={money(row.realizedPnl)} />,
    },
  ),
  setColumn('quoteCurrency', 'In', 60, (row) => row.quoteCurrency),
];
