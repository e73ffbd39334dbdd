/**
 * Settings of a process: from environment and arguments to one checked, immutable object, or to every
 * problem at once. The only place that reads `process.env`. The settings themselves are a table in
 * `settings.ts`.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { isLoopback } from '../identity/address.ts';
import {
  settingRows,
  settingsTable,
  type SettingKey,
  type SettingRow,
  type SettingsTable,
} from './settings.ts';
import { serviceNames } from './settings.kinds.ts';
import { nearMiss } from './near.miss.ts';

export { settingsHelp, settingsMarkdown } from './settings.ts';

type Loaded = {
  readonly [K in SettingKey]:
    | z.output<SettingsTable[K]['schema']>
    | (SettingsTable[K]['default'] extends string ? never : undefined);
};

export interface Settings extends Omit<Loaded, 'simulator' | 'tokenKeyFile' | 'auditKeyFile'> {
  /** `embedded`, `none`, or the URL of a running simulator's control port. */
  readonly simulator: string;
  readonly tokenKeyFile: string;
  readonly auditKeyFile: string;
  /** Does this process run every service? */
  readonly isWhole: boolean;
}

export type SettingsProblemCode =
  | 'SETTING_INVALID'
  | 'SETTING_UNKNOWN'
  | 'SETTING_MISSING'
  | 'SETTING_TWICE'
  | 'SETTING_FILE_UNREADABLE'
  | 'SETTING_SECRET_IN_ARGUMENTS'
  | 'SETTING_REFUSED_IN_PRODUCTION'
  | 'SETTING_CONFLICT';

/** Never holds the value of a secret. */
export interface SettingsProblem {
  readonly code: SettingsProblemCode;
  readonly setting: string;
  readonly text: string;
  readonly fix: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Arguments win over the environment; empty values count as absent. `--help` and `--version` are left to
 * the caller.
 */
export function loadSettings(
  env: Environment = process.env,
  argv: readonly string[] = process.argv.slice(2),
): Settings | SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const given = givenTexts(env, argv, problems);
  const profile = given.get('profile') === 'production' ? 'production' : 'demo';
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const row of settingRows) {
    const text = given.get(row.key) ?? defaultText(row, profile);
    values[row.key] = undefined;
    if (text === undefined) continue;
    const parsed = row.schema.safeParse(text);
    if (parsed.success) values[row.key] = parsed.data;
    else problems.push(invalid(row, text));
  }
  if (problems.some(({ code }) => code === 'SETTING_INVALID')) return problems;
  const settings = completed(values as Loaded, given);
  for (const rule of rules) problems.push(...rule(settings, given));
  return problems.length > 0 ? problems : Object.freeze(settings);
}

/**
 * A secret that configuration names (a venue's password): the environment's `name`, or the file that
 * `name_FILE` gives. The value is never kept in configuration. Undefined when neither is set.
 */
export function readSecret(name: string, env: Environment = process.env): string | undefined {
  const path = env[`${name}_FILE`];
  return path === undefined || path === '' ? env[name] : readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}

/** One line per problem, for standard error. */
export function problemText({ code, setting, text, fix }: SettingsProblem): string {
  return `${code} ${setting}: ${text} ${fix}`;
}

/** Settings as they may be logged: secrets only say whether they are set. */
export function printableSettings(settings: Settings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    settingRows.map((row) => {
      const value = settings[row.key];
      return [row.name, row.isSecret && value !== undefined ? '[set]' : value];
    }),
  );
}

type Given = ReadonlyMap<SettingKey, string>;

function givenTexts(env: Environment, argv: readonly string[], problems: SettingsProblem[]): Given {
  const given = new Map<SettingKey, string>();
  for (const row of settingRows) {
    const text = environmentText(row, env, problems);
    if (text !== undefined && text !== '') given.set(row.key, text);
  }
  const known = new Set(
    settingRows.flatMap((row) => (row.isSecret ? [row.name, `${row.name}_FILE`] : [row.name])),
  );
  for (const name of Object.keys(env)) {
    if (known.has(name)) continue;
    const meant = nearMiss(name, known);
    if (meant !== undefined) {
      const text = `there is no such setting, and ${meant} is one letter away.`;
      problems.push({ code: 'SETTING_UNKNOWN', setting: name, text, fix: `Call it ${meant}, or unset it.` });
      continue;
    }
    if (!name.startsWith('TIDEGATE_')) continue;
    const bare = name.slice('TIDEGATE_'.length);
    problems.push({
      code: 'SETTING_UNKNOWN',
      setting: name,
      text: 'there is no such setting.',
      fix: known.has(bare) ? `Call it ${bare}.` : 'Remove it; --help lists all settings.',
    });
  }
  readArguments(argv, given, problems);
  return given;
}

function environmentText(row: SettingRow, env: Environment, problems: SettingsProblem[]): string | undefined {
  const direct = env[row.name];
  const path = row.isSecret ? env[`${row.name}_FILE`] : undefined;
  if (path === undefined || path === '') return direct;
  if (direct !== undefined && direct !== '') {
    problems.push({
      code: 'SETTING_TWICE',
      setting: row.name,
      text: `is set, and ${row.name}_FILE too.`,
      fix: 'Keep one.',
    });
    return undefined;
  }
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return text;
    problems.push({
      code: 'SETTING_FILE_UNREADABLE',
      setting: `${row.name}_FILE`,
      text: `${path} is empty.`,
      fix: 'Put the value into it.',
    });
  } catch (error) {
    problems.push({
      code: 'SETTING_FILE_UNREADABLE',
      setting: `${row.name}_FILE`,
      text: `${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
      fix: 'Give the path of a file that this user may read.',
    });
  }
  return undefined;
}

const listed = '--help lists all settings; write --name value.';
const optionOf = (name: string): string => `--${name.toLowerCase().replaceAll('_', '-')}`;

function readArguments(
  argv: readonly string[],
  given: Map<SettingKey, string>,
  problems: SettingsProblem[],
): void {
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index]!;
    if (argument === '--help' || argument === '--version') continue;
    const [option = '', ...rest] = argument.split('=');
    const row = settingRows.find(({ name }) => option === optionOf(name));
    if (row === undefined) {
      const meant = nearMiss(
        option,
        settingRows.map(({ name }) => optionOf(name)),
      );
      // Only the name: the rest may be a secret.
      problems.push({
        code: 'SETTING_UNKNOWN',
        setting: option,
        text: 'there is no such argument.',
        fix: meant === undefined ? listed : `Did you mean ${meant}? ${listed}`,
      });
      continue;
    }
    const value = rest.length > 0 ? rest.join('=') : argv[(index += 1)];
    if (row.isSecret) {
      problems.push({
        code: 'SETTING_SECRET_IN_ARGUMENTS',
        setting: row.name,
        text: 'arguments can be seen by every user of the host.',
        fix: `Set ${row.name}_FILE in the environment.`,
      });
    } else if (value === undefined) {
      problems.push({
        code: 'SETTING_INVALID',
        setting: row.name,
        text: 'the argument has no value.',
        fix: `Write ${option} value; it must be ${row.accepts}.`,
      });
    } else {
      given.set(row.key, value);
    }
  }
}

function defaultText(row: SettingRow, profile: 'demo' | 'production'): string | undefined {
  return typeof row.default === 'object' ? (profile === 'demo' ? row.default.demo : undefined) : row.default;
}

function invalid(row: SettingRow, text: string): SettingsProblem {
  const shown = row.isSecret ? 'its value' : JSON.stringify(text.slice(0, 100));
  return {
    code: 'SETTING_INVALID',
    setting: row.name,
    text: `${shown} can't be used.`,
    fix: `It must be ${row.accepts}.`,
  };
}

function completed(loaded: Loaded, given: Given): Settings {
  const dataDir = resolve(loaded.dataDir);
  const isWhole = serviceNames.every((name) => loaded.services.includes(name));
  const simulator = given.has('simulator') || isWhole ? (loaded.simulator ?? 'none') : 'none';
  return {
    ...loaded,
    dataDir,
    isWhole,
    simulator,
    tokenKeyFile:
      loaded.tokenKeyFile === undefined ? join(dataDir, 'token.key') : resolve(loaded.tokenKeyFile),
    auditKeyFile:
      loaded.auditKeyFile === undefined ? join(dataDir, 'audit.key') : resolve(loaded.auditKeyFile),
  };
}

type Rule = (settings: Settings, given: Given) => readonly SettingsProblem[];

const guessable = new Set([
  'demo-only',
  'admin',
  'changeme',
  'demo',
  'letmein',
  'password',
  'postgres',
  'secret',
  'tidegate',
  'trader',
]);

function refused(key: SettingKey, text: string, fix: string): SettingsProblem {
  return { code: 'SETTING_REFUSED_IN_PRODUCTION', setting: settingsTable[key].name, text, fix };
}

function missing(key: SettingKey, text: string, fix: string): SettingsProblem {
  return { code: 'SETTING_MISSING', setting: settingsTable[key].name, text, fix };
}

const splitRule: Rule = ({ isWhole, databaseUrl, natsUrl }) => {
  if (isWhole) return [];
  const text = 'this process runs only some services.';
  return [
    ...(databaseUrl === undefined
      ? [missing('databaseUrl', text, 'Give the database that all processes share.')]
      : []),
    ...(natsUrl === undefined ? [missing('natsUrl', text, 'Give the bus that joins the processes.')] : []),
  ];
};

const simulatorRule: Rule = ({ simulator, services, profile }) => {
  if (simulator !== 'none' && profile === 'production') {
    return [
      refused('simulator', 'simulated venues have no place here.', 'Leave SIMULATOR away or set it to none.'),
    ];
  }
  if (simulator !== 'embedded' || services.includes('gateway')) return [];
  return [
    {
      code: 'SETTING_CONFLICT',
      setting: settingsTable.simulator.name,
      text: 'the embedded simulator needs the gateway in the same process.',
      fix: 'Add gateway to SERVICES or set it to none.',
    },
  ];
};

const credentialsRule: Rule = ({ profile, adminPassword, databaseUrl, redisUrl, natsUrl }) => {
  if (profile !== 'production') return [];
  const problems: SettingsProblem[] = [];
  if (adminPassword !== undefined && (guessable.has(adminPassword) || adminPassword.length < 12)) {
    problems.push(
      refused(
        'adminPassword',
        'this password is short or well known.',
        'Choose one of 12 characters or more.',
      ),
    );
  }
  const urls = [
    ['databaseUrl', databaseUrl],
    ['redisUrl', redisUrl],
    ['natsUrl', natsUrl],
  ] as const;
  for (const [key, value] of urls) {
    const passwords = (value ?? '')
      .split(',')
      .filter((one) => URL.canParse(one))
      .map((one) => new URL(one).password);
    if (passwords.some((password) => guessable.has(decodeURIComponent(password)))) {
      problems.push(
        refused(key, 'its password is well known.', 'Change the password at the server and here.'),
      );
    }
  }
  return problems;
};

const exposureRule: Rule = ({ profile, httpHost, httpPublic }) => {
  if (profile !== 'production' || httpPublic || isLoopback(httpHost)) return [];
  return [
    refused(
      'httpHost',
      `${httpHost} can be reached from other hosts, and this port speaks plain HTTP.`,
      'Put a proxy with TLS in front and set HTTP_PUBLIC=true.',
    ),
  ];
};

/**
 * Behind a proxy that is not named all clients are one address, and the first stranger uses up what is for
 * all.
 */
const proxiesRule: Rule = ({ profile, httpHost }, given) =>
  profile !== 'production' || isLoopback(httpHost) || given.has('trustedProxies')
    ? []
    : [
        missing(
          'trustedProxies',
          `${httpHost} can be reached from other hosts, perhaps through a proxy.`,
          'Name the proxies, or set it to none when clients come without one.',
        ),
      ];

/** A heap snapshot has every key and password in it. */
const profilingRule: Rule = ({ profile, opsHost, opsProfiling }) =>
  profile !== 'production' || !opsProfiling || isLoopback(opsHost)
    ? []
    : [
        refused(
          'opsProfiling',
          `heap snapshots show secrets, and ${opsHost} can be reached from other hosts.`,
          'Set OPS_HOST to loopback while you profile.',
        ),
      ];

/** A key that each replica makes for itself would refuse the tokens of the others. */
const tokenKeyRule: Rule = ({ profile, isWhole, services }, given) => {
  const checksTokens = services.includes('api') || services.includes('bloomberg');
  if (profile !== 'production' || isWhole || !checksTokens || given.has('tokenKeyFile')) return [];
  return [
    missing(
      'tokenKeyFile',
      'several processes have to sign tokens with one key.',
      'Give the same key file to all of them.',
    ),
  ];
};

const conflict = (key: SettingKey, text: string, fix: string): SettingsProblem => ({
  code: 'SETTING_CONFLICT',
  setting: settingsTable[key].name,
  text,
  fix,
});

/** What Bloomberg's ways of signing on need, and that files of one kind come together. */
const bloombergRule: Rule = (settings) => {
  const { bloombergAuth: auth, bloombergApplication, bloombergTokenFile } = settings;
  const problems: SettingsProblem[] = [];
  if (/application/i.test(auth) && bloombergApplication === undefined)
    problems.push(missing('bloombergApplication', `BLOOMBERG_AUTH is ${auth}.`, 'Name the application.'));
  if (auth === 'token' && bloombergTokenFile === undefined)
    problems.push(missing('bloombergTokenFile', 'BLOOMBERG_AUTH is token.', 'Give the file with the token.'));
  const together: readonly (readonly SettingKey[])[] = [
    ['bloombergCredentialsFile', 'bloombergCredentialsPasswordFile', 'bloombergTrustFile'],
    ['bloombergTlsCertFile', 'bloombergTlsKeyFile'],
  ];
  for (const keys of together) {
    if (keys.every((key) => settings[key] === undefined)) continue;
    const names = keys.map((key) => settingsTable[key].name).join(', ');
    for (const key of keys.filter((one) => settings[one] === undefined))
      problems.push(missing(key, `${names} go together.`, 'Give all of them or none.'));
  }
  if (settings.bloombergTlsClientCaFile !== undefined && settings.bloombergTlsCertFile === undefined)
    problems.push(
      conflict('bloombergTlsClientCaFile', 'client certificates need TLS.', 'Give BLOOMBERG_TLS_CERT_FILE.'),
    );
  if (settings.bloombergTlsCrlFile !== undefined && settings.bloombergTlsClientCaFile === undefined)
    problems.push(
      conflict(
        'bloombergTlsCrlFile',
        'it is about client certificates.',
        'Give BLOOMBERG_TLS_CLIENT_CA_FILE.',
      ),
    );
  return problems;
};

/** Tokens and prices are not sent in the clear to other hosts. */
const bloombergExposureRule: Rule = ({
  profile,
  services,
  bloombergHost,
  bloombergTlsCertFile,
  httpPublic,
}) =>
  profile !== 'production' ||
  !services.includes('bloomberg') ||
  httpPublic ||
  bloombergTlsCertFile !== undefined ||
  isLoopback(bloombergHost)
    ? []
    : [
        refused(
          'bloombergHost',
          `${bloombergHost} can be reached from other hosts, and this port speaks plain HTTP.`,
          'Give BLOOMBERG_TLS_CERT_FILE and its key, or a proxy with TLS and HTTP_PUBLIC=true.',
        ),
      ];

/** TLS files come together, and passwords and orders are not sent in the clear to other hosts. */
const fixRule: Rule = (settings) => {
  const { fixTlsCertFile: cert, fixTlsKeyFile: key, fixTlsClientCaFile: clientCa, fixHost } = settings;
  const problems: SettingsProblem[] = [];
  if ((cert === undefined) !== (key === undefined))
    problems.push(
      missing(
        cert === undefined ? 'fixTlsCertFile' : 'fixTlsKeyFile',
        'certificate and key go together.',
        'Give both files or none.',
      ),
    );
  if (clientCa !== undefined && cert === undefined)
    problems.push(
      conflict('fixTlsClientCaFile', 'client certificates need TLS.', 'Give FIX_TLS_CERT_FILE and its key.'),
    );
  if (settings.fixTlsCrlFile !== undefined && clientCa === undefined)
    problems.push(
      conflict('fixTlsCrlFile', 'it is about client certificates.', 'Give FIX_TLS_CLIENT_CA_FILE.'),
    );
  const isExposed = settings.services.includes('gateway') && !isLoopback(fixHost);
  if (settings.profile === 'production' && isExposed && cert === undefined && !settings.fixPlainAllowed)
    problems.push(
      refused(
        'fixHost',
        `${fixHost} can be reached from other hosts, and FIX without TLS shows passwords and orders.`,
        'Give FIX_TLS_CERT_FILE and FIX_TLS_KEY_FILE, or a tunnel and FIX_PLAIN_ALLOWED=true.',
      ),
    );
  return problems;
};

const rules: readonly Rule[] = [
  splitRule,
  simulatorRule,
  credentialsRule,
  exposureRule,
  proxiesRule,
  profilingRule,
  tokenKeyRule,
  bloombergRule,
  bloombergExposureRule,
  fixRule,
];
