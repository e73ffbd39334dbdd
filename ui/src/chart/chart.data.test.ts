/** What of orders and fills is in a chart, and the least move of its scale. */
import type { ExecutionView, OrderView } from '@tidegate/wire/orders';
import type { InstrumentView } from '@tidegate/wire/rest';
import { describe, expect, it } from 'vitest';
import { chartScale, fillMarks, orderLines } from './chart.data.ts';

const instrument = { id: 'EURUSD', priceScale: 5, pipScale: 4 } as InstrumentView;

describe('a chart', () => {
  it('tells apart the last digit of a price', () => {
    expect(chartScale(instrument)).toEqual({
      precision: 5,
      minMove: 0.00001,
      pointsPerUnit: 100_000,
      pointsPerPip: 10,
    });
    expect(chartScale({ ...instrument, priceScale: 0, pipScale: 0 })).toMatchObject({ minMove: 1 });
  });

  it('has lines for what works at a price', () => {
    const order = { instrument: 'EURUSD', status: 'new', side: 'buy', price: '1.08000', quantity: '1000000' };
    const orders = [
      order,
      { ...order, instrument: 'USDJPY' },
      { ...order, status: 'filled' },
      { ...order, price: null },
      { ...order, side: 'sell', status: 'partiallyFilled', price: '1.09' },
    ] as unknown as OrderView[];
    expect(orderLines(orders, instrument)).toMatchObject([
      { price: 1.08, title: 'buy 1M' },
      { price: 1.09, title: 'sell 1M' },
    ]);
  });

  it('has marks for fills that stand, oldest first', () => {
    const fill = (execId: string, at: string, more: Partial<ExecutionView> = {}): ExecutionView =>
      ({
        execId,
        execType: 'trade',
        execRefId: null,
        instrument: 'EURUSD',
        side: 'sell',
        quantity: '500000',
        price: '1.0841',
        at,
        ...more,
      }) as ExecutionView;
    const marks = fillMarks(
      [
        fill('3', '2026-03-02T10:00:03Z'),
        fill('c', '2026-03-02T10:00:02Z', { execType: 'cancel', execRefId: '2' }),
        fill('2', '2026-03-02T10:00:01Z'),
        fill('1', '2026-03-02T10:00:00Z', { side: 'buy' }),
      ],
      instrument,
      { buy: 'b', sell: 's' },
    );
    expect(marks.map(({ text, color, shape }) => [text, color, shape])).toEqual([
      ['500k @ 1.0841', 'b', 'arrowUp'],
      ['500k @ 1.0841', 's', 'arrowDown'],
    ]);
    expect(Number(marks[1]!.time) - Number(marks[0]!.time)).toBe(3);
  });
});
