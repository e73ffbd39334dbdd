/**
 * Two engines and a bad network, for some hundred seeds; `acceptance/network.ts` plays as many as it is told
 * to.
 */
import { describe, expect, it } from 'vitest';
import { playSeed } from '../../acceptance/network.ts';

const SEEDS = 500;

describe('two engines and a bad network', () => {
  it(`lose nothing and repeat nothing, ${SEEDS} seeds`, async () => {
    let crashes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) crashes += await playSeed(seed);
    expect(crashes).toBeGreaterThan(SEEDS);
  });
});
