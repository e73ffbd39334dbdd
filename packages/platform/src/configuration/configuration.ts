/**
 * Versioned configuration in SQL. A change is a new row with the next version, who made it and when; it is
 * checked together with everything else before it is stored, and told on `configuration.changed` after the
 * commit. Readers use `current`, which follows by that topic and, since a message may be lost, by polling.
 */
import { UNATTRIBUTED } from '@tidegate/core/order/case';
import {
  documents,
  type ConfigurationChanged,
  type DocumentKind,
  type UserDocument,
} from '@tidegate/wire/configuration';
import { configurationTopic } from '@tidegate/wire/topics';
import { sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Bus, Subscription } from '../bus/bus.ts';
import {
  buildSnapshot,
  isDocumentKind,
  type ConfigurationRefusal,
  type ConfigurationSnapshot,
  type DocumentRow,
} from './configuration.documents.ts';
import { DocumentRows, newestVersion } from './configuration.rows.ts';
import { usageRefusal } from './configuration.usage.ts';
import { sqlJson, type Database, type Tables } from '../sql/database.ts';

export type { ConfigurationRefusal, ConfigurationSnapshot } from './configuration.documents.ts';

export interface ConfigurationOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** How often to look for changes that nobody told us of. Default 5 s. */
  readonly pollMs?: number;
}

export interface DocumentChange {
  readonly kind: DocumentKind;
  readonly id: string;
  /** As `documents[kind]` of wire takes it; null removes the document. */
  readonly body: unknown;
  /**
   * Version of the document that was edited (`snapshot.versions`); 0: it must not exist yet. Absent: whatever
   * is there.
   */
  readonly expectedVersion?: number;
}

export type ChangeResult =
  /** Version after the change. */
  | { readonly result: 'done'; readonly version: number }
  | ({ readonly result: 'refused' } & ConfigurationRefusal);

/** One row of a document's history. */
export interface DocumentVersion {
  readonly version: number;
  readonly body: unknown;
  readonly changedBy: string;
  readonly changedAt: string;
  /** Empty for changes from before reasons were kept. */
  readonly reason: string;
}

/** A document as it is now, with its last change. */
export interface StoredDocument extends DocumentVersion {
  readonly kind: DocumentKind;
  readonly id: string;
}

/** Beside who: why, and which changes are one. */
export interface ChangeNote {
  readonly reason: string;
  /** A UUID. */
  readonly changeset: string;
}

/** What is stored cannot be used: nothing starts on half a configuration. */
export class ConfigurationInvalid extends Error {
  readonly code: ConfigurationRefusal['code'];

  constructor({ code, text }: ConfigurationRefusal) {
    super(text);
    this.name = 'ConfigurationInvalid';
    this.code = code;
  }
}

/** Every partition there is an owner for: the firms', and one for what is of no firm. */
export const partitionsOf = ({ firms }: ConfigurationSnapshot): readonly string[] => [
  ...firms.keys(),
  UNATTRIBUTED,
];

/** Key of the advisory lock under which versions are given, so that they have no holes. */
const versionLock = 7_002_7030;
const changesMax = 10_000;

export class Configuration {
  readonly #options: ConfigurationOptions;
  readonly #listeners = new Set<(snapshot: ConfigurationSnapshot) => void>();
  readonly #rows: DocumentRows;
  #current: ConfigurationSnapshot;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #isStale = false;

  private constructor(options: ConfigurationOptions, rows: DocumentRows, snapshot: ConfigurationSnapshot) {
    this.#options = options;
    this.#rows = rows;
    this.#current = snapshot;
  }

  /** Loads and then follows. Throws ConfigurationInvalid, or the driver's error when SQL is away. */
  static async open(options: ConfigurationOptions): Promise<Configuration> {
    const rows = new DocumentRows();
    const configuration = new Configuration(options, rows, await load(options.database, rows));
    configuration.#subscription = options.bus.subscribe(configurationTopic(), ({ version }) => {
      if (version > configuration.#current.version) void configuration.#follow();
    });
    configuration.#timer = setInterval(() => void configuration.#follow(), options.pollMs ?? 5_000).unref();
    return configuration;
  }

  /** The newest snapshot known here; another object after every change. */
  get current(): ConfigurationSnapshot {
    return this.#current;
  }

  /** Called with every new snapshot after the present one. Returns how to stop. */
  onChange(listener: (snapshot: ConfigurationSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stores one document. `changedBy`: a user's id, or what of the platform did it. */
  async put(change: DocumentChange, changedBy: string): Promise<ChangeResult> {
    return this.apply([change], changedBy);
  }

  /** All or none; each change gets a version of its own. `current` includes them when this resolves. */
  async apply(
    changes: readonly DocumentChange[],
    changedBy: string,
    note?: ChangeNote,
  ): Promise<ChangeResult> {
    const { database, bus } = this.#options;
    const refusal = await this.#usageRefusal(changes);
    if (refusal !== undefined) return { result: 'refused', ...refusal };
    const outcome = await database.kysely
      .transaction()
      .execute(async (transaction) => store(transaction, this.#rows, changes, { changedBy, note }));
    if ('refusal' in outcome) return { result: 'refused', ...outcome.refusal };
    await this.refresh();
    for (const told of outcome.told) bus.publish(configurationTopic(), told);
    return { result: 'done', version: this.#current.version };
  }

  /** What `apply` would come to now: the snapshot after the changes, or the refusal. Nothing is stored. */
  async preview(
    changes: readonly DocumentChange[],
  ): Promise<
    | { readonly result: 'done'; readonly snapshot: ConfigurationSnapshot }
    | ({ readonly result: 'refused' } & ConfigurationRefusal)
  > {
    const refusal = await this.#usageRefusal(changes);
    if (refusal !== undefined) return { result: 'refused', ...refusal };
    const prepared = prepare(await this.#rows.read(this.#options.database.kysely), changes);
    return 'refusal' in prepared
      ? { result: 'refused', ...prepared.refusal }
      : { result: 'done', snapshot: prepared.snapshot };
  }

  async #usageRefusal(changes: readonly DocumentChange[]): Promise<ConfigurationRefusal | undefined> {
    if (changes.length > changesMax) throw new RangeError(`${changes.length} configuration changes at once`);
    await this.refresh();
    return usageRefusal(this.#options, changes, this.#current);
  }

  /** Documents that are there, by kind and id; with their last change. */
  async list(kind: DocumentKind, id?: string): Promise<readonly StoredDocument[]> {
    const rows = await this.#options.database.kysely
      .selectFrom('configuration')
      .distinctOn(['id'])
      .select(['version', 'id', 'body', 'changed_by', 'changed_at', 'reason'])
      .where('kind', '=', kind)
      .$if(id !== undefined, (query) => query.where('id', '=', id!))
      .orderBy('id')
      .orderBy('version', 'desc')
      .execute();
    return rows.filter(({ body }) => body !== null).map((row) => ({ kind, id: row.id, ...versionOf(row) }));
  }

  /** A document as it was; undefined: it has no such version. */
  async version(kind: DocumentKind, id: string, version: number): Promise<DocumentVersion | undefined> {
    const row = await this.#options.database.kysely
      .selectFrom('configuration')
      .select(['version', 'body', 'changed_by', 'changed_at', 'reason'])
      .where('version', '=', version)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : versionOf(row);
  }

  /** A document's changes, newest first. */
  async history(kind: DocumentKind, id: string, limit = 100): Promise<readonly DocumentVersion[]> {
    const rows = await this.#options.database.kysely
      .selectFrom('configuration')
      .select(['version', 'body', 'changed_by', 'changed_at', 'reason'])
      .where('kind', '=', kind)
      .where('id', '=', id)
      .orderBy('version', 'desc')
      .limit(limit)
      .execute();
    return rows.map(versionOf);
  }

  /** Reads SQL now. Throws when SQL is away or what it holds is invalid; `current` then stays what it was. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#reload().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
    // It may have read just before our change: then once more.
    if (this.#isStale) await this.refresh();
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  async #reload(): Promise<void> {
    this.#isStale = false;
    const { database, log } = this.#options;
    const version = await newestVersion(database.kysely);
    if (version === this.#current.version) return;
    const snapshot = await load(database, this.#rows);
    if (snapshot.version <= this.#current.version) return;
    this.#current = snapshot;
    for (const listener of this.#listeners) {
      try {
        listener(snapshot);
      } catch (error) {
        log.error({ err: error }, 'a listener failed on a configuration change');
      }
    }
  }

  async #follow(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.#options.log.error(
        { err: error, version: this.#current.version },
        'configuration not reloaded; keeping the old one',
      );
    }
  }
}

const versionOf = (
  row: Pick<Tables['configuration'], 'version' | 'body' | 'changed_by' | 'changed_at' | 'reason'>,
): DocumentVersion => ({
  version: row.version,
  body: row.body,
  changedBy: row.changed_by,
  changedAt: row.changed_at.toISOString(),
  reason: row.reason ?? '',
});

async function load(database: Database, rows: DocumentRows): Promise<ConfigurationSnapshot> {
  const built = buildSnapshot(await rows.read(database.kysely));
  if ('refusal' in built) throw new ConfigurationInvalid(built.refusal);
  return built.snapshot;
}

type Outcome =
  | { readonly told: readonly ConfigurationChanged[] }
  | { readonly refusal: ConfigurationRefusal };

async function store(
  transaction: Transaction<Tables>,
  rows: DocumentRows,
  changes: readonly DocumentChange[],
  { changedBy, note }: { readonly changedBy: string; readonly note: ChangeNote | undefined },
): Promise<Outcome> {
  await sql`SELECT pg_advisory_xact_lock(${versionLock})`.execute(transaction);
  const prepared = prepare(await rows.read(transaction), changes);
  if ('refusal' in prepared) return prepared;
  const { added } = prepared;
  await sql`INSERT INTO configuration (version, kind, id, body, changed_by, changed_at, reason, changeset)
    SELECT version, kind, id, body, ${changedBy}, now(),
      ${note?.reason ?? null}, ${note?.changeset ?? null}::uuid
    FROM json_to_recordset(${sqlJson(added)}::json)
      AS added (version bigint, kind text, id text, body jsonb)`.execute(transaction);
  return { told: added.map((row) => ({ version: row.version, kind: row.kind as DocumentKind, id: row.id })) };
}

type Prepared =
  | { readonly added: readonly DocumentRow[]; readonly snapshot: ConfigurationSnapshot }
  | { readonly refusal: ConfigurationRefusal };

/** The rows that the changes would add to these, and the configuration with them. */
function prepare(newest: readonly DocumentRow[], changes: readonly DocumentChange[]): Prepared {
  const rows = new Map(newest.map((row) => [`${row.kind}/${row.id}`, row]));
  let version = Math.max(0, ...[...rows.values()].map((row) => row.version));
  const added: DocumentRow[] = [];
  for (const change of changes) {
    const checked = checkChange(change, rows.get(`${change.kind}/${change.id}`));
    if ('refusal' in checked) return checked;
    const row = { version: ++version, kind: change.kind, id: change.id, body: checked.body };
    rows.set(`${row.kind}/${row.id}`, row);
    added.push(row);
  }
  const built = buildSnapshot([...rows.values()]);
  if ('refusal' in built) return built;
  const { users } = built.snapshot;
  const isAdministered = newest.some(({ kind, body }) => kind === 'user' && administers(body));
  if (isAdministered && ![...users.values()].some(administers)) {
    const text = 'nobody with the role admin could sign in any more';
    return { refusal: { code: 'LAST_ADMINISTRATOR', text } };
  }
  return { added, snapshot: built.snapshot };
}

function administers(body: unknown): boolean {
  const user = documents.user.safeParse(body).data;
  return user !== undefined && user.role === 'admin' && !user.disabled && user.passwordHash !== '';
}

function checkChange(
  change: DocumentChange,
  row: DocumentRow | undefined,
): { readonly body: unknown } | { readonly refusal: ConfigurationRefusal } {
  const { kind, id, body, expectedVersion } = change;
  const isThere = row !== undefined && row.body !== null;
  const foundVersion = isThere ? row.version : 0;
  if (expectedVersion !== undefined && expectedVersion !== foundVersion) {
    return {
      refusal: {
        code: 'VERSION_CONFLICT',
        text: `${kind} ${id} is at version ${foundVersion}, not ${expectedVersion}`,
      },
    };
  }
  if (body === null) {
    return isThere
      ? { body }
      : { refusal: { code: 'UNKNOWN_DOCUMENT', text: `there is no ${kind} ${id} to remove` } };
  }
  const parsed = isDocumentKind(kind) ? documents[kind].safeParse(body) : undefined;
  // With defaults filled in, so that history shows what was in force; buildSnapshot says what is wrong with
  // the others.
  if (parsed?.success !== true) return { body };
  return { body: kind === 'user' ? withoutOldTokens(parsed.data as UserDocument, row) : parsed.data };
}

/**
 * A user who is disabled or enabled, changes role, firm, rights or password, or comes again after he was
 * removed, loses every token he has, whoever makes the change. The moment only moves forward.
 */
function withoutOldTokens(user: UserDocument, row: DocumentRow | undefined): UserDocument {
  if (row === undefined) return user;
  const before = documents.user.safeParse(row.body).data;
  const kept = Math.max(user.tokensValidFromMs, before?.tokensValidFromMs ?? 0);
  // What a token was given in this millisecond is not known to be after the change.
  const tokensValidFromMs = isSame(before, user) ? kept : Math.max(kept, Date.now() + 1);
  return { ...user, tokensValidFromMs };
}

const isSame = (before: UserDocument | undefined, user: UserDocument): boolean =>
  before !== undefined &&
  before.disabled === user.disabled &&
  before.role === user.role &&
  before.firm === user.firm &&
  before.passwordHash === user.passwordHash &&
  [...(before.grants ?? [])].sort().join() === [...(user.grants ?? [])].sort().join();
