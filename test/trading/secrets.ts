/**
 * Where a secret might have been left: a secret in all the clothes that programs put on text, looked for in
 * files, in every table of a database and in text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { silentLog } from '@tidegate/platform/testing/database';

/**
 * The text as it is, as JSON, URL and hex write it, and in base64 wherever it may begin in what is encoded.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  for (const one of [hex, hex.toUpperCase()]) forms.add(one);
  for (let before = 0; before < 3; before += 1) {
    // Characters that hold bits of the neighbours are not the secret's.
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((before * 8) / 6);
    const part = encoded.slice(from, Math.floor(((before + bytes.length) * 8) / 6));
    forms.add(part);
    forms.add(part.replaceAll('+', '-').replaceAll('/', '_'));
  }
  // Bytes are read one by one (latin1): what is UTF-8 there looks so.
  for (const form of [...forms]) forms.add(Buffer.from(form).toString('latin1'));
  return [...forms];
}

export type Secrets = Readonly<Record<string, string>>;

/** Names of the secrets that are in it. */
export function secretsIn(text: string, secrets: Secrets): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}

/** `path: secret` for each, below the folder; `except` are paths where secrets live. */
export function secretsInFiles(folder: string, secrets: Secrets, except: readonly string[] = []): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except.includes(path))
    .flatMap((path) => secretsIn(readFileSync(path, 'latin1'), secrets).map((name) => `${path}: ${name}`));
}

/** `table: secret` for each; bytes of columns are looked at as hex, which is one of the forms. */
export async function secretsInTables(url: string, secrets: Secrets): Promise<string[]> {
  const client = connectDatabase({ url, log: silentLog });
  try {
    const { rows: tables } = await client.pool.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
      for (const secret of new Set(rows.flatMap(({ row }) => secretsIn(row, secrets))))
        found.push(`${name}: ${secret}`);
    }
    return found;
  } finally {
    await client.close();
  }
}
