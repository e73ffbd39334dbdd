/** What my size costs against the levels, exactly, rounded against me. */
import { describe, expect, it } from 'vitest';
import { depthRows, largestLevel, sweep, type Levels } from './sweep.ts';

const scales = { priceScale: 5, pipScale: 4, quantityScale: 0 };
const asks: Levels = [
  ['1.08410', '1000000', 'A', 0],
  ['1.08413', '2000000', 'B', 0],
  ['1.08420', '5000000', 'C', 0],
];
const bids: Levels = [
  ['1.08400', '1000000', 'A', 0],
  ['1.08397', '2000000', 'B', 0],
];

describe('sweep', () => {
  it.each([
    [1_000_000, '1.08410', '1.08410', 1],
    [3_000_000, '1.08412', '1.08413', 2],
    [2_000_000, '1.08412', '1.08413', 2],
    [8_000_000, '1.08417', '1.08420', 3],
  ])('buys %i', (lots, average, worst, levels) => {
    expect(sweep(asks, lots, 'buy', scales)).toEqual({ average, worst, levels });
  });
  it('rounds a buy up and a sell down', () => {
    // 1.5M at 1.08410 and 1.08413: exactly 1.08411; 2M: 1.084115
    expect(sweep(asks, 2_000_000, 'buy', scales).average).toBe('1.08412');
    expect(sweep(bids, 2_000_000, 'sell', scales).average).toBe('1.08398');
  });
  it('has no average when the levels are too thin or there is no size', () => {
    expect(sweep(bids, 3_000_001, 'sell', scales)).toEqual({ average: null, worst: '1.08397', levels: 2 });
    expect(sweep([], 1, 'buy', scales).average).toBeNull();
    expect(sweep(asks, 0, 'buy', scales).average).toBeNull();
  });
});

describe('depthRows', () => {
  it('runs totals, marks what my size reaches and scales the bars', () => {
    const rows = depthRows(asks, 1_500_000, 'buy', scales, largestLevel({ bids, asks }, scales));
    expect(rows.map((row) => [row.cumulative, row.average, row.reached, row.share])).toEqual([
      ['1000000', '1.08410', true, 20],
      ['3000000', '1.08412', true, 40],
      ['8000000', '1.08417', false, 100],
    ]);
  });
});
