/**
 * The port to rebuildable values: last prices, presence. Nothing whose loss would fail open lives here.
 * `cache.memory` (one process) and `cache.redis`.
 */
import assert from 'node:assert/strict';

export const keyLengthMax = 256;
export const valueLengthMax = 1_048_576;

/** The cache behind the port does not answer. Callers go on without it: everything in it can be rebuilt. */
export class CacheUnavailable extends Error {
  readonly code = 'CACHE_UNAVAILABLE';
}

/**
 * Limits that both implementations assert: keys of 1 to 256 characters, values to 1,048,576, whole positive
 * milliseconds.
 */
export function assertEntry(key: string, value: string, ttlMs: number | undefined): void {
  assert(key.length > 0 && key.length <= keyLengthMax, `cache key of ${key.length} characters`);
  assert(value.length <= valueLengthMax, `cache value of ${value.length} characters under ${key}`);
  assert(ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs > 0), `cache ttlMs ${ttlMs}`);
}

export interface Cache {
  get(key: string): Promise<string | undefined>;
  /** Several at once; order kept, `undefined` where absent. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** `ttlMs` bounds its life. */
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  /** Writes many in one round trip; last write wins. */
  setMany(entries: readonly (readonly [key: string, value: string])[], ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
  readonly isConnected: boolean;
  close(): Promise<void>;
}
