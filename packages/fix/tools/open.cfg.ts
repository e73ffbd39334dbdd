/**
 * Starts what a QuickFIX settings file describes: its acceptors (sessions with the same address share a port)
 * and its initiators, with stores, logs, dictionaries and certificates from the files it names.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Dictionary } from '@tidegate/fix/dictionary/dictionary';
import { joinTransport } from '@tidegate/fix/dictionary/overlay';
import { fixt11Table } from '@tidegate/fix/dictionary/fixt11';
import { readDictionaryXml } from '@tidegate/fix/dictionary/xml';
import type { Application } from '@tidegate/fix/session/application';
import type { SessionStore } from '@tidegate/fix/session/store';
import { FileStore } from '@tidegate/fix/session/store.file';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import type { Cfg, CfgSession, CfgTls } from '@tidegate/fix/transport/cfg';
import { sessionId, type LogonDecision, type LogonRequest } from '@tidegate/fix/transport/contract';
import { Initiator } from '@tidegate/fix/transport/initiator';
import { formatLogLine, type MessageLog } from '@tidegate/fix/transport/message.log';

export interface CfgOpening {
  /** Paths in the file are relative to this folder. */
  readonly folder: string;
  application(session: CfgSession): Application;
  /** Beside the files that FileLogPath asks for. */
  readonly messageLog?: MessageLog;
  onRefused?(what: { readonly reason: string; readonly remoteAddress: string }): void;
  onConnectFailed?(what: { readonly host: string; readonly port: number; readonly reason: string }): void;
}

export class OpenCfg {
  readonly acceptors: readonly Acceptor[];
  readonly initiators: readonly Initiator[];

  /** Reads every file that is named; throws when one can't be read. Nothing is listened on yet. */
  constructor(cfg: Cfg, opening: CfgOpening) {
    const byAddress = new Map<string, CfgSession[]>();
    for (const session of cfg.sessions) {
      if (session.listen === undefined) continue;
      const address = `${session.listen.host} ${session.listen.port}`;
      byAddress.set(address, [...(byAddress.get(address) ?? []), session]);
    }
    this.acceptors = [...byAddress.values()].map((sessions) => acceptorOf(sessions, opening));
    this.initiators = cfg.sessions
      .filter(({ role }) => role === 'initiator')
      .map((session) => initiatorOf(session, opening));
  }

  async start(): Promise<void> {
    await Promise.all(this.acceptors.map((acceptor) => acceptor.listen()));
    await Promise.all(this.initiators.map((initiator) => initiator.start()));
  }

  async stop(text?: string): Promise<void> {
    await Promise.all([
      ...this.acceptors.map((acceptor) => acceptor.close(text)),
      ...this.initiators.map((initiator) => initiator.stop(text)),
    ]);
  }
}

function acceptorOf(sessions: readonly CfgSession[], opening: CfgOpening): Acceptor {
  const registrations = sessions.map((session) => ({
    settings: session.settings,
    store: storeOf(session, opening),
    application: opening.application(session),
    ...dictionaryOf(session, opening),
  }));
  const [first] = sessions as readonly [CfgSession];
  const { host, port } = first.listen as { readonly host: string; readonly port: number };
  return new Acceptor({
    host,
    port,
    ...(first.tls === undefined ? {} : { tls: acceptorTls(first.tls, opening.folder) }),
    messageLog: new FileLogs(sessions, opening),
    authenticate(request: LogonRequest): LogonDecision {
      const at = sessions.findIndex((session) => isFor(session, request));
      const registration = registrations[at];
      if (registration === undefined) return { accept: false, text: 'unknown session', isSilent: true };
      const { username, password } = sessions[at] as CfgSession;
      const isWelcome =
        (username === undefined || username === request.username) &&
        (password === undefined || password === request.password);
      return isWelcome ? { accept: true, ...registration } : { accept: false, text: 'wrong credentials' };
    },
    onRefused: (what) => opening.onRefused?.(what),
  });
}

function isFor({ settings }: CfgSession, request: LogonRequest): boolean {
  return (
    settings.beginString === request.beginString &&
    settings.senderCompId === request.targetCompId &&
    settings.targetCompId === request.senderCompId
  );
}

function initiatorOf(session: CfgSession, opening: CfgOpening): Initiator {
  const { username, password } = session;
  return new Initiator({
    hosts: session.hosts,
    settings: session.settings,
    store: storeOf(session, opening),
    application: opening.application(session),
    ...dictionaryOf(session, opening),
    ...(session.tls === undefined ? {} : { tls: initiatorTls(session.tls, opening.folder) }),
    reconnectMinMs: Math.max(1, session.reconnectMs),
    reconnectMaxMs: Math.max(1, session.reconnectMs),
    messageLog: new FileLogs([session], opening),
    logonFields(fields) {
      if (username !== undefined) fields.text(553, username);
      if (password !== undefined) fields.text(554, password);
    },
    onConnectFailed: (what) => opening.onConnectFailed?.(what),
  });
}

function storeOf(session: CfgSession, opening: CfgOpening): SessionStore {
  if (session.storePath === undefined) return new MemoryStore();
  const directory = resolve(opening.folder, session.storePath);
  mkdirSync(directory, { recursive: true });
  return new FileStore({ directory, name: nameOf(session), fsync: session.storeSync ? 'batch' : 'never' });
}

function nameOf({ settings }: CfgSession): string {
  const { sessionQualifier } = settings;
  const qualifier = sessionQualifier === undefined ? '' : `-${sessionQualifier}`;
  return `${settings.beginString}-${settings.senderCompId}-${settings.targetCompId}${qualifier}`;
}

function dictionaryOf(session: CfgSession, opening: CfgOpening): { readonly dictionary?: Dictionary } {
  const { path, transportPath, applicationPath, applicationPaths } = session.dictionary;
  const { beginString, defaultVersion } = session.settings;
  const read = (file: string): ReturnType<typeof readDictionaryXml> =>
    readDictionaryXml(readFileSync(resolve(opening.folder, file), 'utf8'), file);
  if (beginString !== 'FIXT.1.1') return path === undefined ? {} : { dictionary: new Dictionary(read(path)) };
  const application =
    (defaultVersion === undefined ? undefined : applicationPaths.get(defaultVersion)) ??
    applicationPath ??
    path;
  if (application === undefined) return {};
  const transport = transportPath === undefined ? fixt11Table : read(transportPath);
  return { dictionary: new Dictionary(joinTransport(read(application), transport)) };
}

function pem(tls: CfgTls, folder: string): { cert?: string; key?: string; ca?: string; ciphers?: string } {
  const read = (path: string): string => readFileSync(resolve(folder, path), 'utf8');
  return {
    ...(tls.certificatePath === undefined ? {} : { cert: read(tls.certificatePath) }),
    ...(tls.keyPath === undefined ? {} : { key: read(tls.keyPath) }),
    ...(tls.authoritiesPath === undefined ? {} : { ca: read(tls.authoritiesPath) }),
    ...(tls.ciphers === undefined ? {} : { ciphers: tls.ciphers }),
  };
}

function acceptorTls(
  tls: CfgTls,
  folder: string,
): NonNullable<ConstructorParameters<typeof Acceptor>[0]['tls']> {
  const { clientCertificates = 'none', minVersion } = tls;
  return {
    ...pem(tls, folder),
    ...(minVersion === undefined ? {} : { minVersion }),
    requestCert: clientCertificates !== 'none',
    rejectUnauthorized: clientCertificates === 'required',
  };
}

function initiatorTls(
  tls: CfgTls,
  folder: string,
): NonNullable<ConstructorParameters<typeof Initiator>[0]['tls']> {
  return {
    ...pem(tls, folder),
    ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}

/** `FileLogPath`: one file a session, in the form that `fix decode` reads. */
class FileLogs implements MessageLog {
  readonly #paths = new Map<string, string>();
  readonly #other: MessageLog | undefined;

  constructor(sessions: readonly CfgSession[], opening: CfgOpening) {
    this.#other = opening.messageLog;
    for (const session of sessions) {
      if (session.logPath === undefined) continue;
      const folder = resolve(opening.folder, session.logPath);
      mkdirSync(folder, { recursive: true });
      this.#paths.set(sessionId(session.settings), join(folder, `${nameOf(session)}.messages.log`));
    }
  }

  write(entries: Parameters<MessageLog['write']>[0]): void {
    const texts = new Map<string, string>();
    for (const entry of entries) {
      const path = this.#paths.get(entry.sessionId);
      if (path !== undefined) texts.set(path, `${texts.get(path) ?? ''}${formatLogLine(entry)}\n`);
    }
    for (const [path, text] of texts) appendFileSync(path, text, { mode: 0o600 });
    this.#other?.write(entries);
  }
}
