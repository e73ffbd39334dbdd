/** What the engine calls in the application, and what the application may ask of a live session. */
import type { FieldWriter, Message, Source } from '../codec/fields.ts';

export interface SendOptions {
  readonly source?: Source;
  /** Milliseconds since the epoch after which the message may not be resent; a resend gap-fills it. */
  readonly deadlineMs?: number;
  /**
   * A price: its number is used but its body is not stored; a resend gap-fills it; dropped while logged out.
   */
  readonly perishable?: boolean;
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
  /** Delivery cursor per partition: highest source sequence that was stored with an outbound message. */
  cursor(partition: string): number;
  /** Bytes waiting for the socket. */
  readonly queuedBytes: number;
  /** True when queuedBytes is over the high-water mark; `Application.onDrain` tells when it is no longer. */
  readonly isCongested: boolean;
  /**
   * Encodes, stores and queues one application message. Returns its MsgSeqNum, or 0 when it was dropped (not
   * logged
   *  on and not persisted, or the queue's hard limit cut the session). */
  send(msgType: string, write: (fields: FieldWriter) => void, options?: SendOptions): number;
  logout(text?: string): void;
  readonly counters: Readonly<SessionCounters>;
}

export interface SessionCounters {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  gapsDetected: number;
  resendsServed: number;
  rejectsIn: number;
  rejectsOut: number;
  garbledIn: number;
}

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
  /** The peer refused a message of ours: Reject(3). BusinessMessageReject(j) comes by onMessage. */
  onReject?(message: Message, session: SessionHandle): void;
  onDrain?(session: SessionHandle): void;
}
