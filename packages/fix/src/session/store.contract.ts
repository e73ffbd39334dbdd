/**
 * What every session store must do. Run on each implementation: `describeSessionStore('memory', …)` in its
 * test.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { ANSWER, type OutboundRecord, type SessionStore } from './store.ts';

export interface StoreUnderTest {
  /** A new, empty store. */
  create(): SessionStore | Promise<SessionStore>;
  /** The same session again after `close`: another object where the store is outside the process. */
  reopen(store: SessionStore): SessionStore | Promise<SessionStore>;
  cleanUp?(): void | Promise<void>;
}

export function record(seqNum: number, options: Partial<OutboundRecord> = {}): OutboundRecord {
  return {
    seqNum,
    msgType: '8',
    frame: Buffer.from(`8=FIX.4.4|34=${seqNum}|58=${'x'.repeat(seqNum % 7)}\x01é`, 'latin1'),
    ...options,
  };
}

/** As plain values, so that stores may answer with any kind of byte array. */
export function plain(records: readonly OutboundRecord[]): unknown[] {
  return records.map(({ seqNum, msgType, frame, deadlineMs, source }) => ({
    seqNum,
    msgType,
    frame: Buffer.from(frame).toString('latin1'),
    deadlineMs,
    source,
  }));
}

export function describeSessionStore(name: string, make: () => StoreUnderTest): void {
  describe(`session store: ${name}`, () => {
    const made: StoreUnderTest[] = [];
    const opened: SessionStore[] = [];
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      for (const under of made.splice(0)) await under.cleanUp?.();
    });

    async function start(): Promise<{ store: SessionStore; again: () => Promise<SessionStore> }> {
      const under = make();
      made.push(under);
      let store = await under.create();
      opened.push(store);
      await store.open();
      return {
        store,
        again: async () => {
          await store.close();
          store = await under.reopen(store);
          opened.splice(0, opened.length, store);
          return store;
        },
      };
    }

    it('is new with both numbers at 1 and no creation time', async () => {
      const { again } = await start();
      const stored = await (await again()).open();
      expect(stored).toMatchObject({ nextOutbound: 1, nextInbound: 1, createdAtMs: 0 });
      expect(stored.cursors.size).toBe(0);
    });

    it('gives back appended records as they were, also after reopening', async () => {
      const { store, again } = await start();
      const records = [
        record(1),
        record(2, { msgType: 'D', deadlineMs: 1_773_144_000_123 }),
        record(3, { source: { partition: 'firm-ä', sequence: 9_007_199_254_740_000 } }),
        record(4, { msgType: 'XLQ', deadlineMs: 5, source: { partition: 'b', sequence: 1 } }),
      ];
      await store.append(records.slice(0, 1));
      await store.append(records.slice(1));
      expect(plain(await store.read(1, 4))).toEqual(plain(records));
      const reopened = await again();
      expect(await reopened.open()).toMatchObject({ nextOutbound: 5, nextInbound: 1 });
      expect(plain(await reopened.read(1, 4))).toEqual(plain(records));
    });

    it('keeps a copy of the frames from the moment of the call', async () => {
      const { store } = await start();
      const frame = new Uint8Array([1, 2, 3]);
      const appended = store.append([{ seqNum: 1, msgType: '8', frame }]);
      frame.fill(9);
      await appended;
      expect([...((await store.read(1, 1))[0] as OutboundRecord).frame]).toEqual([1, 2, 3]);
    });

    it('keeps what follows a record without a frame', async () => {
      const { store, again } = await start();
      const records = Array.from({ length: 300 }, (_, i) =>
        record(
          i + 1,
          i % 3 === 0 ? { msgType: 'A', frame: new Uint8Array(0) } : { frame: Buffer.alloc(90, i) },
        ),
      );
      for (let i = 0; i < records.length; i += 2) await store.append(records.slice(i, i + 2));
      expect(plain(await store.read(1, 300))).toEqual(plain(records));
      const reopened = await again();
      await reopened.open();
      expect(plain(await reopened.read(1, 300))).toEqual(plain(records));
    });

    it('reads ranges with both ends, in order, leaving out what is not there', async () => {
      const { store } = await start();
      await store.append([record(1), record(2)]);
      await store.setNextOutbound(5);
      await store.append([record(5), record(6), record(9)]);
      const numbers = async (from: number, to: number): Promise<number[]> =>
        (await store.read(from, to)).map((one) => one.seqNum);
      expect(await numbers(1, 100)).toEqual([1, 2, 5, 6, 9]);
      expect(await numbers(2, 5)).toEqual([2, 5]);
      expect(await numbers(3, 4)).toEqual([]);
      expect(await numbers(7, 9)).toEqual([9]);
      expect(await numbers(10, 20)).toEqual([]);
    });

    it('keeps both numbers over reopening', async () => {
      const { store, again } = await start();
      await store.reset(1_000);
      await store.append([record(1)]);
      await store.setNextOutbound(7);
      await store.setNextInbound(42);
      const reopened = await again();
      expect(await reopened.open()).toMatchObject({ nextOutbound: 7, nextInbound: 42, createdAtMs: 1_000 });
    });

    it('takes the inbound number back, too', async () => {
      const { store, again } = await start();
      await store.setNextInbound(42);
      await store.setNextInbound(7);
      expect(await (await again()).open()).toMatchObject({ nextInbound: 7 });
    });

    it('stores numbers with a batch', async () => {
      const { store, again } = await start();
      await store.append([record(1), record(2)], { nextInbound: 9, nextOutbound: 5 });
      await store.append([record(5)], { nextInbound: 10 });
      await store.append([], { nextInbound: 11 });
      await expect((async () => store.append([record(6)], { nextOutbound: 6 }))()).rejects.toThrow();
      const reopened = await again();
      expect(await reopened.open()).toMatchObject({ nextOutbound: 6, nextInbound: 11 });
      expect((await reopened.read(1, 9)).map((one) => one.seqNum)).toEqual([1, 2, 5]);
    });

    it('takes every byte and numbers beyond 2^31', async () => {
      const { store, again } = await start();
      const frame = Uint8Array.from({ length: 1_000 }, (_, i) => i % 256);
      const [large, larger] = [2 ** 31 + 5, 2 ** 40];
      await store.setNextOutbound(large);
      await store.append([{ seqNum: large, msgType: 'D', frame }, record(larger)]);
      await store.setNextInbound(2 ** 33);
      const reopened = await again();
      expect(await reopened.open()).toMatchObject({ nextOutbound: larger + 1, nextInbound: 2 ** 33 });
      const found = await reopened.read(large, larger - 1);
      expect(found.map((one) => Buffer.from(one.frame).toString('hex'))).toEqual([
        Buffer.from(frame).toString('hex'),
      ]);
    });

    it('opens again without being closed and goes on', async () => {
      const { store } = await start();
      await store.append([record(1)]);
      await store.setNextInbound(4);
      expect(await store.open()).toMatchObject({ nextOutbound: 2, nextInbound: 4 });
      await store.append([record(2)]);
      expect((await store.read(1, 9)).map((one) => one.seqNum)).toEqual([1, 2]);
    });

    it('refuses a number that is used already', async () => {
      const { store } = await start();
      await store.append([record(1), record(2)]);
      await expect((async () => store.append([record(2)]))()).rejects.toThrow();
      await expect((async () => store.setNextOutbound(2))()).rejects.toThrow();
    });

    it('forgets bodies and numbers at a reset, and keeps the cursors', async () => {
      const { store, again } = await start();
      await store.append([record(1, { source: { partition: 'a', sequence: 10 } }), record(2)]);
      await store.setNextInbound(3);
      await store.reset(2_000);
      expect(await store.read(1, 10)).toEqual([]);
      await store.append([record(1, { msgType: 'j', source: { partition: 'b', sequence: 2 } })]);
      const reopened = await again();
      const stored = await reopened.open();
      expect(stored).toMatchObject({ nextOutbound: 2, nextInbound: 1, createdAtMs: 2_000 });
      expect(Object.fromEntries(stored.cursors)).toEqual({ a: 10, b: 2 });
      expect((await reopened.read(1, 10)).map((one) => one.msgType)).toEqual(['j']);
    });

    it('notes how far sources have come without a message, and never back', async () => {
      const { store, again } = await start();
      await store.reset(1_000);
      await store.append([record(1, { source: { partition: 'a', sequence: 5 } }), record(2)]);
      await store.setNextInbound(7);
      await store.noteCursors(
        new Map([
          ['a', 9],
          ['b', 3],
        ]),
      );
      await store.noteCursors(
        new Map([
          ['a', 4],
          ['c', 2 ** 51],
        ]),
      );
      await store.append([record(3, { source: { partition: 'b', sequence: 4 } })]);
      const reopened = await again();
      const stored = await reopened.open();
      expect(stored).toMatchObject({ nextOutbound: 4, nextInbound: 7, createdAtMs: 1_000 });
      expect(Object.fromEntries(stored.cursors)).toEqual({ a: 9, b: 4, c: 2 ** 51 });
      expect(plain(await reopened.read(1, 9)).length).toBe(3);
    });

    it('gives back which inbound messages are answered for good, from the one expected next on', async () => {
      const { store, again } = await start();
      const answering = (seqNum: number, answered: number) =>
        record(seqNum, { source: { partition: ANSWER, sequence: answered } });
      await store.reset(1_000);
      await store.append([answering(1, 3), record(2, { source: { partition: 'a', sequence: 5 } })]);
      await store.append([answering(3, 7), answering(4, 6)], { nextInbound: 5 });
      let reopened = await again();
      const stored = await reopened.open();
      expect(stored.answered.toSorted()).toEqual([6, 7]);
      expect(Object.fromEntries(stored.cursors)).toEqual({ a: 5 });
      await reopened.append([], { nextInbound: 7 });
      reopened = await again();
      expect((await reopened.open()).answered).toEqual([7]);
      await reopened.reset(2_000);
      expect((await (await again()).open()).answered).toEqual([]);
    });

    it('keeps the highest source sequence of each partition', async () => {
      const { store, again } = await start();
      await store.append([
        record(1, { source: { partition: 'a', sequence: 5 } }),
        record(2, { source: { partition: 'a', sequence: 4 } }),
        record(3, { source: { partition: 'b', sequence: 1 } }),
      ]);
      const stored = await (await again()).open();
      expect(Object.fromEntries(stored.cursors)).toEqual({ a: 5, b: 1 });
    });
  });
}
