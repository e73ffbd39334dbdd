/** What every bus must do; `bus.test.ts` runs it over both implementations. */
import { topic } from '@tidegate/wire/topic';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusTimeout, ResponderError, type Bus, type BusCounters } from './bus.ts';
import { turn, until } from '../testing/until.ts';

export interface BusUnderTest {
  readonly bus: Bus & { readonly counters: BusCounters };
  /**
   * Another party on the same bus: another connection, or the same object where there is only one process.
   */
  readonly peer: Bus & { readonly counters: BusCounters };
  /**
   * Resolves when subscriptions made so far are in force and what was published has arrived in the queues.
   */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const ticks = (instrument = '*') => topic<number>('quote', 'lp1', instrument);
const ask = topic<{ readonly n: number }, { readonly n: number }>('order', 'command', 'firm1');

export function busContract(name: string, start: () => Promise<BusUnderTest>): void {
  describe(`bus contract: ${name}`, () => {
    let party: BusUnderTest;
    beforeEach(async () => {
      party = await start();
    });
    afterEach(async () => {
      await party.stop();
    });
    publishing(() => party);
    handlerFaults(() => party);
    requests(() => party);
    owners(() => party);
    refusals(() => party);
    closing(() => party);
  });
}

function publishing(party: () => BusUnderTest): void {
  it('delivers every message to every subscriber, in order, with its subject', async () => {
    const { bus, peer, settle } = party();
    const first: [number, string][] = [];
    const second: number[] = [];
    bus.subscribe(ticks('EURUSD'), (message, subject) => void first.push([message, subject]));
    bus.subscribe(ticks('EURUSD'), (message) => void second.push(message));
    await settle();
    for (let n = 0; n < 1_000; n += 1) peer.publish(ticks('EURUSD'), n);
    await until(() => first.length === 1_000 && second.length === 1_000);
    expect(first).toEqual(Array.from({ length: 1_000 }, (_, n) => [n, 'quote.lp1.EURUSD']));
    expect(second).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  it('runs handlers in a later turn, never inside publish', async () => {
    const { bus, settle } = party();
    let isPublishing = false;
    let received = 0;
    const seenInside: boolean[] = [];
    bus.subscribe(ticks('EURUSD'), (depth) => {
      seenInside.push(isPublishing);
      received += 1;
      if (depth < 3) bus.publish(ticks('EURUSD'), depth + 1);
    });
    await settle();
    isPublishing = true;
    bus.publish(ticks('EURUSD'), 0);
    isPublishing = false;
    await until(() => received === 4);
    expect(seenInside).toEqual([false, false, false, false]);
  });

  it('matches * with one token and > with the rest', async () => {
    const { bus, peer, settle } = party();
    const seen: Record<string, string[]> = { one: [], rest: [], other: [], exact: [] };
    bus.subscribe(topic<number>('price', '*', 'EURUSD'), (_, subject) => void seen.one!.push(subject));
    bus.subscribe(topic<number>('price', '>'), (_, subject) => void seen.rest!.push(subject));
    bus.subscribe(topic<number>('quote', '>'), (_, subject) => void seen.other!.push(subject));
    bus.subscribe(topic<number>('price', 'gold'), (_, subject) => void seen.exact!.push(subject));
    await settle();
    for (const tokens of [
      ['price', 'gold', 'EURUSD'],
      ['price', 'gold', 'USDJPY'],
      ['price', 'gold'],
      ['price', 'gold', 'EURUSD', 'deep'],
      ['price'],
    ])
      peer.publish(topic<number>(...tokens), 1);
    await until(() => seen.rest!.length === 4);
    await settle();
    expect(seen).toEqual({
      one: ['price.gold.EURUSD'],
      rest: ['price.gold.EURUSD', 'price.gold.USDJPY', 'price.gold', 'price.gold.EURUSD.deep'],
      other: [],
      exact: ['price.gold'],
    });
  });

  it('conflates where it is asked to: of each subject the newest, in order of first arrival', async () => {
    const { bus, peer, settle } = party();
    const seen: [number, string][] = [];
    const everything: number[] = [];
    bus.subscribe(topic<number>('price', '*'), (n, subject) => void seen.push([n, subject]), {
      conflate: true,
    });
    bus.subscribe(topic<number>('price', '*'), (n) => void everything.push(n));
    await settle();
    const count = 30_000;
    for (let n = 0; n < count; n += 1) peer.publish(topic<number>('price', n % 2 === 0 ? 'even' : 'odd'), n);
    await until(() => everything.length === count && seen.length > 0 && newest(seen) === count - 1);
    expect(seen.length).toBeLessThan(count);
    for (const subject of ['price.even', 'price.odd']) {
      const numbers = seen.filter(([, one]) => one === subject).map(([n]) => n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers.at(-1)).toBeGreaterThanOrEqual(count - 2);
    }
  });

  it('drops the oldest of a full queue and counts', async () => {
    const { bus, peer, settle } = party();
    const received: number[] = [];
    const subscription = bus.subscribe(ticks('EURUSD'), (n) => void received.push(n), { queueLimit: 10 });
    const everything: number[] = [];
    bus.subscribe(ticks('EURUSD'), (n) => void everything.push(n));
    await settle();
    const count = 20_000;
    for (let n = 0; n < count; n += 1) peer.publish(ticks('EURUSD'), n);
    await until(() => received.length + subscription.dropped === count && everything.length === count);
    expect(subscription.dropped).toBeGreaterThan(0);
    expect(received.at(-1)).toBe(count - 1);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(bus.counters.dropped).toBe(subscription.dropped);
  });

  it('shows what waits by topic, and for how long', async () => {
    const { bus, peer, settle } = party();
    const waits: number[] = [];
    const lengths: (number | undefined)[] = [];
    const received: number[] = [];
    const subscription = bus.subscribe(ticks('EURUSD'), (n) => {
      waits.push(subscription.waitMs);
      lengths.push(bus.queues.find(({ topic: name }) => name === 'quote.lp1')?.length);
      received.push(n);
    });
    await settle();
    const count = 2_000;
    for (let n = 0; n < count; n += 1) peer.publish(ticks('EURUSD'), n);
    await until(() => received.length === count);
    expect(Math.max(...lengths.map((length) => length ?? 0))).toBeGreaterThan(1);
    expect([waits.at(-1), lengths.at(-1), bus.queues]).toEqual([0, undefined, []]);
    expect(Math.max(...waits)).toBeGreaterThan(0);
  });

  it('stops at unsubscribe, also for what already waits', async () => {
    const { bus, settle } = party();
    const received: number[] = [];
    const others: number[] = [];
    const subscription = bus.subscribe(ticks('EURUSD'), (n) => {
      received.push(n);
      if (n === 2) subscription.unsubscribe();
    });
    bus.subscribe(ticks(), (n) => void others.push(n));
    await settle();
    for (let n = 0; n < 10; n += 1) bus.publish(ticks('EURUSD'), n);
    await until(() => others.length === 10);
    subscription.unsubscribe();
    bus.publish(ticks('EURUSD'), 10);
    await until(() => others.length === 11);
    expect(received).toEqual([0, 1, 2]);
  });

  it('carries text of every script, nesting, and absent properties as absent', async () => {
    const { bus, peer, settle } = party();
    const image = topic<object>('quote', 'lp1', 'image');
    const received: object[] = [];
    bus.subscribe(image, (message) => void received.push(message));
    await settle();
    const message = {
      name: 'Zürich 東京 \u0001 "',
      levels: [[1, -2], []],
      none: null,
      absent: undefined,
      big: 2 ** 53 - 1,
    };
    peer.publish(image, message);
    await until(() => received.length === 1);
    expect(received[0]).toEqual(message);
  });
}

function handlerFaults(party: () => BusUnderTest): void {
  it('keeps a throwing handler from hurting itself or others, and counts', async () => {
    const { bus, peer, settle } = party();
    const survivors: number[] = [];
    let calls = 0;
    bus.subscribe(ticks('EURUSD'), () => {
      calls += 1;
      throw new Error('handler');
    });
    // What the linter forbids in services can still happen: void functions may be async to the compiler.
    const rejecting: () => unknown = () => turn().then(() => Promise.reject(new Error('async handler')));
    bus.subscribe(ticks('EURUSD'), rejecting as () => void);
    bus.subscribe(ticks('EURUSD'), (n) => void survivors.push(n));
    await settle();
    for (let n = 0; n < 5; n += 1) peer.publish(ticks('EURUSD'), n);
    await until(() => survivors.length === 5 && calls === 5 && bus.counters.handlerErrors === 10);
    expect(survivors).toEqual([0, 1, 2, 3, 4]);
  });
}

function requests(party: () => BusUnderTest): void {
  it('answers a request', async () => {
    const { bus, peer, settle } = party();
    const subjects: string[] = [];
    bus.respond(topic<{ n: number }, { n: number }>('order', 'command', '*'), ({ n }, subject) => {
      subjects.push(subject);
      return { n: n + 1 };
    });
    await settle();
    expect(await peer.request(ask, { n: 1 }, { timeoutMs: 10_000 })).toEqual({ n: 2 });
    expect(subjects).toEqual(['order.command.firm1']);
  });

  it('answers with nothing', async () => {
    const { bus, peer, settle } = party();
    const order = topic<number>('order', 'mass', 'cancel');
    bus.respond(order, () => undefined);
    await settle();
    expect(await peer.request(order, 1, { timeoutMs: 10_000 })).toBeUndefined();
  });

  it('lets a later request overtake a slow one', async () => {
    const { bus, peer, settle } = party();
    const gates: (() => void)[] = [];
    bus.respond(ask, async ({ n }) => {
      if (n === 1) await new Promise<void>((resolve) => gates.push(resolve));
      return { n };
    });
    await settle();
    const slow = peer.request(ask, { n: 1 }, { timeoutMs: 10_000 });
    expect(await peer.request(ask, { n: 2 }, { timeoutMs: 10_000 })).toEqual({ n: 2 });
    gates[0]!();
    expect(await slow).toEqual({ n: 1 });
  });

  it('lets exactly one of several responders answer', async () => {
    const { bus, peer, settle } = party();
    let answers = 0;
    const respond = ({ n }: { n: number }): { n: number } => {
      answers += 1;
      return { n };
    };
    bus.respond(ask, respond);
    bus.respond(topic<{ n: number }, { n: number }>('order', '>'), respond);
    peer.respond(ask, respond);
    await settle();
    for (let n = 0; n < 20; n += 1)
      expect(await peer.request(ask, { n }, { timeoutMs: 10_000 })).toEqual({ n });
    expect(answers).toBe(20);
  });

  it('keeps requests and messages apart', async () => {
    const { bus, peer, settle } = party();
    const seen: string[] = [];
    bus.subscribe(topic<unknown>('>'), (_, subject) => void seen.push(subject));
    let asked = 0;
    bus.respond(ask, ({ n }) => {
      asked += 1;
      return { n };
    });
    await settle();
    await peer.request(ask, { n: 1 }, { timeoutMs: 10_000 });
    peer.publish(topic<{ n: number }>('order', 'command', 'firm1'), { n: 2 });
    await until(() => seen.length > 0);
    await settle();
    expect(seen).toEqual(['order.command.firm1']);
    expect(asked).toBe(1);
  });
}

function owners(party: () => BusUnderTest): void {
  it('asks every owner and takes the first answer: a silent one keeps nothing from another', async () => {
    const { bus, peer, settle } = party();
    const heard: string[] = [];
    const silent = Promise.withResolvers<{ readonly n: number }>();
    const old = bus.respond(ask, () => (heard.push('old'), silent.promise), { isOwner: true });
    bus.respond(ask, ({ n }) => (heard.push('new'), { n: n + 1 }), { isOwner: true });
    await settle();
    for (const n of [1, 2])
      expect(await peer.request(ask, { n }, { timeoutMs: 5_000 })).toEqual({ n: n + 1 });
    await until(() => heard.length === 4);
    silent.resolve({ n: 0 });
    old.unsubscribe();
    await settle();
    expect(await peer.request(ask, { n: 3 }, { timeoutMs: 5_000 })).toEqual({ n: 4 });
    expect(heard.toSorted()).toEqual(['new', 'new', 'new', 'old', 'old']);
  });
}

function refusals(party: () => BusUnderTest): void {
  it('throws BusTimeout at once when nobody responds', async () => {
    const { peer } = party();
    // Far beyond the limit of this test: only an answer at once passes.
    await expect(peer.request(ask, { n: 1 }, { timeoutMs: 3_600_000 })).rejects.toBeInstanceOf(BusTimeout);
  });

  it('throws BusTimeout when no answer comes in time', async () => {
    const { bus, peer, settle } = party();
    bus.respond(ask, () => new Promise(() => undefined));
    await settle();
    await expect(peer.request(ask, { n: 1 }, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'BUS_TIMEOUT',
    });
  });

  it('re-throws the error of a responder with its code', async () => {
    const { bus, peer, settle } = party();
    bus.respond(ask, ({ n }) => {
      if (n === 1) throw Object.assign(new Error('journal is away: 東京'), { code: 'JOURNAL_UNAVAILABLE' });
      return Promise.reject(new Error('no code'));
    });
    await settle();
    const failure = await peer.request(ask, { n: 1 }, { timeoutMs: 10_000 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResponderError);
    expect(failure).toMatchObject({ code: 'JOURNAL_UNAVAILABLE', message: 'journal is away: 東京' });
    await expect(peer.request(ask, { n: 2 }, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'RESPONDER_FAILED',
      message: 'no code',
    });
    expect(bus.counters.handlerErrors).toBe(2);
  });

  it('asserts that topics are well formed', () => {
    const { bus } = party();
    expect(() => bus.publish(ticks('*'), 1)).toThrow(/subject/);
    expect(() => bus.publish(ticks('EUR USD'), 1)).toThrow(/subject/);
    expect(() => bus.subscribe(topic<number>('price', '>', 'EURUSD'), () => undefined)).toThrow(/malformed/);
    expect(() => bus.subscribe(topic<number>(''), () => undefined)).toThrow(/malformed/);
  });
}

function closing(party: () => BusUnderTest): void {
  it('delivers what has arrived, then nothing more; a closed bus is not connected', async () => {
    const { bus, settle } = party();
    const received: number[] = [];
    bus.subscribe(ticks('EURUSD'), (n) => void received.push(n));
    await settle();
    expect(bus.isConnected).toBe(true);
    for (let n = 0; n < 1_000; n += 1) bus.publish(ticks('EURUSD'), n);
    await bus.close();
    expect(received.length).toBe(1_000);
    expect(bus.isConnected).toBe(false);
    bus.publish(ticks('EURUSD'), 1_000);
    expect(bus.counters).toMatchObject({ published: 1_000, delivered: 1_000, unsent: 1 });
    await expect(bus.request(ask, { n: 1 }, { timeoutMs: 1_000 })).rejects.toBeInstanceOf(BusTimeout);
    await bus.close();
  });

  it('lets a responder finish what it has begun', async () => {
    const { bus, peer, settle } = party();
    const gates: (() => void)[] = [];
    bus.respond(ask, async ({ n }) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return { n };
    });
    await settle();
    const reply = peer.request(ask, { n: 7 }, { timeoutMs: 10_000 });
    await until(() => gates.length === 1);
    const closed = bus.close();
    await turn();
    gates[0]!();
    expect(await reply).toEqual({ n: 7 });
    await closed;
  });
}

const newest = (seen: readonly (readonly [number, string])[]): number =>
  Math.max(...seen.slice(-2).map(([n]) => n));
