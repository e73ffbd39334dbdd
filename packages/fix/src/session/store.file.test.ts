/** What only the file store promises: torn tails, kill -9, segments, locks, damage. */
import { spawn } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plain, record } from './store.contract.ts';
import { FileStore, storeFolder, type FileStoreOptions } from './store.file.ts';
import { readStore } from './store.file.read.ts';
import type { OutboundRecord, SessionStore, StoredSession } from './store.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/tidegate-store-`);
});
afterEach(() => rmSync(directory, { recursive: true }));

function fileStore(name: string, options: Partial<FileStoreOptions> = {}): FileStore {
  return new FileStore({ directory, name, fsync: 'never', ...options });
}

function bytesOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0);
}

async function stateOf(store: SessionStore): Promise<{ numbers: unknown; records: unknown[] }> {
  const stored: StoredSession = await store.open();
  const records = await store.read(1, Number.MAX_SAFE_INTEGER);
  await store.close();
  return { numbers: { ...stored, cursors: Object.fromEntries(stored.cursors) }, records: plain(records) };
}

/** One call on the store. */
type Call =
  | { readonly kind: 'append'; readonly count: number; readonly size: number; readonly source: boolean }
  | { readonly kind: 'inbound' | 'outbound'; readonly by: number }
  | { readonly kind: 'reset'; readonly atMs: number };

const calls = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        count: fc.integer({ min: 1, max: 4 }),
        size: fc.integer({ min: 0, max: 300 }),
        source: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('inbound' as const, 'outbound' as const),
        by: fc.integer({ min: 0, max: 5 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('reset' as const), atMs: fc.integer({ min: 1, max: 1e12 }) }),
    },
  ),
  { minLength: 1, maxLength: 25 },
);

class Script {
  outbound = 1;
  inbound = 1;
  sources = 0;

  async run(store: FileStore, call: Call): Promise<void> {
    if (call.kind === 'append') {
      const records: OutboundRecord[] = [];
      for (let i = 0; i < call.count; i++) {
        records.push({
          seqNum: this.outbound++,
          msgType: 'D',
          frame: Buffer.alloc(call.size, 65 + i),
          ...(call.source ? { source: { partition: 'p', sequence: ++this.sources } } : undefined),
        });
      }
      await store.append(records);
    } else if (call.kind === 'reset') {
      this.outbound = 1;
      this.inbound = 1;
      await store.reset(call.atMs);
    } else if (call.kind === 'inbound') {
      this.inbound += call.by;
      await store.setNextInbound(this.inbound);
    } else {
      this.outbound += call.by;
      await store.setNextOutbound(this.outbound);
    }
  }
}

/** Appends until it is killed, and says after each batch up to where. */
const APPENDING_CHILD = `
  import { writeSync } from 'node:fs';
  const { FileStore } = await import(process.argv[1]);
  const store = new FileStore({ directory: process.argv[2], name: 'killed', fsync: 'never',
    segmentBytes: 64 << 10, minRecords: 100 });
  let next = (await store.open()).nextOutbound;
  for (;;) {
    const records = Array.from({ length: 1 + (next % 5) }, (_, i) => ({ seqNum: next + i, msgType: '8',
      frame: Buffer.from('frame ' + (next + i) + ' ' + '.'.repeat((next + i) % 400)),
      source: { partition: 'p', sequence: next + i } }));
    await store.append(records);
    next += records.length;
    store.setNextInbound(next);
    writeSync(1, next + '\\n');
  }`;

describe('file store', () => {
  it('opens to a prefix of what was written, wherever its file ends', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(calls, fc.double({ min: 0, max: 1, noNaN: true }), async (script, cut) => {
        const name = `run-${run++}`;
        const path = `${directory}/${name}/00000001.log`;
        const store = fileStore(name);
        const player = new Script();
        await store.open();
        const sizes: number[] = [readFileSync(path).length];
        for (const call of script) {
          await player.run(store, call);
          sizes.push(readFileSync(path).length);
        }
        await store.close();
        const length = Math.floor(cut * (sizes[sizes.length - 1] as number));
        truncateSync(path, length);
        const found = await stateOf(fileStore(name));

        // The same calls on another store, as far as they lie whole before the cut.
        const whole = Math.max(0, sizes.filter((size) => size <= length).length - 1);
        const other = fileStore(`${name}-whole`);
        const otherPlayer = new Script();
        await other.open();
        for (const call of script.slice(0, whole)) await otherPlayer.run(other, call);
        await other.close();
        expect(found).toEqual(await stateOf(fileStore(`${name}-whole`)));
      }),
      { numRuns: 40 },
    );
  });

  it('goes on behind a torn tail', async () => {
    const store = fileStore('torn');
    await store.open();
    await store.append([record(1)]);
    await store.append([record(2)]);
    await store.close();
    const path = `${directory}/torn/00000001.log`;
    truncateSync(path, readFileSync(path).length - 3);
    const second = fileStore('torn');
    expect(await second.open()).toMatchObject({ nextOutbound: 2 });
    await second.append([record(2, { msgType: 'j' }), record(3)]);
    await second.close();
    const third = fileStore('torn');
    expect(await third.open()).toMatchObject({ nextOutbound: 4 });
    expect(plain(third.read(1, 9))).toEqual(plain([record(1), record(2, { msgType: 'j' }), record(3)]));
    await third.close();
  });

  it('loses nothing it was told is stored when the process is killed', async () => {
    const module = new URL('./store.file.ts', import.meta.url).href;
    let acknowledged = 1;
    for (const lines of [3, 40, 400]) {
      const run = spawn(
        process.execPath,
        ['--input-type=module', '--eval', APPENDING_CHILD, module, directory],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let text = '';
      let seen = 0;
      for await (const chunk of run.stdout) {
        text += String(chunk);
        seen = text.split('\n').length - 1;
        if (seen >= lines && run.exitCode === null && !run.killed) run.kill('SIGKILL');
      }
      if (run.exitCode === null && run.signalCode === null) await once(run, 'exit');
      expect(run.signalCode).toBe('SIGKILL');
      acknowledged = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
      const store = fileStore('killed', { segmentBytes: 64 << 10, minRecords: 100 });
      const stored = await store.open();
      expect(stored.nextOutbound).toBeGreaterThanOrEqual(acknowledged);
      expect(stored.nextInbound).toBeGreaterThanOrEqual(acknowledged);
      expect(stored.cursors.get('p')).toBe(stored.nextOutbound - 1);
      const from = Math.max(1, stored.nextOutbound - 100);
      const bodies = store.read(from, stored.nextOutbound);
      expect(bodies.map((one) => Buffer.from(one.frame).toString())).toEqual(
        Array.from(
          { length: stored.nextOutbound - from },
          (_, i) => `frame ${from + i} ${'.'.repeat((from + i) % 400)}`,
        ),
      );
      await store.close();
    }
    expect(acknowledged).toBeGreaterThan(400);
  });

  it('keeps at least minRecords bodies over segments and deletes the rest', async () => {
    const options = { segmentBytes: 4_096, minRecords: 50 };
    const store = fileStore('long', options);
    await store.open();
    for (let seqNum = 1; seqNum <= 1_000; seqNum++) {
      await store.append([
        record(seqNum, {
          frame: Buffer.alloc(100, seqNum % 256),
          source: { partition: 'a', sequence: seqNum },
        }),
      ]);
    }
    const kept = store.read(1, 2_000);
    expect(kept.length).toBeGreaterThanOrEqual(50);
    expect(kept.length).toBeLessThan(150);
    expect(kept.at(-1)?.seqNum).toBe(1_000);
    const files = readdirSync(`${directory}/long`).filter((name) => name.endsWith('.log'));
    expect(files.length).toBeLessThan(6);
    const before = plain(kept);
    await store.close();
    const again = fileStore('long', options);
    const stored = await again.open();
    expect(stored).toMatchObject({ nextOutbound: 1_001 });
    expect(stored.cursors.get('a')).toBe(1_000);
    expect(plain(again.read(1, 2_000))).toEqual(before);
    await again.reset(5);
    await again.append([record(1)]);
    expect(readdirSync(`${directory}/long`).filter((name) => name.endsWith('.log')).length).toBe(1);
    await again.close();
  });

  it('uses no more disk than maxBytes, give or take a segment and a batch', async () => {
    const store = fileStore('small', { segmentBytes: 8_192, maxBytes: 40_000, minRecords: 1_000_000 });
    await store.open();
    for (let seqNum = 1; seqNum <= 2_000; seqNum++) {
      await store.append([record(seqNum, { frame: Buffer.alloc(200) })]);
      if (seqNum % 100 === 0) expect(bytesOf(`${directory}/small`)).toBeLessThan(40_000 + 8_192 + 400);
    }
    const kept = store.read(1, 2_000);
    expect(kept.at(-1)?.seqNum).toBe(2_000);
    expect(kept.length).toBeGreaterThan(60);
    expect(kept.map(({ seqNum }) => seqNum)).toEqual(
      Array.from({ length: kept.length }, (_, i) => 2_001 - kept.length + i),
    );
    await store.close();
  });

  it('reads ranges out of every segment as the naive way does', async () => {
    const store = fileStore('ranges', { segmentBytes: 2_000 });
    await store.open();
    const all: OutboundRecord[] = [];
    for (let seqNum = 1; seqNum <= 200;) {
      const batch = Array.from({ length: 1 + (seqNum % 7) }, (_, i) =>
        record(seqNum + i, {
          deadlineMs: seqNum * 10,
          source: { partition: `p${i % 3}`, sequence: seqNum + i },
        }),
      );
      await store.append(batch, { nextInbound: seqNum });
      all.push(...batch);
      seqNum += batch.length + (seqNum % 3);
    }
    for (let from = 1; from <= 205; from += 3) {
      for (const to of [from, from + 1, from + 20, 1_000]) {
        const expected = all.filter(({ seqNum }) => seqNum >= from && seqNum <= to);
        expect(plain(store.read(from, to))).toEqual(plain(expected));
      }
    }
    await store.close();
  });

  it('shows tools everything that is written, while it is open, too', async () => {
    const store = fileStore('shown', { segmentBytes: 400 });
    await store.open();
    const before = Date.now();
    await store.append([record(1), record(2, { deadlineMs: 7, source: { partition: 'a', sequence: 3 } })], {
      nextInbound: 5,
    });
    await store.setNextOutbound(9);
    await store.append([record(9, { frame: Buffer.alloc(500, 1) })]);
    await store.append([record(10)]);
    const records = [...readStore(storeFolder(directory, 'shown'))];
    expect(records.map((one) => one.kind)).toEqual([
      ...['segment', 'message', 'message', 'nextInbound', 'nextOutbound', 'message', 'segment', 'message'],
    ]);
    const messages = records.filter((one) => one.kind === 'message');
    expect(plain(messages)).toEqual(plain(store.read(1, 100)));
    for (const { atMs } of messages) expect(atMs).toBeGreaterThanOrEqual(before);
    expect(records[6]).toMatchObject({ nextInbound: 5, nextOutbound: 10 });
    await store.reset(77);
    expect([...readStore(`${directory}/shown`)].at(-1)).toMatchObject({ kind: 'reset', createdAtMs: 77 });
    await store.close();
  });

  it('drops a segment whose making was cut short', async () => {
    const store = fileStore('cut');
    await store.open();
    await store.append([record(1)]);
    await store.close();
    writeFileSync(`${directory}/cut/00000002.log`, 'TGFIX');
    const again = fileStore('cut');
    expect(await again.open()).toMatchObject({ nextOutbound: 2 });
    await again.close();
    expect(readdirSync(`${directory}/cut`)).toEqual(['00000001.log']);
  });

  it('refuses a file that is not its own, and damage before the last segment', async () => {
    const store = fileStore('foreign');
    await store.open();
    await store.close();
    writeFileSync(`${directory}/foreign/00000001.log`, 'something quite different');
    await expect(fileStore('foreign').open()).rejects.toThrow('damaged');
    const long = fileStore('damaged', { segmentBytes: 1_000 });
    await long.open();
    for (let seqNum = 1; seqNum <= 30; seqNum++) await long.append([record(seqNum)]);
    await long.close();
    const path = `${directory}/damaged/00000001.log`;
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    await expect(fileStore('damaged').open()).rejects.toThrow('damaged');
  });

  it('is open once: in a process and between processes, and a dead holder is no holder', async () => {
    const store = fileStore('locked');
    await store.open();
    await expect(fileStore('locked').open()).rejects.toThrow('open already');
    await store.close();
    const lock = `${directory}/locked/lock`;
    writeFileSync(lock, String(process.ppid));
    await expect(fileStore('locked').open()).rejects.toThrow(`open in process ${process.ppid}`);
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'exit');
    writeFileSync(lock, String(dead.pid));
    const after = fileStore('locked');
    await after.open();
    await after.close();
  });
});
