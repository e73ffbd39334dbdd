import { describe, expect, it } from 'vitest';
import { CorrelationIds } from './correlation.ts';
import { BlpError } from './errors.ts';

describe('correlation ids', () => {
  it('[CI1] are integers that are never given out twice', () => {
    const ids = new CorrelationIds<string>(10);
    const seen = new Set<number>();
    for (let round = 0; round < 1000; round++) {
      const id = ids.open('owner');
      expect(Number.isSafeInteger(id) && id > 0 && !seen.has(id)).toBe(true);
      seen.add(id);
      expect(ids.close(id)).toBe('owner');
    }
    expect(ids.size).toBe(0);
  });

  it('[CI2] are limited while open', () => {
    const ids = new CorrelationIds<string>(2);
    const first = ids.open('a');
    ids.open('b');
    expect(() => ids.open('c')).toThrow(BlpError);
    ids.close(first);
    expect(ids.owner(ids.open('c'))).toBe('c');
    expect([...ids.closeAll().values()]).toEqual(['b', 'c']);
    expect(ids.size).toBe(0);
  });
});
