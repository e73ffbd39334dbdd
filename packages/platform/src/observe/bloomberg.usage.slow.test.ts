/** Usage rows in a real PostgreSQL: sums over batches and days, securities once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlUsage } from './bloomberg.usage.ts';
import { connectDatabase, type Database } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';

describe('Bloomberg usage in SQL', () => {
  let server: TestServer;
  let database: Database;

  beforeAll(async () => {
    server = await startTestServer();
    database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  it('adds up by day, user and service', async () => {
    const usage = new SqlUsage(database);
    const row = (user: string, hits: number) => ({ user, service: '//blp/refdata', hits });
    expect(await usage.load('2026-11-22')).toEqual({ rows: [], securities: [] });
    await usage.add('2026-11-22', {
      rows: [row('ann', 5), row('bob', 1), row('ann', 2)],
      securities: ['A', 'B', 'A'],
    });
    await usage.add('2026-11-22', { rows: [row('ann', 3)], securities: ['B', 'C'] });
    await usage.add('2026-11-23', { rows: [row('ann', 1)], securities: [] });
    const { rows, securities } = await usage.load('2026-11-22');
    expect(rows.toSorted((a, b) => a.user.localeCompare(b.user))).toEqual([row('ann', 10), row('bob', 1)]);
    expect(securities.toSorted()).toEqual(['A', 'B', 'C']);
    await usage.add('2028-06-01', { rows: [], securities: ['A'] });
    expect(await usage.load('2026-11-22')).toEqual({ rows: [], securities: [] });
  });
});
