import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  divideRounded,
  formatBigDecimal,
  formatDecimal,
  multiply,
  parseBigDecimal,
  parseDecimal,
  rescale,
  trimBigDecimal,
  trimDecimal,
} from './decimal.ts';

const scales = fc.integer({ min: 0, max: 12 });
const safe = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

describe('parseDecimal', () => {
  it.each([
    ['1.0823', 5, 108_230],
    ['0', 5, 0],
    ['-0', 2, 0],
    ['-1.5', 1, -15],
    ['.5', 2, 50],
    ['5.', 2, 500],
    ['0001', 0, 1],
    ['1.08230000000', 5, 108_230],
    ['1.000', 0, 1],
    ['9007199254740991', 0, 9_007_199_254_740_991],
    ['90071992547.40991', 5, 9_007_199_254_740_991],
    ['00000000000000000000000001', 0, 1],
  ])('reads %s at scale %i', (text, scale, units) => {
    expect(parseDecimal(text, scale)).toBe(units);
  });

  it.each([
    '',
    '-',
    '.',
    '-.',
    '+1',
    '1e5',
    ' 1',
    '1 ',
    '1..2',
    '1.2.3',
    '--1',
    '0x1',
    'NaN',
    '1,5',
    '1.082301',
    '9007199254740992',
    '99999999999999999999',
    '90071992547409.92',
    '1'.repeat(65),
  ])('refuses %j', (text) => {
    expect(parseDecimal(text, 5)).toBeUndefined();
  });

  it('reads back what formatDecimal and trimDecimal write', () => {
    fc.assert(
      fc.property(safe, scales, (units, scale) => {
        expect(parseDecimal(formatDecimal(units, scale), scale)).toBe(units);
        expect(parseDecimal(trimDecimal(units, scale), scale)).toBe(units);
      }),
    );
  });

  it('agrees with exact arithmetic on arbitrary text', () => {
    const texts = fc.stringMatching(/^-?\d{0,18}(\.\d{0,14})?$/);
    fc.assert(
      fc.property(texts, scales, (text, scale) => {
        const exact = parseBigDecimal(text, scale);
        const most = BigInt(Number.MAX_SAFE_INTEGER);
        const fits = exact !== undefined && exact <= most && exact >= -most;
        expect(parseDecimal(text, scale)).toBe(fits ? Number(exact) : undefined);
      }),
      { numRuns: 500 },
    );
  });
});

describe('formatting', () => {
  it('writes fixed and shortest text', () => {
    expect(formatDecimal(108_230, 5)).toBe('1.08230');
    expect(formatDecimal(-5, 2)).toBe('-0.05');
    expect(formatDecimal(-0, 0)).toBe('0');
    expect(trimDecimal(108_230, 5)).toBe('1.0823');
    expect(trimDecimal(100, 2)).toBe('1');
    expect(trimDecimal(100, 0)).toBe('100');
    expect(trimBigDecimal(-123_450_000_000_000_000_000_000n, 12)).toBe('-123450000000');
    expect(formatBigDecimal(5n, 3)).toBe('0.005');
  });

  it('refuses a number that is no safe integer', () => {
    expect(() => formatDecimal(2 ** 53, 2)).toThrow(/safe integer/);
    expect(() => formatDecimal(0.5, 2)).toThrow(/safe integer/);
  });
});

describe('products', () => {
  it('multiplies exactly beyond 2^53', () => {
    fc.assert(
      fc.property(safe, safe, (left, right) => {
        expect(multiply(left, right)).toBe(BigInt(left) * BigInt(right));
      }),
    );
  });

  it.each([
    [7n, 2n, 3n, 4n, 4n, 3n],
    [-7n, 2n, -3n, -4n, -4n, -4n],
    [5n, 2n, 2n, 3n, 2n, 2n],
    [-5n, 2n, -2n, -3n, -2n, -3n],
    [7n, -2n, -3n, -4n, -4n, -4n],
    [6n, 3n, 2n, 2n, 2n, 2n],
    [1n, 3n, 0n, 1n, 0n, 0n],
    [-1n, 3n, 0n, -1n, 0n, -1n],
  ])('divides %s by %s', (n, d, down, up, halfEven, towardUs) => {
    expect(divideRounded(n, d, 'down')).toBe(down);
    expect(divideRounded(n, d, 'up')).toBe(up);
    expect(divideRounded(n, d, 'halfEven')).toBe(halfEven);
    expect(divideRounded(n, d, 'towardUs')).toBe(towardUs);
  });

  it('never divides by zero', () => {
    expect(() => divideRounded(1n, 0n, 'down')).toThrow(/zero/);
  });

  it('rescales up exactly and down with the mode', () => {
    expect(rescale(15n, 1, 3, 'down')).toBe(1500n);
    expect(rescale(15n, 1, 0, 'halfEven')).toBe(2n);
    expect(rescale(25n, 1, 0, 'halfEven')).toBe(2n);
    expect(rescale(-11n, 1, 0, 'towardUs')).toBe(-2n);
  });
});
