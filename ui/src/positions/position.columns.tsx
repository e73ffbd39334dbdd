/**
 * Columns of the positions table. Live columns are painted by LiveMoney; the export takes their value of
 * that moment.
 */
import type { PositionView } from '@tidegate/wire/orders';
import { decimalColumn, setColumn, type Column } from '../grid/columns.ts';
import { groupedDecimal } from '../prices/price.format.ts';
import type { Prices } from '../prices/prices.state.ts';
import { dayText, dayTotal, type DayOf } from './day.pnl.ts';
import { LiveMid, LiveMoney } from './LiveMoney.tsx';
import { groupedMoney, midOf, midText, money, signOf, unrealizedPnl } from './pnl.ts';
import './positions.css';

export function SignedMoney({ text }: { readonly text: string }) {
  return (
    <span className="live-money" data-sign={signOf(text)}>
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

type AtMid = (position: PositionView, mid: bigint | undefined) => string;
export const unrealizedAt: AtMid = (position, mid) => unrealizedPnl(position, mid) ?? '';

/**
 * @param scaleOf price scale of an instrument, for the mid.
 * @param dayOf the day's profit and loss at that mid.
 */
export function positionColumns(
  prices: Prices,
  scaleOf: (instrument: string) => number,
  severalFirms: boolean,
  dayOf: DayOf,
): readonly Position[] {
  const mid = (row: PositionView): bigint | undefined => midOf(prices.get(row.instrument)?.price);
  const atMid = (key: string, title: string, read: AtMid, more: Partial<Position> = {}): Position => {
    const now = (row: PositionView): string => read(row, mid(row));
    const cell = (row: PositionView) => <LiveMoney position={row} what={key} read={read} />;
    return decimalColumn(key, title, 130, now, (row) => groupedMoney(now(row)), { cell, ...more });
  };
  const live: readonly Position[] = [
    {
      key: 'mid',
      title: 'Mid',
      width: 110,
      kind: 'number',
      numeric: true,
      text: (row) => midText(mid(row), scaleOf(row.instrument)),
      cell: (row) => <LiveMid position={row} />,
    },
    atMid('unrealized', 'Unrealised', unrealizedAt),
  ];
  const firm = severalFirms ? [setColumn<PositionView>('firm', 'Firm', 100, (row) => row.firm)] : [];
  const ofDay: readonly Position[] = [
    atMid('day', 'Day', (row, at) => dayText(dayTotal(dayOf(row, at)))),
    atMid('dayRealized', 'Day realised', (row, at) => dayText(dayOf(row, at)?.realized), { isExtra: true }),
    atMid('dayUnrealized', 'Day unrealised', (row, at) => dayText(dayOf(row, at)?.unrealized), {
      isExtra: true,
    }),
  ];
  return [...firm, ...held, ...live, ...earned.slice(0, 1), ...ofDay, ...earned.slice(1)];
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
