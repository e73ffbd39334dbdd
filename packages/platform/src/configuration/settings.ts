/**
 * Every setting of the platform as data: its name, what it accepts, its default and what it does.
 * `config.ts` loads from this table; `--help` and docs/config.md are generated from it.
 */
import { hostname } from 'node:os';
import { z } from 'zod';
import {
  choice,
  cidrs,
  databaseUrl,
  host,
  natsUrl,
  optional,
  profiles,
  proxies,
  servers,
  services,
  simulator,
  text,
  token,
  url,
  whole,
  withDefault,
  yesOrNo,
  type Default,
} from './settings.kinds.ts';

export const settingsTable = {
  profile: withDefault(
    'PROFILE',
    choice(...profiles),
    'demo',
    'What kind of installation this is. production refuses everything that is only good for a demonstration.',
  ),
  services: withDefault('SERVICES', services, 'all', 'Services that this process runs.'),
  instance: withDefault(
    'INSTANCE',
    token,
    `${hostname()
      .replaceAll(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 48)}-${process.pid}`,
    'Name of this process towards others: owner of partitions, connection name, field of every log line.',
    { defaultText: 'host name and process id' },
  ),
  dataDir: withDefault(
    'DATA_DIR',
    text,
    './data',
    'Folder of what this process keeps: embedded database, FIX session stores, spool, token key.',
  ),
  httpHost: withDefault(
    'HTTP_HOST',
    host,
    '127.0.0.1',
    'Address on which UI, REST and stream are served, and of health the state.',
  ),
  httpPort: withDefault('HTTP_PORT', whole(0, 65_535), '8080', 'Its port; 0 lets the system choose.'),
  opsHost: withDefault(
    'OPS_HOST',
    host,
    '127.0.0.1',
    'Address of the operations port: metrics, health with its reasons, the documents of the interfaces. ' +
      'It asks for no token: keep it inside.',
  ),
  opsPort: withDefault('OPS_PORT', whole(0, 65_535), '9464', 'Its port; 0 lets the system choose.'),
  opsProfiling: withDefault(
    'OPS_PROFILING',
    yesOrNo,
    'false',
    'CPU profiles and heap snapshots there, which show secrets. In production on loopback only.',
  ),
  httpPublic: withDefault(
    'HTTP_PUBLIC',
    yesOrNo,
    'false',
    'Says that a proxy with TLS stands in front. Production needs it for an HTTP_HOST other than loopback.',
  ),
  trustedProxies: withDefault(
    'TRUSTED_PROXIES',
    proxies,
    'none',
    'Proxies whose X-Forwarded-For is believed. Limits count by address: production wants it said for an ' +
      'HTTP_HOST other than loopback.',
  ),
  apiRatePerUser: withDefault(
    'API_RATE_PER_USER',
    whole(1, 100_000),
    '500',
    'Requests a second that a user may send by REST, twice that at once; cancels are not counted.',
  ),
  fixHost: withDefault('FIX_HOST', host, '127.0.0.1', 'Address of the FIX listeners.'),
  fixPortBase: withDefault(
    'FIX_PORT_BASE',
    whole(0, 65_508),
    '7002',
    'Port of the first FIX listener; the other 27 follow it. 0 lets the system choose each.',
  ),
  fixFlushMs: withDefault(
    'FIX_FLUSH_MS',
    whole(0, 10_000),
    '0',
    'Least time between two market data messages for one FIX subscription; 0 sends once per turn.',
  ),
  decideWithinMs: withDefault(
    'DECIDE_WITHIN_MS',
    whole(100, 60_000),
    '2000',
    'How long after it was sent a market or immediate order may be decided; later it is refused as TOO_LATE.',
  ),
  decideRestingWithinMs: withDefault(
    'DECIDE_RESTING_WITHIN_MS',
    whole(100, 600_000),
    '10000',
    'The same for orders that may rest, and for replaces that ask for more.',
  ),
  leaseMs: withDefault(
    'LEASE_MS',
    whole(500, 60_000),
    '3000',
    'How long what a process owns (firms, tables, watching) stays its own without a renewal, which comes ' +
      'four times as often; after it another takes over. The same in all processes.',
  ),
  overloadMs: withDefault(
    'OVERLOAD_MS',
    whole(50, 60_000),
    '2000',
    'Age of the oldest event that is not durable, or of the oldest command that waits, beyond which the ' +
      'owner refuses new orders as OVERLOADED; a client with 500 orders under way is refused at half of it.',
  ),
  bookCrossedBasisPoints: withDefault(
    'BOOK_CROSSED_BASIS_POINTS',
    whole(0, 10_000),
    '10',
    'The best bid may be over the best ask of another provider by so much. Beyond it the instrument is ' +
      'shown as crossed, without prices, and its orders are refused.',
  ),
  quoteSpikeBasisPoints: withDefault(
    'QUOTE_SPIKE_BASIS_POINTS',
    whole(0, 10_000),
    '100',
    "Distance of a provider's mid from the median of the others beyond which its quote is left out; 0 " +
      'looks at none.',
  ),
  orderRefusalsPerSecond: withDefault(
    'ORDER_REFUSALS_PER_SECOND',
    whole(1, 100_000),
    '50',
    'Refused orders of one client a second, four times that at once, that are journaled one by one; beyond ' +
      'it orders are refused at the edge and summed up.',
  ),
  fixStore: withDefault(
    'FIX_STORE',
    choice('file', 'postgres'),
    'file',
    'Where FIX sessions keep numbers and messages. file: below DATA_DIR, see FIX_FSYNC. postgres: in the ' +
      'database; survives the loss of process and host, and another process can take the sessions over. ' +
      'While it is away sessions go on, without new orders.',
  ),
  fixFsync: withDefault(
    'FIX_FSYNC',
    choice('never', 'interval', 'batch'),
    'never',
    'What FIX_STORE=file survives. never: the loss of the process. interval: also that of the host, but ' +
      'for the last 100 ms. batch: also the loss of the host, with one fdatasync before each write to the ' +
      'socket. None survives the loss of the disk.',
  ),
  fixTlsCertFile: optional(
    'FIX_TLS_CERT_FILE',
    text,
    'Certificate chain (PEM) of the FIX listeners; with it they speak TLS only. Read again when it changes.',
  ),
  fixTlsKeyFile: optional('FIX_TLS_KEY_FILE', text, 'Key of that certificate (PEM).'),
  fixTlsClientCaFile: optional(
    'FIX_TLS_CLIENT_CA_FILE',
    text,
    'Authorities (PEM) of client certificates; with it, FIX clients without one are refused.',
  ),
  fixTlsCrlFile: optional(
    'FIX_TLS_CRL_FILE',
    text,
    'Revocation lists (PEM) of client certificates: one of each authority up to the root. Read again when ' +
      'it changes; a revoked certificate is refused, and its open sessions are ended.',
  ),
  fixTlsCrlExpired: withDefault(
    'FIX_TLS_CRL_EXPIRED',
    choice('refuse', 'accept'),
    'refuse',
    'When a revocation list has run out: refuse every client certificate, or accept those that the old ' +
      'list does not name. A critical event either way.',
  ),
  fixPlainAllowed: withDefault(
    'FIX_PLAIN_ALLOWED',
    yesOrNo,
    'false',
    'Says that a tunnel (VPN, stunnel) protects the FIX listeners. Production needs it for a FIX_HOST ' +
      'other than loopback without FIX_TLS_CERT_FILE.',
  ),
  fixProxies: withDefault(
    'FIX_PROXIES',
    cidrs,
    '',
    'Proxies before the FIX listeners. With it every connection must come from one of them and begin with ' +
      'the PROXY protocol, version 2.',
    { defaultText: 'none' },
  ),
  fixMessageLog: withDefault(
    'FIX_MESSAGE_LOG',
    choice('off', 'file'),
    'off',
    'file: every FIX message, secrets masked, in DATA_DIR/fix-log; at most 1 GiB, the oldest go first. ' +
      'npm run fix -- decode reads it.',
  ),
  priceFlushMs: withDefault(
    'PRICE_FLUSH_MS',
    whole(1, 10_000),
    '20',
    'Least time between two price updates to a stream client; what changes in between is conflated.',
  ),
  databaseUrl: optional(
    'DATABASE_URL',
    databaseUrl,
    'PostgreSQL 15 or newer. Without it the process runs a PostgreSQL of its own below DATA_DIR.',
    { isSecret: true },
  ),
  databaseConnections: withDefault(
    'DATABASE_CONNECTIONS',
    whole(2, 100),
    '8',
    'Connections for queries, at most.',
  ),
  journalPeriod: withDefault(
    'JOURNAL_PERIOD',
    choice('day', 'week', 'month'),
    'month',
    'Length of the periods that the journal is cut into: a period is archived as a whole.',
  ),
  journalKeepDays: withDefault(
    'JOURNAL_KEEP_DAYS',
    whole(0, 36_500),
    '400',
    'Periods of the journal that ended longer ago are archived and taken out of the database; 0: none is.',
  ),
  archiveDir: optional(
    'ARCHIVE_DIR',
    text,
    'Folder of archived periods of the journal, which nothing deletes. Back it up: it is part of it.',
    { defaultText: 'with DATABASE_URL none, and nothing is archived; otherwise archive in DATA_DIR' },
  ),
  projectionKeepDays: withDefault(
    'PROJECTION_KEEP_DAYS',
    whole(0, 36_500),
    '400',
    'Orders that ended, with their executions, and decided cases stay so long in the tables that API and ' +
      'desk read; 0: for ever. What is open stays, and what an open case is about.',
  ),
  systemEventKeepDays: withDefault(
    'SYSTEM_EVENT_KEEP_DAYS',
    whole(0, 36_500),
    '400',
    'System events stay so long; 0: for ever.',
  ),
  qualityKeepDays: withDefault(
    'QUALITY_KEEP_DAYS',
    whole(0, 36_500),
    '400',
    'States of data and problem periods that ended, with what people said of them, stay so long; 0: for ' +
      'ever. Availability is computed from them.',
  ),
  statisticsMinuteKeepDays: withDefault(
    'STATISTICS_MINUTE_KEEP_DAYS',
    whole(0, 36_500),
    '14',
    'Statistics of instruments by minute stay so long; 0: for ever.',
  ),
  statisticsHourKeepDays: withDefault(
    'STATISTICS_HOUR_KEEP_DAYS',
    whole(0, 36_500),
    '400',
    'Statistics of instruments by hour, of which days are made, stay so long; 0: for ever.',
  ),
  fixMessageKeepDays: withDefault(
    'FIX_MESSAGE_KEEP_DAYS',
    whole(0, 36_500),
    '30',
    'FIX messages that were sent stay so long in FIX_STORE=postgres, to be sent again when they are asked ' +
      'for; after it a gap fill takes their place. 0: until the newest 100,000 of a session have come.',
  ),
  fixLogKeepDays: withDefault(
    'FIX_LOG_KEEP_DAYS',
    whole(0, 36_500),
    '90',
    'Files of FIX_MESSAGE_LOG that were written last longer ago are deleted; 0: only when there is too much.',
  ),
  natsUrl: optional('NATS_URL', natsUrl, 'Bus between processes. Without it the bus is inside the process.', {
    isSecret: true,
  }),
  redisUrl: optional(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    'Cache between processes. Without it the cache is inside the process.',
    { isSecret: true },
  ),
  namespace: withDefault(
    'NAMESPACE',
    token,
    'tidegate',
    'First part of every NATS subject and Redis key, so that several platforms can share servers.',
  ),
  simulator: optional('SIMULATOR', simulator, 'Simulated venues and clients. Refused in production.', {
    demo: 'embedded',
    defaultText: 'demo: embedded if the process runs all services; otherwise none',
  }),
  adminPassword: optional(
    'TIDEGATE_ADMIN_PASSWORD',
    text,
    'Password of the web user admin. In production at least 12 characters, and only for the first start, ' +
      'which makes that user.',
    { isSecret: true, defaultText: 'demo: made at the first start and kept in DATA_DIR' },
  ),
  tokenKeyFile: optional(
    'TOKEN_KEY_FILE',
    text,
    'Ed25519 key (PKCS#8 PEM) that signs the tokens of web and API users, made when absent. ' +
      'All replicas need the same.',
    { defaultText: 'token.key in DATA_DIR' },
  ),
  auditKeyFile: optional(
    'AUDIT_KEY_FILE',
    text,
    "Key that signs the audit's checkpoints, made when absent. All processes that run the monitor need the " +
      'same.',
    { defaultText: 'audit.key in DATA_DIR' },
  ),
  auditCheckpointDir: optional(
    'AUDIT_CHECKPOINT_DIR',
    text,
    "Second place of the audit's checkpoints, out of reach of whoever administers the database.",
    { defaultText: 'with DATABASE_URL none; otherwise audit.checkpoints in DATA_DIR' },
  ),
  tokenTtlMinutes: withDefault('TOKEN_TTL_MINUTES', whole(1, 1_440), '60', 'Life of such a token.'),
  signInAgeMaxMinutes: withDefault(
    'SIGN_IN_AGE_MAX_MINUTES',
    whole(1, 10_080),
    '720',
    'From a sign-in to the end of its last token: a desk in use renews its token until then.',
  ),
  blpapiLib: optional(
    'BLPAPI_LIB',
    text,
    "Path of Bloomberg's C library (libblpapi3_64.so), which the operator supplies.",
    { defaultText: 'demo: the emulator, built at the first start; production: none, no Bloomberg' },
  ),
  bloombergServers: withDefault(
    'BLOOMBERG_SERVERS',
    servers,
    'localhost:8194',
    'Bloomberg hosts, tried in turn: the Terminal (Desktop API), SAPI or B-PIPE servers.',
  ),
  bloombergClientMode: withDefault(
    'BLOOMBERG_CLIENT_MODE',
    choice('auto', 'dapi', 'sapi'),
    'auto',
    'What is at those hosts; auto lets the library find out.',
  ),
  bloombergAuth: withDefault(
    'BLOOMBERG_AUTH',
    choice('none', 'user', 'application', 'userAndApplication', 'token'),
    'none',
    'Who we are towards Bloomberg. none is for the Desktop API.',
  ),
  bloombergUser: withDefault(
    'BLOOMBERG_USER',
    [
      z.string().regex(/^(logon|directory:[^;=]{1,100}|manual:\d{1,12},[0-9A-Fa-f.:]{2,45})$/),
      'logon, directory:<property> or manual:<user id>,<address>',
    ],
    'logon',
    'The user of BLOOMBERG_AUTH user and userAndApplication: logon name of this process, a property in the ' +
      'directory, or as given.',
  ),
  bloombergApplication: optional(
    'BLOOMBERG_APPLICATION',
    [z.string().regex(/^[^;=]{1,100}$/), 'a name without ; and ='],
    'Name of the application that Bloomberg has enabled (EMRS).',
  ),
  bloombergTokenFile: optional('BLOOMBERG_TOKEN_FILE', text, 'File with the token of BLOOMBERG_AUTH token.'),
  bloombergCredentialsFile: optional(
    'BLOOMBERG_CREDENTIALS_FILE',
    text,
    'PKCS#12 file with certificate and key for TLS to Bloomberg; with it the other two must be given.',
  ),
  bloombergCredentialsPasswordFile: optional(
    'BLOOMBERG_CREDENTIALS_PASSWORD_FILE',
    text,
    'File with the password of that file.',
  ),
  bloombergTrustFile: optional(
    'BLOOMBERG_TRUST_FILE',
    text,
    'PKCS#7 file with the roots that Bloomberg’s certificates must lead to.',
  ),
  bloombergQueueEvents: withDefault(
    'BLOOMBERG_QUEUE_EVENTS',
    whole(1_000, 1_000_000),
    '100000',
    'Events that the library keeps for us before it drops some and tells of data loss.',
  ),
  bloombergRounding: withDefault(
    'BLOOMBERG_ROUNDING',
    choice('against', 'refuse'),
    'against',
    "A price or size finer than the instrument's scale: rounded against us (bid down, ask up, size down) " +
      'or left out. Counted either way.',
  ),
  bloombergRequired: withDefault(
    'BLOOMBERG_REQUIRED',
    yesOrNo,
    'false',
    'The process is not ready (health) while the feed is not up.',
  ),
  bloombergHitsPerDay: withDefault(
    'BLOOMBERG_HITS_PER_DAY',
    whole(0, 999_999_999),
    '400000',
    'Budget of hits (securities × fields, subscribed or requested) in a UTC day; 0: none. Keep it below ' +
      'what the contract allows.',
  ),
  bloombergUserHitsPerDay: withDefault(
    'BLOOMBERG_USER_HITS_PER_DAY',
    whole(0, 999_999_999),
    '50000',
    'The same for one user of the market data server; 0: none.',
  ),
  bloombergSecuritiesPerDay: withDefault(
    'BLOOMBERG_SECURITIES_PER_DAY',
    whole(0, 1_000_000),
    '5000',
    'Different securities in a UTC day; 0: none.',
  ),
  bloombergSubscriptionsMax: withDefault(
    'BLOOMBERG_SUBSCRIPTIONS_MAX',
    whole(1, 100_000),
    '3500',
    'Subscriptions open at Bloomberg at once.',
  ),
  bloombergHost: withDefault(
    'BLOOMBERG_HOST',
    host,
    '127.0.0.1',
    'Address of the server for market data consumers (WebSocket and HTTP).',
  ),
  bloombergPort: withDefault('BLOOMBERG_PORT', whole(0, 65_535), '8090', 'Its port; 0: the system chooses.'),
  bloombergTlsCertFile: optional(
    'BLOOMBERG_TLS_CERT_FILE',
    text,
    'Its certificate chain (PEM); with the key it speaks TLS only.',
  ),
  bloombergTlsKeyFile: optional('BLOOMBERG_TLS_KEY_FILE', text, 'Key of that certificate (PEM).'),
  bloombergTlsClientCaFile: optional(
    'BLOOMBERG_TLS_CLIENT_CA_FILE',
    text,
    'Authorities (PEM) of client certificates; with it, clients without one are refused.',
  ),
  bloombergTlsCrlFile: optional('BLOOMBERG_TLS_CRL_FILE', text, 'Revocation list (PEM) for those.'),
  bloombergRequestRate: withDefault(
    'BLOOMBERG_REQUEST_RATE',
    whole(1, 10_000),
    '50',
    'Requests of one user a second; twice as many at once after a pause.',
  ),
  bloombergVpnInterface: optional(
    'BLOOMBERG_VPN_INTERFACE',
    [z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/), 'the name of an interface'],
    'WireGuard interface on the way to Bloomberg; the feed is down while it is. Without: not checked.',
  ),
  bloombergVpnCommand: withDefault(
    'BLOOMBERG_VPN_COMMAND',
    text,
    'wg',
    'Program that is asked with: show <interface> latest-handshakes.',
  ),
  bloombergVpnHandshakesFile: optional(
    'BLOOMBERG_VPN_HANDSHAKES_FILE',
    text,
    'File that somebody with the right to ask writes this answer to; read in place of asking.',
  ),
  bloombergVpnHandshakeSeconds: withDefault(
    'BLOOMBERG_VPN_HANDSHAKE_SECONDS',
    whole(30, 86_400),
    '240',
    'Age of the newest handshake beyond which the tunnel counts as down.',
  ),
  projectorLagMsMax: withDefault(
    'PROJECTOR_LAG_MS_MAX',
    whole(500, 3_600_000),
    '15000',
    'A projector whose tables have been behind the journal for longer is not ready (health).',
  ),
  shutdownDrainMs: withDefault(
    'SHUTDOWN_DRAIN_MS',
    whole(0, 120_000),
    '0',
    'After SIGTERM the process says that it is not ready and works on for this long before it stops, so ' +
      'that balancers and orchestrators see it. Best a little more than their interval of asking.',
  ),
  shutdownTimeoutMs: withDefault(
    'SHUTDOWN_TIMEOUT_MS',
    whole(100, 120_000),
    '4300',
    'Time that an orderly stop may take before the process ends anyway.',
  ),
  orderTrace: withDefault(
    'ORDER_TRACE',
    choice('off', 'on'),
    'off',
    'Measures each hop of an order’s path, for a little of each order’s time: the metric ' +
      'tidegate_order_hop_seconds.',
  ),
  logLevel: withDefault(
    'LOG_LEVEL',
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal'),
    'info',
    'Least level that is logged.',
  ),
  logFormat: withDefault(
    'LOG_FORMAT',
    choice('auto', 'json', 'text'),
    'auto',
    'json: one object a line; text: one readable line each; auto: text on a terminal, else json.',
  ),
} as const;

export type SettingsTable = typeof settingsTable;
export type SettingKey = keyof SettingsTable;

/** The table's rows without their types, for loops over all of them. */
export interface SettingRow {
  readonly key: SettingKey;
  readonly name: string;
  readonly schema: z.ZodType<unknown, string>;
  readonly accepts: string;
  readonly default: Default | undefined;
  readonly defaultText?: string;
  readonly isSecret?: true;
  readonly text: string;
}

export const settingRows: readonly SettingRow[] = Object.entries(settingsTable).map(([key, entry]) => ({
  key: key as SettingKey,
  ...(entry as Omit<SettingRow, 'key'>),
}));

/** What `--help` prints. */
export function settingsHelp(): string {
  const lines = [
    'Settings come from the environment (NAME=value) or, except secrets, from arguments (--name value).',
    'Each secret may also be given as a file: NAME_FILE=path.',
    '',
  ];
  for (const row of settingRows) {
    lines.push(`${row.name}${row.isSecret ? ' (secret)' : ''}`);
    lines.push(...wrapped(`${row.text} Accepts ${row.accepts}. Default: ${defaultOf(row)}.`, 96));
  }
  return `${lines.join('\n')}\n`;
}

/** The table of docs/config.md. */
export function settingsMarkdown(): string {
  const rows = settingRows.map((row) => {
    const name = row.isSecret ? `\`${row.name}\`, \`${row.name}_FILE\`` : `\`${row.name}\``;
    return `| ${name} | ${defaultOf(row)} | ${row.accepts} | ${row.text} |`;
  });
  return ['| Setting | Default | Accepts | Meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function defaultOf(row: SettingRow): string {
  if (row.defaultText !== undefined) return row.defaultText;
  if (typeof row.default === 'object') return `${row.default.demo} in demo, none in production`;
  return row.default ?? 'none';
}

function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '   ';
  for (const word of line.split(' ')) {
    if (current.length + 1 + word.length > width) {
      lines.push(current);
      current = '   ';
    }
    current += ` ${word}`;
  }
  return [...lines, current];
}
