/** The audit in memory, for tests and for a process without SQL; the same bytes as in SQL. */
import { InvalidCursor, pageCursor, readPageCursor, type Page } from '../sql/page.ts';
import type { Audit, AuditQuery, StoredCheckpoint } from './audit.ts';
import {
  entryOf,
  noHead,
  storedAfter,
  type AuditEntry,
  type AuditHead,
  type NewAuditEntry,
  type StoredEntry,
} from './entry.ts';
import type { Hash } from './tree.ts';

export class MemoryAudit implements Audit {
  readonly #entries: StoredEntry[] = [];
  readonly #ids = new Set<string>();
  readonly #checkpoints: StoredCheckpoint[] = [];

  async append(entries: readonly NewAuditEntry[]): Promise<void> {
    for (const entry of entries) {
      if (this.#ids.has(entry.id)) continue;
      this.#ids.add(entry.id);
      this.#entries.push(storedAfter(this.#entries.at(-1) ?? noHead, entry));
    }
  }

  async head(): Promise<AuditHead> {
    return this.#entries.at(-1) ?? noHead;
  }

  async list({ limit, before, ...filter }: AuditQuery): Promise<Page<AuditEntry>> {
    const below = before === undefined ? Infinity : readAuditCursor(before);
    const found = this.#entries
      .filter((entry) => entry.number < below && isWanted(entry, filter))
      .toReversed()
      .slice(0, limit + 1);
    return auditPage(found, limit);
  }

  async after(number: number, limit: number): Promise<readonly StoredEntry[]> {
    return this.#entries.slice(number, number + limit);
  }

  async hashesAfter(number: number, limit: number): Promise<readonly Hash[]> {
    return this.#entries.slice(number, number + limit).map(({ hash }) => hash);
  }

  async addCheckpoint(checkpoint: StoredCheckpoint): Promise<boolean> {
    const last = this.#checkpoints.at(-1);
    if (last !== undefined && (last.size >= checkpoint.size || last.leaseEpoch > checkpoint.leaseEpoch))
      return false;
    this.#checkpoints.push(checkpoint);
    return true;
  }

  async checkpointsAfter(size: number, limit: number): Promise<readonly StoredCheckpoint[]> {
    return this.#checkpoints.filter((one) => one.size > size).slice(0, limit);
  }

  async lastCheckpoint(): Promise<StoredCheckpoint | undefined> {
    return this.#checkpoints.at(-1);
  }
}

const isWanted = (
  entry: StoredEntry,
  { from, to, who, what, target }: Omit<AuditQuery, 'limit' | 'before'>,
): boolean =>
  (from === undefined || Date.parse(entry.at) >= Date.parse(from)) &&
  (to === undefined || Date.parse(entry.at) <= Date.parse(to)) &&
  (who === undefined || entry.person === who) &&
  (what === undefined || entry.what === what) &&
  (target === undefined || entry.target === target);

/** Number of the last entry that was shown. Throws InvalidCursor. */
export function readAuditCursor(cursor: string): number {
  const number = Number(readPageCursor(cursor, 2)[1]);
  if (!Number.isSafeInteger(number)) throw new InvalidCursor();
  return number;
}

/** `found` has one more than `limit` when there is a next page. */
export function auditPage(found: readonly StoredEntry[], limit: number): Page<AuditEntry> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last !== undefined ? pageCursor([last.at, String(last.number)]) : null;
  return { items: items.map(entryOf), next };
}
