/**
 * The port behind which a session keeps what must outlive it: both sequence numbers and every outbound
 * message with its source. Implementations: `store.memory`, `store.file`, and outside this package
 * `platform/sessions.postgres`.
 */
import type { Source } from '../codec/fields.ts';

export interface OutboundRecord {
  readonly seqNum: number;
  readonly msgType: string;
  /**
   * The whole frame as it was first sent. Given to `append` it is a view, valid until the call returns or its
   * promise
   * resolves: a store keeps a copy. Given by `read` it is valid until the next call.
   */
  readonly frame: Uint8Array;
  /**
   * Milliseconds since the epoch after which an application message must not be resent (gap-filled instead).
   */
  readonly deadlineMs?: number;
  readonly source?: Source;
}

export interface StoredSession {
  readonly nextOutbound: number;
  readonly nextInbound: number;
  /**
   * When the sequence numbers last started at 1; part of every idempotency key made from a MsgSeqNum. 0 for a
   * store that was never reset: the engine resets a new one before its first message.
   */
  readonly createdAtMs: number;
  /** Highest source sequence written per partition: the delivery cursor. Survives sequence resets. */
  readonly cursors: ReadonlyMap<string, number>;
}

/**
 * Each mutating call returns nothing when it is already durable (as far as the store's setting says) and a
 * promise when the caller must wait before it tells anyone.
 */
export interface SessionStore {
  open(): Promise<StoredSession>;
  /** Appends in order; one call is one batch. Must be durable before the frames go to the socket. */
  append(records: readonly OutboundRecord[]): void | Promise<void>;
  /**
   * Next expected inbound MsgSeqNum; called only when the application is done with every message before it.
   */
  setNextInbound(next: number): void | Promise<void>;
  /** Next outbound MsgSeqNum where no message is stored for the skipped ones (gap-filled on resend). */
  setNextOutbound(next: number): void | Promise<void>;
  /** Stored records with from ≤ seqNum ≤ to, ascending; holes are to be gap-filled. */
  read(from: number, to: number): readonly OutboundRecord[] | Promise<readonly OutboundRecord[]>;
  /** Both numbers to 1; bodies forgotten, cursors kept. */
  reset(createdAtMs: number): void | Promise<void>;
  close(): Promise<void>;
}
