/** A dealer's own sizes: presets, maximum, confirmation, and limits far through the market. */
import { describe, expect, it } from 'vitest';
import {
  isFarThrough,
  keptSizes,
  parseOwnSize,
  readOwnSizes,
  usualSizes,
  wantsConfirmation,
} from './own.sizes.ts';

const rules = { quantityScale: 2, quantityMin: '1', quantityMax: '100000000', quantityStep: '0.01' };
const typed = { presets: '500k 1m/2.5m', maximum: '5m', confirmAbove: '2m' };
const own = { presets: ['500000'], maximum: '5000000', confirmAbove: '2000000' };

describe('own sizes', () => {
  it('begin as round multiples within the instrument’s limits', () => {
    expect(usualSizes(rules)).toEqual({
      presets: ['1000000', '2000000', '5000000', '10000000'],
      maximum: '10000000',
      confirmAbove: '5000000',
    });
    const small = { quantityScale: 0, quantityMin: '5', quantityMax: '20', quantityStep: '5' };
    for (const text of [...usualSizes(small).presets, usualSizes(small).maximum])
      expect(Number(text)).toBeLessThanOrEqual(20);
  });

  it('are read by the one grammar of sizes', () => {
    expect(readOwnSizes(typed, rules)).toEqual({
      ok: true,
      sizes: { presets: ['500000', '1000000', '2500000'], maximum: '5000000', confirmAbove: '2000000' },
    });
    for (const wrong of [
      { ...typed, presets: '' },
      { ...typed, presets: '1 2 3 4 5' },
      { ...typed, presets: '2,5m' },
      { ...typed, maximum: '' },
      { ...typed, confirmAbove: '200m' },
    ])
      expect(readOwnSizes(wrong, rules).ok).toBe(false);
  });

  it('stop a size over the own maximum and ask above the soft limit', () => {
    expect(parseOwnSize('5m', rules, own)).toMatchObject({ ok: true });
    expect(parseOwnSize('5.01m', rules, own)).toEqual({
      ok: false,
      code: 'TOO_LARGE',
      reason: 'Over your own maximum of 5M',
    });
    expect(wantsConfirmation(200_000_000, rules, own)).toBe(false);
    expect(wantsConfirmation(200_000_001, rules, own)).toBe(true);
  });

  it('are kept as typed; what is not ours is left', () => {
    expect(keptSizes(JSON.stringify({ EURUSD: typed, X: 1, Y: null })).get('EURUSD')).toEqual(typed);
    expect(keptSizes(JSON.stringify({ X: 1 })).size).toBe(0);
    for (const text of [null, '', '[', '3']) expect(keptSizes(text).size).toBe(0);
  });
});

describe('isFarThrough', () => {
  it.each([
    ['buy', '1.08508', '1.08400', false],
    ['buy', '1.08509', '1.08400', true],
    ['buy', '1.08000', '1.08400', false],
    ['sell', '1.08292', '1.08400', false],
    ['sell', '1.08291', '1.08400', true],
    ['sell', '1.09000', '1.08400', false],
  ] as const)('%s at %s against %s is %s', (side, limit, best, far) => {
    expect(isFarThrough(side, limit, best, 5)).toBe(far);
    expect(isFarThrough(side, limit, null, 5)).toBe(false);
  });
});
