/**
 * Half a minute of `acceptance/fuzz.ts` over decoder, validator and session, from a seed that changes with
 * the day; a failure names the seed that repeats it. Ten minutes and more: `node
 * packages/fix/acceptance/fuzz.ts`.
 */
import { expect, it } from 'vitest';
import { fuzz } from '../../acceptance/fuzz.ts';

const MILLISECONDS = 30_000;
const seed = Math.floor(Date.now() / 86_400_000);

it(`finds nothing from seed ${seed} on`, { timeout: 4 * MILLISECONDS }, async () => {
  const run = await fuzz(seed, MILLISECONDS);
  expect(run.error, `seed ${run.failedSeed}`).toBeUndefined();
  expect(run.rounds).toBeGreaterThan(100);
});
