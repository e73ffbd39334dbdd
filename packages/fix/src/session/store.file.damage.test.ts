/**
 * Torn writes, flipped bits, garbage and full disks: the file store opens to something that was true once and
 * says what it cut, or it refuses; it never invents and never forgets unsaid.
 */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../acceptance/peer.ts';
import { Acceptor } from '../transport/acceptor.ts';
import { Initiator } from '../transport/initiator.ts';
import { plain, record } from './store.contract.ts';
import { FileStore, type FileStoreOptions } from './store.file.ts';
import { readStore } from './store.file.read.ts';
import type { Repair } from './store.file.segment.ts';
import { MemoryStore } from './store.memory.ts';
import type { StoreError } from './store.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/tidegate-store-`);
});
afterEach(() => rmSync(directory, { recursive: true }));

const name = 's';
const segment = (number = 1): string => `${directory}/${name}/0000000${number}.log`;

function fileStore(options: Partial<FileStoreOptions> = {}): FileStore {
  return new FileStore({ directory, name, ...options });
}

async function stateOf(store: FileStore): Promise<unknown> {
  const { cursors, ...numbers } = await store.open();
  const records = plain(store.read(1, 1e9));
  await store.close();
  return { ...numbers, cursors: Object.fromEntries(cursors), records };
}

/** A small log, and what the store was after each of its blocks. */
async function smallLog(): Promise<{ bytes: Buffer; ends: number[]; states: unknown[] }> {
  const store = fileStore();
  const steps: ((store: FileStore) => unknown)[] = [
    (one) => one.reset(1_000),
    (one) =>
      one.append([record(1), record(2, { source: { partition: 'a', sequence: 4 } })], { nextInbound: 2 }),
    (one) => one.setNextInbound(3),
    (one) => one.append([record(3, { deadlineMs: 9 })]),
    (one) => one.setNextOutbound(7),
    (one) => one.append([record(7, { source: { partition: 'b', sequence: 1 } }), record(8), record(9)]),
  ];
  const ends: number[] = [];
  const states: unknown[] = [];
  for (let count = 0; count <= steps.length; count++) {
    rmSync(`${directory}/${name}`, { recursive: true, force: true });
    await store.open();
    for (const step of steps.slice(0, count)) await step(store);
    await store.close();
    ends.push(readFileSync(segment()).length);
    states.push(await stateOf(fileStore()));
  }
  return { bytes: readFileSync(segment()), ends, states };
}

describe('a damaged file store', () => {
  it('opens to what was whole when its file is cut at any byte, says so, and goes on', async () => {
    const { bytes, ends, states } = await smallLog();
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(segment(), bytes.subarray(0, length));
      const repairs: Repair[] = [];
      const whole = Math.max(0, ends.filter((end) => end <= length).length - 1);
      expect(await stateOf(fileStore({ onRepair: (repair) => repairs.push(repair) }))).toEqual(states[whole]);
      const end = length < ends[0] ? 0 : ends[whole];
      const told =
        length === end && length > 0
          ? []
          : [{ kind: 'tail', path: segment(), at: end, bytesCut: length - end }];
      expect(repairs).toEqual(told);
      if (length % 7 !== 0) continue;
      const store = fileStore();
      const { nextOutbound } = await store.open();
      await store.append([record(nextOutbound)]);
      await store.close();
      const again = fileStore({ onRepair: (repair) => repairs.push(repair) });
      expect(await again.open()).toMatchObject({ nextOutbound: nextOutbound + 1 });
      expect(again.read(nextOutbound, nextOutbound)).toHaveLength(1);
      await again.close();
      expect(repairs).toEqual(told);
    }
  });

  it('with any bit flipped refuses, or cuts and says so', async () => {
    const { bytes, ends, states } = await smallLog();
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] ^= 1 << (at % 8);
      writeFileSync(segment(), flipped);
      const block = ends.filter((end) => end <= at).length;
      const isLast = block === ends.length - 1;
      if (block === 0) {
        // The numbers are gone with the first block: nothing can be said any more.
        await expect(fileStore({ onRepair: () => undefined }).open()).rejects.toMatchObject({
          code: 'damaged',
        });
        expect(readFileSync(segment()).equals(flipped)).toBe(true);
        continue;
      }
      if (!isLast) {
        await expect(fileStore().open()).rejects.toMatchObject({ code: 'damaged' });
        expect(readFileSync(segment()).equals(flipped)).toBe(true);
      }
      const repairs: Repair[] = [];
      expect(await stateOf(fileStore({ onRepair: (repair) => repairs.push(repair) }))).toEqual(
        states[block - 1],
      );
      expect(repairs).toEqual([
        {
          kind: isLast ? 'tail' : 'damage',
          path: segment(),
          at: ends[block - 1],
          bytesCut: bytes.length - ends[block - 1],
        },
      ]);
      if (!isLast) {
        expect(readFileSync(`${segment()}.cut`).equals(flipped.subarray(ends[block - 1]))).toBe(true);
      }
    }
  });

  it('with garbage behind its end is as if it were not there', async () => {
    const { bytes, ends, states } = await smallLog();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (garbage) => {
        writeFileSync(segment(), bytes);
        appendFileSync(segment(), garbage);
        const shown = [...readStore(`${directory}/${name}`)];
        expect(shown.at(-1)).toMatchObject({ kind: 'unreadable', at: ends.at(-1), bytes: garbage.length });
        const repairs: Repair[] = [];
        expect(await stateOf(fileStore({ onRepair: (repair) => repairs.push(repair) }))).toEqual(
          states.at(-1),
        );
        expect(repairs).toMatchObject([{ kind: 'tail', at: ends.at(-1), bytesCut: garbage.length }]);
      }),
      { numRuns: 50 },
    );
  });

  it('damaged before its last segment sets everything behind aside, told', async () => {
    const store = fileStore({ segmentBytes: 1_000 });
    await store.open();
    for (let seqNum = 1; seqNum <= 40; seqNum++) await store.append([record(seqNum)]);
    await store.close();
    const files = readdirSync(`${directory}/${name}`);
    expect(files.length).toBeGreaterThan(3);
    const bytes = readFileSync(segment(2));
    bytes[bytes.length >> 1] ^= 16;
    writeFileSync(segment(2), bytes);
    const repairs: Repair[] = [];
    await expect(fileStore().open()).rejects.toMatchObject({ code: 'damaged' });
    expect(readdirSync(`${directory}/${name}`)).toEqual(files);
    const repaired = fileStore({ segmentBytes: 1_000, onRepair: (repair) => repairs.push(repair) });
    const { nextOutbound } = await repaired.open();
    const kept = repaired.read(1, 100).map(({ seqNum }) => seqNum);
    expect(kept).toEqual(Array.from({ length: nextOutbound - 1 }, (_, i) => i + 1));
    expect(kept.length).toBeLessThan(25);
    expect(repairs).toMatchObject([{ kind: 'damage', path: segment(2) }]);
    for (let seqNum = nextOutbound; seqNum <= 60; seqNum++) await repaired.append([record(seqNum)]);
    await repaired.close();
    expect(readdirSync(`${directory}/${name}`).filter((file) => file.endsWith('.cut')).length).toBe(
      files.length - 1,
    );
    const after = fileStore();
    expect(await after.open()).toMatchObject({ nextOutbound: 61 });
    expect(after.read(1, 100)).toHaveLength(60);
    await after.close();
  });

  it('finds in a read what was damaged since it was opened', async () => {
    const store = fileStore();
    await store.open();
    await store.append([record(1), record(2)]);
    const bytes = readFileSync(segment());
    bytes[bytes.length - 20] ^= 1;
    writeFileSync(segment(), bytes);
    expect(() => store.read(1, 2)).toThrow(expect.objectContaining({ code: 'damaged' }));
    await store.close();
  });
});

/** A disk with room for so many bytes more; writes what still fits. */
function smallDisk(room: { bytes: number }): NonNullable<FileStoreOptions['write']> {
  return (fd, bytes, offset, length, position) => {
    const fits = Math.min(length, room.bytes);
    if (fits === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    room.bytes -= fits;
    return writeSync(fd, bytes, offset, fits, position);
  };
}

describe('a file store on a full disk', () => {
  it('refuses what it has no room for, and nothing before it; with room it goes on', async () => {
    for (let bytes = 0; bytes <= 3_000; bytes += 37) {
      rmSync(`${directory}/${name}`, { recursive: true, force: true });
      const room = { bytes };
      const store = fileStore({ write: smallDisk(room), segmentBytes: 600 });
      let acknowledged = 0;
      let refused: StoreError | undefined;
      try {
        await store.open();
        for (let seqNum = 1; seqNum <= 30; seqNum++) {
          await store.append([record(seqNum)], { nextInbound: seqNum });
          acknowledged = seqNum;
        }
      } catch (error) {
        refused = error as StoreError;
      }
      expect(refused).toMatchObject({ name: 'StoreError', code: 'full' });
      if (acknowledged > 0) expect(() => store.setNextInbound(99)).toThrow('no space left');
      room.bytes = Infinity;
      const stored = await store.open();
      expect(stored).toMatchObject({
        nextOutbound: acknowledged + 1,
        nextInbound: Math.max(1, acknowledged),
      });
      await store.append([record(acknowledged + 1)]);
      expect(store.read(1, 99)).toHaveLength(acknowledged + 1);
      await store.close();
    }
  });

  it('cuts the session: what the peer got is stored, what is not stored it did not get', async () => {
    const room = { bytes: 20_000 };
    const store = fileStore({ write: smallDisk(room) });
    const [venue, client] = [
      { beginString: 'FIX.4.4', senderCompId: 'VENUE', targetCompId: 'CLIENT' },
      { beginString: 'FIX.4.4', senderCompId: 'CLIENT', targetCompId: 'VENUE' },
    ] as const;
    const application = { onMessage: () => undefined };
    const acceptor = new Acceptor({
      host: '127.0.0.1',
      port: 0,
      authenticate: () => ({ accept: true, settings: venue, store, application }),
    });
    await acceptor.listen();
    const got: number[] = [];
    const ends: string[] = [];
    const initiator = new Initiator({
      hosts: [{ host: '127.0.0.1', port: acceptor.port }],
      settings: client,
      store: new MemoryStore(),
      application: {
        onMessage: (message) => void got.push(message.seqNum),
        onLogout: (_session, reason) => void ends.push(reason),
      },
      reconnectMinMs: 60_000,
    });
    await initiator.start();
    await until(() => initiator.session.isLoggedOn);
    const [session] = acceptor.sessions;
    for (let id = 1; id <= 200; id++)
      session.send('B', (fields) => fields.int(148, id).int(33, 1).text(58, 'news'));
    await until(() => ends.length === 1);
    // All of one turn is one batch: none of it is stored, so none of it was sent.
    expect(got).toEqual([]);
    expect(session.send('B', (fields) => fields.int(148, 201).int(33, 1).text(58, 'news'))).toBe(0);
    await initiator.stop();
    await acceptor.close();
    const stored = fileStore();
    expect(await stored.open()).toMatchObject({ nextOutbound: 2 });
    await stored.close();
  });
});

describe('fsync of a file store', () => {
  it('batch: what it acknowledges over segments is there after its next opening', async () => {
    const store = fileStore({ fsync: 'batch', segmentBytes: 500, minRecords: 20 });
    await store.open();
    const appended: Promise<void>[] = [];
    for (let seqNum = 1; seqNum <= 100; seqNum++)
      appended.push(store.append([record(seqNum)]) as Promise<void>);
    await Promise.all(appended);
    await store.close();
    const again = fileStore({ fsync: 'batch' });
    expect(await again.open()).toMatchObject({ nextOutbound: 101 });
    expect(again.read(81, 100)).toHaveLength(20);
    await again.close();
  });

  it('interval: acknowledges at once, and close waits for the disk', async () => {
    const store = fileStore({ fsync: 'interval', fsyncIntervalMs: 1, segmentBytes: 500 });
    await store.open();
    for (let seqNum = 1; seqNum <= 50; seqNum++) {
      expect(store.append([record(seqNum)])).toBeUndefined();
      if (seqNum % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await store.close();
    const again = fileStore();
    expect(await again.open()).toMatchObject({ nextOutbound: 51 });
    expect(again.read(1, 50)).toHaveLength(50);
    await again.close();
  });

  it('opens a million messages, and reads any page of them', { timeout: 60_000 }, async () => {
    const options = { minRecords: 2_000_000, segmentBytes: 64 << 20 };
    const store = fileStore(options);
    await store.open();
    for (let first = 1; first <= 1_000_000; first += 200) {
      await store.append(Array.from({ length: 200 }, (_, i) => record(first + i)));
    }
    await store.close();
    const again = fileStore(options);
    expect(await again.open()).toMatchObject({ nextOutbound: 1_000_001 });
    for (const from of [1, 499_900, 999_745]) {
      const page = again.read(from, from + 255);
      expect(plain(page)).toEqual(plain(Array.from({ length: 256 }, (_, i) => record(from + i))));
    }
    await again.close();
  });
});
