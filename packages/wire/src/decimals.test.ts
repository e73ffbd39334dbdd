import { describe, expect, it } from 'vitest';
import { decimalText, positiveDecimalText } from './decimals.ts';

describe('decimals of REST and the stream', () => {
  it.each(['0.5', '1', '1.10000', '0001.1', '99999999999999999999.12345678'])('are text: %s', (text) => {
    expect(positiveDecimalText.parse(text)).toBe(text);
    expect(decimalText.parse(`-${text}`)).toBe(`-${text}`);
  });

  // What others write for a number is not guessed at: a float has lost its digits before we see it.
  it.each([
    1.1,
    0.1 + 0.2,
    1e21,
    '.5',
    '5.',
    '1e5',
    '+1',
    ' 1',
    '1 ',
    '1,5',
    '1_000',
    '0x1',
    'NaN',
    '',
    null,
  ])('and nothing else: %j', (value) => {
    expect(positiveDecimalText.safeParse(value).success).toBe(false);
    expect(decimalText.safeParse(value).success).toBe(false);
  });

  it('are positive where they have to be', () => {
    for (const text of ['0', '0.000', '-1']) expect(positiveDecimalText.safeParse(text).success).toBe(false);
  });
});
