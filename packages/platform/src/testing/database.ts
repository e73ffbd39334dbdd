/**
 * A real embedded PostgreSQL for one test file, in a temporary folder, with as many migrated databases as it
 * asks for.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  /** The server that was stopped, at the same URL. */
  startAgain(): Promise<void>;
  /** It keeps its connections and says nothing any more, until `thaw`. */
  freeze(): void;
  thaw(): void;
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
  let server = await startEmbeddedPostgres({ dataDir, log: silentLog });
  const { url: serverUrl } = server;
  const frozen: number[] = [];
  const thaw = (): void => {
    for (const pid of frozen.splice(0).reverse()) process.kill(pid, 'SIGCONT');
  };
  await migrate(server.url);
  let count = 0;
  return {
    get server() {
      return server;
    },
    async startAgain() {
      server = await startEmbeddedPostgres({ dataDir, log: silentLog });
      if (server.url !== serverUrl) throw new Error('the server has another URL');
    },
    freeze() {
      frozen.push(server.pid);
      process.kill(server.pid, 'SIGSTOP');
      // Its processes now: it makes no more of them.
      for (const pid of childrenOf(server.pid)) {
        frozen.push(pid);
        process.kill(pid, 'SIGSTOP');
      }
    },
    thaw,
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
      thaw();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
