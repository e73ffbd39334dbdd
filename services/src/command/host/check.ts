/**
 * `tidegate check`: what a production lacks, each by its name: settings, secrets and who can read them,
 * database, bus and cache, clock, archive, and what of the configuration nobody could trade without.
 */
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import {
  loadSettings,
  problemText,
  readSecret,
  type Settings,
} from '@tidegate/platform/configuration/config';
import type { ConfigurationSnapshot } from '@tidegate/platform/configuration/configuration';
import type { Log } from '@tidegate/platform/observe/log';
import type { Database } from '@tidegate/platform/sql/database';
import { archiveFolderOf, checkpointFolderOf } from '../../start/archive.folder.ts';
import { splitter } from '../command.ts';
import { openOperator } from '../operator.ts';
import { table } from '../remote/remote.ts';
import type { HostCommand } from './host.ts';
import { withProfile } from './init.ts';

export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'missing' | 'attention';
  readonly text: string;
}

const split = splitter([], ['json']);
const reachMs = 3_000;
const clockMsMax = 1_000;
const postgresMin = 15;

export const checkCommand: HostCommand = {
  name: 'check',
  usage: 'check [--json]',
  about: 'Say what a production on this host lacks, by name.',
  details: `check [--json] [--setting value …]
Run it with the settings of the platform, before its first start and whenever something changes.
Exit code 1 when something is missing; what needs attention only is said.`,
  async run(args, log) {
    const { own, rest } = split(args);
    const findings = await findingsOf(rest, log);
    const rows = findings.map(({ state, name, text }) => [state, name, text]);
    process.stdout.write(
      `${own.has('json') ? JSON.stringify(findings, null, 2) : table(['STATE', 'NAME', 'WHAT'], rows)}\n`,
    );
    return findings.some(({ state }) => state === 'missing') ? 1 : 0;
  },
};

const ok = (name: string, text: string): Finding => ({ name, state: 'ok', text });
const missing = (name: string, text: string): Finding => ({ name, state: 'missing', text });
const attention = (name: string, text: string): Finding => ({ name, state: 'attention', text });

async function findingsOf(rest: readonly string[], log: Log): Promise<readonly Finding[]> {
  const settings = loadSettings(undefined, withProfile(rest));
  if (Array.isArray(settings))
    return settings.map((problem) => missing(problem.setting, problemText(problem)));
  const before = [ok('SETTINGS', 'complete and in agreement'), ...secretFindings(settings)];
  const servers = await serverFindings(settings);
  try {
    const operator = await openOperator(settings, log, new AbortController().signal);
    try {
      const configuration = await operator.configuration();
      return [
        ...before,
        ...servers,
        ...(await databaseFindings(operator.database)),
        ...documentFindings(configuration.current),
        ...(await providerFindings(configuration.current)),
      ];
    } finally {
      await operator.close();
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [...before, ...servers, missing('DATABASE', text)];
  }
}

function secretFindings(settings: Settings): readonly Finding[] {
  const files = [
    ['TOKEN_KEY_FILE', settings.tokenKeyFile],
    ['AUDIT_KEY_FILE', settings.auditKeyFile],
    ['FIX_TLS_KEY_FILE', settings.fixTlsKeyFile],
    ['BLOOMBERG_TLS_KEY_FILE', settings.bloombergTlsKeyFile],
  ] as const;
  const found = files.flatMap(([name, path]) => (path === undefined ? [] : [fileFinding(name, path)]));
  const archive = archiveFolderOf(settings);
  const checkpoints = checkpointFolderOf(settings);
  return [
    ...found,
    settings.fixTlsCertFile === undefined
      ? attention('FIX_TLS_CERT_FILE', 'FIX listeners speak without TLS: behind a tunnel or on loopback only')
      : ok('FIX_TLS_CERT_FILE', settings.fixTlsCertFile),
    archive === undefined
      ? missing('ARCHIVE_DIR', 'nothing of the journal is archived')
      : ok('ARCHIVE_DIR', `${archive}; back it up with the database`),
    checkpoints === undefined
      ? attention('AUDIT_CHECKPOINT_DIR', 'checkpoints of the audit are in its own database only')
      : ok('AUDIT_CHECKPOINT_DIR', `${checkpoints}; out of reach of the database’s administrator`),
  ];
}

function fileFinding(name: string, path: string): Finding {
  try {
    const { mode } = statSync(path);
    return (mode & 0o077) === 0 ? ok(name, path) : missing(name, `${path} can be read by others: chmod 600`);
  } catch {
    return missing(name, `${path} is not there: tidegate init makes the keys of tokens and audit`);
  }
}

async function serverFindings({ natsUrl, redisUrl }: Settings): Promise<readonly Finding[]> {
  const named = [
    ['NATS_URL', natsUrl],
    ['REDIS_URL', redisUrl],
  ] as const;
  const asked = named.flatMap(([name, urls]) => (urls === undefined ? [] : [{ name, urls: String(urls) }]));
  return Promise.all(
    asked.map(async ({ name, urls }) => {
      const { hostname, port } = new URL(urls.split(',')[0]!);
      const fault = await unreachable(hostname, Number(port));
      return fault === undefined ? ok(name, 'answers') : missing(name, fault);
    }),
  );
}

async function databaseFindings({ pool }: Database): Promise<readonly Finding[]> {
  const startedMs = Date.now();
  const { rows } = await pool.query<{ version: string; at: Date }>(
    "SELECT current_setting('server_version_num') AS version, clock_timestamp() AS at",
  );
  const [row] = rows;
  const version = Math.floor(Number(row!.version) / 10_000);
  const offsetMs = Math.round(row!.at.getTime() - (startedMs + Date.now()) / 2);
  return [
    version < postgresMin
      ? missing('DATABASE', `PostgreSQL ${version}; ${postgresMin} is needed`)
      : ok('DATABASE', `PostgreSQL ${version}, its tables are of this version`),
    Math.abs(offsetMs) > clockMsMax
      ? missing('CLOCK', `${offsetMs} ms between this host and the database`)
      : ok('CLOCK', `${offsetMs} ms between this host and the database`),
  ];
}

export function documentFindings({
  users,
  firms,
  fixClients,
  listeners,
  venues,
  instruments,
}: ConfigurationSnapshot): readonly Finding[] {
  const admins = [...users.values()].filter(({ role, disabled }) => role === 'admin' && !disabled);
  const locked = [...fixClients.values()].filter((one) => one.disabled !== true && one.passwordHash === '');
  const needed = (name: string, count: number, text: string): Finding =>
    count === 0 ? missing(name, text) : ok(name, String(count));
  return [
    admins.some(({ passwordHash }) => passwordHash !== '')
      ? ok('ADMINISTRATOR', admins.map(({ id }) => id).join(', '))
      : missing('ADMINISTRATOR', 'nobody can sign in as one: accept the invitation'),
    needed('INSTRUMENTS', instruments.size, 'there is nothing to trade'),
    needed('FIRMS', firms.size, 'no firm may trade'),
    needed('LISTENERS', enabled(listeners), 'no port is open to clients'),
    needed('PROVIDERS', enabled(venues), 'no provider is enabled'),
    ...locked.map(({ id }) => missing(`FIX_CLIENT ${id}`, 'it has no password and cannot log on')),
    ...[...venues.values()]
      .filter(({ passwordSecret }) => passwordSecret !== undefined && !hasSecret(passwordSecret))
      .map(({ id, passwordSecret }) => missing(`PROVIDER ${id}`, `its secret ${passwordSecret} is not set`)),
  ];
}

const enabled = (documents: ReadonlyMap<string, { readonly enabled: boolean }>): number =>
  [...documents.values()].filter((one) => one.enabled).length;

function hasSecret(name: string): boolean {
  try {
    return Boolean(readSecret(name));
  } catch {
    return false;
  }
}

async function providerFindings({ venues }: ConfigurationSnapshot): Promise<readonly Finding[]> {
  const ends = [...venues.values()].flatMap(({ id, enabled: isEnabled, quotes, orders }) =>
    isEnabled
      ? [
          { name: `PROVIDER ${id} quotes`, ...quotes.hosts[0]! },
          { name: `PROVIDER ${id} orders`, ...orders.hosts[0]! },
        ]
      : [],
  );
  return Promise.all(
    ends.map(async ({ name, host, port }) => {
      const fault = await unreachable(host, port);
      return fault === undefined ? ok(name, `${host}:${port} answers`) : missing(name, fault);
    }),
  );
}

/** Why there is no connection; undefined: there is. */
function unreachable(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: reachMs });
    const end = (fault?: string): void => {
      socket.destroy();
      resolve(fault === undefined ? undefined : `${host}:${port} ${fault}`);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('does not answer'));
    socket.once('error', (error) => end(error.message));
  });
}
