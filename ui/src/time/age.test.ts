/** Ages for people. */
import { expect, it } from 'vitest';
import { ageText } from './age.ts';

it('says how long ago something was', () => {
  const ages = [-50, 999, 1_000, 59_999, 61_000, 3_600_000, 47 * 3_600_000, 49 * 3_600_000];
  expect(ages.map(ageText)).toEqual([
    'now',
    'now',
    '1 s',
    '59 s',
    '1 min 1 s',
    '1 h 0 min',
    '47 h 0 min',
    '2 d',
  ]);
});
