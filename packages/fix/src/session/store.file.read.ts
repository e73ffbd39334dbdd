/**
 * A file store from outside, for tools: everything that is written in a session's folder, oldest first,
 * without its lock and without changing a byte. Of a store that is in use it shows what is written so far.
 */
import { readFileSync } from 'node:fs';
import { newReader, scan, segmentPaths } from './store.file.segment.ts';
import type { OutboundRecord } from './store.ts';

export type StoredRecord =
  /** `atMs`: when it was appended, milliseconds since the epoch. */
  | ({ readonly kind: 'message'; readonly atMs: number } & OutboundRecord)
  /** Messages before `next` are done with, or skipped. */
  | { readonly kind: 'nextInbound' | 'nextOutbound'; readonly atMs: number; readonly next: number }
  /** Both numbers start at 1 again; messages before it are forgotten. */
  | { readonly kind: 'reset'; readonly atMs: number; readonly createdAtMs: number }
  /** Where a segment begins. */
  | {
      readonly kind: 'segment';
      readonly atMs: number;
      readonly path: string;
      readonly nextInbound: number;
      readonly nextOutbound: number;
      readonly createdAtMs: number;
    }
  /** Nothing behind byte `at` can be read: a write cut short, or damage. The next `open` repairs it. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly at: number; readonly bytes: number };

/**
 * `folder`: of one session, as `storeFolder(directory, name)` says. Frames are valid for as long as they are
 * held. Throws StoreError `damaged` on a file that is none of a store.
 */
export function* readStore(folder: string): Generator<StoredRecord, void, undefined> {
  const reader = newReader();
  for (const path of segmentPaths(folder)) {
    const bytes = readFileSync(path);
    const records: StoredRecord[] = [];
    const end = scan(path, bytes, reader, () => {
      const { atMs, type, nextInbound, nextOutbound, createdAtMs } = reader;
      if (type === 'reset') {
        records.push({ kind: 'reset', atMs, createdAtMs });
        return;
      }
      if (type === 'snapshot') {
        const numbers = { nextInbound: nextInbound ?? 1, nextOutbound: nextOutbound ?? 1, createdAtMs };
        records.push({ kind: 'segment', atMs, path, ...numbers });
        return;
      }
      const messages: OutboundRecord[] = [];
      reader.messages(0, Infinity, messages);
      for (const message of messages) records.push({ kind: 'message', atMs, ...message });
      if (nextOutbound !== undefined) records.push({ kind: 'nextOutbound', atMs, next: nextOutbound });
      if (nextInbound !== undefined) records.push({ kind: 'nextInbound', atMs, next: nextInbound });
    });
    yield* records;
    if (end < bytes.length) yield { kind: 'unreadable', path, at: end, bytes: bytes.length - end };
  }
}
