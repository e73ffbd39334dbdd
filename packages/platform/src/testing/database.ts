/**
 * A real embedded PostgreSQL for one test file, in a temporary folder, with as many migrated databases as it
 * asks for.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { migrate } from '../sql/database.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../sql/embedded.postgres.ts';

export const silentLog = pino({ level: 'silent' });

export interface TestServer {
  readonly server: EmbeddedPostgres;
  /** URL of a new database with today's schema. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** A folder that the account of the database server can traverse, also when the tests run as root. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = temporaryFolder();
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog });
  await migrate(server.url);
  let count = 0;
  return {
    server,
    async createDatabase() {
      const name = `test_${++count}`;
      const url = new URL(server.url);
      url.pathname = '/postgres';
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      await client.query(`CREATE DATABASE ${name} TEMPLATE tidegate`);
      await client.end();
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
