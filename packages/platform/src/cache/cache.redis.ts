/**
 * The cache between processes: Redis. Fails fast with CacheUnavailable instead of queueing while Redis is
 * away, and reconnects for ever. Every key carries the namespace, so several platforms may share a server.
 */
import { Redis } from 'ioredis';
import { assertEntry, CacheUnavailable, type Cache } from './cache.ts';

const commandsPendingMax = 10_000;

export interface RedisCacheOptions {
  /** `redis://` or `rediss://`, with credentials and database number. */
  readonly url: string;
  /** Shown in `CLIENT LIST`. */
  readonly name: string;
  /** First part of every key. Default `tidegate`. */
  readonly namespace?: string;
  /** How long `connect` goes on trying for the first time. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for an answer. Default 1,000. */
  readonly commandTimeoutMs?: number;
  /** Text of connection events for the log. */
  readonly onStatus?: (text: string) => void;
}

export class RedisCache implements Cache {
  readonly #redis: Redis;
  readonly #prefix: string;
  #pending = 0;
  #isClosed = false;

  /** Throws CacheUnavailable when Redis is not reached in time. */
  static async connect(options: RedisCacheOptions): Promise<RedisCache> {
    const redis = new Redis(options.url, {
      connectionName: options.name,
      lazyConnect: true,
      connectTimeout: 5_000,
      commandTimeout: options.commandTimeoutMs ?? 1_000,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    });
    let lastError = 'no answer';
    redis.on('error', (error: Error) => {
      lastError = error.message;
      options.onStatus?.(error.message);
    });
    redis.on('close', () => options.onStatus?.('disconnected'));
    redis.on('ready', () => options.onStatus?.('connected'));
    await firstReady(redis, options.connectTimeoutMs ?? 10_000, () => lastError);
    return new RedisCache(redis, options.namespace ?? 'tidegate');
  }

  private constructor(redis: Redis, namespace: string) {
    this.#redis = redis;
    this.#prefix = `${namespace}:`;
  }

  get isConnected(): boolean {
    // The client library stays `ready` for a while after `quit`.
    return !this.#isClosed && this.#redis.status === 'ready';
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#ask(() => this.#redis.get(this.#prefix + key))) ?? undefined;
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (keys.length === 0) return [];
    const values = await this.#ask(() => this.#redis.mget(keys.map((key) => this.#prefix + key)));
    return values.map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.setMany([[key, value]], ttlMs);
  }

  async setMany(entries: readonly (readonly [key: string, value: string])[], ttlMs?: number): Promise<void> {
    for (const [key, value] of entries) assertEntry(key, value, ttlMs);
    if (entries.length === 0) return;
    await this.#ask(async () => {
      if (ttlMs === undefined) {
        await this.#redis.mset(entries.flatMap(([key, value]) => [this.#prefix + key, value]));
        return;
      }
      const pipeline = this.#redis.pipeline();
      for (const [key, value] of entries) pipeline.set(this.#prefix + key, value, 'PX', ttlMs);
      const failed = (await pipeline.exec())?.find(([error]) => error !== null);
      if (failed) throw failed[0]!;
    });
  }

  async delete(key: string): Promise<void> {
    await this.#ask(() => this.#redis.del(this.#prefix + key));
  }

  async close(): Promise<void> {
    const wasConnected = this.isConnected;
    this.#isClosed = true;
    if (wasConnected) await this.#redis.quit().catch(() => undefined);
    this.#redis.disconnect();
  }

  /** Every failure of Redis is one thing to the caller: go on without it. */
  async #ask<T>(command: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new CacheUnavailable('cache is closed');
    if (this.#pending >= commandsPendingMax)
      throw new CacheUnavailable(`${commandsPendingMax} commands unanswered`);
    this.#pending += 1;
    try {
      return await command();
    } catch (error) {
      throw new CacheUnavailable((error as Error).message, { cause: error });
    } finally {
      this.#pending -= 1;
    }
  }
}

async function firstReady(redis: Redis, limitMs: number, lastError: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CacheUnavailable(`Redis not reached: ${lastError()}`)), limitMs);
  });
  const ready = new Promise<void>((resolve) => redis.once('ready', () => resolve()));
  // The first attempt's refusal is no reason to give up: the retry strategy goes on.
  redis.connect().catch(() => undefined);
  try {
    await Promise.race([ready, limit]);
  } catch (error) {
    redis.disconnect();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
