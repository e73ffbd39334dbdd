/**
 * Bloomberg's C interface as koffi calls it: every function of `libblpapi3_64.so` the binding uses, required
 * or optional (newer libraries only). Calls are synchronous, on the worker's thread, so the error text that
 * the library keeps for each thread is still there right after a failure.
 */
import koffi from 'koffi';
import { codeName, libraryError, loadError, localError } from './errors.ts';

export type Pointer = bigint | null;
export type AbiArgument =
  | Pointer
  | number
  | string
  | Uint8Array
  | BigUint64Array
  | Int32Array
  | (string | null)[];
type Returns<T> = (...parameters: AbiArgument[]) => T;

/**
 * Parameters by letter: p pointer (also typed arrays), s text, a array of texts, i int, u unsigned, h
 * unsigned short, z size_t, l int64, f float, d double, t a text the library writes into an array of one.
 */
const letters: Readonly<Record<string, string>> = {
  p: 'void *',
  s: 'const char *',
  a: 'const char **',
  i: 'int',
  u: 'unsigned int',
  h: 'uint16_t',
  z: 'size_t',
  l: 'int64_t',
  f: 'float',
  d: 'double',
  t: '_Out_ const char **',
};

const requiredInts = {
  SessionOptions_setServerAddress: 'pshz',
  SessionOptions_numServerAddresses: 'p',
  SessionOptions_setConnectTimeout: 'pu',
  SessionOptions_setDefaultSubscriptionService: 'ps',
  SessionOptions_setSlowConsumerWarningHiWaterMark: 'pf',
  SessionOptions_setSlowConsumerWarningLoWaterMark: 'pf',
  SessionOptions_setKeepAliveEnabled: 'pi',
  SessionOptions_setDefaultKeepAliveInactivityTime: 'pi',
  SessionOptions_setDefaultKeepAliveResponseTimeout: 'pi',
  Session_startAsync: 'p',
  Session_stopAsync: 'p',
  Session_nextEvent: 'ppu',
  Session_tryNextEvent: 'pp',
  Session_openServiceAsync: 'psp',
  Session_getService: 'pps',
  Session_subscribe: 'pppsi',
  Session_resubscribe: 'ppsi',
  Session_unsubscribe: 'ppsi',
  Session_cancel: 'ppzsi',
  Session_sendRequest: 'pppppsi',
  Session_generateToken: 'ppp',
  Session_sendAuthorizationRequest: 'pppppsi',
  Identity_isAuthorized: 'pp',
  Identity_hasEntitlements: 'ppppzpp',
  Identity_getSeatType: 'pp',
  SubscriptionList_add: 'pspaazz',
  SubscriptionList_topicStringAt: 'ptz',
  Service_createRequest: 'pps',
  Service_createAuthorizationRequest: 'pps',
  Event_eventType: 'p',
  Event_release: 'p',
  MessageIterator_next: 'pp',
  Message_numCorrelationIds: 'p',
  Message_fragmentType: 'p',
  Element_datatype: 'p',
  Element_isArray: 'p',
  Element_isNull: 'p',
  Element_isNullValue: 'pz',
  Element_getElementAt: 'ppz',
  Element_getElement: 'ppsp',
  Element_getChoice: 'pp',
  Element_getValueAsBool: 'ppz',
  Element_getValueAsChar: 'ppz',
  Element_getValueAsInt32: 'ppz',
  Element_getValueAsInt64: 'ppz',
  Element_getValueAsFloat32: 'ppz',
  Element_getValueAsFloat64: 'ppz',
  Element_getValueAsString: 'ppz',
  Element_getValueAsHighPrecisionDatetime: 'ppz',
  Element_getValueAsName: 'ppz',
  Element_getValueAsElement: 'ppz',
  Element_setElementBool: 'pspi',
  Element_setElementInt32: 'pspi',
  Element_setElementInt64: 'pspl',
  Element_setElementFloat64: 'pspd',
  Element_setElementString: 'psps',
  Element_setElementHighPrecisionDatetime: 'pspp',
  Element_setValueBool: 'piz',
  Element_setValueInt32: 'piz',
  Element_setValueInt64: 'plz',
  Element_setValueFloat64: 'pdz',
  Element_setValueString: 'psz',
  Element_setValueHighPrecisionDatetime: 'ppz',
  Element_appendElement: 'pp',
  Element_setChoice: 'ppspz',
  Logging_registerCallback: 'pi',
} as const;

const optionalInts = {
  SessionOptions_setSessionIdentityOptions: 'ppp',
  SessionOptions_setServiceCheckTimeout: 'pi',
  SessionOptions_setServiceDownloadTimeout: 'pi',
  SessionOptions_setBandwidthSaveModeDisabled: 'pi',
  SessionOptions_setApplicationIdentityKey: 'psz',
  SessionOptions_setSessionName: 'psz',
  AuthUser_createWithLogonName: 'p',
  AuthUser_createWithActiveDirectoryProperty: 'ps',
  AuthUser_createWithManualOptions: 'pss',
  AuthApplication_create: 'ps',
  AuthToken_create: 'ps',
  AuthOptions_create_forUserMode: 'pp',
  AuthOptions_create_forAppMode: 'pp',
  AuthOptions_create_forUserAndAppMode: 'ppp',
  AuthOptions_create_forToken: 'pp',
  AbstractSession_generateAuthorizedIdentityAsync: 'ppp',
  AbstractSession_getAuthorizedIdentity: 'ppp',
  Message_recapType: 'p',
  Message_timeReceived: 'pp',
  HighResolutionClock_now: 'p',
  Element_getValueAsBytes: 'pppz',
} as const;

const requiredPointers = {
  SessionOptions_create: '',
  Session_create: 'pppp',
  Session_createIdentity: 'p',
  Session_getAbstractSession: 'p',
  SubscriptionList_create: '',
  Request_elements: 'p',
  MessageIterator_create: 'p',
  Message_messageType: 'p',
  Message_service: 'p',
  Message_elements: 'p',
  Element_name: 'p',
} as const;

const optionalPointers = { TlsOptions_createFromFiles: 'sss' } as const;

const requiredTexts = { getLastErrorDescription: 'i', Service_name: 'p', Name_string: 'p' } as const;
const optionalTexts = { getVersionIdentifier: '' } as const;

const requiredVoids = {
  getVersionInfo: 'pppp',
  SessionOptions_destroy: 'p',
  SessionOptions_setNumStartAttempts: 'pi',
  SessionOptions_setAutoRestartOnDisconnection: 'pi',
  SessionOptions_setAuthenticationOptions: 'ps',
  SessionOptions_setClientMode: 'pi',
  SessionOptions_setDefaultTopicPrefix: 'ps',
  SessionOptions_setAllowMultipleCorrelatorsPerMsg: 'pi',
  SessionOptions_setMaxPendingRequests: 'pi',
  SessionOptions_setMaxEventQueueSize: 'pz',
  Session_destroy: 'p',
  Identity_release: 'p',
  SubscriptionList_destroy: 'p',
  Request_destroy: 'p',
  MessageIterator_destroy: 'p',
} as const;

const optionalVoids = {
  SessionOptions_setTlsOptions: 'pp',
  SessionOptions_setRecordSubscriptionDataReceiveTimes: 'pi',
  TlsOptions_setTlsHandshakeTimeoutMs: 'pi',
  TlsOptions_setCrlFetchTimeoutMs: 'pi',
  TlsOptions_destroy: 'p',
  AuthUser_destroy: 'p',
  AuthApplication_destroy: 'p',
  AuthToken_destroy: 'p',
  AuthOptions_destroy: 'p',
} as const;

const requiredSizes = { Element_numElements: 'p', Element_numValues: 'p' } as const;
const optionalLongs = { TimePointUtil_nanosecondsBetween: 'pp' } as const;

/** A correlation id by value, as `Message_correlationId` returns it. */
interface CorrelationIdValue {
  readonly header: number;
  readonly value: number | bigint;
}

type All<T, R> = { readonly [K in keyof T]: Returns<R> };
type Some<T, R> = { readonly [K in keyof T]?: Returns<R> };

/** The functions of one opened library; optional ones may be absent. */
export type AbiFunctions = All<typeof requiredInts, number> &
  Some<typeof optionalInts, number> &
  All<typeof requiredPointers, Pointer> &
  Some<typeof optionalPointers, Pointer> &
  All<typeof requiredTexts, string | null> &
  Some<typeof optionalTexts, string | null> &
  All<typeof requiredVoids, void> &
  Some<typeof optionalVoids, void> &
  All<typeof requiredSizes, number | bigint> &
  Some<typeof optionalLongs, number | bigint> & {
    readonly Message_correlationId: Returns<CorrelationIdValue>;
  };

export type OptionalFunction =
  | keyof typeof optionalInts
  | keyof typeof optionalPointers
  | keyof typeof optionalTexts
  | keyof typeof optionalVoids
  | keyof typeof optionalLongs;

export interface Abi {
  readonly path: string;
  readonly call: AbiFunctions;
  readonly optionalSymbols: readonly string[];
  /** Throws a BlpError with the library's text unless `code` is 0. `source` names the call. */
  check(source: string, code: number): void;
  /** An optional function, or a BlpError UNSUPPORTED_BY_LIBRARY. */
  need<K extends OptionalFunction>(name: K): NonNullable<AbiFunctions[K]>;
}

const correlationIdType = koffi.struct({
  header: 'uint32_t',
  padding: 'uint32_t',
  value: 'uint64_t',
  rest: koffi.array('uint64_t', 5, 'Array'),
});

type Loaded = ReturnType<typeof koffi.load>;

function has(library: Loaded, name: string): boolean {
  try {
    library.symbol(`blpapi_${name}`);
    return true;
  } catch {
    return false;
  }
}

function bind(library: Loaded, name: string, result: string, parameters: string): unknown {
  return library.func(
    `blpapi_${name}`,
    result,
    [...parameters].map((letter) => letters[letter] ?? 'void *'),
  );
}

const groups: readonly (readonly [result: string, isRequired: boolean, table: Record<string, string>])[] = [
  ['int', true, requiredInts],
  ['int', false, optionalInts],
  ['void *', true, requiredPointers],
  ['void *', false, optionalPointers],
  ['const char *', true, requiredTexts],
  ['const char *', false, optionalTexts],
  ['void', true, requiredVoids],
  ['void', false, optionalVoids],
  ['size_t', true, requiredSizes],
  ['int64_t', false, optionalLongs],
];

/** A library that lacks these is no BLPAPI at all; others missing are named as such. */
const marks = ['getVersionInfo', 'Session_create', 'Element_datatype'];

function load(path: string): Loaded {
  try {
    return koffi.load(path, { deep: false });
  } catch (error) {
    throw loadError('LIBRARY_LOAD_FAILED', `${path}: ${(error as Error).message}`);
  }
}

/** Binds the library at `path`; the file has been looked at before (`elf.ts`). Throws class `load`. */
export function openAbi(path: string): Abi {
  const library = load(path);
  if (!marks.some((name) => has(library, name)))
    throw loadError('LIBRARY_NOT_BLPAPI', `${path} exports none of the functions of BLPAPI`);
  const functions: Record<string, unknown> = {};
  const optionalSymbols: string[] = [];
  for (const [result, isRequired, table] of groups)
    for (const [name, parameters] of Object.entries(table)) {
      const isThere = has(library, name);
      if (!isThere && isRequired) throw loadError('LIBRARY_SYMBOL_MISSING', `${path} lacks blpapi_${name}`);
      if (!isThere) continue;
      if (!isRequired) optionalSymbols.push(name);
      functions[name] = bind(library, name, result, parameters);
    }
  if (!has(library, 'Message_correlationId'))
    throw loadError('LIBRARY_SYMBOL_MISSING', `${path} lacks blpapi_Message_correlationId`);
  functions.Message_correlationId = library.func('blpapi_Message_correlationId', correlationIdType, [
    'void *',
    'size_t',
  ]);
  return abiOf(path, functions as unknown as AbiFunctions, optionalSymbols);
}

function abiOf(path: string, call: AbiFunctions, optionalSymbols: readonly string[]): Abi {
  return {
    path,
    call,
    optionalSymbols,
    check(source, code) {
      if (code !== 0) throw libraryError(source, code, call.getLastErrorDescription(code) ?? codeName(code));
    },
    need(name) {
      const found = call[name];
      if (found === undefined)
        throw localError(name, 'UNSUPPORTED_BY_LIBRARY', `this library has no blpapi_${name}`);
      return found;
    },
  };
}

/** The 56-byte struct of an integer correlation id. */
export function correlationIdBytes(...ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(56 * ids.length);
  const view = new DataView(bytes.buffer);
  ids.forEach((id, index) => {
    view.setUint32(56 * index, 56 | (1 << 8), true);
    view.setBigUint64(56 * index + 8, BigInt(id), true);
  });
  return bytes;
}

/** Room for one pointer the library writes, and its value. */
export function pointerCell(): BigUint64Array {
  return new BigUint64Array(1);
}

/** A pointer read from a cell; null for a null pointer. */
export function pointerIn(cell: BigUint64Array): Pointer {
  const value = cell[0] ?? 0n;
  return value === 0n ? null : value;
}
