/** The day's profit and loss, by hand and against a twin that values cash and position at both ends. */
import fc from 'fast-check';
import { parseBigDecimal } from '@tidegate/core/number/decimal';
import { describe, expect, it } from 'vitest';
import { dayPnl, dayText, dayTotal } from './day.pnl.ts';

const held = (quantity: string, averagePrice: string | null, realizedPnl: string) => ({
  quantity,
  averagePrice,
  realizedPnl,
});
const mid = (text: string): bigint => parseBigDecimal(text, 12)!;
const flat = held('0', null, '0');

describe('the day’s profit and loss', () => {
  it('is what was realised since, and what the unrealised has changed by', () => {
    const opening = held('1000000', '1.08000', '500');
    const day = dayPnl(held('400000', '1.08000', '1700'), opening, '1.08100', mid('1.08300'))!;
    expect(dayText(day.realized)).toBe('1200.00');
    // 1,200 of 400,000 at 30 pips, less the 1,000 that it began with.
    expect(dayText(day.unrealized)).toBe('200.00');
    expect(dayText(dayTotal(day))).toBe('1400.00');
  });

  it('needs no mark for what was opened today, and no price for what is flat', () => {
    const opened = dayPnl(held('100', '2', '0'), flat, undefined, mid('3'))!;
    expect(dayText(dayTotal(opened))).toBe('100.00');
    const closed = dayPnl(held('0', null, '7'), held('100', '2', '0'), '2.05', undefined)!;
    expect([dayText(closed.realized), dayText(closed.unrealized)]).toEqual(['7.00', '-5.00']);
  });

  it('is not known without what it needs', () => {
    const one = held('100', '2', '0');
    expect(dayPnl(one, undefined, '2', mid('2'))).toBeUndefined();
    expect(dayText(dayTotal(dayPnl(one, one, undefined, mid('2'))))).toBe('');
    expect(dayText(dayTotal(dayPnl(one, one, '2', undefined)))).toBe('');
    expect(dayText(dayPnl(one, one, undefined, mid('2'))!.realized)).toBe('0.00');
  });

  it('is what cash and position are worth now, less what they were worth then', () => {
    const fill = fc.record({
      quantity: fc.integer({ min: -50, max: 50 }).filter((quantity) => quantity !== 0),
      price: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(
        fc.array(fill, { maxLength: 12 }),
        fc.nat({ max: 12 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        (fills, cut, mark, now) => {
          const opening = bookOf(fills.slice(0, cut));
          const position = bookOf(fills);
          const worth = (of: Booked, price: number): number => of.cash + of.quantity * price;
          const day = dayPnl(viewOf(position), viewOf(opening), String(mark), mid(String(now)))!;
          const expected = worth(position, now) - worth(opening, mark);
          // Averages that do not end are cut at twelve decimals.
          expect(Number(dayTotal(day)) / 1e24).toBeCloseTo(expected, 6);
        },
      ),
    );
  });
});

interface Booked {
  readonly quantity: number;
  readonly cash: number;
}

function bookOf(fills: readonly { readonly quantity: number; readonly price: number }[]): Booked {
  let [quantity, cash] = [0, 0];
  for (const one of fills) {
    quantity += one.quantity;
    cash -= one.quantity * one.price;
  }
  return { quantity, cash };
}

/** Any average serves, as long as realised and unrealised add up to what cash says. */
function viewOf({ quantity, cash }: Booked) {
  const average = 7;
  const realized = cash + quantity * average;
  return held(String(quantity), quantity === 0 ? null : String(average), String(realized));
}
