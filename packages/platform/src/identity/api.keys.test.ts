/** Keys on a real database: what is kept, how many there may be, their end and their last use. */
import { apiKeyLimits } from '@tidegate/wire/api.keys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { newApiKey } from './api.key.text.ts';
import { ApiKeys, type NewApiKey } from './api.keys.ts';

let test: TestServer;
let database: Database;
let keys: ApiKeys;
beforeAll(async () => {
  test = await startTestServer();
  database = connectDatabase({ url: await test.createDatabase(), log: silentLog });
  keys = new ApiKeys({ database, log: silentLog });
});
afterAll(async () => {
  await database.close();
  await test.stop();
});

const fresh = (user: string, change: Partial<NewApiKey> = {}): NewApiKey => ({
  ...newApiKey(),
  ...{ user, name: 'engine', by: 'ann', rights: ['trade', 'cancel'], addresses: ['10.0.0.0/8'] },
  ...{ createdAtMs: 1_800_000_000_000, expiresAtMs: 1_900_000_000_000, ...change },
});

describe('keys', () => {
  it('are found as they were made, by a hash and nothing else of the secret', async () => {
    const kept = fresh('bot');
    const view = await keys.create(kept);
    expect(view).toMatchObject({ user: 'bot', createdBy: 'ann', usedAt: null, revokedAt: null });
    expect(view).not.toHaveProperty('secretHash');
    expect(await keys.find(kept.id)).toMatchObject({
      ...{ user: 'bot', rights: ['trade', 'cancel'], addresses: ['10.0.0.0/8'], isRevoked: false },
      secretHash: kept.secretHash,
    });
    expect(await keys.find('nothing')).toBeUndefined();
  });

  it('are revoked once, and stay in the list', async () => {
    const key = fresh('once');
    await keys.create(key);
    expect(await keys.revoke(key.id, 'ann', 1_800_000_001_000)).toMatchObject({ isRevoked: true });
    await keys.revoke(key.id, 'bob', 1_800_000_002_000);
    expect(await keys.of('once')).toMatchObject([
      { revokedBy: 'ann', revokedAt: '2027-01-15T08:00:01.000Z' },
    ]);
    expect(await keys.revoke('nothing', 'ann', 0)).toBeUndefined();
  });

  it('are a few a user, also when all are made at once; those that ended do not count', async () => {
    const made = await Promise.all(
      Array.from({ length: apiKeyLimits.perUser + 3 }, () => keys.create(fresh('many'))),
    );
    const good = made.filter((one) => one !== undefined);
    expect(good).toHaveLength(apiKeyLimits.perUser);
    await keys.revoke(good[0]!.id, 'ann', 1_800_000_000_000);
    expect(await keys.create(fresh('many'))).toBeDefined();
    expect(await keys.create(fresh('many'))).toBeUndefined();
    expect(await keys.create(fresh('many', { createdAtMs: 1_900_000_000_001 }))).toBeDefined();
  });

  it('keep their latest use, whichever process writes last', async () => {
    const key = fresh('used');
    await keys.create(key);
    const elsewhere = new ApiKeys({ database, log: silentLog });
    keys.used(key.id, { atMs: 1_800_000_005_000, from: '10.0.0.1' });
    elsewhere.used(key.id, { atMs: 1_800_000_004_000, from: '10.0.0.2' });
    await keys.writeUses();
    await elsewhere.writeUses();
    expect(await keys.of('used')).toMatchObject([
      { usedAt: '2027-01-15T08:00:05.000Z', usedFrom: '10.0.0.1' },
    ]);
  });
});
