/**
 * The port behind which a session keeps what must outlive it: both sequence numbers and every outbound
 * message with its source. Implementations: `store.memory`, `store.file`, and outside this package
 * `platform/sessions.postgres`.
 */
import type { Source } from '../codec/fields.ts';

/**
 * MsgTypes of messages that are never sent again: all administrative ones but Reject(3). A gap fill takes
 * their place, so their bodies, Logons with passwords among them, are not kept.
 */
export const NEVER_RESENT: ReadonlySet<string> = new Set(['0', '1', '2', '4', '5', 'A']);

/**
 * As the partition of a source: the message answers one of the peer's for good, and `sequence` is that one's
 * MsgSeqNum.
 */
export const ANSWER = '';

export interface OutboundRecord {
  readonly seqNum: number;
  readonly msgType: string;
  /**
   * The whole frame as it was first sent; empty for a message that is never resent. Given to `append` it is a
   * view, valid until the call returns: a store keeps a copy. Given by `read` it is valid until the next
   * call.
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
  /**
   * Highest source sequence written or noted per partition: the delivery cursor. Survives sequence resets.
   */
  readonly cursors: ReadonlyMap<string, number>;
  /** Inbound numbers from `nextInbound` on that a stored message answers for good. */
  readonly answered: readonly number[];
}

/** Numbers that are stored in one durable record with a batch, behind its messages. */
export interface NumbersWithBatch {
  /** As with `setNextInbound`. */
  readonly nextInbound?: number;
  /** As with `setNextOutbound`; at least the last message's number + 1. */
  readonly nextOutbound?: number;
}

/**
 * Why a store refused a call.
 *
 * - `fenced`: another owner has opened the session; this one must not write again.
 * - `full`: no room on the disk.
 * - `failed`: the disk or the server refused, or did not answer. What was given may or may not be there.
 * - `damaged`: what is stored can't be read, or is not ours.
 * - `locked`: another process has the session open.
 * - `closed`: not open.
 *
 * After any of the first three nothing can be written until `open` has read what is really there.
 */
export type StoreErrorCode = 'fenced' | 'full' | 'failed' | 'damaged' | 'locked' | 'closed';

/** Thrown, or rejected with. Stores outside this package throw errors of their own with the same codes. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Each mutating call returns nothing when it is already durable (as far as the store's setting says) and a
 * promise when the caller must wait before it tells anyone. A call that throws or rejects acknowledges
 * nothing.
 */
export interface SessionStore {
  /** Reads what is there and takes the session over. Again after a failure, to go on. */
  open(): Promise<StoredSession>;
  /**
   * Appends in order; one call is one batch. Must be durable before the frames go to the socket. `numbers`
   * are stored with it, in the same record.
   */
  append(records: readonly OutboundRecord[], numbers?: NumbersWithBatch): void | Promise<void>;
  /**
   * Next expected inbound MsgSeqNum; called only when the application is done with every message before it.
   * A store may write it later (the peer then resends after a crash what the application knows already),
   * never before what was appended earlier.
   */
  setNextInbound(next: number): void | Promise<void>;
  /**
   * What the application is done with, though nothing of it was for this session: as if a message with each
   * of these sources had been stored. A store may write it later, never before what was appended earlier.
   */
  noteCursors(cursors: ReadonlyMap<string, number>): void | Promise<void>;
  /** Next outbound MsgSeqNum where no message is stored for the skipped ones (gap-filled on resend). */
  setNextOutbound(next: number): void | Promise<void>;
  /**
   * Asked before bytes go out that need not be stored: whether the session is its own still, where that can
   * change. Absent: it can't.
   */
  confirm?(): void | Promise<void>;
  /** Stored records with from ≤ seqNum ≤ to, ascending; holes are to be gap-filled. */
  read(from: number, to: number): readonly OutboundRecord[] | Promise<readonly OutboundRecord[]>;
  /** Both numbers to 1; bodies forgotten, cursors kept. */
  reset(createdAtMs: number): void | Promise<void>;
  close(): Promise<void>;
}
