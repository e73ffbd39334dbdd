/**
 * Builds and drives the QuickFIX C++ peer (`quickfix_peer.cpp`) with a dictionary written from our own
 * tables.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fix42Table } from '@tidegate/fix/dictionary/fix42';
import { fix44Table } from '@tidegate/fix/dictionary/fix44';
import { fix50sp2Table } from '@tidegate/fix/dictionary/fix50sp2';
import { fixt11Table } from '@tidegate/fix/dictionary/fixt11';
import { dictionaryXml } from '@tidegate/fix/dictionary/xml';

const source = fileURLToPath(new URL('quickfix_peer.cpp', import.meta.url));

/** Settings that make a session speak a version, with the files that `buildPeer` writes. */
export const speaking = {
  'FIX.4.2': { BeginString: 'FIX.4.2', DataDictionary: 'FIX42.xml' },
  'FIX.4.4': { BeginString: 'FIX.4.4', DataDictionary: 'FIX44.xml' },
  'FIX.5.0SP2': {
    BeginString: 'FIXT.1.1',
    DefaultApplVerID: 'FIX.5.0SP2',
    TransportDataDictionary: 'FIXT11.xml',
    AppDataDictionary: 'FIX50SP2.xml',
  },
} as const;
export type PeerVersion = keyof typeof speaking;

const dictionaries = {
  'FIX42.xml': fix42Table,
  'FIX44.xml': fix44Table,
  'FIX50SP2.xml': fix50sp2Table,
  'FIXT11.xml': fixt11Table,
};

/** Compiles the peer into `folder` and writes the dictionaries beside it. */
export function buildPeer(folder: string): { readonly program: string } {
  const program = join(folder, 'quickfix_peer');
  execFileSync(
    'g++',
    [
      '-std=c++14',
      '-DHAVE_SSL=1',
      '-O1',
      '-w',
      '-o',
      program,
      source,
      '-lquickfix',
      '-lssl',
      '-lcrypto',
      '-lpthread',
    ],
    { stdio: 'inherit' },
  );
  for (const [name, table] of Object.entries(dictionaries))
    writeFileSync(join(folder, name), dictionaryXml(table));
  return { program };
}

export interface PeerOptions {
  /** As `buildPeer` gave it; the dictionaries lie beside it. */
  readonly program: string;
  readonly role: 'initiator' | 'acceptor';
  /** Its stores and its configuration go there. */
  readonly folder: string;
  /** Default FIX.4.4. */
  readonly version?: PeerVersion;
  /** Files of the certificate and key it shows, and of the authorities it trusts. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

/**
 * Settings of a QuickFIX session that must not end while a test runs. Debian's knows none without an end, and
 * one that ends when it starts restarts at midnight UTC; so this one's only second off is half a day away.
 */
export function sessionOfADay(): { readonly StartTime: string; readonly EndTime: string } {
  const start = Date.now() + 12 * 3_600_000;
  const timeOf = (utcMs: number): string => new Date(utcMs).toISOString().slice(11, 19);
  return { StartTime: timeOf(start), EndTime: timeOf(start - 1_000) };
}

function configuration(options: PeerOptions): string {
  const settings: Record<string, string> = {
    ConnectionType: options.role,
    FileStorePath: join(options.folder, `store-${options.senderCompId}`),
    ...sessionOfADay(),
    HeartBtInt: '30',
    ReconnectInterval: '1',
    UseDataDictionary: 'Y',
    ...dictionarySettings(options),
    ...tlsSettings(options),
    ValidateUserDefinedFields: 'Y',
    SocketNodelay: 'Y',
    CheckLatency: 'Y',
    ...(options.role === 'initiator'
      ? { SocketConnectHost: '127.0.0.1', SocketConnectPort: String(options.port) }
      : { SocketAcceptPort: String(options.port), SocketReuseAddress: 'Y' }),
    ...(options.username === undefined
      ? {}
      : { Username: options.username, Password: options.password ?? '' }),
    ...options.extra,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [
    '[DEFAULT]',
    ...lines,
    '',
    '[SESSION]',
    `BeginString=${speaking[options.version ?? 'FIX.4.4'].BeginString}`,
    `SenderCompID=${options.senderCompId}`,
    `TargetCompID=${options.targetCompId}`,
    '',
  ].join('\n');
}

function dictionarySettings({ version = 'FIX.4.4', program }: PeerOptions): Record<string, string> {
  return Object.fromEntries(
    Object.entries(speaking[version])
      .filter(([name]) => name !== 'BeginString')
      .map(([name, value]) => [name, value.endsWith('.xml') ? join(dirname(program), value) : value]),
  );
}

function tlsSettings({ tls, role }: PeerOptions): Record<string, string> {
  if (tls === undefined) return {};
  const side = role === 'acceptor' ? 'Server' : 'Client';
  return {
    SSLProtocol: '+TLSv1_2',
    CertificationAuthoritiesFile: tls.ca,
    CertificateVerifyLevel: '2',
    [`${side}CertificateFile`]: tls.cert,
    [`${side}CertificateKeyFile`]: tls.key,
  };
}

/** One message as QuickFIX printed it. */
export class Seen {
  readonly raw: string;
  private readonly fields: readonly (readonly [number, string])[];

  constructor(raw: string) {
    this.raw = raw;
    this.fields = raw
      .split('|')
      .filter((field) => field !== '')
      .map((field) => {
        const at = field.indexOf('=');
        return [Number(field.slice(0, at)), field.slice(at + 1)] as const;
      });
  }

  get(tag: number): string | undefined {
    return this.fields.find(([one]) => one === tag)?.[1];
  }

  all(tag: number): readonly string[] {
    return this.fields.filter(([one]) => one === tag).map(([, value]) => value);
  }
}

/** A running peer. Waits are driven by its output lines. */
export class QuickFix {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(options: PeerOptions) {
    const config = join(options.folder, `${options.senderCompId}.cfg`);
    writeFileSync(config, configuration(options), { mode: 0o600 });
    this.child = spawn(
      options.program,
      [options.role, config, ...(options.tls === undefined ? [] : ['tls'])],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        cwd: options.folder,
      },
    );
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const wake of this.waiting) wake();
    });
  }

  /** Position for `until`: only lines from here on count. */
  get mark(): number {
    return this.lines.length;
  }

  send(fields: string): void {
    this.command(`send ${fields}`);
  }

  command(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** The first line from `from` on that `match` gives something for. */
  async until<T>(
    match: (line: string) => T | undefined,
    what: string,
    from = 0,
    withinMs = 20_000,
  ): Promise<T> {
    let at = from;
    const look = (): T | undefined => {
      for (; at < this.lines.length; at += 1) {
        const found = match(this.lines[at]!);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const now = look();
    if (now !== undefined) return now;
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
      };
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        settle();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`no ${what}; last lines:\n${this.lines.slice(-15).join('\n')}`))),
        withinMs,
      );
      this.waiting.add(wake);
    });
  }

  /** The next application message from `from` on that has these fields. */
  message(fields: Readonly<Record<number, string>>, from = 0): Promise<Seen> {
    return this.until(
      (line) => {
        if (!line.startsWith('app ')) return undefined;
        const seen = new Seen(line.slice(4));
        return Object.entries(fields).every(([tag, value]) => seen.get(Number(tag)) === value)
          ? seen
          : undefined;
      },
      `message with ${JSON.stringify(fields)}`,
      from,
    );
  }

  admin(fields: Readonly<Record<number, string>>, from = 0): Promise<Seen> {
    return this.until(
      (line) => {
        if (!line.startsWith('admin ')) return undefined;
        const seen = new Seen(line.slice(6));
        return Object.entries(fields).every(([tag, value]) => seen.get(Number(tag)) === value)
          ? seen
          : undefined;
      },
      `admin message with ${JSON.stringify(fields)}`,
      from,
    );
  }

  logon(from = 0): Promise<true> {
    return this.until((line) => (line.startsWith('logon ') ? true : undefined), 'logon', from);
  }

  logout(from = 0): Promise<true> {
    return this.until((line) => (line.startsWith('logout ') ? true : undefined), 'logout', from);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.command('quit');
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(deadline);
  }
}
