/**
 * `fix acceptor` and `fix initiator`: a counterparty to try a connection with by hand. What goes over the
 * wire is printed decoded; lines typed as `35=D|55=EUR/USD|…` are sent.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { beginStringOf, VERSIONS, type Version } from '@tidegate/fix/dictionary/versions';
import type { Application, SessionHandle } from '@tidegate/fix/session/application';
import { MemoryStore } from '@tidegate/fix/session/store.memory';
import { Acceptor } from '@tidegate/fix/transport/acceptor';
import { readCfg } from '@tidegate/fix/transport/cfg';
import type { LogonDecision, LogonRequest } from '@tidegate/fix/transport/contract';
import { Initiator } from '@tidegate/fix/transport/initiator';
import type { MessageLog } from '@tidegate/fix/transport/message.log';
import { OpenCfg } from './open.cfg.ts';
import { present, type Presentation } from './present.ts';
import { dictionaryOfFile, Versions } from './versions.ts';

export interface TalkOptions extends Presentation {
  readonly host: string;
  readonly port: number;
  /** Our CompID; an acceptor without one is whom the client asks for. */
  readonly sender: string | undefined;
  readonly target: string | undefined;
  readonly version: string;
  readonly heartBtInt: number;
  readonly username: string | undefined;
  readonly passwordFile: string | undefined;
  readonly dictionary: string | undefined;
  readonly cfg: string | undefined;
  readonly tls: TalkTls | undefined;
}

/** Paths of PEM files. */
export interface TalkTls {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authorities: string | undefined;
  readonly serverName: string | undefined;
}

/** Either side, once it is started. */
interface Running {
  stop(text?: string): Promise<void>;
}

export async function talk(role: 'acceptor' | 'initiator', options: TalkOptions): Promise<number> {
  const conversation = new Conversation(options);
  const running =
    options.cfg !== undefined
      ? await runCfg(options.cfg, conversation)
      : role === 'acceptor'
        ? await accept(options, conversation)
        : await initiate(options, conversation);
  await typed(conversation);
  await running.stop();
  // An input that stays open would keep the process.
  process.stdin.destroy();
  return 0;
}

/** Until `quit`, the end of the input or a signal. Who has no input at all is ended by a signal. */
async function typed(conversation: Conversation): Promise<void> {
  const input = createInterface({ input: process.stdin });
  const isAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        input.close();
        resolve();
      });
    }
  });
  let lines = 0;
  for await (const line of input) {
    lines += 1;
    if (conversation.take(line.trim()) === 'quit') return;
  }
  if (lines === 0 && !process.stdin.isTTY) await isAsked;
}

/** Prints what is said and says what is typed, in all sessions that are logged on. */
class Conversation implements Application {
  readonly messageLog: MessageLog;
  readonly #loggedOn = new Set<SessionHandle>();

  constructor(options: TalkOptions) {
    const versions = new Versions(
      options.dictionary === undefined ? undefined : dictionaryOfFile(options.dictionary),
    );
    this.messageLog = {
      write(entries) {
        for (const { direction, utcMs, raw } of entries) {
          const arrow = direction === 'in' ? '<' : '>';
          const prefix = `${new Date(utcMs).toISOString()} ${arrow}`;
          say(present({ line: 0, prefix, raw }, versions, options));
        }
      },
    };
  }

  onLogon(session: SessionHandle): void {
    this.#loggedOn.add(session);
    note(`logged on: ${session.id}`);
  }

  onLogout(session: SessionHandle, reason: string): void {
    this.#loggedOn.delete(session);
    note(`logged out: ${session.id}: ${reason}`);
  }

  onMessage(): void {}

  take(line: string): 'quit' | undefined {
    if (line === '' || line.startsWith('#')) return undefined;
    if (line === 'quit') return 'quit';
    const fields = fieldsOf(line);
    if (line !== 'logout' && fields === undefined) {
      note('not understood; type 35=D|55=EUR/USD|… to send a message, logout, or quit');
      return undefined;
    }
    if (this.#loggedOn.size === 0) note('nobody is logged on');
    for (const session of this.#loggedOn) {
      if (fields === undefined) session.logout();
      else send(session, fields);
    }
    return undefined;
  }
}

type Fields = readonly (readonly [tag: number, value: string])[];

/** `35=…` comes first; header fields of the session's own are left out. */
function fieldsOf(line: string): Fields | undefined {
  const fields = line
    .split('|')
    .filter((field) => field !== '')
    .map((field) => /^(\d{1,8})=(.+)$/.exec(field))
    .map((found) => (found === null ? undefined : ([Number(found[1]), found[2] ?? ''] as const)));
  const known = fields.filter((field) => field !== undefined);
  return known.length === fields.length && known[0]?.[0] === 35 ? known : undefined;
}

const OF_THE_SESSION: ReadonlySet<number> = new Set([8, 9, 10, 34, 35, 49, 52, 56]);

function send(session: SessionHandle, fields: Fields): void {
  const msgType = fields[0]?.[1] ?? '';
  try {
    session.send(msgType, (writer) => {
      for (const [tag, value] of fields) if (!OF_THE_SESSION.has(tag)) writer.text(tag, value);
    });
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
  }
}

async function accept(options: TalkOptions, conversation: Conversation): Promise<Running> {
  const password = secretOf(options.passwordFile);
  const { tls } = options;
  const acceptor = new Acceptor({
    host: options.host,
    port: options.port,
    messageLog: conversation.messageLog,
    ...(tls === undefined ? {} : { tls: { ...pemOf(tls), requestCert: tls.authorities !== undefined } }),
    authenticate(request: LogonRequest): LogonDecision {
      const { beginString, senderCompId, targetCompId, defaultVersion } = request;
      const isMeant =
        targetCompId === (options.sender ?? targetCompId) &&
        senderCompId === (options.target ?? senderCompId);
      if (!isMeant) return { accept: false, text: 'unknown CompID' };
      if (password !== undefined && request.password !== password) {
        return { accept: false, text: 'wrong password' };
      }
      const version = VERSIONS.find((one) => beginStringOf(one) === beginString);
      if (version === undefined) return { accept: false, text: 'unknown BeginString' };
      return {
        accept: true,
        settings: {
          beginString: beginStringOf(version),
          senderCompId: targetCompId,
          targetCompId: senderCompId,
          ...(defaultVersion === undefined ? {} : { defaultVersion }),
        },
        store: new MemoryStore(),
        application: conversation,
        ...(options.dictionary === undefined ? {} : { dictionary: dictionaryOfFile(options.dictionary) }),
      };
    },
    onRefused: ({ reason, remoteAddress }) => note(`refused ${remoteAddress}: ${reason}`),
  });
  await acceptor.listen();
  note(`listening on ${options.host}:${acceptor.port}`);
  return { stop: (text) => acceptor.close(text) };
}

async function initiate(options: TalkOptions, conversation: Conversation): Promise<Running> {
  const { host, port, sender, target, username, tls } = options;
  const version = VERSIONS.find((one) => one === options.version);
  if (version === undefined) throw new Error(`--version is one of ${VERSIONS.join(', ')}`);
  if (sender === undefined || target === undefined) throw new Error('--sender and --target are needed');
  const password = secretOf(options.passwordFile);
  const initiator = new Initiator({
    hosts: [{ host, port }],
    settings: {
      beginString: beginStringOf(version),
      senderCompId: sender,
      targetCompId: target,
      heartBtInt: options.heartBtInt,
      resetOnLogon: true,
      ...(isOnTransport(version) ? { defaultVersion: version } : {}),
    },
    store: new MemoryStore(),
    application: conversation,
    messageLog: conversation.messageLog,
    ...(options.dictionary === undefined ? {} : { dictionary: dictionaryOfFile(options.dictionary) }),
    ...(tls === undefined
      ? {}
      : { tls: { ...pemOf(tls), ...(tls.serverName === undefined ? {} : { servername: tls.serverName }) } }),
    logonFields(fields) {
      if (username !== undefined) fields.text(553, username);
      if (password !== undefined) fields.text(554, password);
    },
    onConnectFailed: (what) => note(`${what.host}:${what.port}: ${what.reason}`),
  });
  await initiator.start();
  return { stop: (text) => initiator.stop(text) };
}

const isOnTransport = (version: Version): boolean => beginStringOf(version) === 'FIXT.1.1';

async function runCfg(path: string, conversation: Conversation): Promise<Running> {
  const localTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const result = readCfg(readFileSync(path, 'utf8'), { localTimeZone });
  const told = result.ok ? result.cfg.warnings : result.faults;
  for (const { line, code, text } of told) note(`${path}:${line}: ${code}: ${text}`);
  if (!result.ok) throw new Error(`${path} can't be used`);
  const open = new OpenCfg(result.cfg, {
    folder: dirname(resolve(path)),
    application: () => conversation,
    messageLog: conversation.messageLog,
    onRefused: ({ reason, remoteAddress }) => note(`refused ${remoteAddress}: ${reason}`),
    onConnectFailed: (what) => note(`${what.host}:${what.port}: ${what.reason}`),
  });
  await open.start();
  for (const acceptor of open.acceptors) note(`listening on port ${acceptor.port}`);
  return open;
}

function pemOf({ certificate, key, authorities }: TalkTls): { cert?: string; key?: string; ca?: string } {
  return {
    ...(certificate === undefined ? {} : { cert: readFileSync(certificate, 'utf8') }),
    ...(key === undefined ? {} : { key: readFileSync(key, 'utf8') }),
    ...(authorities === undefined ? {} : { ca: readFileSync(authorities, 'utf8') }),
  };
}

/** The first line of the file. */
function secretOf(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8').split(/\r?\n/)[0];
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
