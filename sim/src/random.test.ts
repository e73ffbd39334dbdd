/** Seeded randomness, and the schedule. */
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';
import { Schedule } from './schedule.ts';

describe('random', () => {
  it('repeats itself for the same seed and label only', () => {
    const draw = (seed: number, label: string): number[] => {
      const random = new Random(seed, label);
      return Array.from({ length: 50 }, () => random.uint32());
    };
    expect(draw(7, 'a')).toEqual(draw(7, 'a'));
    expect(draw(7, 'a')).not.toEqual(draw(7, 'b'));
    expect(draw(7, 'a')).not.toEqual(draw(8, 'a'));
    expect(draw(7, '')).not.toEqual(draw(7 + 2 ** 32, ''));
  });

  it('is even enough', () => {
    const random = new Random(42);
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 100_000; index += 1) {
      const bucket = random.between(0, 9);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('draws normals of mean 0 and variance 1', () => {
    const random = new Random(5);
    let sum = 0;
    let squares = 0;
    for (let index = 0; index < 100_000; index += 1) {
      const value = random.normal();
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / 100_000)).toBeLessThan(0.02);
    expect(Math.abs(squares / 100_000 - 1)).toBeLessThan(0.02);
  });

  it('refuses what is no seed', () => {
    expect(() => new Random(-1)).toThrow('seed');
    expect(() => new Random(1.5)).toThrow('seed');
  });
});

describe('schedule', () => {
  it('gives items by due time, equal times in the order they came', () => {
    const random = new Random(9);
    const schedule = new Schedule<number>();
    const items = Array.from({ length: 1_000 }, (_, item) => ({ dueMs: random.between(0, 50), item }));
    for (const { dueMs, item } of items) schedule.add(dueMs, item);
    const expected = [...items].sort((one, other) => one.dueMs - other.dueMs || one.item - other.item);
    const taken: number[] = [];
    for (let item = schedule.take(50); item !== undefined; item = schedule.take(50)) taken.push(item);
    expect(taken).toEqual(expected.map((each) => each.item));
    expect(schedule.size).toBe(0);
  });

  it('keeps what is not due', () => {
    const schedule = new Schedule<string>();
    schedule.add(10, 'later');
    expect(schedule.take(9.9)).toBeUndefined();
    expect(schedule.nextDueMs).toBe(10);
    expect(schedule.take(10)).toBe('later');
    expect(schedule.nextDueMs).toBeUndefined();
  });
});
