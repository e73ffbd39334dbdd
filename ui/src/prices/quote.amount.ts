/** A size given in the quote currency: how much of the base currency that is at a price, never more. Pure. */
import { formatDecimal, parseBigDecimal, parseDecimal } from '@tidegate/core/number/decimal';
import type { InstrumentView } from '@tidegate/wire/rest';
import { parseSize } from './size.ts';

type Terms = Pick<
  InstrumentView,
  'priceScale' | 'quantityScale' | 'quantityMin' | 'quantityMax' | 'quantityStep'
>;

/** Money is typed by the same grammar as sizes; two decimals, no limits of its own. */
const money = { quantityScale: 2, quantityMin: '0.01', quantityMax: '10000000000000', quantityStep: '0.01' };

/** Plain text of the base quantity, rounded down to a step; null for what is no amount or no price. */
export function baseOfQuote(amount: string, price: string | null, terms: Terms): string | null {
  const typed = parseSize(amount, money);
  const points = price === null ? undefined : parseDecimal(price, terms.priceScale);
  if (!typed.ok || points === undefined || points <= 0) return null;
  const scaled = parseBigDecimal(typed.text, terms.priceScale + terms.quantityScale + money.quantityScale);
  if (scaled === undefined) return null;
  const lots = scaled / BigInt(points) / 10n ** BigInt(money.quantityScale);
  const step = BigInt(Math.max(1, parseDecimal(terms.quantityStep, terms.quantityScale) ?? 1));
  const whole = lots - (lots % step);
  return whole > BigInt(Number.MAX_SAFE_INTEGER) ? null : formatDecimal(Number(whole), terms.quantityScale);
}
