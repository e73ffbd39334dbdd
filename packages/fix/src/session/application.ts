/** What the engine calls in the application, and what the application may ask of a live session. */
import type { HeaderField } from '../codec/encoder.ts';
import type { FieldWriter, Message, Source } from '../codec/fields.ts';
import type { Violation } from '../codec/violation.ts';
import type { SessionEvent } from './events.ts';

export interface SendOptions {
  readonly source?: Source;
  /** Milliseconds since the epoch after which the message may not be resent; a resend gap-fills it. */
  readonly deadlineMs?: number;
  /**
   * A price: its number is used but its body is not stored; a resend gap-fills it; dropped while logged out.
   */
  readonly perishable?: boolean;
  /** PossResend(97)=Y: sent again by the application under a new number; the peer judges. */
  readonly possResend?: boolean;
  /**
   * MsgSeqNum of a message of the peer that this is the last word on, though messages before it are not done:
   * should the peer send it again after a crash, it is not delivered. Without a `source`.
   */
  readonly answers?: number;
  /** Further header fields: SenderSubID(50), OnBehalfOfCompID(115), ApplVerID(1128) … */
  readonly header?: readonly HeaderField[];
}

/**
 * A session as its application sees it. `send` works while disconnected when the session persists messages.
 */
export interface SessionHandle {
  /** `BeginString:SenderCompID->TargetCompID`, or the name the acceptor's `authenticate` gave. */
  readonly id: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly isLoggedOn: boolean;
  /** When its sequence numbers last started at 1, milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** MsgSeqNum of the next message that is sent, and of the one that is expected; for people. */
  readonly nextOutbound: number;
  readonly nextInbound: number;
  /** Of any message, milliseconds since the epoch; 0: none since the session was opened. */
  readonly lastReceivedAtMs: number;
  readonly lastSentAtMs: number;
  /**
   * Delivery cursor per partition: highest source sequence that was stored with an outbound message, or
   * noted.
   */
  cursor(partition: string): number;
  /**
   * The application is done with what comes from these sources up to there, sent or not: the cursors move
   * behind the messages sent so far, and are stored behind them.
   */
  noteCursors(cursors: ReadonlyMap<string, number>): void;
  /** Bytes waiting for the socket. */
  readonly queuedBytes: number;
  /** How long the connection has not been rid of all of them, in milliseconds. */
  readonly queuedForMs: number;
  /** True when queuedBytes is over the high-water mark; `Application.onDrain` tells when it is no longer. */
  readonly isCongested: boolean;
  /**
   * Encodes, stores and queues one application message. Returns its MsgSeqNum, or 0 when it was dropped: not
   * logged on and not persisted; perishable while the session is congested (`slowConsumer: 'conflate'`),
   * logged off or busy with a resend; or the queue's hard limit cut the session.
   */
  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number;
  logout(text?: string): void;
  readonly counters: Readonly<SessionCounters>;
  readonly latency: SessionLatency;
  /**
   * The last messages both ways, oldest first, whole frames with passwords and raw data masked; as many as
   * the settings `recentMessages` and `recentBytes` keep.
   */
  recent(): readonly RecentMessage[];
}

/** What an operator agrees with the peer; one that is absent stays. */
export interface NextNumbers {
  /**
   * MsgSeqNum expected next. Forward: what it passes over is never asked for. Back: the peer is asked for all
   * from there on, and the application gets it once more.
   */
  readonly nextInbound?: number;
  /** MsgSeqNum of the next message sent; forward only. What it passes over is gap-filled in a resend. */
  readonly nextOutbound?: number;
}

export interface SessionCounters {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  gapsDetected: number;
  /** ResendRequests of ours. */
  resendsRequested: number;
  resendsServed: number;
  rejectsIn: number;
  rejectsOut: number;
  garbledIn: number;
  /** Messages refused because the peer sends too many a second. */
  throttledIn: number;
  /** Perishable messages not sent: the peer was away, too slow, or a resend ran. */
  perishablesDropped: number;
  /** Callbacks of the application that threw. */
  applicationErrors: number;
  logons: number;
  logouts: number;
  /** Most bytes that ever waited for the socket. */
  queuedBytesMax: number;
}

/** Microseconds, of everything since the session was opened; a fixed histogram, precise to 6 %. */
export interface LatencyReading {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface SessionLatency {
  /**
   * From the `data` event that brought a message to the end of its processing: of the whole turn for what
   * `onMessage` does at once, of its promise for what it does later.
   */
  readonly received: LatencyReading;
  /** From the first message of a batch being encoded to the batch being stored and given to the socket. */
  readonly sent: LatencyReading;
}

export interface RecentMessage {
  /** `12.0`: what went over the wire together, and the message in it; newer is larger, part by part. */
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly utcMs: number;
  /** The whole frame, or its beginning when `isCut`. */
  readonly raw: Uint8Array;
  /** The message was too long for the ring. */
  readonly isCut: boolean;
}

/**
 * An error in a callback is caught, counted and told by `onEvent`; it ends nothing but what `onMessage` says.
 */
export interface Application {
  onLogon?(session: SessionHandle): void;
  /** Also called when the connection is lost; `reason` is for people. */
  onLogout?(session: SessionHandle, reason: string): void;
  /**
   * An application message, in sequence, once. The inbound number becomes durable when the returned promise
   * resolves and all before it did (at once for `void`). `message` is valid only until this call returns (not
   * until the promise does).
   */
  onMessage(message: Message, session: SessionHandle): void | Promise<void>;
  /**
   * An application message in sequence that the dictionary does not allow. The peer has been told so by
   * Reject(3) and will not send it again: what it meant is the application's to find out. The number becomes
   * durable as with `onMessage`. Without this callback it is forgotten.
   */
  onInvalid?(message: Message, violation: Violation, session: SessionHandle): void | Promise<void>;
  /** The peer refused a message of ours: Reject(3). BusinessMessageReject(j) comes by onMessage. */
  onReject?(message: Message, session: SessionHandle): void;
  /** The send queue has room again: what was refused meanwhile may be sent anew. */
  onDrain?(session: SessionHandle): void;
  /**
   * The message is over `messagesPerSecondMax`, is not delivered and its number is used: answers it, for
   * instance with an ExecutionReport. Without this callback it is answered with BusinessMessageReject(j),
   * before FIX 4.2 with Reject(3).
   */
  onThrottled?(message: Message, session: SessionHandle): void;
  /** What operators and monitors want to know, as it happens. */
  onEvent?(event: SessionEvent, session: SessionHandle): void;
}
