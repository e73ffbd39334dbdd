/** The folder of YAML files: the same bytes each time, the same documents again, nothing secret. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentView } from '@tidegate/wire/changes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoDocuments } from '../../start/demo.ts';
import { changesOf } from './config.ts';
import { readFolder, writeFolder, yamlOf, type Entry } from './folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const entries = demoDocuments('scrypt$one', 'scrypt$two').map(({ kind, body }): Entry => ({
  kind,
  id: body.id,
  document: body as unknown as Entry['document'],
}));
const platform = entries.map((entry, index): DocumentView => ({
  ...entry,
  document: { ...entry.document },
  version: index + 1,
  changedBy: 'test',
  changedAt: '2026-01-01T00:00:00.000Z',
  reason: '',
}));
const shownOf = (views: readonly DocumentView[]): readonly DocumentView[] =>
  views.map((view) => {
    const { passwordHash: _hash, tokensValidFromMs: _moment, ...document } = view.document;
    return { ...view, document };
  });

describe('the folder of configuration', () => {
  it('holds every document without its secrets, and comes back as it was', () => {
    writeFolder(folder, entries);
    const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => readFileSync(join(folder, path), 'utf8'));
    expect(text).toHaveLength(entries.length);
    expect(text.join('\n')).not.toMatch(/scrypt|passwordHash/);
    expect(changesOf(readFolder(folder), shownOf(platform), true)).toEqual([]);
    for (const entry of readFolder(folder)) {
      const written = readFileSync(join(folder, entry.kind, `${entry.id}.yaml`), 'utf8');
      expect(yamlOf(entry)).toBe(written);
    }
  });

  it('says what it would change, make and, when asked to, retire', () => {
    writeFolder(folder, [...entries.filter(({ kind }) => kind !== 'feed')]);
    const tier = join(folder, 'tier', 'standard.yaml');
    writeFileSync(tier, readFileSync(tier, 'utf8').replace('depth: 10', 'depth: 3'));
    writeFileSync(join(folder, 'tier', 'gold.yaml'), 'id: gold\nname: Gold\nmarkupPoints: {}\ndepth: 1\n');
    const names = (prunes: boolean) =>
      changesOf(readFolder(folder), shownOf(platform), prunes).map(
        ({ kind, id, basedOn, document }) =>
          `${document === null ? '-' : basedOn === 0 ? '+' : '~'} ${kind} ${id}`,
      );
    expect(names(false)).toEqual(['+ tier gold', '~ tier standard']);
    expect(names(true)).toEqual(['+ tier gold', '~ tier standard', '- feed bloomberg']);
  });

  it('takes away files of documents that are gone, and refuses what is none', () => {
    writeFolder(folder, entries);
    writeFolder(folder, [entries.find(({ kind }) => kind === 'tier')!]);
    expect(readFolder(folder)).toHaveLength(1);
    for (const [name, text] of [
      ['other.yaml', 'id: else\n'],
      ['other.yaml', '- 1\n'],
      ['other.yaml', 'id: [\n'],
      ['other.yaml', 'id: &a x\nname: *a\n'],
    ] as const) {
      writeFileSync(join(folder, 'tier', name), text);
      expect(() => readFolder(folder), text).toThrow();
    }
  });
});
