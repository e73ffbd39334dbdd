/**
 * Options of acceptor and initiator: what a gateway or a simulated provider writes to open sessions over TCP.
 */
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { loadDictionary } from '../dictionary/load.ts';
import { VERSIONS, type Version } from '../dictionary/versions.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import type { SessionSettings } from '../session/settings.ts';
import type { SessionStore } from '../session/store.ts';
import type { AdmissionLimits } from './admission.ts';
import type { MessageLog } from './message.log.ts';
import type { ProxyProtocolOptions } from './proxy.protocol.ts';
import type { AcceptorTls, InitiatorTls, TlsPeer } from './tls.ts';

export type { SessionSettings } from '../session/settings.ts';

/**
 * The dictionary of a BeginString and, on FIXT.1.1, of the application version when it is known. Undefined
 * for what is not spoken: such a connection is closed without a word.
 */
export type DictionaryFor = (beginString: string, version?: Version) => Dictionary | undefined;

/** The standard dictionaries. */
export function standardDictionary(beginString: string, version?: Version): Dictionary | undefined {
  if (beginString === 'FIXT.1.1') return loadDictionary(version ?? 'FIX.5.0SP2', 'FIXT.1.1');
  const own = VERSIONS.find((one) => one === beginString);
  return own === undefined || own.startsWith('FIX.5') ? undefined : loadDictionary(own);
}

/** A Logon on a fresh connection, before a session is bound to it. */
export interface LogonRequest {
  readonly beginString: string;
  /** The client's SenderCompID(49). */
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly senderSubId: string | undefined;
  readonly targetSubId: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Of DefaultApplVerID(1137), on FIXT.1.1. */
  readonly defaultVersion: Version | undefined;
  /** The client's; behind a proxy that which the proxy tells. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of ours, that was connected to. */
  readonly localPort: number;
  /** Server name, client certificate; undefined without TLS. */
  readonly tls: TlsPeer | undefined;
  readonly message: Message;
}

export type LogonDecision =
  | ({ readonly accept: true } & Registration)
  /** Logout(5) with this text, then disconnect; `isSilent`: disconnect without a word, as for a stranger. */
  | { readonly accept: false; readonly text: string; readonly isSilent?: boolean };

export interface AcceptorOptions {
  readonly host: string;
  /** 0 lets the system choose; `Acceptor.port` tells. */
  readonly port: number;
  /**
   * Authorises a Logon and names its session: a wildcard acceptor makes settings, store and application for
   * whoever it lets in, others look them up. Called once per connection that gets so far, never while it is
   * paused for failing too often. A promise holds the connection, nothing else.
   */
  authenticate(request: LogonRequest): LogonDecision | Promise<LogonDecision>;
  readonly maxConnections?: number;
  readonly maxMessageBytes?: number;
  /** Connections without a Logon are cut after this; so are TLS handshakes. */
  readonly logonTimeoutMs?: number;
  /** Sessions this acceptor keeps, connected or not. Default 10,000. */
  readonly maxSessions?: number;
  /** Of all connections with its BeginString, in place of `dictionaryFor`. */
  readonly dictionary?: Dictionary;
  /**
   * By the first frame's BeginString, before anything is known of its session. Default: the standard ones.
   */
  readonly dictionaryFor?: DictionaryFor;
  /** FIX over TLS. */
  readonly tls?: AcceptorTls;
  /** Connections come through proxies that say who the client is; it goes before TLS. */
  readonly proxyProtocol?: ProxyProtocolOptions;
  /** Addresses and CIDR blocks that may connect; others are cut before a byte is read. Absent: all. */
  readonly allowedRemoteAddresses?: readonly string[];
  readonly limits?: AdmissionLimits;
  /** Raw messages of all sessions, masked. */
  readonly messageLog?: MessageLog;
  /** How long closing waits for messages the application has in hand. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /** Counted refusals and garbage, for metrics and events. */
  onRefused?(what: { readonly reason: string; readonly remoteAddress: string }): void;
}

export interface InitiatorOptions {
  /** Gone through in turn; names are looked up anew at each attempt. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  /** Adds fields to our Logon (Username, Password, …). */
  logonFields?(fields: FieldWriter): void;
  readonly reconnectMinMs?: number;
  /** Also the least pause after a Logon that was refused. */
  readonly reconnectMaxMs?: number;
  readonly maxMessageBytes?: number;
  readonly connectTimeoutMs?: number;
  /** The session's own, for instance with an overlay. Default: the standard one of its version. */
  readonly dictionary?: Dictionary;
  readonly dictionaryFor?: DictionaryFor;
  /** FIX over TLS. */
  readonly tls?: InitiatorTls;
  readonly messageLog?: MessageLog;
  readonly closeTimeoutMs?: number;
  /** Jitter of the reconnect backoff, in [0, 1). Default Math.random. */
  random?(): number;
  /** Wall clock for the schedule, milliseconds since the epoch. Default Date.now. */
  nowMs?(): number;
  onConnectFailed?(what: { readonly host: string; readonly port: number; readonly reason: string }): void;
}

/** A session opened on an acceptor before its client has logged on. */
export interface Registration {
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  readonly id?: string;
  /** The session's own, for instance with an overlay. Default: the standard one of its version. */
  readonly dictionary?: Dictionary;
}

/** What a session is called when nobody gives it a name. */
export function sessionId(
  settings: Pick<SessionSettings, 'beginString' | 'senderCompId' | 'targetCompId'>,
): string {
  return `${settings.beginString}:${settings.senderCompId}->${settings.targetCompId}`;
}

/**
 * Implemented by `transport/acceptor.ts` (class Acceptor) and `transport/initiator.ts` (class Initiator):
 *
 *   const acceptor = new Acceptor(options);
 *   await acceptor.listen();                // acceptor.port
 *   await acceptor.register(registration);  // a SessionHandle before any logon
 *   acceptor.reloadTls(tls);                // for connections from now on
 *   await acceptor.close(text?);
 *
 *   const initiator = new Initiator(options);
 *   await initiator.start();                // initiator.session
 *   initiator.reloadTls(tls);               // from the next connection on
 *   await initiator.stop(text?);
 */
export interface LiveSessions {
  readonly sessions: readonly SessionHandle[];
}
