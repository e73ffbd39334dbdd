/**
 * One platform process with every service, on a database and a bus that the test shares with it: so a test
 * can write configuration (users, FIX clients, listeners) before and while the platform runs.
 */
import { Configuration, type DocumentChange } from '@tidegate/platform/configuration/configuration';
import { hashPassword } from '@tidegate/platform/identity/credentials';
import { connectDatabase } from '@tidegate/platform/sql/database';
import { NatsBus } from '@tidegate/platform/bus/bus.nats';
import { silentLog, startTestServer, type TestServer } from '@tidegate/platform/testing/database';
import { startNats } from '@tidegate/platform/testing/servers';
import { demoDocuments } from '@tidegate/services/start/demo';
import type { DocumentOf } from '@tidegate/wire/configuration';
import { eventually, startPlatform, temporaryFolder, type Platform } from './platform.ts';

/** Of every user and FIX client that a test adds. */
export const password = 'a passphrase for tests only';

export interface ConfiguredPlatform {
  readonly platform: Platform;
  readonly configuration: Configuration;
  readonly http: string;
  /** The operations port. */
  readonly ops: string;
  readonly databaseUrl: string;
  readonly log: typeof silentLog;
  /** FIX ports by listener id. */
  readonly ports: Readonly<Record<string, number>>;
  /** Stores a document; it is in force in the platform when this resolves. */
  put(change: DocumentChange): Promise<void>;
  readonly databaseServer: TestServer;
  /** The platform ends, or is killed, and is started again on what it left; `http` and `ports` are new. */
  restart(how: 'stop' | 'kill', meanwhile?: () => unknown): Promise<void>;
  stop(): Promise<void>;
}

type Undo = () => unknown;
export type Documents = (passwordHash: string) => readonly Pick<DocumentChange, 'kind' | 'body'>[];

export async function startConfigured(
  name: string,
  documents: Documents,
  environment: Readonly<Record<string, string>> = {},
): Promise<ConfiguredPlatform> {
  const folder = temporaryFolder(name);
  const undo: Undo[] = [() => folder.remove()];
  const stop = async (): Promise<void> => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    return await start(folder.path, documents, environment, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  folder: string,
  documents: Documents,
  environment: Readonly<Record<string, string>>,
  undo: Undo[],
  stop: () => Promise<void>,
): Promise<ConfiguredPlatform> {
  const [postgres, nats, hash] = await Promise.all([startTestServer(), startNats(), hashPassword(password)]);
  undo.push(
    () => postgres.stop(),
    () => nats.stop(),
  );
  const { url } = postgres.server;
  const database = connectDatabase({ url, log: silentLog });
  const bus = await NatsBus.connect({
    url: nats.url,
    name: 'test',
    namespace: 'tidegate',
    onHandlerError: () => undefined,
    onStatus: () => undefined,
  });
  const configuration = await Configuration.open({ database, bus, log: silentLog });
  undo.push(async () => {
    configuration.stop();
    await bus.close();
    await database.close();
  });
  const apply = async (...changes: readonly DocumentChange[]): Promise<void> => {
    const result = await configuration.apply(changes, 'test');
    if (result.result !== 'done') throw new Error(`${result.code}: ${result.text}`);
  };
  const all = [...demoDocuments(hash, hash), ...documents(hash)];
  await apply(...all.map(({ kind, body }) => ({ kind, id: (body as { id: string }).id, body })));
  const own = { DATABASE_URL: url, NATS_URL: nats.url, SIMULATOR: 'embedded', ...environment };
  const begin = (): Promise<Platform> => startPlatform(`${folder}/data`, own);
  let platform = await begin();
  undo.push(() => platform.stop());
  return {
    get platform() {
      return platform;
    },
    get http() {
      return platform.ready.http;
    },
    get ops() {
      return platform.ready.ops;
    },
    get ports() {
      return platform.ready.fix.ports;
    },
    configuration,
    databaseUrl: url,
    log: silentLog,
    restart: async (how, meanwhile) => {
      await platform[how]();
      await meanwhile?.();
      platform = await begin();
    },
    put: async (change) => {
      await apply(change);
      await eventually(
        async () =>
          (await versionOf(platform.ready.ops)) >= configuration.current.version ? true : undefined,
        'the platform follows the configuration',
      );
    },
    stop,
    databaseServer: postgres,
  };
}

/** The configuration's version that is in force in the platform. */
async function versionOf(ops: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', ops))).text();
  return Number(/^tidegate_configuration_version (\d+)$/m.exec(text)?.[1]);
}

export const user = (
  hash: string,
  fields: Pick<DocumentOf<'user'>, 'id' | 'role' | 'firm'> & Partial<DocumentOf<'user'>>,
): Pick<DocumentChange, 'kind' | 'body'> => ({
  kind: 'user',
  body: {
    name: fields.id,
    account: `${fields.firm}-main`,
    passwordHash: hash,
    disabled: false,
    tokensValidFromMs: 0,
    ...fields,
  },
});
