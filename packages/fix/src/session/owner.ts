/**
 * What a session is told when it is made (`SessionConfig`), and whom it tells what it decides
 * (`SessionOwner`).
 */
import type { FieldWriter, Message } from '../codec/fields.ts';
import type { Violation } from '../codec/violation.ts';
import type { BeginString, Version } from '../dictionary/versions.ts';
import type { SessionCounters } from './application.ts';
import type { SessionEvent } from './events.ts';
import { profileOf } from './profile.ts';
import type { Ticket } from './progress.ts';
import { scheduleFault, type Schedule } from './schedule.ts';
import type { SessionSettings } from './settings.ts';

/** The settings of a session with every default resolved, as far as the session layer has use for them. */
export interface SessionConfig {
  readonly role: 'acceptor' | 'initiator';
  readonly beginString: BeginString;
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** FIXT.1.1: DefaultApplVerID(1137) of our Logon; an acceptor without it repeats that of the peer. */
  readonly defaultVersion: Version | undefined;
  /** Initiator: HeartBtInt(108) of our Logon, seconds; 0 is without heartbeats. */
  readonly heartBtInt: number;
  /** Acceptor: lowest HeartBtInt(108) agreed to, seconds. */
  readonly heartBtIntMin: number;
  /** Acceptor: highest HeartBtInt(108) agreed to, seconds. */
  readonly heartBtIntMax: number;
  readonly resetOnLogon: boolean;
  readonly resetOnLogout: boolean;
  readonly resetOnDisconnect: boolean;
  /** For the shell: `Session.refresh` with what the store says, before each connection. */
  readonly refreshOnLogon: boolean;
  readonly persistMessages: boolean;
  readonly checkLatency: boolean;
  readonly maxLatencyMs: number;
  readonly checkCompId: boolean;
  readonly logonTimeoutMs: number;
  readonly logoutTimeoutMs: number;
  readonly sendRedundantResendRequests: boolean;
  readonly resendRequestChunkSize: number;
  readonly enableNextExpectedMsgSeqNum: boolean;
  readonly enableLastMsgSeqNumProcessed: boolean;
  readonly timestampPrecision: 0 | 3 | 6 | 9;
  readonly queuedMessagesMax: number;
  readonly queuedBytesMax: number;
  readonly schedule: Schedule | undefined;
}

const HEART_BT_INT_DEFAULT = 30;
/** A day: whoever asks for more has made a mistake. */
const HEART_BT_INT_MAX_DEFAULT = 86_400;

/**
 * Settings with their defaults, less what the version does not have. Throws a RangeError that says what is
 * wrong with a setting that makes no sense.
 */
export function sessionConfig(settings: SessionSettings, role: SessionConfig['role']): SessionConfig {
  const profile = profileOf(settings.beginString);
  const { schedule, defaultVersion } = settings;
  const heartBtInt = settings.heartBtInt ?? HEART_BT_INT_DEFAULT;
  const fault = schedule === undefined ? undefined : scheduleFault(schedule);
  if (fault !== undefined) throw new RangeError(`schedule: ${fault}`);
  if (profile.hasDefaultApplVerId && role === 'initiator' && defaultVersion === undefined)
    throw new RangeError('defaultVersion is needed by an initiator on FIXT.1.1');
  const config: SessionConfig = {
    role,
    beginString: settings.beginString,
    senderCompId: settings.senderCompId,
    targetCompId: settings.targetCompId,
    defaultVersion: profile.hasDefaultApplVerId ? defaultVersion : undefined,
    heartBtInt,
    heartBtIntMin: settings.heartBtIntMin ?? 0,
    heartBtIntMax: settings.heartBtIntMax ?? HEART_BT_INT_MAX_DEFAULT,
    resetOnLogon: settings.resetOnLogon ?? false,
    resetOnLogout: settings.resetOnLogout ?? false,
    resetOnDisconnect: settings.resetOnDisconnect ?? false,
    refreshOnLogon: settings.refreshOnLogon ?? false,
    persistMessages: settings.persistMessages ?? true,
    checkLatency: settings.checkLatency ?? true,
    maxLatencyMs: settings.maxLatencyMs ?? 120_000,
    checkCompId: settings.checkCompId ?? true,
    logonTimeoutMs: settings.logonTimeoutMs ?? 10_000,
    logoutTimeoutMs: settings.logoutTimeoutMs ?? 2_000,
    sendRedundantResendRequests: settings.sendRedundantResendRequests ?? false,
    resendRequestChunkSize: settings.resendRequestChunkSize ?? 0,
    enableNextExpectedMsgSeqNum:
      profile.hasNextExpectedMsgSeqNum && (settings.enableNextExpectedMsgSeqNum ?? false),
    enableLastMsgSeqNumProcessed:
      profile.hasLastMsgSeqNumProcessed && (settings.enableLastMsgSeqNumProcessed ?? false),
    timestampPrecision: profile.timestampPrecisionMax === 0 ? 0 : (settings.timestampPrecision ?? 3),
    queuedMessagesMax: settings.queuedMessagesMax ?? 10_000,
    queuedBytesMax: settings.queuedBytesMax ?? 16 << 20,
    schedule,
  };
  for (const [name, value] of Object.entries(config)) {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name} is not a natural number: ${value}`);
  }
  return config;
}

/** How the application took a message; `failed` is the text of its error. */
export type Outcome = 'done' | 'pending' | { readonly failed: string };

/**
 * What the session tells the shell during a call; all of it synchronously. The shell catches what callbacks
 * of the application throw: none of these may throw, the session is in the middle of a step when it calls
 * them.
 */
export interface SessionOwner {
  /**
   * Gives the message to the application; with a violation it is one that was refused with Reject(3), for
   * which the application may have a use all the same.
   */
  deliver(message: Message, violation: Violation | undefined): Outcome;
  /** After `pending`: `Session.delivered` or `deliveryFailed` must follow with this ticket. */
  awaiting(ticket: Ticket): void;
  loggedOn(): void;
  /** Once per logon, when the session is disconnected. */
  loggedOut(reason: string): void;
  /** The peer refused a message of ours with Reject(3). */
  rejected(message: Message): void;
  /** Further fields of our Logon (initiator). */
  logonFields(fields: FieldWriter): void;
  /**
   * FIXT.1.1: a Logon has settled the application version of the peer's messages. The shell gives its decoder
   * the dictionary of that version and the session its validator (`Session.validator`).
   */
  speaks(version: Version): void;
  /** For operators and monitors. */
  event(event: SessionEvent): void;
}

export function newCounters(): SessionCounters {
  return {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    gapsDetected: 0,
    resendsRequested: 0,
    resendsServed: 0,
    rejectsIn: 0,
    rejectsOut: 0,
    garbledIn: 0,
    throttledIn: 0,
    perishablesDropped: 0,
    applicationErrors: 0,
    logons: 0,
    logouts: 0,
    queuedBytesMax: 0,
  };
}
