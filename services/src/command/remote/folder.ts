/**
 * Configuration as a folder of YAML files, `<kind>/<id>.yaml`, for Git: fields in the order of their schema,
 * keys of maps sorted, secrets left out. Written twice it is the same bytes.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentKinds, secretFields } from '@tidegate/wire/changes';
import { documents, type DocumentKind } from '@tidegate/wire/configuration';
import { parse, stringify } from 'yaml';
import { Refused } from './remote.ts';

export interface Entry {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly document: Readonly<Record<string, unknown>>;
}

const maps = new Set(['markupPoints', 'securities', 'identities']);
const bytesMax = 2_000_000;

export function yamlOf({ kind, document }: Entry): string {
  const ordered = (documents[kind].safeParse(document).data ?? document) as Entry['document'];
  const secrets = secretFields[kind] ?? [];
  const shown = Object.entries(ordered).filter(([name]) => !secrets.includes(name) && name in document);
  const sorted = shown.map(([name, value]) => [name, maps.has(name) ? sortedKeys(value) : value]);
  return stringify(Object.fromEntries(sorted), { lineWidth: 100 });
}

const sortedKeys = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Files of documents that are no longer there are taken away; others are left alone. */
export function writeFolder(folder: string, entries: readonly Entry[]): void {
  for (const kind of documentKinds) {
    const own = entries.filter((entry) => entry.kind === kind);
    const path = join(folder, kind);
    if (own.length === 0 && !existsSync(path)) continue;
    mkdirSync(path, { recursive: true });
    const names = new Set(own.map(({ id }) => `${id}.yaml`));
    for (const name of readdirSync(path))
      if (name.endsWith('.yaml') && !names.has(name)) rmSync(join(path, name));
    for (const entry of own) writeFileSync(join(path, `${entry.id}.yaml`), yamlOf(entry));
  }
}

/** Throws Refused for what is no document. */
export function readFolder(folder: string): readonly Entry[] {
  if (!existsSync(folder)) throw new Refused('NO_FOLDER', `there is no folder ${folder}`);
  return documentKinds.flatMap((kind) => {
    const path = join(folder, kind);
    if (!existsSync(path)) return [];
    const names = readdirSync(path).filter((name) => name.endsWith('.yaml'));
    return names.sort().map((name) => readEntry(kind, join(path, name), name.slice(0, -'.yaml'.length)));
  });
}

function readEntry(kind: DocumentKind, path: string, id: string): Entry {
  const text = readFileSync(path, 'utf8');
  if (text.length > bytesMax) throw new Refused('INVALID_DOCUMENT', `${path} is too large`);
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new Refused('INVALID_DOCUMENT', `${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new Refused('INVALID_DOCUMENT', `${path} holds no document`);
  const fields = document as Entry['document'];
  if (fields['id'] !== id) throw new Refused('INVALID_DOCUMENT', `${path} is not named after its id`);
  return { kind, id, document: fields };
}
