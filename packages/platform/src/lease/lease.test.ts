/** The lease contract on both stores, and what only SQL shows. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { leaseContract } from './lease.contract.ts';
import { MemoryLeases } from './lease.memory.ts';
import { PostgresLeases } from './lease.postgres.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

leaseContract('memory', async () => {
  let epoch = 0;
  const store = new MemoryLeases({ now: () => performance.now(), nextEpoch: () => (epoch += 1) });
  return { store, stop: () => store.close() };
});

leaseContract('PostgreSQL, embedded', async () => {
  const url = await server.createDatabase();
  const stores = Array.from(
    { length: 4 },
    () => new PostgresLeases({ url, log: silentLog, timeoutMs: 5_000 }),
  );
  let turn = 0;
  // Rounds of a test run side by side, each on a connection of its own.
  const next = () => stores[(turn += 1) % stores.length]!;
  return {
    store: { round: (round) => next().round(round), list: () => next().list(), close: async () => undefined },
    stop: async () => void (await Promise.all(stores.map((store) => store.close()))),
  };
});

describe('lease.postgres', () => {
  it('never lets an epoch go back', async () => {
    const client = new pg.Client({ connectionString: await server.createDatabase() });
    await client.connect();
    await client.query(
      "INSERT INTO lease VALUES ('partition', 'acme', 5, NULL, NULL, NULL, now(), 1, 'new')",
    );
    await expect(client.query('UPDATE lease SET epoch = 4')).rejects.toThrow('only grows');
    await client.end();
  });

  it('goes on after its connection was ended, and throws while the server is away', async () => {
    const url = await server.createDatabase();
    const store = new PostgresLeases({ url, log: silentLog, timeoutMs: 2_000 });
    expect(await store.list()).toEqual([]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidegate leases'",
    );
    await client.end();
    await store.list().catch(() => undefined);
    expect(await store.list()).toEqual([]);
    await store.close();
  });
});
