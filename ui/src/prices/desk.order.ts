/**
 * The order of tiles on a desk: dollar pairs by what is traded most, then crosses, then metals and the
 * rest. Currencies in the order of turnover of the BIS survey of 2022.
 */
import type { InstrumentView } from '@tidegate/wire/rest';

const byTurnover = [
  'USD',
  'EUR',
  'JPY',
  'GBP',
  'CNH',
  'AUD',
  'CAD',
  'CHF',
  'HKD',
  'SGD',
  'SEK',
  'NOK',
  'NZD',
  'MXN',
  'ZAR',
];
const metals = ['XAU', 'XAG', 'XPT', 'XPD'];

type Pair = Pick<InstrumentView, 'id' | 'baseCurrency' | 'quoteCurrency'>;

export function deskOrder<T extends Pair>(instruments: readonly T[]): readonly T[] {
  return [...instruments].sort((left, right) => {
    const [a, b] = [places(left), places(right)];
    return a.kind - b.kind || a.first - b.first || a.second - b.second || (left.id < right.id ? -1 : 1);
  });
}

function places({ baseCurrency, quoteCurrency }: Pair): { kind: number; first: number; second: number } {
  const [base, quote] = [byTurnover.indexOf(baseCurrency), byTurnover.indexOf(quoteCurrency)];
  if (base >= 0 && quote >= 0)
    return { kind: 0, first: Math.min(base, quote), second: Math.max(base, quote) };
  const metal = metals.indexOf(baseCurrency);
  return { kind: metal >= 0 ? 1 : 2, first: Math.max(metal, 0), second: Math.max(quote, 0) };
}
