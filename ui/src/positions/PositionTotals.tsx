/**
 * Over the positions: profit and loss in a currency of choice with the age of the rates, and what each
 * currency is held of. Read a few times a second, not with each price.
 */
import { Select } from 'antd';
import { useEffect, useState } from 'react';
import type { PositionView } from '@tidegate/wire/orders';
import { useDesk, type Desk } from '../desk.ts';
import type { DayOf } from './day.pnl.ts';
import { groupedMoney, midOf } from './pnl.ts';
import { ageText } from '../prices/price.format.ts';
import { totalsIn, type Quotes, type Summed, type Totals } from './exposure.ts';

const KEY = 'tidegate.positionCurrency';
const READ_MS = 500;
const OLD_MS = 5_000;

function quotesOf({ instruments, prices }: Pick<Desk, 'instruments' | 'prices'>): Quotes {
  return {
    instruments,
    mid: (id) => {
      const held = prices.get(id);
      const value = midOf(held?.price);
      if (held === undefined || value === undefined) return undefined;
      return { value, ageMs: Math.max(0, held.price.ageMs + performance.now() - held.arrivedMs) };
    },
  };
}

export interface PositionTotalsProps {
  readonly positions: readonly PositionView[];
  /** Of the day that `dayOf` is about. */
  readonly tradeDate: string;
  readonly dayOf: DayOf;
}

export function PositionTotals({ positions, tradeDate, dayOf }: PositionTotalsProps) {
  const desk = useDesk();
  const { instruments, prices } = desk;
  const [currency, setCurrency] = useState(() => localStorage.getItem(KEY) ?? 'USD');
  const [totals, setTotals] = useState<Totals | null>(null);
  useEffect(() => {
    const quotes = quotesOf({ instruments, prices });
    const read = (): void => setTotals(totalsIn(positions, quotes, currency, dayOf));
    read();
    const timer = setInterval(read, READ_MS);
    return () => clearInterval(timer);
  }, [positions, instruments, prices, currency, dayOf]);
  const currencies = [
    ...new Set(instruments.flatMap(({ baseCurrency, quoteCurrency }) => [baseCurrency, quoteCurrency])),
  ].toSorted();
  const choose = (next: string): void => {
    localStorage.setItem(KEY, next);
    setCurrency(next);
  };
  return (
    <div className="position-totals" data-testid="position-totals">
      <Select
        size="small"
        value={currency}
        options={[...new Set([...currencies, currency])].map((one) => ({ value: one, label: one }))}
        aria-label="Totals in"
        data-testid="positions-currency"
        onChange={choose}
      />
      {totals !== null && <Sums totals={totals} currency={currency} tradeDate={tradeDate} />}
    </div>
  );
}

interface SumsProps {
  readonly totals: Totals;
  readonly currency: string;
  readonly tradeDate: string;
}

function Sums({ totals, currency, tradeDate }: SumsProps) {
  const { ageMs, exposure } = totals;
  const isOld = ageMs !== null && ageMs > OLD_MS;
  return (
    <>
      <Sum label="Realised" sum={totals.realized} currency={currency} testId="positions-realized" />
      <Sum label="Unrealised" sum={totals.unrealized} currency={currency} testId="positions-unrealized" />
      <Sum label="Total" sum={totals.total} currency={currency} testId="positions-total" />
      {tradeDate !== '' && (
        <Sum label={`Day ${tradeDate}`} sum={totals.day} currency={currency} testId="positions-day" />
      )}
      {ageMs !== null && (
        <span className={isOld ? 'warn-text' : 'faint'} data-testid="positions-rate-age">
          rates {ageText(ageMs)} old
        </span>
      )}
      <ul className="exposure" aria-label="Exposure by currency" data-testid="positions-exposure">
        {exposure.map(({ currency: one, held, value }) => (
          <li
            key={one}
            title={value === null ? `no rate to ${currency}` : `${groupedMoney(value)} ${currency}`}
          >
            <b>{one}</b>{' '}
            <span className="live-money" data-sign={held.startsWith('-') ? 'minus' : 'plus'}>
              {groupedMoney(held)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

interface SumProps {
  readonly label: string;
  readonly sum: Summed;
  readonly currency: string;
  readonly testId: string;
}

function Sum({ label, sum, currency, testId }: SumProps) {
  const { text, missing } = sum;
  const sign = text === null || !/[1-9]/.test(text) ? 'zero' : text.startsWith('-') ? 'minus' : 'plus';
  return (
    <span className="position-sum">
      <span className="faint">{label}</span>{' '}
      <b className="live-money" data-sign={sign} data-testid={testId}>
        {text === null ? `not known for ${missing.join(', ')}` : `${groupedMoney(text)} ${currency}`}
      </b>
    </span>
  );
}
