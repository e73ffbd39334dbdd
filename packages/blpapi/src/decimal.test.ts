import { describe, expect, it } from 'vitest';
import { decimalText } from './decimal.ts';

describe('decimal text of a double', () => {
  it('[DC1] is the shortest that reads back, without an exponent', () => {
    const samples: readonly (readonly [number, string])[] = [
      [1.08345, '1.08345'],
      [0.1 + 0.2, '0.30000000000000004'],
      [1.5e-7, '0.00000015'],
      [-1.5e-7, '-0.00000015'],
      [1e21, '1000000000000000000000'],
      [1.234e22, '12340000000000000000000'],
      [-0, '0'],
      [151.875, '151.875'],
    ];
    for (const [value, text] of samples) {
      expect(decimalText(value)).toBe(text);
      expect(Number(decimalText(value))).toBe(value === 0 ? 0 : value);
    }
  });

  it('[DC2] is refused, not rounded, when the scale is too small', () => {
    expect(decimalText(1.08345, 5)).toBe('1.08345');
    expect(decimalText(1.08345, 4)).toBeUndefined();
    expect(decimalText(2, 0)).toBe('2');
    expect(decimalText(1.5e-7, 8)).toBe('0.00000015');
  });

  it('[DC3] does not exist for what is no number', () => {
    for (const value of [NaN, Infinity, -Infinity]) expect(decimalText(value)).toBeUndefined();
  });
});
