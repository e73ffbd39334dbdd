/** The cache contract over both implementations, and what only one of them promises. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheContract } from './cache.contract.ts';
import { MemoryCache } from './cache.memory.ts';
import { RedisCache } from './cache.redis.ts';
import { freePort, startRedis, type TestServer } from '../testing/servers.ts';
import { until } from '../testing/until.ts';

function stillClock(): { nowMs(): number; monoMs(): number; elapse(durationMs: number): void } {
  let monoMs = 1_000;
  return { nowMs: () => monoMs, monoMs: () => monoMs, elapse: (durationMs) => void (monoMs += durationMs) };
}

cacheContract('memory', async () => {
  const clock = stillClock();
  const cache = new MemoryCache({ clock });
  return { cache, elapse: clock.elapse, stop: () => cache.close() };
});

let server: TestServer;
let contracts = 0;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

cacheContract('Redis', async () => {
  contracts += 1;
  const cache = await RedisCache.connect({
    url: server.url,
    name: 'test',
    namespace: `contract${contracts}`,
  });
  return { cache, elapse: () => undefined, stop: () => cache.close() };
});

describe('memory cache', () => {
  it('is bounded: the entry written longest ago goes, and is counted', async () => {
    const cache = new MemoryCache({ clock: stillClock(), entryLimit: 2 });
    await cache.setMany([
      ['a', '1'],
      ['b', '2'],
    ]);
    await cache.set('a', '3');
    await cache.set('c', '4');
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['3', undefined, '4']);
    expect([cache.size, cache.evicted]).toEqual([2, 1]);
  });
});

describe('Redis cache', () => {
  it('fails at once while Redis is away and comes back by itself', async () => {
    const first = await startRedis();
    const cache = await RedisCache.connect({ url: first.url, name: 'test' });
    await cache.set('key', '1');
    await first.stop();
    await until(() => !cache.isConnected);
    await expect(cache.get('key')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    await expect(cache.setMany([['key', '1']], 100)).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    const second = await startRedis({ port: first.port });
    await until(() => cache.isConnected);
    expect(await cache.get('key')).toBeUndefined();
    await cache.close();
    expect(cache.isConnected).toBe(false);
    await second.stop();
  });

  it('says so when no server is there', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    await expect(RedisCache.connect({ url, name: 'test', connectTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    });
  });

  it('keeps namespaces apart', async () => {
    const east = await RedisCache.connect({ url: server.url, name: 'test', namespace: 'east' });
    const west = await RedisCache.connect({ url: server.url, name: 'test', namespace: 'west' });
    await east.set('key', 'east');
    expect(await west.get('key')).toBeUndefined();
    await east.close();
    await west.close();
  });
});
