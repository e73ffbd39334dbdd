/** The cache inside one process. Bounded: when full, the entry written longest ago goes. */
import { assertEntry, type Cache } from './cache.ts';
import type { Clock } from '../observe/clock.ts';

export interface MemoryCacheOptions {
  readonly clock: Clock;
  /** Default 100,000. */
  readonly entryLimit?: number;
}

interface Entry {
  readonly value: string;
  /** Monotonic milliseconds; Infinity without a time to live. */
  readonly expiresAtMonoMs: number;
}

export class MemoryCache implements Cache {
  /** Entries removed because the cache was full. */
  evicted = 0;
  readonly isConnected = true;
  /** In order of writing. */
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #entryLimit: number;

  constructor(options: MemoryCacheOptions) {
    this.#clock = options.clock;
    this.#entryLimit = options.entryLimit ?? 100_000;
  }

  get size(): number {
    return this.#entries.size;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#read(key, this.#clock.monoMs());
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const nowMonoMs = this.#clock.monoMs();
    return keys.map((key) => this.#read(key, nowMonoMs));
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.setMany([[key, value]], ttlMs);
  }

  async setMany(entries: readonly (readonly [key: string, value: string])[], ttlMs?: number): Promise<void> {
    const expiresAtMonoMs = ttlMs === undefined ? Infinity : this.#clock.monoMs() + ttlMs;
    for (const [key, value] of entries) assertEntry(key, value, ttlMs);
    for (const [key, value] of entries) {
      this.#entries.delete(key);
      if (this.#entries.size >= this.#entryLimit) this.#evictOldest();
      this.#entries.set(key, { value, expiresAtMonoMs });
    }
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  #read(key: string, nowMonoMs: number): string | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (nowMonoMs < entry.expiresAtMonoMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  #evictOldest(): void {
    const oldest = this.#entries.keys().next();
    if (oldest.done) return;
    this.#entries.delete(oldest.value);
    this.evicted += 1;
  }
}
