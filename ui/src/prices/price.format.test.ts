/** Prices, spreads, sizes and ages as text. */
import fc from 'fast-check';
import { formatDecimal } from '@tidegate/core/number/decimal';
import { describe, expect, it } from 'vitest';
import { ageText, groupedDecimal, priceDigits, shortSize, spreadPips } from './price.format.ts';

const scales = (priceScale: number, pipScale: number) => ({ priceScale, pipScale, quantityScale: 2 });

describe('priceDigits', () => {
  it.each([
    ['1.08412', 5, 4, ['1.08', '41', '2']],
    ['1.0841', 5, 4, ['1.08', '41', '0']],
    ['151.234', 3, 2, ['151.', '23', '4']],
    ['9.5', 3, 2, ['9.', '50', '0']],
    ['2345.67', 2, 1, ['234', '5.6', '7']],
    ['64250.5', 1, 0, ['642', '50', '.5']],
    ['7', 0, 0, ['', '7', '']],
    ['1.0841', 4, 4, ['1.08', '41', '']],
    ['0.00001', 5, 4, ['0.00', '00', '1']],
  ])('cuts %s (scale %i, pip %i)', (text, priceScale, pipScale, [big, pips, tenths]) => {
    expect(priceDigits(text, scales(priceScale, pipScale))).toEqual({ big, pips, tenths });
  });

  it('joined is the price again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        (points, priceScale, pipScale) => {
          const text = formatDecimal(points, priceScale);
          const { big, pips, tenths } = priceDigits(text, scales(priceScale, pipScale));
          expect(big + pips + tenths).toBe(text);
        },
      ),
    );
  });

  it('shows as it is what it cannot read', () => {
    expect(priceDigits('n/a', scales(5, 4))).toEqual({ big: '', pips: 'n/a', tenths: '' });
  });
});

describe('spreadPips', () => {
  it.each([
    ['1.08412', '1.08419', 5, 4, '0.7'],
    ['1.08412', '1.08512', 5, 4, '10.0'],
    ['151.23', '151.245', 3, 2, '1.5'],
    ['1.08419', '1.08412', 5, 4, '-0.7'],
    ['10', '12', 0, 2, '200'],
  ])('%s to %s', (bid, ask, priceScale, pipScale, pips) => {
    expect(spreadPips(bid, ask, scales(priceScale, pipScale))).toBe(pips);
  });
  it('is empty without both sides', () => {
    expect(spreadPips(null, '1.0', scales(5, 4)) + spreadPips('1.0', null, scales(5, 4))).toBe('');
  });
});

describe('sizes and ages', () => {
  it.each([
    ['1000000', '1M'],
    ['2500000.00', '2.5M'],
    ['500000', '500k'],
    ['12345678', '12.34M'],
    ['999', '999'],
    ['-1000000', '-1M'],
    ['1000000000', '1B'],
    ['0', '0'],
    ['0.5', '0.5'],
    ['x', 'x'],
  ])('shortens %s to %s', (text, short) => {
    expect(shortSize(text)).toBe(short);
  });
  it.each([
    ['1000000', '1,000,000'],
    ['-2500.50', '-2,500.5'],
    ['100', '100'],
    ['1.00', '1'],
    ['abc', 'abc'],
  ])('groups %s as %s', (text, grouped) => {
    expect(groupedDecimal(text)).toBe(grouped);
  });
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1234, '1.2s'],
    [9999, '9.9s'],
    [48_300, '48s'],
    [180_000, '3m'],
    [4e6, '>1h'],
  ])('ages %i ms as %s', (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });
});
