/**
 * The newest row of every document, kept: of thousands of documents a change reads and parses only those that
 * it touches. Versions are given under a lock, so what is newer than the newest known is all that is missing.
 */
import type { Kysely } from 'kysely';
import type { Tables } from '../sql/database.ts';
import type { DocumentRow } from './configuration.documents.ts';

type Rows = ReadonlyMap<string, DocumentRow>;

export class DocumentRows {
  #rows: Rows = new Map();
  #version = 0;

  /** By kind and id. Throws the driver's error when SQL is away. */
  async read(kysely: Kysely<Tables>): Promise<readonly DocumentRow[]> {
    const [known, knownVersion] = [this.#rows, this.#version];
    const version = await newestVersion(kysely);
    if (version === knownVersion) return [...known.values()];
    // Older than what is known: another database, or one that was restored.
    const isWhole = knownVersion === 0 || version < knownVersion;
    const read = isWhole ? await newestRows(kysely) : await rowsAfter(kysely, knownVersion);
    const rows = merged(isWhole ? new Map() : known, read);
    const newest = read.reduce((most, row) => Math.max(most, row.version), isWhole ? 0 : knownVersion);
    // Another read may have been faster, and have read more.
    if (isWhole || newest > this.#version) [this.#rows, this.#version] = [rows, newest];
    return [...rows.values()];
  }
}

function merged(known: Rows, read: readonly DocumentRow[]): Rows {
  const all = new Map(known);
  for (const row of read) all.set(`${row.kind}/${row.id}`, row);
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function newestVersion(kysely: Kysely<Tables>): Promise<number> {
  const row = await kysely
    .selectFrom('configuration')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

const newestRows = (kysely: Kysely<Tables>): Promise<DocumentRow[]> =>
  kysely
    .selectFrom('configuration')
    .distinctOn(['kind', 'id'])
    .select(['version', 'kind', 'id', 'body'])
    .orderBy('kind')
    .orderBy('id')
    .orderBy('version', 'desc')
    .execute();

/** Oldest first, so that the newest of a document is taken last. */
const rowsAfter = (kysely: Kysely<Tables>, version: number): Promise<DocumentRow[]> =>
  kysely
    .selectFrom('configuration')
    .select(['version', 'kind', 'id', 'body'])
    .where('version', '>', version)
    .orderBy('version')
    .execute();
