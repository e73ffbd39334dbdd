/** The beat of the market on a clock of the test. */
import { describe, expect, it } from 'vitest';
import { Pacer } from './pacing.ts';

/** A pacer on a clock of the test's own, which calls `run` as the timer would. */
function paced(ratePerSecond: number): { pacer: Pacer; ticks: () => number; at: (ms: number) => void } {
  let nowMs = 0;
  let ticks = 0;
  const pacer = new Pacer(
    () => {
      ticks += 1;
    },
    () => nowMs,
  );
  pacer.setRate(ratePerSecond);
  return {
    pacer,
    ticks: () => ticks,
    at: (ms) => {
      nowMs = ms;
      pacer.run();
    },
  };
}

describe('pacing', () => {
  it('makes what is due, to the tick', () => {
    const { ticks, at } = paced(20_000);
    for (let ms = 1; ms <= 1_000; ms += 1) at(ms);
    expect(ticks()).toBe(20_000);
  });

  it('is even at a slow rate', () => {
    const { ticks, at } = paced(3);
    at(333);
    expect(ticks()).toBe(0);
    at(334);
    expect(ticks()).toBe(1);
    at(666);
    expect(ticks()).toBe(1);
    at(667);
    expect(ticks()).toBe(2);
    at(1_000);
    expect(ticks()).toBe(3);
  });

  it('catches up a little, in portions, and leaves out the rest', () => {
    const { pacer, ticks, at } = paced(1_000);
    at(10_000);
    expect(ticks()).toBe(200);
    at(10_000);
    expect(ticks()).toBe(250);
    expect(pacer.counts).toEqual({ ticks: 250, skipped: 9_750 });
    at(10_001);
    expect(ticks()).toBe(251);
  });

  it('starts anew with each rate, and pauses at 0', () => {
    const { pacer, ticks, at } = paced(1_000);
    at(10);
    expect(ticks()).toBe(10);
    pacer.setRate(0);
    at(1_000);
    expect(ticks()).toBe(10);
    pacer.setRate(100);
    at(1_100);
    expect(ticks()).toBe(20);
  });
});
