/**
 * An archived period as files: the records in PostgreSQL's own text format of COPY, compressed by zstd, and a
 * manifest that says what must be in there. Whoever has lost everything else can load it with `zstd` and
 * `psql` alone. The manifest is written last and is the same for the same records, so that there is an
 * archive when it is there, and doing it again changes nothing.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';

/** Why the archive does not do what it was asked for; nothing was changed. */
export class ArchiveRefused extends Error {
  readonly code: ArchiveCode;

  constructor(code: ArchiveCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ArchiveRefused';
    this.code = code;
  }
}

/** docs/archive.md says what to do. */
export const archiveCodes = [
  'ARCHIVE_SNAPSHOT_OLD',
  'ARCHIVE_READER_BEHIND',
  'ARCHIVE_HOLE',
  'ARCHIVE_EXISTS',
  'ARCHIVE_BUSY',
  'ARCHIVE_MISSING',
  'ARCHIVE_DAMAGED',
  'ARCHIVE_FOREIGN',
  'ARCHIVE_NOT_NEEDED',
] as const;
export type ArchiveCode = (typeof archiveCodes)[number];

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.number().int().nonnegative();

const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** Also of the journal's table that it was. */
  period: z.string().regex(/^journal_[a-z0-9_]+$/),
  /** null: from the beginning of time. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime(),
  columns: z.array(z.string().regex(/^[a-z_]+$/)).min(1),
  records: whole,
  /** By name. `count` is `last` - `first` + 1: there are no holes. */
  partitions: z.array(z.strictObject({ partition: z.string(), first: whole, last: whole, count: whole })),
  /** The file beside the manifest. */
  file: z.strictObject({ name: z.string().regex(/^[a-z0-9_.]+$/), bytes: whole, sha256: hash }),
  /** What is in it, not compressed. */
  content: z.strictObject({ bytes: whole, sha256: hash }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type PartitionRange = Manifest['partitions'][number];

/** A record's columns as PostgreSQL writes them. */
export type Row = readonly string[];

export const manifestName = (period: string): string => `${period}.json`;
export const dataName = (period: string): string => `${period}.copy.zst`;

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** Throws ARCHIVE_MISSING or ARCHIVE_DAMAGED. `sha256`: of the file as it is. */
export async function readManifest(
  path: string,
): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (cause) {
    throw new ArchiveRefused('ARCHIVE_MISSING', `there is no manifest ${path}`, { cause });
  }
  try {
    return { manifest: manifestSchema.parse(JSON.parse(text.toString('utf8'))), sha256: sha256(text) };
  } catch (cause) {
    throw new ArchiveRefused('ARCHIVE_DAMAGED', `${path} is not a manifest of this version`, { cause });
  }
}

/** Durable when it resolves; gives its SHA-256. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<string> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const path = join(folder, manifestName(manifest.period));
  await replaceFile(path, async (part) => {
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  });
  return sha256(text);
}

/** What is there under the name is whole, whatever happens meanwhile. */
async function replaceFile(path: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${path}.part`;
  await write(part);
  await rename(part, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const readBytes = 1 << 18;

type Written = Pick<Manifest, 'records' | 'partitions' | 'file' | 'content'>;

/**
 * Writes the data file. `rows`: by partition and sequence. Durable when it resolves. `check` throws when what
 * was written must not take the place of what is there.
 */
export async function writeData(
  folder: string,
  period: string,
  columns: readonly string[],
  rows: AsyncIterable<readonly Row[]>,
  check: (written: Written) => void,
): Promise<Written> {
  const name = dataName(period);
  const ranges = new Ranges(columns);
  const [content, packed] = [new Digest(), new Digest()];
  let written: Written | undefined;
  await replaceFile(join(folder, name), async (part) => {
    const file = await open(part, 'w', 0o600);
    try {
      await pipeline(
        async function* lines() {
          for await (const batch of rows) {
            ranges.add(batch);
            yield content.of(Buffer.from(batch.map(lineOf).join(''), 'utf8'));
          }
        },
        createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
        async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) await file.write(packed.of(chunk));
        },
      );
      await file.sync();
    } finally {
      await file.close();
    }
    const { records, all: partitions } = ranges;
    written = { records, partitions, file: { name, ...packed.end() }, content: content.end() };
    check(written);
  });
  return written!;
}

/** Bytes that pass, and their SHA-256. */
class Digest {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  of(chunk: Buffer): Buffer {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    return chunk;
  }

  end(): Manifest['content'] {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}

/**
 * The rows of an archive, in batches. What the manifest says is checked while they come; ARCHIVE_DAMAGED may
 * come last.
 */
export async function* readData(folder: string, manifest: Manifest): AsyncGenerator<readonly Row[]> {
  const path = join(folder, manifest.file.name);
  const ranges = new Ranges(manifest.columns);
  const [content, packed] = [new Digest(), new Digest()];
  const source = createReadStream(path, { highWaterMark: readBytes });
  const plain = createZstdDecompress({ chunkSize: readBytes });
  pipeline(
    source,
    async function* hashed(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) yield packed.of(chunk);
    },
    plain,
  ).catch(() => {
    /* it ends the loop below, too */
  });
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      content.of(chunk);
      const end = chunk.lastIndexOf(10) + 1;
      if (end === 0) {
        rest = Buffer.concat([rest, chunk]);
        continue;
      }
      const lines = Buffer.concat([rest, chunk.subarray(0, end - 1)])
        .toString('utf8')
        .split('\n');
      rest = chunk.subarray(end);
      const rows = lines.map(rowOf);
      ranges.add(rows);
      yield rows;
    }
  } catch (cause) {
    if (cause instanceof ArchiveRefused) throw cause;
    const code = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'ARCHIVE_MISSING' : 'ARCHIVE_DAMAGED';
    throw new ArchiveRefused(code, `${path} cannot be read`, { cause });
  } finally {
    source.destroy();
  }
  const isWhole =
    rest.length === 0 &&
    packed.end().sha256 === manifest.file.sha256 &&
    content.end().sha256 === manifest.content.sha256 &&
    ranges.records === manifest.records &&
    JSON.stringify(ranges.all) === JSON.stringify(manifest.partitions);
  if (!isWhole) throw new ArchiveRefused('ARCHIVE_DAMAGED', `${path} is not what its manifest says`);
}

/** Reads all of it. */
export async function checkData(folder: string, manifest: Manifest): Promise<void> {
  for await (const _rows of readData(folder, manifest));
}

/** Counts what passes; throws ARCHIVE_HOLE where a partition's records do not follow on each other. */
class Ranges {
  records = 0;
  readonly #ranges = new Map<string, { partition: string; first: number; last: number; count: number }>();
  readonly #partition: number;
  readonly #sequence: number;

  constructor(columns: readonly string[]) {
    this.#partition = columns.indexOf('partition');
    this.#sequence = columns.indexOf('sequence');
  }

  get all(): PartitionRange[] {
    return [...this.#ranges.values()];
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const partition = row[this.#partition] ?? '';
      const sequence = Number(row[this.#sequence]);
      const range = this.#ranges.get(partition);
      if (range !== undefined && sequence !== range.last + 1)
        throw new ArchiveRefused('ARCHIVE_HOLE', `${partition}: ${sequence} follows ${range.last}`);
      if (range === undefined)
        this.#ranges.set(partition, { partition, first: sequence, last: sequence, count: 1 });
      else {
        range.last = sequence;
        range.count += 1;
      }
    }
    this.records += rows.length;
  }
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};
const unescapes: Readonly<Record<string, string>> = { '\\': '\\', t: '\t', n: '\n', r: '\r' };

const escaped = (value: string): string =>
  /[\\\t\n\r]/.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (one) => escapes[one]!) : value;
const unescaped = (value: string): string =>
  value.includes('\\') ? value.replaceAll(/\\(.)/g, (_all, one: string) => unescapes[one] ?? one) : value;

const lineOf = (row: Row): string => `${row.map(escaped).join('\t')}\n`;
const rowOf = (line: string): Row => line.split('\t').map(unescaped);
