/**
 * From our session options to the library's, in the worker: only what was given is set, everything else keeps
 * the library's default. Secrets are read from their files here, go into the library and nowhere else.
 */
import type { Abi, Pointer } from './abi.ts';
import { openAuth } from './auth.ts';
import type { BlpSessionOptions, BlpTls } from './contract.ts';
import { localError } from './errors.ts';
import { readSecret } from './secret.ts';

const clientModes = { auto: 0, dapi: 1, sapi: 2 } as const;

type Setter = (abi: Abi, handle: Pointer) => void;

function applyServers(abi: Abi, handle: Pointer, { servers }: BlpSessionOptions): void {
  servers.forEach(({ host, port }, index) =>
    abi.check(
      'SessionOptions_setServerAddress',
      abi.call.SessionOptions_setServerAddress(handle, host, port, index),
    ),
  );
}

/** Calls `name` when a value was given; its code is checked. */
function whenGiven<T>(
  value: T | undefined,
  source: string,
  set: (abi: Abi, handle: Pointer, value: T) => number,
) {
  const apply: Setter = (abi, handle) => {
    if (value !== undefined) abi.check(source, set(abi, handle, value));
  };
  return apply;
}

/** The same for functions that return nothing. */
function alwaysTaken<T>(value: T | undefined, set: (abi: Abi, handle: Pointer, value: T) => void): Setter {
  return (abi, handle) => {
    if (value !== undefined) set(abi, handle, value);
  };
}

const bit = (value: boolean): number => (value ? 1 : 0);

function coreSetters(options: BlpSessionOptions): Setter[] {
  const { keepAlive } = options;
  return [
    whenGiven(options.connectTimeoutMs, 'SessionOptions_setConnectTimeout', (abi, handle, value) =>
      abi.call.SessionOptions_setConnectTimeout(handle, value),
    ),
    whenGiven(options.defaultSubscriptionService, 'setDefaultSubscriptionService', (abi, handle, value) =>
      abi.call.SessionOptions_setDefaultSubscriptionService(handle, value),
    ),
    whenGiven(keepAlive?.isEnabled, 'setKeepAliveEnabled', (abi, handle, value) =>
      abi.call.SessionOptions_setKeepAliveEnabled(handle, bit(value)),
    ),
    whenGiven(keepAlive?.inactivityMs, 'setDefaultKeepAliveInactivityTime', (abi, handle, value) =>
      abi.call.SessionOptions_setDefaultKeepAliveInactivityTime(handle, value),
    ),
    whenGiven(keepAlive?.responseTimeoutMs, 'setDefaultKeepAliveResponseTimeout', (abi, handle, value) =>
      abi.call.SessionOptions_setDefaultKeepAliveResponseTimeout(handle, value),
    ),
    ...waterMarks(options),
    alwaysTaken(options.numStartAttempts, (abi, handle, value) =>
      abi.call.SessionOptions_setNumStartAttempts(handle, value),
    ),
    alwaysTaken(options.autoRestartOnDisconnection, (abi, handle, value) =>
      abi.call.SessionOptions_setAutoRestartOnDisconnection(handle, bit(value)),
    ),
    alwaysTaken(options.authenticationOptions, (abi, handle, value) =>
      abi.call.SessionOptions_setAuthenticationOptions(handle, value),
    ),
    alwaysTaken(options.clientMode, (abi, handle, value) =>
      abi.call.SessionOptions_setClientMode(handle, clientModes[value]),
    ),
    alwaysTaken(options.defaultTopicPrefix, (abi, handle, value) =>
      abi.call.SessionOptions_setDefaultTopicPrefix(handle, value),
    ),
    alwaysTaken(options.maxPendingRequests, (abi, handle, value) =>
      abi.call.SessionOptions_setMaxPendingRequests(handle, value),
    ),
    alwaysTaken(options.maxEventQueueSize, (abi, handle, value) =>
      abi.call.SessionOptions_setMaxEventQueueSize(handle, value),
    ),
  ];
}

/** The library refuses a low mark above the high one: the order of setting depends on the direction. */
function waterMarks(options: BlpSessionOptions): Setter[] {
  const high = whenGiven(
    options.slowConsumerHiWaterMark,
    'setSlowConsumerWarningHiWaterMark',
    (abi, handle, value) => abi.call.SessionOptions_setSlowConsumerWarningHiWaterMark(handle, value),
  );
  const low = whenGiven(
    options.slowConsumerLoWaterMark,
    'setSlowConsumerWarningLoWaterMark',
    (abi, handle, value) => abi.call.SessionOptions_setSlowConsumerWarningLoWaterMark(handle, value),
  );
  const isHighBelowDefaultLow = (options.slowConsumerHiWaterMark ?? 1) <= 0.5;
  return isHighBelowDefaultLow ? [low, high] : [high, low];
}

function newerSetters(options: BlpSessionOptions): Setter[] {
  return [
    alwaysTaken(options.recordReceiveTimes, (abi, handle, value) =>
      abi.need('SessionOptions_setRecordSubscriptionDataReceiveTimes')(handle, bit(value)),
    ),
    whenGiven(options.serviceCheckTimeoutMs, 'setServiceCheckTimeout', (abi, handle, value) =>
      abi.need('SessionOptions_setServiceCheckTimeout')(handle, value),
    ),
    whenGiven(options.serviceDownloadTimeoutMs, 'setServiceDownloadTimeout', (abi, handle, value) =>
      abi.need('SessionOptions_setServiceDownloadTimeout')(handle, value),
    ),
    whenGiven(options.isBandwidthSaveModeDisabled, 'setBandwidthSaveModeDisabled', (abi, handle, value) =>
      abi.need('SessionOptions_setBandwidthSaveModeDisabled')(handle, bit(value)),
    ),
    whenGiven(options.sessionName, 'setSessionName', (abi, handle, value) =>
      abi.need('SessionOptions_setSessionName')(handle, value, Buffer.byteLength(value)),
    ),
    whenGiven(options.applicationIdentityKeyFile, 'setApplicationIdentityKey', (abi, handle, file) => {
      const key = readSecret(file);
      return abi.need('SessionOptions_setApplicationIdentityKey')(handle, key, Buffer.byteLength(key));
    }),
    alwaysTaken(options.tls, applyTls),
  ];
}

function applyTls(abi: Abi, handle: Pointer, tls: BlpTls): void {
  const create = abi.need('TlsOptions_createFromFiles');
  const setTls = abi.need('SessionOptions_setTlsOptions');
  const password = readSecret(tls.clientCredentialsPasswordFile);
  const created = create(tls.clientCredentialsFile, password, tls.trustedCertificatesFile);
  if (created === null)
    throw localError('TlsOptions_createFromFiles', 'SECRET_FILE', `${tls.clientCredentialsFile} was refused`);
  try {
    if (tls.handshakeTimeoutMs !== undefined)
      abi.need('TlsOptions_setTlsHandshakeTimeoutMs')(created, tls.handshakeTimeoutMs);
    if (tls.crlFetchTimeoutMs !== undefined)
      abi.need('TlsOptions_setCrlFetchTimeoutMs')(created, tls.crlFetchTimeoutMs);
    setTls(handle, created);
  } finally {
    abi.need('TlsOptions_destroy')(created);
  }
}

function applySessionIdentity(abi: Abi, handle: Pointer, options: BlpSessionOptions, cid: Uint8Array): void {
  if (options.sessionIdentity === undefined) return;
  const set = abi.need('SessionOptions_setSessionIdentityOptions');
  const auth = openAuth(abi, options.sessionIdentity);
  try {
    abi.check('SessionOptions_setSessionIdentityOptions', set(handle, auth.handle, cid));
  } finally {
    auth.close();
  }
}

/** Creates the native session. `identityCorrelationId` is the 56-byte id of the session identity's events. */
export function createSession(
  abi: Abi,
  options: BlpSessionOptions,
  identityCorrelationId: Uint8Array,
): bigint {
  const handle = abi.call.SessionOptions_create();
  if (handle === null) throw localError('SessionOptions_create', 'LIMIT', 'no session options');
  try {
    applyServers(abi, handle, options);
    for (const apply of [...coreSetters(options), ...newerSetters(options)]) apply(abi, handle);
    applySessionIdentity(abi, handle, options, identityCorrelationId);
    const session = abi.call.Session_create(handle, null, null, null);
    if (session === null) throw localError('Session_create', 'LIMIT', 'the library created no session');
    return session;
  } finally {
    abi.call.SessionOptions_destroy(handle);
  }
}

/** What the library would only notice much later, or not at all. Throws BAD_REQUEST. */
export function checkOptions(options: BlpSessionOptions): void {
  const refuse = (text: string): never => {
    throw localError('options', 'BAD_REQUEST', text);
  };
  const { servers } = options;
  if (servers.length < 1 || servers.length > 16) refuse('servers: 1 to 16 are allowed');
  for (const { host, port } of servers) {
    if (host === '' || host.length > 255 || host.includes('\0'))
      refuse('servers: a host is empty or too long');
    if (!Number.isInteger(port) || port < 1 || port > 65535) refuse(`servers: port ${port} is out of range`);
  }
  const ranges: readonly (readonly [name: keyof BlpSessionOptions, low: number, high: number])[] = [
    ['pollMs', 1, 250],
    ['bufferBytes', 64 * 1024, 64 * 1024 * 1024],
    ['messageBytesMax', 64 * 1024, 256 * 1024 * 1024],
    ['buffersInFlightMax', 1, 64],
    ['subscriptionsMax', 1, 1_000_000],
    ['numStartAttempts', 1, 1_000_000],
    ['maxEventQueueSize', 1, 100_000_000],
    ['maxPendingRequests', 1, 1_000_000],
  ];
  for (const [name, low, high] of ranges) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
      refuse(`${name}: an integer from ${low} to ${high} is needed`);
  }
}
