/**
 * What commands work on: the platform's database and archive folder, as its settings say. The embedded
 * database is used where the platform runs it, and started where it does not.
 */
import { existsSync } from 'node:fs';
import type { Settings } from '@tidegate/platform/configuration/config';
import { MemoryBus } from '@tidegate/platform/bus/bus.memory';
import { Configuration } from '@tidegate/platform/configuration/configuration';
import { PostgresJournal } from '@tidegate/platform/journal/journal.postgres';
import type { Log } from '@tidegate/platform/observe/log';
import { DataDirectoryError } from '@tidegate/platform/sql/data.directory.lock';
import {
  connectDatabase,
  migrate,
  pendingMigrationNames,
  type Database,
} from '@tidegate/platform/sql/database';
import { embeddedUrl, startEmbeddedPostgres } from '@tidegate/platform/sql/embedded.postgres';
import { archiveFolderOf } from '../start/archive.folder.ts';
import { CommandRefused } from './command.ts';

export interface Operator {
  readonly settings: Settings;
  readonly log: Log;
  readonly url: string;
  readonly database: Database;
  readonly journal: PostgresJournal;
  /** The operator wants to stop. */
  readonly signal: AbortSignal;
  /** Of the archives. Throws CommandRefused. */
  folder(): string;
  /** Opened when it is first asked for. */
  configuration(): Promise<Configuration>;
  close(): Promise<void>;
}

export async function openOperator(settings: Settings, log: Log, signal: AbortSignal): Promise<Operator> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const { url, isOurs, stop } = await databaseOf(settings, log, signal);
    closing.push(stop);
    // A platform of the version before may be running on it: that one's schema is left to its own upgrade.
    if (isOurs) await migrate(url);
    const pending = await pendingMigrationNames(url);
    if (pending.length > 0)
      throw new CommandRefused(
        'SCHEMA_OLDER',
        'the database is of an earlier version: start the platform once',
      );
    const database = connectDatabase({ url, log, statementTimeoutMs: 60_000 });
    closing.push(() => database.close());
    const journal = await PostgresJournal.connect({ url, log });
    closing.push(() => journal.close());
    return {
      settings,
      log,
      url,
      database,
      journal,
      signal,
      folder: () => folderOf(settings),
      configuration: async () => {
        const configuration = await Configuration.open({
          database,
          bus: new MemoryBus({ onHandlerError: (error) => log.error({ err: error }, 'configuration') }),
          log,
        });
        closing.push(async () => configuration.stop());
        return configuration;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function folderOf(settings: Settings): string {
  const folder = archiveFolderOf(settings);
  if (folder !== undefined) return folder;
  throw new CommandRefused('ARCHIVE_DIR_MISSING', 'set ARCHIVE_DIR: with DATABASE_URL there is no default');
}

interface Opened {
  readonly url: string;
  readonly isOurs: boolean;
  readonly stop: () => Promise<unknown>;
}

async function databaseOf(settings: Settings, log: Log, signal: AbortSignal): Promise<Opened> {
  const { databaseUrl, dataDir } = settings;
  if (databaseUrl !== undefined) return { url: databaseUrl, isOurs: false, stop: () => Promise.resolve() };
  if (!existsSync(dataDir)) throw new CommandRefused('ARGUMENTS', `there is no DATA_DIR ${dataDir}`);
  try {
    const embedded = await startEmbeddedPostgres({ dataDir, log, signal });
    return { url: embedded.url, isOurs: true, stop: () => embedded.stop() };
  } catch (error) {
    if (!(error instanceof DataDirectoryError) || error.code !== 'DATA_DIR_IN_USE') throw error;
    return { url: embeddedUrl(dataDir), isOurs: false, stop: () => Promise.resolve() };
  }
}
