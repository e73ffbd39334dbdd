/** Sizes and times as the sessions page shows them. */
import { expect, it } from 'vitest';
import { byteSize, microseconds } from './bytes.ts';

it('shows sizes', () => {
  expect([0, 999, 1_400, 2_500_000, 250_000_000].map(byteSize)).toEqual([
    '0 B',
    '999 B',
    '1.4 kB',
    '2.5 MB',
    '250 MB',
  ]);
});

it('shows times', () => {
  expect([0, 85, 1_240, 250_000, 999_600, 1_500_000].map(microseconds)).toEqual([
    '0 µs',
    '85 µs',
    '1.2 ms',
    '250 ms',
    '1000 ms',
    '1.5 s',
  ]);
});
