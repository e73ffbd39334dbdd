/** What every cache must do; `cache.test.ts` runs it over both implementations. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyLengthMax, valueLengthMax, type Cache } from './cache.ts';
import { until } from '../testing/until.ts';

export interface CacheUnderTest {
  readonly cache: Cache;
  /** Lets time pass where it stands still by itself. */
  elapse(durationMs: number): void;
  stop(): Promise<void>;
}

export function cacheContract(name: string, start: () => Promise<CacheUnderTest>): void {
  describe(`cache contract: ${name}`, () => {
    let party: CacheUnderTest;
    let cache: Cache;
    beforeEach(async () => {
      party = await start();
      cache = party.cache;
    });
    afterEach(() => party.stop());

    it('returns what was written, and undefined for what was not', async () => {
      await cache.set('price.gold.EURUSD', '{"bid":"1.1","name":"東京"}');
      await cache.set('empty', '');
      expect(await cache.get('price.gold.EURUSD')).toBe('{"bid":"1.1","name":"東京"}');
      expect(await cache.get('empty')).toBe('');
      expect(await cache.get('absent')).toBeUndefined();
      expect(cache.isConnected).toBe(true);
    });

    it('reads several in the order of the keys', async () => {
      await cache.setMany([
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ]);
      expect(await cache.getMany(['b', 'absent', 'a', 'b'])).toEqual(['2', undefined, '3', '2']);
      expect(await cache.getMany([])).toEqual([]);
      await cache.setMany([]);
    });

    it('forgets at the end of the time to live', async () => {
      await cache.setMany(
        [
          ['short', '1'],
          ['other', '1'],
        ],
        30,
      );
      await cache.set('long', '2', 3_600_000);
      await cache.set('forever', '3');
      party.elapse(30);
      await until(async () => (await cache.get('short')) === undefined);
      await until(async () => (await cache.get('other')) === undefined);
      expect(await cache.getMany(['long', 'forever'])).toEqual(['2', '3']);
    });

    it('takes the time to live from the last write', async () => {
      await cache.set('key', '1', 20);
      await cache.set('key', '2');
      await cache.set('witness', '1', 40);
      party.elapse(40);
      await until(async () => (await cache.get('witness')) === undefined);
      expect(await cache.get('key')).toBe('2');
    });

    it('deletes', async () => {
      await cache.set('key', '1');
      await cache.delete('key');
      await cache.delete('absent');
      expect(await cache.get('key')).toBeUndefined();
    });

    it('asserts its limits', async () => {
      await expect(cache.set('', '1')).rejects.toThrow(/key/);
      await expect(cache.set('k'.repeat(keyLengthMax + 1), '1')).rejects.toThrow(/key/);
      await expect(cache.set('key', 'v'.repeat(valueLengthMax + 1))).rejects.toThrow(/value/);
      for (const ttlMs of [0, -1, 1.5, Number.NaN])
        await expect(cache.set('key', '1', ttlMs)).rejects.toThrow(/ttl/);
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('k'.repeat(keyLengthMax), 'v'.repeat(valueLengthMax));
    });
  });
}
