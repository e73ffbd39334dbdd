/** What a dealer types as a size. */
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
    ['1.m', '1000000'],
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

describe('stepSize', () => {
  it.each([
    ['1m', 1, '1001000'],
    ['1m', -1, '999000'],
    ['1000', -1, '1000'],
    ['50m', 5, '50000000'],
    ['rubbish', 1, '2000'],
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
