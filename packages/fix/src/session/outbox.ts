/**
 * The outgoing side of a session: numbers, encodes and batches what goes to the store and to the socket. What
 * it hands out by `take` is the list of effects that the shell carries out in order; nothing in here touches
 * a store or a socket.
 */
import type { Encoder, Header, HeaderField } from '../codec/encoder.ts';
import type { FieldWriter } from '../codec/fields.ts';
import type { SendOptions, SessionCounters } from './application.ts';
import {
  ANSWER,
  NEVER_RESENT,
  type NumbersWithBatch,
  type OutboundRecord,
  type StoredSession,
} from './store.ts';

/** What the shell has to do, in this order. */
export type Effect =
  /**
   * Append `records` to the store (when there are any) and note `numbers` there in the same record, then
   * write `bytes` to the socket when `transmit`. The next outbound number is noted where the last messages
   * have no record, the inbound one only with records.
   */
  | {
      readonly kind: 'batch';
      readonly records: readonly OutboundRecord[];
      readonly numbers: NumbersWithBatch | undefined;
      readonly bytes: Uint8Array;
      readonly transmit: boolean;
    }
  | { readonly kind: 'reset'; readonly createdAtMs: number }
  | { readonly kind: 'nextInbound'; readonly next: number }
  | { readonly kind: 'nextOutbound'; readonly next: number }
  | { readonly kind: 'cursors'; readonly cursors: ReadonlyMap<string, number> }
  /** Read stored records and give them to `Session.stored`, as soon as the send queue has room. */
  | { readonly kind: 'read'; readonly from: number; readonly to: number }
  | { readonly kind: 'disconnect'; readonly reason: string };

export interface OutboxConfig {
  readonly beginString: string;
  readonly senderCompId: string;
  readonly targetCompId: string;
  readonly persistMessages: boolean;
  readonly timestampPrecision: 0 | 3 | 6 | 9;
}

type MutableHeader = { -readonly [K in keyof Header]: Header[K] };

const NO_EFFECTS: Effect[] = [];
const NO_RECORDS: OutboundRecord[] = [];
const NO_BYTES = new Uint8Array(0);
/** Numbers that a session without records sets aside in its store at a time. */
const RESERVED = 1_000;

export class Outbox {
  nextOutbound: number;
  /** Bytes encoded and not yet taken. */
  openBytes = 0;
  readonly cursors: Map<string, number>;
  readonly #encoder: Encoder;
  readonly #persist: boolean;
  readonly #counters: SessionCounters;
  readonly #header: MutableHeader;
  /** LastMsgSeqNumProcessed(369) of what is written now; undefined: it is not written. */
  readonly #lastProcessed: (() => number) | undefined;
  #effects = NO_EFFECTS;
  #records = NO_RECORDS;
  /** The last message of the open batch has no record. */
  #endsUnrecorded = false;
  /**
   * Sessions that do not persist: the store's next number, always ahead of what was sent. A restart goes on
   * from there, and the peer's ResendRequest for the numbers in between is gap-filled; a number is never used
   * twice.
   */
  #reserved: number;
  #transmit = false;
  #writing = false;

  constructor(
    config: OutboxConfig,
    encoder: Encoder,
    stored: StoredSession,
    counters: SessionCounters,
    lastProcessed?: () => number,
  ) {
    const { beginString, senderCompId, targetCompId, timestampPrecision } = config;
    this.#lastProcessed = lastProcessed;
    this.#encoder = encoder;
    this.#persist = config.persistMessages;
    this.#counters = counters;
    this.nextOutbound = stored.nextOutbound;
    this.#reserved = stored.nextOutbound;
    this.cursors = new Map(stored.cursors);
    this.#header = {
      beginString,
      senderCompId,
      targetCompId,
      msgType: '',
      seqNum: 0,
      sendingTimeMs: 0,
      timestampPrecision,
      extra: undefined,
    };
  }

  /** Encodes the next message. When `write` throws, no number is used and the error goes to the caller. */
  write(
    msgType: string,
    utcMs: number,
    transmit: boolean,
    write: (fields: FieldWriter) => void,
    options?: SendOptions,
    extra?: readonly HeaderField[],
  ): number {
    if (this.#writing) throw new Error('a message is being written: send it from outside the write callback');
    this.#turn(transmit);
    const header = this.#header;
    const seqNum = this.nextOutbound;
    header.msgType = msgType;
    header.seqNum = seqNum;
    header.sendingTimeMs = utcMs;
    header.extra = extra ?? options?.header;
    header.possResend = options?.possResend === true;
    if (this.#lastProcessed !== undefined) header.lastMsgSeqNumProcessed = this.#lastProcessed();
    this.#writing = true;
    let frame: Uint8Array;
    try {
      write(this.#encoder.begin(header));
      frame = this.#encoder.end();
    } catch (error) {
      this.#encoder.abandon();
      throw error;
    } finally {
      this.#writing = false;
    }
    this.nextOutbound = seqNum + 1;
    this.openBytes += frame.length;
    if (transmit) this.#counters.messagesOut += 1;
    this.#endsUnrecorded = this.#persist && options?.perishable === true;
    if (this.#persist && !this.#endsUnrecorded) this.#record(seqNum, msgType, frame, options);
    return seqNum;
  }

  #record(seqNum: number, msgType: string, sent: Uint8Array, options: SendOptions | undefined): void {
    const frame = NEVER_RESENT.has(msgType) ? NO_BYTES : sent;
    if (options === undefined) {
      this.#records = added(this.#records, { seqNum, msgType, frame });
      return;
    }
    const { answers, deadlineMs } = options;
    const source = answers === undefined ? options.source : { partition: ANSWER, sequence: answers };
    this.#records = added(this.#records, {
      seqNum,
      msgType,
      frame,
      ...(deadlineMs === undefined ? undefined : { deadlineMs }),
      ...(source === undefined ? undefined : { source }),
    });
    if (answers !== undefined) return;
    if (source !== undefined && source.sequence > (this.cursors.get(source.partition) ?? 0)) {
      this.cursors.set(source.partition, source.sequence);
    }
  }

  /** SequenceReset-GapFill in place of the messages from `from` up to and without `newSeqNo`. */
  gapFill(from: number, newSeqNo: number, utcMs: number): void {
    this.#turn(true);
    const { beginString, senderCompId, targetCompId, timestampPrecision } = this.#header;
    const lastMsgSeqNumProcessed = this.#lastProcessed?.();
    this.#encoder
      .begin({
        beginString,
        senderCompId,
        targetCompId,
        msgType: '4',
        seqNum: from,
        sendingTimeMs: utcMs,
        timestampPrecision,
        possDup: true,
        origSendingTimeMs: utcMs,
        ...(lastMsgSeqNumProcessed === undefined ? undefined : { lastMsgSeqNumProcessed }),
      })
      .int(36, newSeqNo)
      .boolean(123, true);
    this.openBytes += this.#encoder.end().length;
    this.#counters.messagesOut += 1;
  }

  /** A stored frame once more, with PossDupFlag=Y. */
  resend(frame: Uint8Array, utcMs: number): void {
    this.#turn(true);
    this.openBytes += this.#encoder.resend(frame, {
      sendingTimeMs: utcMs,
      timestampPrecision: this.#header.timestampPrecision,
    }).length;
    this.#counters.messagesOut += 1;
  }

  /** The store was read again. Only without a connection and with nothing left to take. */
  refresh(stored: StoredSession): void {
    if (!this.isEmpty) throw new Error('the store was read before it had everything');
    this.nextOutbound = stored.nextOutbound;
    this.#reserved = stored.nextOutbound;
    this.cursors.clear();
    for (const [partition, sequence] of stored.cursors) this.cursors.set(partition, sequence);
  }

  /** Both numbers start at 1 again. */
  reset(createdAtMs: number): void {
    this.#close();
    this.nextOutbound = 1;
    this.#reserved = 1;
    this.#effects = added(this.#effects, { kind: 'reset', createdAtMs });
  }

  /** The next number is `next`; those that it passes over have no message. */
  skipTo(next: number): void {
    this.#close();
    this.nextOutbound = next;
    const noted = this.#persist ? next : this.#numberToNote();
    if (noted !== undefined) this.push({ kind: 'nextOutbound', next: noted });
  }

  push(effect: Effect): void {
    this.#close();
    this.#effects = added(this.#effects, effect);
  }

  /** The number to store is `next`: with the messages that are waiting for the store, when there are any. */
  noteInbound(next: number): void {
    if (this.openBytes > 0 && this.#records.length > 0) this.#close(next);
    else this.push({ kind: 'nextInbound', next });
  }

  noteCursors(cursors: ReadonlyMap<string, number>): void {
    const moved = new Map(
      [...cursors].filter(([name, sequence]) => sequence > (this.cursors.get(name) ?? 0)),
    );
    if (moved.size === 0) return;
    for (const [name, sequence] of moved) this.cursors.set(name, sequence);
    this.push({ kind: 'cursors', cursors: moved });
  }

  get isEmpty(): boolean {
    return this.openBytes === 0 && this.#effects.length === 0;
  }

  take(): readonly Effect[] {
    if (this.isEmpty) return NO_EFFECTS;
    this.#close();
    const effects = this.#effects;
    this.#effects = NO_EFFECTS;
    return effects;
  }

  /** One batch holds either what is transmitted or what is only stored. */
  #turn(transmit: boolean): void {
    if (this.#transmit === transmit) return;
    this.#close();
    this.#transmit = transmit;
  }

  #close(nextInbound?: number): void {
    if (this.openBytes === 0) return;
    this.#effects = added(this.#effects, {
      kind: 'batch',
      records: this.#records,
      numbers: numbersOf(nextInbound, this.#numberToNote()),
      bytes: this.#encoder.take(),
      transmit: this.#transmit,
    });
    this.#records = NO_RECORDS;
    this.#endsUnrecorded = false;
    this.openBytes = 0;
  }

  /** What the store must know before this batch is on the socket, where its records do not say it. */
  #numberToNote(): number | undefined {
    if (this.#persist) return this.#endsUnrecorded ? this.nextOutbound : undefined;
    if (this.nextOutbound <= this.#reserved) return undefined;
    this.#reserved = this.nextOutbound + RESERVED;
    return this.#reserved;
  }
}

/** `list` with `item`. An array that begins empty takes room for seventeen; most of these hold one. */
function added<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

function numbersOf(
  nextInbound: number | undefined,
  nextOutbound: number | undefined,
): NumbersWithBatch | undefined {
  if (nextOutbound === undefined) return nextInbound === undefined ? undefined : { nextInbound };
  return nextInbound === undefined ? { nextOutbound } : { nextInbound, nextOutbound };
}
