/**
 * What a session may be told: the names QuickFIX users know, in camel case with units, and their defaults.
 * `transport/cfg.ts` reads them from a QuickFIX settings file; `session.ts` gets them resolved as
 * `SessionConfig`.
 */
import type { ValidatorSwitches } from '../codec/validator.ts';
import type { BeginString, Version } from '../dictionary/versions.ts';
import type { Schedule } from './schedule.ts';

export interface SessionSettings {
  readonly beginString: BeginString;
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** Names the session where CompIDs alone do not; not sent. */
  readonly sessionQualifier?: string;
  /**
   * FIXT.1.1: the application version of messages without ApplVerID(1128), sent as DefaultApplVerID(1137) by
   * an initiator. An acceptor without it adopts what the Logon says.
   */
  readonly defaultVersion?: Version;
  /** Seconds, 0 is without heartbeats; an acceptor adopts the initiator's HeartBtInt(108). Default 30. */
  readonly heartBtInt?: number;
  /**
   * Acceptor: a Logon with a lower HeartBtInt(108) is refused; seconds. Default 0. A session without
   * heartbeats never notices a dead line.
   */
  readonly heartBtIntMin?: number;
  /** Acceptor: a Logon with a higher HeartBtInt(108) is refused; seconds. Default 86,400. */
  readonly heartBtIntMax?: number;
  readonly resetOnLogon?: boolean;
  readonly resetOnLogout?: boolean;
  readonly resetOnDisconnect?: boolean;
  /** Read the stored numbers again at each logon: another process may have used the store. */
  readonly refreshOnLogon?: boolean;
  /**
   * false for market data: nothing is stored, resends are gap-filled, sends while disconnected are dropped.
   * Default true.
   */
  readonly persistMessages?: boolean;
  /** Default true. */
  readonly checkLatency?: boolean;
  /** Default 120,000. */
  readonly maxLatencyMs?: number;
  /**
   * false: SenderCompID and TargetCompID of a logged on session's messages are not looked at. Default true.
   */
  readonly checkCompId?: boolean;
  readonly logonTimeoutMs?: number;
  readonly logoutTimeoutMs?: number;
  /** Ask again for what a running ResendRequest covers already. Default false. */
  readonly sendRedundantResendRequests?: boolean;
  /** Ask for at most so many messages with one ResendRequest; 0 (default): open range. */
  readonly resendRequestChunkSize?: number;
  /**
   * NextExpectedMsgSeqNum(789) in the Logon in place of a ResendRequest (FIX 4.4 and later). Default false.
   */
  readonly enableNextExpectedMsgSeqNum?: boolean;
  /** LastMsgSeqNumProcessed(369) in every header (FIX 4.2 and later). Default false. */
  readonly enableLastMsgSeqNumProcessed?: boolean;
  /** Digits of a second's fraction in SendingTime, from FIX 4.2 on: 0, 3, 6 or 9. Default 3. */
  readonly timestampPrecision?: 0 | 3 | 6 | 9;
  /**
   * A second logon while the session is logged on: `refused` (default) keeps the one that is there,
   * `challenged` does so and asks it at once whether it is alive, so that a peer whose line died is let in
   * again within seconds, `newestWins` cuts it in favour of the newcomer.
   */
  readonly secondLogon?: 'refused' | 'challenged' | 'newestWins';
  /**
   * Messages beyond a gap that are kept for when it is filled. Default 10,000; what is beyond is asked for
   * again.
   */
  readonly queuedMessagesMax?: number;
  /** Bytes of those messages. Default 16 MiB. */
  readonly queuedBytesMax?: number;
  /** When the session is open; absent: always (NonStopSession). */
  readonly schedule?: Schedule;
  /** Queue bytes above which `isCongested` is true. */
  readonly sendQueueHighWaterBytes?: number;
  /** Queue bytes above which the connection is cut (slow consumer). */
  readonly sendQueueLimitBytes?: number;
  /**
   * A peer that reads too slowly: `disconnect` (default, for orders) is cut at the limit; `conflate` (for
   * market data) gets no perishable messages while congested, so that newer ones are sent at `onDrain`; cut
   * at the limit.
   */
  readonly slowConsumer?: 'disconnect' | 'conflate';
  /** false: one write to the socket per message, not per turn. Default true. */
  readonly batchWrites?: boolean;
  readonly validation?: ValidatorSwitches;
  /**
   * Application messages a second that are taken; what is beyond is refused, never queued.
   * OrderCancelRequest(F) and OrderMassCancelRequest(q) are always taken. 0 (default) is without a limit.
   * `transport/throttle.ts`.
   */
  readonly messagesPerSecondMax?: number;
  /** Further types that are always taken. */
  readonly throttleExempt?: readonly string[];
  /** So many refused within a second end the session with a Logout. 0 (default): never. */
  readonly throttledPerSecondMax?: number;
  /** Addresses and CIDR blocks the session may be logged on from. Absent: all that the acceptor lets in. */
  readonly allowedRemoteAddresses?: readonly string[];
  /** Last messages kept for `SessionHandle.recent`. Default 100; 0 keeps none. */
  readonly recentMessages?: number;
  /** Their bytes. Default 32 KiB. */
  readonly recentBytes?: number;
}
