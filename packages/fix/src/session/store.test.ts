/** The contract of session stores on the two that this package has, and what the one in memory forgets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSessionStore, plain, record } from './store.contract.ts';
import { FileStore } from './store.file.ts';
import { MemoryStore } from './store.memory.ts';

describeSessionStore('memory', () => ({ create: () => new MemoryStore(), reopen: (store) => store }));

for (const fsync of ['never', 'interval', 'batch'] as const) {
  describeSessionStore(`file, fsync ${fsync}`, () => {
    const directory = mkdtempSync(`${tmpdir()}/tidegate-store-`);
    const create = (): FileStore => new FileStore({ directory, name: 'FIX.4.4:A->B/1', fsync });
    return { create, reopen: create, cleanUp: () => rmSync(directory, { recursive: true }) };
  });
}

describe('a memory store of few records', () => {
  it('keeps the last ones whole, in buffers that are used again', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), lengths, (maxRecords, all) => {
        const store = new MemoryStore({ maxRecords });
        let kept: ReturnType<typeof record>[] = [];
        all.forEach((length, i) => {
          // Every seventh number has no record.
          const seqNum = i + 1 + Math.floor(i / 6);
          const frame = Buffer.alloc(length + 1, i);
          const deadlineMs = i % 3 === 0 ? { deadlineMs: i } : {};
          const source = i % 5 === 0 ? { source: { partition: `p${i % 2}`, sequence: i + 1 } } : {};
          kept = [...kept, record(seqNum, { frame, ...deadlineMs, ...source })].slice(-maxRecords);
          store.append([{ ...(kept.at(-1) as ReturnType<typeof record>), frame: Buffer.from(frame) }]);
        });
        expect(plain(store.read(1, 1_000))).toEqual(plain(kept));
        const [from, to] = [kept[kept.length >> 1]!.seqNum, kept.at(-1)!.seqNum - 1];
        expect(plain(store.read(from, to))).toEqual(
          plain(kept.filter(({ seqNum }) => seqNum >= from && seqNum <= to)),
        );
        store.reset(1);
        expect(store.read(1, 1_000)).toEqual([]);
        store.append([record(1)]);
        expect(plain(store.read(1, 1))).toEqual(plain([record(1)]));
      }),
      { numRuns: 60 },
    );
  });
});
