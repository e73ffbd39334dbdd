/**
 * Leases as rows in PostgreSQL. A round is one call of `lease_round`, in a transaction of its own, on a
 * connection that nothing else uses: whoever waits for a slow report must not lose what it owns.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { z } from 'zod';
import { sqlTypes } from '../sql/database.ts';
import { leaseKinds, type LeaseRound, type LeaseRow, type LeaseStore, type LeaseTable } from './lease.ts';

export interface PostgresLeasesOptions {
  readonly url: string;
  readonly log: Pick<Logger, 'warn'>;
  /** For one round, and for a connection. */
  readonly timeoutMs: number;
}

const leaseRow = z.object({
  kind: z.enum(leaseKinds),
  resource: z.string(),
  epoch: z.int(),
  holder: z.string().optional(),
  instance: z.string().optional(),
  to: z.string().optional(),
  isLive: z.boolean(),
  sinceMs: z.number(),
  why: z.enum(['new', 'released', 'handedOver', 'expired', 'restarted']),
});
/** A newer release may have kinds that this one does not know. */
const ofKnownKinds = (rows: unknown): unknown =>
  Array.isArray(rows) ? rows.filter(({ kind }) => leaseKinds.includes(kind as never)) : rows;
const leaseRows = z.preprocess(ofKnownKinds, z.array(leaseRow));
const knownKinds = (kinds: unknown): unknown =>
  Array.isArray(kinds) ? kinds.filter((kind) => leaseKinds.includes(kind as never)) : kinds;
const leaseTable = z.object({
  members: z.array(
    z.object({
      holder: z.string(),
      instance: z.string(),
      kinds: z.preprocess(knownKinds, z.array(z.enum(leaseKinds))),
    }),
  ),
  leases: leaseRows,
  isSuperseded: z.boolean(),
});

export class PostgresLeases implements LeaseStore {
  readonly #pool: pg.Pool;

  constructor({ url, log, timeoutMs }: PostgresLeasesOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: 1,
      application_name: 'tidegate leases',
      types: sqlTypes,
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs,
      query_timeout: timeoutMs,
    });
    this.#pool.on('error', (error) => {
      Reflect.deleteProperty(error, 'client');
      log.warn({ err: error }, 'connection of the leases lost');
    });
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async round(round: LeaseRound): Promise<LeaseTable> {
    const { rows } = await this.#query<{ lease_round: unknown }>('lease-round', 'SELECT lease_round($1)', [
      JSON.stringify(round),
    ]);
    return leaseTable.parse(rows[0]?.lease_round) as LeaseTable;
  }

  async list(): Promise<readonly LeaseRow[]> {
    const { rows } = await this.#query<{ rows: unknown }>(
      'lease-list',
      'SELECT lease_rows(NULL, NULL) AS rows',
      [],
    );
    return leaseRows.parse(rows[0]?.rows) as readonly LeaseRow[];
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** A connection that broke or did not answer is not used again. */
  async #query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const client = await this.#pool.connect();
    try {
      const answer = await client.query<Row>({ name, text, values: [...values] });
      client.release();
      return answer;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
}
