import { describe, expect, it } from 'vitest';
import type { BlpBatch } from './contract.ts';
import { Delivery } from './delivery.ts';

const batch = (takenAtMs: number): BlpBatch => ({ events: [], takenAtMs });

describe('delivery', () => {
  it('[BP1] hands out one batch at a time, in order, and frees the buffer when it is done', async () => {
    const gates: (() => void)[] = [];
    const log: string[] = [];
    const delivery = new Delivery(
      async ({ takenAtMs }) => {
        log.push(`begin ${takenAtMs}`);
        await new Promise<void>((resolve) => gates.push(resolve));
        log.push(`end ${takenAtMs}`);
      },
      () => log.push('failed'),
    );
    delivery.hand(batch(1), () => log.push('free 1'));
    delivery.hand(batch(2), () => log.push('free 2'));
    expect(log).toEqual(['begin 1']);
    gates.shift()?.();
    while (gates.length === 0) await Promise.resolve();
    gates.shift()?.();
    await delivery.drained(10_000);
    expect(log).toEqual(['begin 1', 'end 1', 'free 1', 'begin 2', 'end 2', 'free 2']);
  });

  it('frees at once when the listener is synchronous', () => {
    const freed: number[] = [];
    const delivery = new Delivery(
      () => undefined,
      () => undefined,
    );
    delivery.hand(batch(1), () => freed.push(1));
    expect(freed).toEqual([1]);
  });

  it('[BP2] tells a listener that throws once, and still frees every buffer', async () => {
    const failures: unknown[] = [];
    let freed = 0;
    const delivery = new Delivery(
      () => Promise.reject(new Error('listener')),
      (error) => failures.push(String(error)),
    );
    delivery.hand(batch(1), () => void freed++);
    delivery.hand(batch(2), () => void freed++);
    await delivery.drained(10_000);
    expect(failures).toEqual(['Error: listener']);
    expect(freed).toBe(2);
  });
});
