import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoff', () => {
  it('doubles from the least to the most, with up to half taken away by jitter', () => {
    const least = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoffMs(failures, 1_000, 30_000, 0));
    expect(least).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    const most = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoffMs(failures, 1_000, 30_000, 0.999));
    for (const [index, ceiling] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      expect(most[index]).toBeGreaterThan(ceiling * 0.99);
      expect(most[index]).toBeLessThan(ceiling);
    }
  });

  it('waits the least after a session that was logged on', () => {
    expect(backoffMs(0, 1_000, 30_000, 0.5)).toBe(750);
  });
});
