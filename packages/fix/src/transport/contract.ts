/**
 * Options of acceptor and initiator: what a gateway or a simulated provider writes to open sessions over TCP.
 */
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { ValidatorSwitches } from '../codec/validator.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Application, SessionHandle } from '../session/application.ts';
import type { SessionStore } from '../session/store.ts';

/** Session settings; names follow those that QuickFIX users know, in camel case with units. */
export interface SessionSettings {
  readonly beginString: 'FIX.4.4';
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** Seconds; an acceptor adopts the initiator's HeartBtInt(108) within [1, 120]. */
  readonly heartBtInt?: number;
  readonly resetOnLogon?: boolean;
  readonly resetOnLogout?: boolean;
  readonly resetOnDisconnect?: boolean;
  /**
   * false for market data: nothing is stored, resends are gap-filled, sends while disconnected are dropped.
   * Default true.
   */
  readonly persistMessages?: boolean;
  readonly checkLatency?: boolean;
  readonly maxLatencyMs?: number;
  readonly logonTimeoutMs?: number;
  readonly logoutTimeoutMs?: number;
  /** Queue bytes above which `isCongested` is true. */
  readonly sendQueueHighWaterBytes?: number;
  /** Queue bytes above which the connection is cut (slow consumer). */
  readonly sendQueueLimitBytes?: number;
  readonly validation?: ValidatorSwitches;
}

/** A Logon on a fresh connection, before a session is bound to it. */
export interface LogonRequest {
  readonly beginString: string;
  /** The client's SenderCompID(49). */
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly remoteAddress: string;
  readonly message: Message;
}

export type LogonDecision =
  | {
      readonly accept: true;
      readonly settings: SessionSettings;
      readonly store: SessionStore;
      readonly application: Application;
      readonly id?: string;
    }
  /** Logout(5) with this text, then disconnect. */
  | { readonly accept: false; readonly text: string };

export interface AcceptorOptions {
  readonly host: string;
  /** 0 lets the system choose; `Acceptor.port` tells. */
  readonly port: number;
  authenticate(request: LogonRequest): LogonDecision | Promise<LogonDecision>;
  readonly maxConnections?: number;
  readonly maxMessageBytes?: number;
  /** Connections without a Logon are cut after this. */
  readonly logonTimeoutMs?: number;
  /** Sessions this acceptor keeps, connected or not. Default 10,000. */
  readonly maxSessions?: number;
  /** Default FIX 4.4. */
  readonly dictionary?: Dictionary;
  /** FIX over TLS. */
  readonly tls?: TlsOptions;
  /** Counted refusals and garbage, for metrics and events. */
  onRefused?(what: { readonly reason: string; readonly remoteAddress: string }): void;
}

export interface InitiatorOptions {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  /** Adds fields to our Logon (Username, Password, …). */
  logonFields?(fields: FieldWriter): void;
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
  readonly maxMessageBytes?: number;
  readonly connectTimeoutMs?: number;
  /** Default FIX 4.4. */
  readonly dictionary?: Dictionary;
  /** FIX over TLS. */
  readonly tls?: ConnectionOptions;
  /** Jitter of the reconnect backoff, in [0, 1). Default Math.random. */
  random?(): number;
  onConnectFailed?(what: { readonly host: string; readonly port: number; readonly reason: string }): void;
}

/** A session opened on an acceptor before its client has logged on. */
export interface Registration {
  readonly settings: SessionSettings;
  readonly store: SessionStore;
  readonly application: Application;
  readonly id?: string;
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
 *   await acceptor.close(text?);
 *
 *   const initiator = new Initiator(options);
 *   await initiator.start();                // initiator.session
 *   await initiator.stop(text?);
 */
export interface LiveSessions {
  readonly sessions: readonly SessionHandle[];
}
