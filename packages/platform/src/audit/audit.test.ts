/** The audit's contract on both stores, and that SQL refuses everything but appending. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../sql/database.ts';
import { silentLog, startTestServer, type TestServer } from '../testing/database.ts';
import { auditContract, auditEntry } from './audit.contract.ts';
import { MemoryAudit } from './audit.memory.ts';
import { PostgresAudit } from './audit.postgres.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.stop();
});

auditContract('memory', async () => ({ audit: new MemoryAudit(), stop: async () => undefined }));
auditContract('PostgreSQL, embedded', async () => {
  const database = connectDatabase({ url: await server.createDatabase(), log: silentLog });
  return { audit: new PostgresAudit(database), stop: () => database.close() };
});

describe('audit.postgres', () => {
  it('lets nobody change, delete, truncate or leave a hole', async () => {
    const url = await server.createDatabase();
    const database = connectDatabase({ url, log: silentLog });
    const audit = new PostgresAudit(database);
    await audit.append([auditEntry(), auditEntry()]);
    const at = '2026-11-28T22:00:00.000Z';
    await audit.addCheckpoint({ size: 2, at, leaseEpoch: 1, key: 'key', note: 'note' });
    await database.close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const table of ['audit_entry', 'audit_checkpoint']) {
      await expect(client.query(`UPDATE ${table} SET at = now()`)).rejects.toThrow('append-only');
      await expect(client.query(`DELETE FROM ${table}`)).rejects.toThrow('append-only');
      await expect(client.query(`TRUNCATE ${table}`)).rejects.toThrow('append-only');
    }
    const copied = `INSERT INTO audit_entry
      SELECT number + 2, gen_random_uuid(), at, person, what, target, body, hash
      FROM audit_entry WHERE number = 2`;
    await expect(client.query(copied)).rejects.toThrow('audit entry 4 is not the next');
    await client.end();
  });
});
