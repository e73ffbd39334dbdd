/**
 * Keys of programs in SQL: the hash of a secret, what it may and from where, and when it was used last, which
 * is gathered in memory and written every few seconds.
 */
import { apiKeyLimits, type ApiKeyView } from '@tidegate/wire/api.keys';
import { permissionNames, type Permission } from '@tidegate/wire/permissions';
import type { Logger } from 'pino';
import type { Database } from '../sql/database.ts';

export interface ApiKey {
  readonly id: string;
  readonly user: string;
  readonly secretHash: Buffer;
  readonly rights: readonly Permission[];
  /** Empty: from anywhere. */
  readonly addresses: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly isRevoked: boolean;
}

export interface NewApiKey extends Omit<ApiKey, 'isRevoked'> {
  readonly name: string;
  readonly by: string;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly secret_hash: Buffer;
  readonly rights: readonly string[];
  readonly addresses: readonly string[];
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
  readonly used_at: Date | null;
  readonly used_from: string | null;
}

interface Use {
  readonly atMs: number;
  readonly from: string;
}

export interface ApiKeysOptions {
  readonly database: Pick<Database, 'pool'>;
  readonly log: Pick<Logger, 'warn'>;
}

const writeEveryMs = 5_000;
/** Keys whose last use waits to be written. */
const usesMax = 10_000;

export class ApiKeys {
  readonly #options: ApiKeysOptions;
  #uses = new Map<string, Use>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ApiKeysOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.writeUses(), writeEveryMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.writeUses();
  }

  /** Undefined: its user has as many good ones as he may have. */
  async create(key: NewApiKey): Promise<ApiKeyView | undefined> {
    const { id, user, name, secretHash, rights, addresses, createdAtMs, by, expiresAtMs } = key;
    const client = await this.#options.database.pool.connect();
    try {
      await client.query('BEGIN');
      // Two at once count one after the other.
      await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`api_key ${user}`]);
      const { rows } = await client.query<Row>(
        'INSERT INTO api_key (id, user_id, name, secret_hash, rights, addresses, created_at, created_by, ' +
          'expires_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (SELECT count(*) FROM api_key ' +
          'WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > $7) < $10 RETURNING *',
        [
          ...[id, user, name, secretHash, rights, addresses, new Date(createdAtMs), by],
          ...[new Date(expiresAtMs), apiKeyLimits.perUser],
        ],
      );
      await client.query('COMMIT');
      return rows[0] && viewOf(rows[0]);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  /** Newest first, those that ended too. */
  async of(user: string): Promise<readonly ApiKeyView[]> {
    const { rows } = await this.#options.database.pool.query<Row>(
      'SELECT * FROM api_key WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT 500',
      [user],
    );
    return rows.map(viewOf);
  }

  async find(id: string): Promise<ApiKey | undefined> {
    const { rows } = await this.#options.database.pool.query<Row>('SELECT * FROM api_key WHERE id = $1', [
      id,
    ]);
    return rows[0] && keyOf(rows[0]);
  }

  /** The first time counts. Undefined: there is none. */
  async revoke(id: string, by: string, atMs: number): Promise<ApiKey | undefined> {
    const { rows } = await this.#options.database.pool.query<Row>(
      'UPDATE api_key SET revoked_at = coalesce(revoked_at, $2), revoked_by = coalesce(revoked_by, $3) ' +
        'WHERE id = $1 RETURNING *',
      [id, new Date(atMs), by],
    );
    return rows[0] && keyOf(rows[0]);
  }

  used(id: string, use: Use): void {
    if (this.#uses.has(id) || this.#uses.size < usesMax) this.#uses.set(id, use);
  }

  /** One statement for all of them; what SQL does not take now is tried again with the next. */
  async writeUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = this.#uses;
    this.#uses = new Map();
    const rows = [...uses];
    try {
      await this.#options.database.pool.query(
        'UPDATE api_key SET used_at = u.at, used_from = u.origin FROM ' +
          'unnest($1::text[], $2::timestamptz[], $3::text[]) AS u (id, at, origin) ' +
          'WHERE api_key.id = u.id AND (api_key.used_at IS NULL OR api_key.used_at < u.at)',
        [
          rows.map(([id]) => id),
          rows.map(([, { atMs }]) => new Date(atMs)),
          rows.map(([, { from }]) => from),
        ],
      );
    } catch (error) {
      for (const [id, use] of uses) if (!this.#uses.has(id)) this.used(id, use);
      this.#options.log.warn({ err: error }, 'last uses of keys not written');
    }
  }
}

/** A right that this release does not know is none. */
const rightsOf = ({ rights }: Row): Permission[] => permissionNames.filter((right) => rights.includes(right));

const keyOf = (row: Row): ApiKey => ({
  id: row.id,
  user: row.user_id,
  secretHash: row.secret_hash,
  rights: rightsOf(row),
  addresses: row.addresses,
  createdAtMs: row.created_at.getTime(),
  expiresAtMs: row.expires_at.getTime(),
  isRevoked: row.revoked_at !== null,
});

const viewOf = (row: Row): ApiKeyView => ({
  id: row.id,
  user: row.user_id,
  name: row.name,
  rights: rightsOf(row),
  addresses: [...row.addresses],
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  expiresAt: row.expires_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  revokedBy: row.revoked_by,
  usedAt: row.used_at?.toISOString() ?? null,
  usedFrom: row.used_from,
});
