/** What a dealer types as a size. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSize, parseSize, stepSize } from './size.ts';

const rules = { quantityScale: 2, quantityMin: '1000', quantityMax: '50000000', quantityStep: '1000' };
const fine = { quantityScale: 2, quantityMin: '0.01', quantityMax: '100', quantityStep: '0.01' };

describe('parseSize', () => {
  it.each([
    ['1m', '1000000'],
    ['1M', '1000000'],
    ['2.5m', '2500000'],
    ['500k', '500000'],
    ['500K', '500000'],
    ['1,000,000', '1000000'],
    [' 1 000 000 ', '1000000'],
    ['1_000_000', '1000000'],
    ['0.05b', '50000000'],
    ['1000', '1000'],
    ['1.234567m', undefined],
    ['1.234m', '1234000'],
    ['0001000', '1000'],
  ])('%s', (typed, text) => {
    const size = parseSize(typed, rules);
    expect(size.ok ? size.text : undefined).toBe(text);
  });

  it.each([
    ['', 'EMPTY'],
    ['  ', 'EMPTY'],
    ['m', 'NOT_A_SIZE'],
    ['-1m', 'NOT_A_SIZE'],
    ['1mm', 'NOT_A_SIZE'],
    ['1e6', 'NOT_A_SIZE'],
    ['1.5.5', 'NOT_A_SIZE'],
    ['2,5m', 'NOT_A_SIZE'],
    ['10,00', 'NOT_A_SIZE'],
    ['1,5', 'NOT_A_SIZE'],
    ['0,500', 'NOT_A_SIZE'],
    ['1,0000', 'NOT_A_SIZE'],
    ['1000,000', 'NOT_A_SIZE'],
    ['10,00,000', 'NOT_A_SIZE'],
    ['1,000 000', 'NOT_A_SIZE'],
    [',000', 'NOT_A_SIZE'],
    ['1,000,', 'NOT_A_SIZE'],
    ['1,,000', 'NOT_A_SIZE'],
    ['1.000.000', 'NOT_A_SIZE'],
    ['1.000,50', 'NOT_A_SIZE'],
    ['1000.000,000', 'NOT_A_SIZE'],
    ["1'000'000", 'NOT_A_SIZE'],
    ['2,500m', 'NOT_A_SIZE'],
    ['1 m', 'NOT_A_SIZE'],
    ['1.m', 'NOT_A_SIZE'],
    ['1t', 'NOT_A_SIZE'],
    ['١٠٠٠', 'NOT_A_SIZE'],
    ['+1', 'NOT_A_SIZE'],
    ['999', 'TOO_SMALL'],
    ['0', 'TOO_SMALL'],
    ['51m', 'TOO_LARGE'],
    ['1500.5', 'STEP'],
    ['1000.001', 'TOO_FINE'],
    ['999999999999999b', 'TOO_FINE'],
  ])('refuses %j with %s', (typed, code) => {
    expect(parseSize(typed, rules)).toMatchObject({ ok: false, code });
  });

  it('is exact at the scale', () => {
    expect(parseSize('0.07', fine)).toEqual({ ok: true, lots: 7, text: '0.07' });
    expect(parseSize('0.001', fine)).toMatchObject({ ok: false, code: 'TOO_FINE' });
  });
});

/** Every digit counts and nothing else: limits that refuse no size. */
const any = { quantityScale: 2, quantityMin: '0', quantityMax: '90000000000000', quantityStep: '0.01' };
const separator = fc.constantFrom(',', ' ', '_', '\u00a0', '\u2009', '\u202f');
const whole = fc.integer({ min: 0, max: 999_999_999_999 });
const grouped = (value: number, sign: string): string =>
  [...String(value)].reduceRight((text, digit, at, digits) => {
    const behind = digits.length - 1 - at;
    return behind > 0 && behind % 3 === 0 ? `${digit}${sign}${text}` : `${digit}${text}`;
  }, '');

describe('the grammar of sizes', () => {
  it('reads a number the same in plain digits and in groups of each separator', () => {
    fc.assert(
      fc.property(whole, fc.integer({ min: 0, max: 99 }), separator, (value, cents, sign) => {
        const decimals = `.${String(cents).padStart(2, '0')}`;
        const size = { ok: true, lots: value * 100 + cents };
        expect(parseSize(`${value}${decimals}`, any)).toMatchObject(size);
        expect(parseSize(`${grouped(value, sign)}${decimals}`, any)).toMatchObject(size);
      }),
    );
  });

  it('refuses a number with a separator where none can stand', () => {
    fc.assert(
      fc.property(whole, separator, fc.nat(20), (value, sign, at) => {
        const text = String(value);
        const cut = at % (text.length + 1);
        const typed = `${text.slice(0, cut)}${sign}${text.slice(cut)}`;
        fc.pre(typed.trim() === typed && typed !== grouped(value, sign));
        expect(parseSize(typed, any)).toMatchObject({ ok: false, code: 'NOT_A_SIZE' });
      }),
    );
  });

  it('never reads a decimal comma, whatever stands around it', () => {
    fc.assert(
      fc.property(
        whole,
        fc.stringMatching(/^\d{1,2}$/),
        fc.constantFrom('', 'k', 'm', 'b'),
        (value, rest, unit) => {
          expect(parseSize(`${value},${rest}${unit}`, any).ok).toBe(false);
        },
      ),
    );
  });

  it('makes of what it takes exactly the digits, moved by the unit, and of all else nothing', () => {
    const letter = fc.constantFrom(...'0123456789012345678901234567890,,,.._ kmby-e');
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 12 }), (typed) => {
        const size = parseSize(typed, any);
        if (!size.ok) return;
        const zeros = { k: 3, m: 6, b: 9, y: 9 }[typed.trim().at(-1) ?? ''] ?? 0;
        const digits = typed.replaceAll(/[^\d.]/g, '');
        expect(/[-e]/.test(typed)).toBe(false);
        expect(size.lots / 100).toBeCloseTo(Number(digits) * 10 ** zeros, 2);
        expect(/[, _]/.test(typed.trim()) && zeros > 0).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('stepSize', () => {
  it.each([
    ['1m', 1, '1001000'],
    ['1m', -1, '999000'],
    ['1000', -1, '1000'],
    ['50m', 5, '50000000'],
    ['', 1, '1000'],
    ['51m', -1, '50000000'],
    ['rubbish', 1, 'rubbish'],
    ['2,5m', 1, '2,5m'],
  ])('%s by %i steps', (size, steps, text) => {
    expect(stepSize(size, steps, rules)).toBe(text);
  });
});

it.each([
  ['1000', '50000000', '1000', '1000000'],
  ['0.01', '100', '0.01', '1'],
  ['0.01', '10000', '0.01', '100'],
  ['7', '50', '7', '7'],
])('starts from %s to %s in steps of %s with %s', (quantityMin, quantityMax, quantityStep, size) => {
  expect(defaultSize({ quantityScale: 2, quantityMin, quantityMax, quantityStep })).toBe(size);
});
