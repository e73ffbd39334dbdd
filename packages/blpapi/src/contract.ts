/**
 * The public contract of the Bloomberg binding: types only. `library.ts` opens the operator's C library,
 * `session.ts` gives one supervised session over it (`class BlpSession implements BlpSessionPort`), events
 * arrive in batches at `BlpSessionListener.onBatch`. It stands at the outermost edge of the price journey:
 * Bloomberg's library → here → the Bloomberg service → `quote.bloomberg.<instrument>`.
 *
 * Names of messages, fields, categories are Bloomberg's own text and open: new ones may appear at any time.
 */

// ---------------------------------------------------------------- values

/**
 * A date, time of day or instant exactly as Bloomberg sent it. `parts` says which members mean anything
 * (`datetimeParts` in `datetime.ts`); a member that is not in `parts` is 0 and is never filled with a guess.
 * `offsetMinutes` is minutes ahead of UTC; without the OFFSET part the zone is unknown (Bloomberg documents
 * most such fields as UTC or exchange time: the reader decides, not the binding). `picoseconds` is the
 * fraction of the second, 0..999_999_999_999. Text: `isoText(value)` in `datetime.ts`.
 */
export interface BlpDatetime {
  readonly type: 'date' | 'time' | 'datetime';
  /** YEAR 1, MONTH 2, DAY 4, OFFSET 8, HOURS 16, MINUTES 32, SECONDS 64, FRACTION 128. */
  readonly parts: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly picoseconds: number;
  readonly offsetMinutes: number;
}

/**
 * Bloomberg → JavaScript: BOOL boolean; CHAR one-character string; BYTE, INT32, FLOAT32, FLOAT64 number;
 * INT64 number when it is a safe integer, else bigint; DECIMAL number; STRING, ENUMERATION string;
 * BYTEARRAY Uint8Array; DATE, TIME, DATETIME BlpDatetime; SEQUENCE record; CHOICE record with the one chosen
 * member; CORRELATION_ID number; arrays readonly arrays; null null. An element that is absent is absent
 * (in market data: "unchanged"), one that is null is null ("cleared").
 *
 * Prices come out of the C library as doubles. `decimalText(value)` in `decimal.ts` gives the shortest
 * decimal text that reads back as the same double, `decimalText(value, scale)` with at most `scale` digits
 * behind the point or undefined when it does not fit: use that for the platform's decimal text, never
 * arithmetic.
 */
export type BlpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | BlpDatetime
  | BlpRecord
  | readonly BlpValue[];

/** Members of a sequence or message by Bloomberg's element name, in Bloomberg's order. */
export interface BlpRecord {
  readonly [name: string]: BlpValue;
}

// ---------------------------------------------------------------- errors

/** Class of a result code of the library (`code & 0xff0000`), or of a refusal of ours. */
export type BlpErrorClass =
  | 'unknown'
  | 'invalidState'
  | 'invalidArgument'
  | 'io'
  | 'conversion'
  | 'bounds'
  | 'notFound'
  | 'fieldNotFound'
  | 'unsupported'
  /** The library could not be loaded: `category` is one of `BlpLoadFailure`. */
  | 'load'
  /** Bloomberg answered with an error message: `category` is Bloomberg's open text (IO_ERROR, NO_AUTH, …). */
  | 'remote'
  /**
   * A limit of ours, a time-out of ours, a call in the wrong state, a worker that died: `BlpLocalFailure`.
   */
  | 'local';

export type BlpLoadFailure =
  | 'LIBRARY_MISSING'
  | 'LIBRARY_NOT_ELF'
  | 'LIBRARY_WRONG_ARCHITECTURE'
  | 'LIBRARY_NOT_BLPAPI'
  | 'LIBRARY_SYMBOL_MISSING'
  | 'LIBRARY_LOAD_FAILED'
  | 'SHIM_MISSING';

export type BlpLocalFailure =
  | 'TIMEOUT'
  | 'CANCELLED'
  | 'SESSION_ENDED'
  | 'WRONG_STATE'
  | 'LIMIT'
  | 'BAD_REQUEST'
  | 'UNSUPPORTED_BY_LIBRARY'
  | 'SECRET_FILE'
  | 'WORKER_DIED';

/**
 * What every `BlpError` (see `errors.ts`, extends Error) tells. Machine-readable: `source` and `category`.
 */
export interface BlpErrorDetails {
  /** `blpapi` (the C library), `bloomberg` (a message of the server) or `tidegate` (this binding). */
  readonly origin: 'blpapi' | 'bloomberg' | 'tidegate';
  readonly class: BlpErrorClass;
  /** Bloomberg's source text, or the name of the call that failed. */
  readonly source: string;
  /**
   * Bloomberg's category, or the name of the library's code (`ILLEGAL_STATE`), or one of the failures above.
   */
  readonly category: string;
  readonly subcategory?: string;
  /** The library's or Bloomberg's number; 0 for failures of the binding itself. */
  readonly code: number;
  readonly description: string;
}

/** The `reason`, `responseError`, `securityError`, `errorInfo` records of Bloomberg in one shape. */
export interface BlpReason {
  readonly source: string;
  readonly code: number;
  readonly category: string;
  readonly subcategory?: string;
  readonly description: string;
}

/** A field of a subscription or request that was refused while the rest goes on. */
export interface BlpFieldException {
  readonly fieldId: string;
  readonly reason: BlpReason;
}

// ---------------------------------------------------------------- options

export interface BlpServer {
  readonly host: string;
  readonly port: number;
}

/** New-style authentication (libraries ≥ 3.16; older ones refuse with UNSUPPORTED_BY_LIBRARY). */
export type BlpAuth =
  | { readonly mode: 'user'; readonly user: BlpAuthUser }
  | { readonly mode: 'application'; readonly applicationName: string }
  | { readonly mode: 'userAndApplication'; readonly user: BlpAuthUser; readonly applicationName: string }
  /** The token is read from the file in the worker; it never passes argv, settings dumps or logs. */
  | { readonly mode: 'token'; readonly tokenFile: string };

export type BlpAuthUser =
  | { readonly from: 'logonName' }
  | { readonly from: 'activeDirectory'; readonly property: string }
  | { readonly from: 'manual'; readonly userId: string; readonly ipAddress: string };

export interface BlpTls {
  /** PKCS#12 file of the client certificate and key. */
  readonly clientCredentialsFile: string;
  /** File holding the password (trailing newline ignored). */
  readonly clientCredentialsPasswordFile: string;
  /** PKCS#7 file of the trusted root certificates. */
  readonly trustedCertificatesFile: string;
  readonly handshakeTimeoutMs?: number;
  readonly crlFetchTimeoutMs?: number;
}

/** Everything but `library` and `servers` has the library's own default when left out. */
export interface BlpSessionOptions {
  /** Absolute path of the operator's `libblpapi3_64.so` (or of the emulator). */
  readonly library: string;
  /** `auto`: the compiled shim when it is there, else direct FFI calls. Both give the same events. */
  readonly decoder?: 'auto' | 'shim' | 'ffi';
  /** Tried in turn at start and after a connection loss; 1..16. */
  readonly servers: readonly BlpServer[];
  readonly clientMode?: 'auto' | 'dapi' | 'sapi';
  /** Rounds over `servers` before `SessionStartupFailure`. */
  readonly numStartAttempts?: number;
  /** 1..120000. */
  readonly connectTimeoutMs?: number;
  /** Default of the library: off. On: connection losses are repaired by the library itself. */
  readonly autoRestartOnDisconnection?: boolean;
  readonly keepAlive?: {
    readonly isEnabled: boolean;
    readonly inactivityMs?: number;
    readonly responseTimeoutMs?: number;
  };
  /** Events the library queues before it drops; library's default 10000. */
  readonly maxEventQueueSize?: number;
  /** Share of the queue at which SlowConsumerWarning is raised (0.75) and cleared (0.5). */
  readonly slowConsumerHiWaterMark?: number;
  readonly slowConsumerLoWaterMark?: number;
  /** Library's default 1024; also the bound of open requests in this binding. */
  readonly maxPendingRequests?: number;
  readonly defaultSubscriptionService?: string;
  readonly defaultTopicPrefix?: string;
  /** Stamp subscription data with its time of receipt in the library (`BlpDataEvent.receiveDelayNs`). */
  readonly recordReceiveTimes?: boolean;
  readonly serviceCheckTimeoutMs?: number;
  readonly serviceDownloadTimeoutMs?: number;
  readonly isBandwidthSaveModeDisabled?: boolean;
  /** Old-style text, e.g. `AuthenticationMode=APPLICATION_ONLY;ApplicationAuthenticationType=…`. */
  readonly authenticationOptions?: string;
  /** Session identity, authorised by the library at start. */
  readonly sessionIdentity?: BlpAuth;
  readonly tls?: BlpTls;
  /** File with the application identity key. */
  readonly applicationIdentityKeyFile?: string;
  readonly sessionName?: string;
  /** Severity from which the library's log lines become `log` events; default `warn`. */
  readonly logSeverity?: BlpLogSeverity;

  // Of the binding itself.
  /** Longest wait in the library when nothing happens, 1..250 ms; also the latency of a call when idle. */
  readonly pollMs?: number;
  /** Bytes of one transfer buffer, default 1 MiB; grows for a larger message up to `messageBytesMax`. */
  readonly bufferBytes?: number;
  /** Larger messages are dropped and told as `admin` event `messageTooLarge`. Default 64 MiB. */
  readonly messageBytesMax?: number;
  /** Buffers that may be in the consumer's hands before the worker stops polling; default 4. */
  readonly buffersInFlightMax?: number;
  /** Open subscriptions in this session, default 10000; more are refused with LIMIT. */
  readonly subscriptionsMax?: number;
  /** Drop market data fields nobody subscribed to (the event type fields stay); default true. */
  readonly isFilteredToSubscribedFields?: boolean;
}

// ---------------------------------------------------------------- session

/**
 * created → starting → started → stopping → ended; any state → ended. `ended` is final: make a new session
 * object. `connectionsUp` (on the port) is 0 while all servers are lost though the session lives.
 */
export type BlpSessionState = 'created' | 'starting' | 'started' | 'stopping' | 'ended';

/** Why a session has ended. */
export interface BlpSessionEnd {
  readonly cause: 'stopped' | 'startupFailure' | 'terminated' | 'workerDied' | 'listenerFailed';
  readonly error?: BlpErrorDetails;
}

export interface BlpSessionListener {
  /**
   * All events since the last call, in the library's order. While it runs or its promise is pending the
   * buffer counts as in flight; when `buffersInFlightMax` are, the worker stops reading and the library's
   * own queue (and its SlowConsumerWarning, DataLoss) is the back-pressure. Must not throw: a throw ends the
   * session with cause `listenerFailed`.
   */
  onBatch(batch: BlpBatch): void | Promise<void>;
  /** Exactly once, after the last batch; the native session is destroyed by then. */
  onEnd(end: BlpSessionEnd): void;
}

export interface BlpBatch {
  readonly events: readonly BlpEvent[];
  /** Monotonic milliseconds (`Number(process.hrtime.bigint()) / 1e6`) when the first event was taken. */
  readonly takenAtMs: number;
}

/**
 * Implemented by `BlpSession` in `session.ts`: `new BlpSession(options, listener)`, which throws BlpError of
 * class `load` (library) or BAD_REQUEST (options).
 */
export interface BlpSessionPort {
  readonly state: BlpSessionState;
  readonly connectionsUp: number;
  readonly decoder: 'shim' | 'ffi';
  /**
   * Resolves at SessionStarted; rejects with BlpError (remote, e.g. category IO_ERROR) and ends. Once only.
   */
  start(): Promise<void>;
  /**
   * Stops, waits for SessionTerminated (at most `timeoutMs`, default 5000), destroys the native session,
   * ends the worker. Never rejects; any number of calls.
   */
  stop(timeoutMs?: number): Promise<void>;
  /** `//blp/mktdata`, `//blp/refdata`, … Resolves at ServiceOpened. */
  openService(service: string, options?: BlpCallOptions): Promise<void>;
  /** Old-style (and only way in 3.8): token of the session's `authenticationOptions`. */
  generateToken(options?: BlpCallOptions): Promise<string>;
  /** With a token through `//blp/apiauth`, or with `BlpAuth` where the library has it. */
  authorize(auth: BlpAuthorization, options?: BlpCallOptions): Promise<BlpIdentity>;
  /**
   * Hands a list to the library and resolves when it has taken it (not when data flows: see
   * `subscription` events). All or nothing: on a refusal no id of the list is in use.
   */
  subscribe(list: readonly BlpSubscriptionRequest[], identity?: BlpIdentity): Promise<BlpSubscription[]>;
  /** Changes fields or options under the same correlation id. */
  resubscribe(list: readonly BlpResubscription[]): Promise<void>;
  /** The id stays in use until its `subscription` event `terminated`. */
  unsubscribe(correlationIds: readonly number[]): Promise<void>;
  /** Sends a request; parts stream through the returned object. */
  request(request: BlpRequest, options?: BlpRequestOptions): BlpResponse;
  counters(): BlpCounters;
}

export interface BlpCallOptions {
  /** Default 10000. */
  readonly timeoutMs?: number;
}

export type BlpAuthorization =
  | { readonly mode: 'tokenRequest'; readonly token: string; readonly ipAddress?: string }
  | { readonly mode: 'userRequest'; readonly uuid: number; readonly ipAddress: string }
  | BlpAuth;

/**
 * An authorised identity; valid within its session, until `release()` or an `authorization` event `revoked`.
 */
export interface BlpIdentity {
  readonly correlationId: number;
  readonly seatType: 'bps' | 'nonBps' | 'invalid';
  isAuthorized(service: string): Promise<boolean>;
  /** Entitlement ids (EID) of `entitlementIds` this identity lacks for the service; empty: all held. */
  missingEntitlements(service: string, entitlementIds: readonly number[]): Promise<number[]>;
  release(): Promise<void>;
}

// ---------------------------------------------------------------- subscriptions and requests

export interface BlpSubscriptionRequest {
  /** `EURUSD BGN Curncy`, `/ticker/IBM US Equity` or complete `//blp/mktdata/ticker/IBM US Equity`. */
  readonly topic: string;
  readonly fields: readonly string[];
  /** Seconds between updates, conflated at Bloomberg; ≥ 0.1. */
  readonly interval?: number;
  /** Conflated quotes, all trades. */
  readonly isConflated?: boolean;
  /** Ask for the delayed stream. */
  readonly isDelayed?: boolean;
  /** Other options as Bloomberg spells them, e.g. `bar_size=5`. */
  readonly options?: readonly string[];
}

export interface BlpSubscription {
  readonly correlationId: number;
  /** The complete subscription string the library made of the request. */
  readonly topic: string;
}

export interface BlpResubscription extends BlpSubscriptionRequest {
  readonly correlationId: number;
}

/**
 * `operation` and `elements` as the service's schema spells them, e.g.
 * `{ service: '//blp/refdata', operation: 'ReferenceDataRequest', elements: { securities: ['IBM US Equity'],
 * fields: ['PX_LAST'], overrides: [{ fieldId: 'X', value: '1' }] } }`. The library checks them against its
 * schema: an unknown element or wrong type rejects with class notFound / conversion. Ready-made builders for
 * ReferenceData, HistoricalData, IntradayBar, IntradayTick, instrument search, FieldInfo and FieldSearch
 * are in `request.ts`.
 */
export interface BlpRequest {
  readonly service: string;
  readonly operation: string;
  readonly elements: BlpRequestElements;
}

export type BlpRequestValue =
  | boolean
  | number
  | bigint
  | string
  | BlpDatetime
  | BlpRequestElements
  | readonly BlpRequestValue[];

export interface BlpRequestElements {
  readonly [name: string]: BlpRequestValue | undefined;
}

export interface BlpRequestOptions {
  /** From sending to the final part; default 30000. Then cancelled, ends with TIMEOUT. */
  readonly timeoutMs?: number;
  readonly identity?: BlpIdentity;
  readonly signal?: AbortSignal;
  /**
   * Parts waiting for a slow reader of the iterable; beyond it the request is cancelled with LIMIT (1000).
   */
  readonly partsMax?: number;
}

/**
 * An answer under way: iterate it (`for await (const part of response)`) or take `all()`. Throws BlpError on
 * failure, time-out, cancel and session end. Leaving the loop early cancels.
 */
export interface BlpResponse extends AsyncIterable<BlpResponsePart> {
  /** 0 until the library has taken the request. */
  readonly correlationId: number;
  all(): Promise<BlpResponsePart[]>;
  cancel(): void;
}

export interface BlpResponsePart {
  readonly correlationId: number;
  readonly messageType: string;
  /** True on the last part (event type RESPONSE, last message). */
  readonly isFinal: boolean;
  /** Whole-request refusal in the body (`responseError`); such a part still is delivered. */
  readonly responseError?: BlpReason;
  readonly elements: BlpRecord;
}

// ---------------------------------------------------------------- events

export type BlpEvent =
  | BlpDataEvent
  | BlpSubscriptionEvent
  | BlpSessionEvent
  | BlpServiceEvent
  | BlpAdminEvent
  | BlpAuthorizationEvent
  | BlpLogEvent
  | BlpOtherEvent;

/** Market data of one subscription. SUBSCRIPTION_DATA. */
export interface BlpDataEvent {
  readonly kind: 'data';
  readonly correlationId: number;
  /** `MarketDataEvents`, `MarketBarUpdate`, `PageUpdate`, … */
  readonly messageType: string;
  /** `solicited`: (part of) the image asked for; libraries before 3.9 always say `none`. */
  readonly recap: 'none' | 'solicited' | 'unsolicited';
  readonly fragment: 'none' | 'start' | 'intermediate' | 'end';
  /**
   * Only what came. `MKTDATA_EVENT_TYPE` SUMMARY with subtype INITPAINT is a fresh image, with DATALOSS it
   * says ticks were lost (`imageMark(event)` in `market.data.ts`).
   */
  readonly fields: BlpRecord;
  /** Nanoseconds between receipt by the library and taking it, with `recordReceiveTimes`. */
  readonly receiveDelayNs?: number;
}

export interface BlpSubscriptionEvent {
  readonly kind: 'subscription';
  /**
   * `failed` and `terminated` end the id (re-subscribe with a new one). `streamsDeactivated`: stale, the
   * library restores it; `streamsActivated`: fresh again.
   */
  readonly state: 'started' | 'failed' | 'streamsActivated' | 'streamsDeactivated' | 'terminated' | 'other';
  readonly correlationId: number;
  readonly messageType: string;
  readonly reason?: BlpReason;
  /** Refused fields of a started or failed subscription. */
  readonly exceptions: readonly BlpFieldException[];
  readonly elements: BlpRecord;
}

export interface BlpSessionEvent {
  readonly kind: 'session';
  readonly state: 'connectionUp' | 'connectionDown' | 'started' | 'startupFailure' | 'terminated' | 'other';
  readonly messageType: string;
  /** `host:port` of the connection where told. */
  readonly server?: string;
  readonly reason?: BlpReason;
  readonly elements: BlpRecord;
}

export interface BlpServiceEvent {
  readonly kind: 'service';
  readonly state: 'opened' | 'openFailure' | 'up' | 'down' | 'availability' | 'other';
  readonly service: string;
  readonly messageType: string;
  readonly reason?: BlpReason;
  readonly elements: BlpRecord;
}

export interface BlpAdminEvent {
  readonly kind: 'admin';
  /**
   * `dataLoss`: the library dropped events, `correlationIds` are the subscriptions hit (empty: all).
   * `messageTooLarge`: over `messageBytesMax`, dropped by us.
   */
  readonly what: 'slowConsumerWarning' | 'slowConsumerCleared' | 'dataLoss' | 'messageTooLarge' | 'other';
  readonly correlationIds: readonly number[];
  readonly messageType: string;
  readonly elements: BlpRecord;
}

/** What happens to an identity later; results of `authorize` itself go to its promise as well. */
export interface BlpAuthorizationEvent {
  readonly kind: 'authorization';
  readonly state: 'success' | 'failure' | 'revoked' | 'entitlementChanged' | 'other';
  readonly correlationId: number;
  readonly messageType: string;
  readonly reason?: BlpReason;
  readonly elements: BlpRecord;
}

export type BlpLogSeverity = 'off' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** A line of the library's own log. Process-wide: delivered to whichever session drains it first. */
export interface BlpLogEvent {
  readonly kind: 'log';
  readonly severity: BlpLogSeverity;
  readonly category: string;
  readonly text: string;
  /** Lines lost before this one because the ring was full. */
  readonly lost: number;
}

/** Any other message (resolution, topic status, unknown types, answers to a cancelled request). */
export interface BlpOtherEvent {
  readonly kind: 'other';
  /** Bloomberg's event type number. */
  readonly eventType: number;
  readonly correlationIds: readonly number[];
  readonly messageType: string;
  readonly elements: BlpRecord;
}

// ---------------------------------------------------------------- library, counters

export interface BlpLibraryDescription {
  readonly path: string;
  /** `3.8.18.1` */
  readonly version: string;
  /** Text of the library itself, where it has one. The emulator's contains `emulator`. */
  readonly versionIdentifier: string;
  readonly isEmulator: boolean;
  /** Optional symbols this library has, by name without the `blpapi_` prefix. */
  readonly optionalSymbols: readonly string[];
  readonly decoder: 'shim' | 'ffi';
}

/** Since the start of the session. */
export interface BlpCounters {
  readonly batches: number;
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  readonly messagesTooLarge: number;
  readonly logLinesLost: number;
  /**
   * Times the worker stopped polling because all buffers were in flight, for 250 ms or until more had
   * gathered than one poll takes.
   */
  readonly stalls: number;
  readonly openSubscriptions: number;
  readonly openRequests: number;
}
