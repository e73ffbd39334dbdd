/** What only the bus in memory promises: fairness, turns, frozen messages. */
import { topic } from '@tidegate/wire/topic';
import { describe, expect, it } from 'vitest';
import { MemoryBus } from './bus.memory.ts';
import { turn, until } from '../testing/until.ts';

const busy = topic<number>('quote', 'lp1', 'EURUSD');
const rare = topic<number>('order', 'event', 'firm1');

describe('memory bus', () => {
  it('serves a subscriber with little to do while another has a long queue', async () => {
    const bus = new MemoryBus();
    let handled = 0;
    let handledBefore = -1;
    bus.subscribe(busy, () => void (handled += 1));
    bus.subscribe(rare, () => void (handledBefore = handled));
    for (let n = 0; n < 10_000; n += 1) bus.publish(busy, n);
    bus.publish(rare, 1);
    await until(() => handled === 10_000);
    expect(handledBefore).toBeGreaterThan(-1);
    expect(handledBefore).toBeLessThan(100);
    await bus.close();
  });

  it('gives other work of the process its turn while handlers keep each other busy', async () => {
    const bus = new MemoryBus({ budgetMs: 0.1 });
    let isOver = false;
    let delivered = 0;
    bus.subscribe(busy, (n) => {
      delivered += 1;
      if (!isOver) bus.publish(busy, n + 1);
    });
    bus.publish(busy, 0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    isOver = true;
    expect(delivered).toBeGreaterThan(0);
    await bus.close();
  });

  it('keeps the order of one topic when a drain ends in the middle of a round', async () => {
    const bus = new MemoryBus({ budgetMs: 0 });
    const received: number[][] = [[], [], []];
    for (const list of received) bus.subscribe(busy, (n) => void list.push(n));
    for (let n = 0; n < 500; n += 1) bus.publish(busy, n);
    await until(() => received.every((list) => list.length === 500));
    for (const list of received) expect(list).toEqual(Array.from({ length: 500 }, (_, n) => n));
    await bus.close();
  });

  it('serves prompt subscribers behind what is running, before anything else gets a turn', async () => {
    const bus = new MemoryBus();
    const seen: string[] = [];
    bus.subscribe(rare, (n) => void seen.push(`later ${n}`));
    const prompt = { isPrompt: true };
    bus.subscribe(busy, (n) => void seen.push(`sent ${n}`), prompt);
    bus.subscribe(rare, (n) => bus.publish(busy, n), prompt);
    setImmediate(() => seen.push('a turn'));
    bus.publish(rare, 1);
    seen.push('published');
    await Promise.resolve();
    expect(seen).toEqual(['published', 'sent 1']);
    await until(() => seen.length === 4);
    expect(seen.slice(2).sort()).toEqual(['a turn', 'later 1']);
    await bus.close();
  });

  it('lets a burst for prompt subscribers, and those that keep each other busy, wait for turns', async () => {
    const bus = new MemoryBus();
    let isOver = false;
    const received: number[] = [];
    bus.subscribe(busy, (n) => void received.push(n), { isPrompt: true });
    bus.subscribe(rare, (n) => (isOver ? undefined : bus.publish(rare, n + 1)), { isPrompt: true });
    for (let n = 0; n < 1_000; n += 1) bus.publish(busy, n);
    await Promise.resolve();
    expect(received.length).toBeGreaterThan(0);
    expect(received.length).toBeLessThan(100);
    bus.publish(rare, 0);
    await new Promise((resolve) => setTimeout(resolve, 0));
    isOver = true;
    await until(() => received.length === 1_000);
    expect(received).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    await bus.close();
  });

  it('finds new subscribers of a subject that it has already looked up', async () => {
    const bus = new MemoryBus();
    const seen: string[] = [];
    bus.publish(busy, 0);
    bus.subscribe(busy, () => void seen.push('exact'));
    bus.publish(busy, 1);
    const wild = bus.subscribe(topic<number>('quote', '>'), () => void seen.push('wild'));
    bus.publish(busy, 2);
    await turn();
    wild.unsubscribe();
    bus.publish(busy, 3);
    await turn();
    expect(seen.sort()).toEqual(['exact', 'exact', 'exact', 'wild']);
    await bus.close();
  });

  it('refuses a request that its responder had no room for', async () => {
    const bus = new MemoryBus();
    const ask = topic<number, number>('order', 'command', 'firm1');
    bus.respond(ask, (n) => n);
    const replies = Array.from({ length: 65_537 }, (_, n) => bus.request(ask, n, { timeoutMs: 60_000 }));
    await expect(replies[0]).rejects.toMatchObject({ code: 'BUS_TIMEOUT' });
    expect((await Promise.allSettled(replies)).filter(({ status }) => status === 'rejected').length).toBe(1);
    await bus.close();
  });

  it('refuses open requests when it closes', async () => {
    const bus = new MemoryBus();
    const ask = topic<number, number>('order', 'command', 'firm1');
    const responder = bus.respond(ask, () => new Promise(() => undefined));
    const reply = bus.request(ask, 1, { timeoutMs: 60_000 });
    const outcome = reply.catch((error: unknown) => error);
    responder.unsubscribe();
    await bus.close();
    expect(await outcome).toMatchObject({ code: 'BUS_TIMEOUT' });
  });
});

describe('memory bus with freeze', () => {
  it('freezes what is published, so that a handler that changes it fails', async () => {
    const errors: unknown[] = [];
    const bus = new MemoryBus({ freeze: true, onHandlerError: (error) => void errors.push(error) });
    const image = topic<{ levels: number[][] }>('quote', 'lp1', 'image');
    bus.subscribe(image, (message) => void message.levels[0]!.push(1));
    const message = { levels: [[1]] };
    bus.publish(image, message);
    await turn();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(() => void (message.levels = [])).toThrow(TypeError);
    await bus.close();
  });

  it('refuses what JSON would lose', async () => {
    const bus = new MemoryBus({ freeze: true });
    const any = topic<unknown>('any');
    for (const value of [
      Number.NaN,
      1n,
      new Date(0),
      new Map(),
      [undefined],
      { f: () => 1 },
      new (class Quote {})(),
    ]) {
      expect(() => bus.publish(any, { value })).toThrow(/JSON/);
    }
    await bus.close();
  });
});
