/** The contract of session stores on the two that this package has. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describeSessionStore } from './store.contract.ts';
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
