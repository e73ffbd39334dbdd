/** An archive's files: what goes in comes out, whatever it is, and what was touched is found. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  archiveCodes,
  readData,
  readManifest,
  writeData,
  writeManifest,
  type Manifest,
  type Row,
} from './archive.file.ts';

const columns = ['partition', 'sequence', 'body'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-archive-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function write(batches: readonly (readonly Row[])[]): Promise<Manifest> {
  async function* rows() {
    yield* batches;
  }
  const written = await writeData(folder, 'journal_first', columns, rows(), () => undefined);
  const bounds = { from: null, to: '2026-12-01T00:00:00.000Z' };
  const manifest: Manifest = { format: 1, period: 'journal_first', ...bounds, columns, ...written };
  await writeManifest(folder, manifest);
  return manifest;
}

async function read(manifest: Manifest): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const batch of readData(folder, manifest)) rows.push(...batch);
  return rows;
}

describe('files of an archive', () => {
  it('give back every text, in batches of any size', async () => {
    const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(text, { maxLength: 40 }), { maxLength: 8 }), async (bodies) => {
        let sequence = 0;
        const batches = bodies.map((some) => some.map((body) => ['acme', String((sequence += 1)), body]));
        const manifest = await write(batches);
        expect((await readManifest(join(folder, 'journal_first.json'))).manifest).toEqual(manifest);
        expect(await read(manifest)).toEqual(batches.flat());
        expect(manifest.records).toBe(sequence);
      }),
      { numRuns: 50 },
    );
  });

  it('are damaged when one byte of them is another, wherever that is', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => [
      'acme',
      String(index + 1),
      `body ${index * 7919}`,
    ]);
    const manifest = await write([rows]);
    const path = join(folder, manifest.file.name);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 1) {
      const torn = Buffer.from(bytes);
      torn[at]! ^= 0x10;
      writeFileSync(path, torn);
      await expect(read(manifest), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^ARCHIVE_(DAMAGED|HOLE)$/) as string,
      });
    }
    for (const length of [0, 1, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      await expect(read(manifest), `${length} bytes`).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    }
    writeFileSync(path, bytes);
    expect(await read(manifest)).toEqual(rows);
  });

  it('take no partition with a hole', async () => {
    await expect(write([[['acme', '1', '']], [['acme', '3', '']]])).rejects.toMatchObject({
      code: 'ARCHIVE_HOLE',
    });
  });

  it('have every code explained', () => {
    const document = readFileSync(new URL('../../../../docs/archive.md', import.meta.url), 'utf8');
    const told = [...document.matchAll(/^\| `(ARCHIVE_\w+)` \|/gm)].map(([, code]) => code);
    expect(told).toEqual(archiveCodes);
  });
});
