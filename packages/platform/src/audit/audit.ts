/**
 * The port to the audit: an append-only log of decisions and the signed checkpoints about it. Living
 * implementations: `audit.memory` and `audit.postgres`.
 */
import type { Page } from '../sql/page.ts';
import type { AuditEntry, AuditHead, NewAuditEntry, StoredEntry } from './entry.ts';
import { GrowingTree, treeRoot, type Hash, type Range } from './tree.ts';

export interface AuditQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
  /** First and last moment. */
  readonly from?: string;
  readonly to?: string;
  readonly who?: string;
  readonly what?: string;
  readonly target?: string;
}

export interface StoredCheckpoint {
  readonly size: number;
  readonly at: string;
  readonly leaseEpoch: number;
  /** Public key that it is signed by. */
  readonly key: string;
  readonly note: string;
}

export interface Audit {
  /** Durable, numbered and chained when it resolves; an id that is there already is not taken again. */
  append(entries: readonly NewAuditEntry[]): Promise<void>;
  /** The last entry. */
  head(): Promise<AuditHead>;
  /** Newest first. Throws InvalidCursor. */
  list(query: AuditQuery): Promise<Page<AuditEntry>>;
  /** Entries after `number`, in order. */
  after(number: number, limit: number): Promise<readonly StoredEntry[]>;
  /** Their hashes only. */
  hashesAfter(number: number, limit: number): Promise<readonly Hash[]>;
  /** False: refused, because whoever has the duty now has a higher epoch, or has said it already. */
  addCheckpoint(checkpoint: StoredCheckpoint): Promise<boolean>;
  /** With more entries than `size`, in order. */
  checkpointsAfter(size: number, limit: number): Promise<readonly StoredCheckpoint[]>;
  lastCheckpoint(): Promise<StoredCheckpoint | undefined>;
}

const pageSize = 10_000;

/** Puts what lies between the tree and `size` into the tree, page by page. */
export async function growTo(
  audit: Pick<Audit, 'hashesAfter'>,
  tree: GrowingTree,
  size: number,
): Promise<void> {
  while (tree.size < size) {
    const hashes = await audit.hashesAfter(tree.size, Math.min(pageSize, size - tree.size));
    if (hashes.length === 0) throw new Error(`the audit has no entry ${tree.size + 1}`);
    for (const hash of hashes) tree.add(hash);
  }
}

/** The roots of parts of the tree, for a proof. */
export async function rootsOf(
  audit: Pick<Audit, 'hashesAfter'>,
  ranges: readonly Range[],
): Promise<readonly Hash[]> {
  const roots: Hash[] = [];
  for (const { from, to } of ranges) {
    const tree = new GrowingTree();
    while (tree.size < to - from) {
      const at = from + tree.size;
      const hashes = await audit.hashesAfter(at, Math.min(pageSize, to - at));
      if (hashes.length === 0) throw new Error(`the audit has no entry ${at + 1}`);
      for (const hash of hashes) tree.add(hash);
    }
    roots.push(to - from === 0 ? treeRoot([]) : tree.root());
  }
  return roots;
}
