/** Token buckets by a clock of our own. */
import { describe, expect, it } from 'vitest';
import { Rate, Rates } from './rate.ts';

class TestClock {
  ms = 0;
  nowMs = (): number => this.ms;
  monoMs = (): number => this.ms;
}

describe('rate', () => {
  it('gives a burst, then as many as come in', () => {
    const clock = new TestClock();
    const rate = new Rate({ clock, perSecond: 10, burst: 3 });
    const taken = () => Array.from({ length: 10 }, () => rate.take()).filter(Boolean).length;
    expect(taken()).toBe(3);
    clock.ms = 100;
    expect(taken()).toBe(1);
    clock.ms = 199;
    expect(taken()).toBe(0);
    clock.ms = 200;
    expect(taken()).toBe(1);
    clock.ms = 1_000_000;
    expect(taken()).toBe(3);
  });

  it('keeps a bucket per key, and forgets those not used for longest', () => {
    const clock = new TestClock();
    const rates = new Rates({ clock, perSecond: 1, burst: 1, keysMax: 2 });
    expect([rates.take('a'), rates.take('a'), rates.take('b'), rates.take('a')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(rates.take('c')).toBe(true); // b goes, a was used after it
    expect([rates.take('a'), rates.take('b')]).toEqual([false, true]);
  });
});
