/**
 * The files of a file store: which segments a folder has, what is whole in them, and what a repair cuts off.
 * What is cut off for damage is kept beside as `….cut` until the next repair, for whoever wants to look.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { BlockReader, MAGIC, type BlockWriter } from './log.ts';
import { NEVER_RESENT, StoreError, type OutboundRecord } from './store.ts';

export interface Segment {
  /** From 1, ascending. */
  readonly number: number;
  readonly path: string;
  size: number;
  /** Messages here since the last reset. */
  records: number;
}

/** What `open` had to cut off. */
export interface Repair {
  /**
   * `tail`: the last write was cut short; it was not acknowledged. `damage`: there are whole blocks behind
   * the cut; what they said is lost.
   */
  readonly kind: 'tail' | 'damage';
  readonly path: string;
  /** Where the first unreadable byte was. */
  readonly at: number;
  /** In this and all later segments. */
  readonly bytesCut: number;
}

/** Segments of a folder in order, as paths. */
export function segmentPaths(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{8}\.log$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);
}

export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(8, '0')}.log`;
}

export function numberOf(path: string): number {
  return Number(path.slice(-12, -4));
}

/**
 * Goes through the blocks of a file. Returns where the first byte is that belongs to none: the file's length
 * when all is whole.
 */
export function scan(path: string, bytes: Buffer, reader: BlockReader, onBlock: () => void): number {
  if (bytes.length >= MAGIC.length && !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    const isOlder = bytes.subarray(0, MAGIC.length).equals(Buffer.from('TGFIXL1\n'));
    throw new StoreError(
      'damaged',
      isOlder ? `${path} was written by release 0.1: move it away` : `${path} is damaged: not a store's file`,
    );
  }
  reader.take(bytes);
  let at = MAGIC.length;
  if (!reader.move(at) || reader.type !== 'snapshot') return 0;
  while (reader.move(at)) {
    onBlock();
    at = reader.end;
  }
  return at;
}

/**
 * Rewrites a segment that holds frames of messages that are never resent, as earlier releases did: a Logon
 * has a password in it. What is not readable stays behind the rest. Returns what the file holds now.
 */
export function readWithoutUnneeded(path: string, reader: BlockReader, writer: BlockWriter): Buffer {
  const bytes = readFileSync(path);
  const blocks: Buffer[] = [bytes.subarray(0, MAGIC.length)];
  let isChanged = false;
  const end = scan(path, bytes, reader, () => {
    const block = reader.keepsUnneeded ? withoutUnneeded(reader, writer) : undefined;
    isChanged ||= block !== undefined;
    blocks.push(block ?? bytes.subarray(reader.at, reader.end));
  });
  if (!isChanged) return bytes;
  const rewritten = Buffer.concat([...blocks, bytes.subarray(end)]);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeFileSync(fd, rewritten);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
  return rewritten;
}

function withoutUnneeded(reader: BlockReader, writer: BlockWriter): Buffer {
  const { nextInbound, nextOutbound, atMs } = reader;
  const records: OutboundRecord[] = [];
  reader.messages(0, Infinity, records);
  const kept = records.map((one) => (NEVER_RESENT.has(one.msgType) ? { ...one, frame: NO_BYTES } : one));
  const numbers = {
    ...(nextInbound === undefined ? undefined : { nextInbound }),
    ...(nextOutbound === undefined ? undefined : { nextOutbound }),
  };
  // The writer's bytes are good until its next block.
  return Buffer.from(writer.batch(kept, numbers, atMs));
}

const NO_BYTES = new Uint8Array(0);

export function newReader(): BlockReader {
  return new BlockReader(crc32);
}

/** What is at `at` of the segment `paths[index]`, and behind it, is not readable. */
export function damageAt(paths: readonly string[], index: number, at: number, reader: BlockReader): Repair {
  const path = paths[index] as string;
  const bytes = readFileSync(path);
  reader.take(bytes);
  const later = paths.slice(index + 1);
  const isDamage = later.length > 0 || reader.hasBlockFrom(Math.max(at + 8, MAGIC.length));
  const bytesLater = later.reduce((sum, one) => sum + readFileSync(one).length, 0);
  return { kind: isDamage ? 'damage' : 'tail', path, at, bytesCut: bytes.length - at + bytesLater };
}

/** Cuts `paths[index]` at `at` (at 0: the whole file) and takes everything later away. */
export function cut(paths: readonly string[], index: number, { kind, path, at }: Repair): void {
  for (const later of paths.slice(index + 1)) renameSync(later, `${later}.cut`);
  if (at === 0) {
    if (kind === 'tail') rmSync(path);
    else renameSync(path, `${path}.cut`);
    return;
  }
  if (kind === 'damage') writeFileSync(`${path}.cut`, readFileSync(path).subarray(at), { mode: 0o600 });
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, at);
  closeSync(fd);
}

/** Removes what earlier repairs have kept. */
export function removeCuts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\d{8}\.log\.cut$/.test(name)) rmSync(`${folder}/${name}`);
  }
}

/** So that names of new files survive the host, too. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
