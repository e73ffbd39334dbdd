/**
 * Fields in, frames out: writes messages one behind the other into a buffer that is used again and again, so
 * that all frames of a turn go to the store and to the socket as one piece. Last station of every outbound
 * FIX message before store and transport.
 *
 * The body is written forward behind a gap that fits `8=…|9=nnn|`; BodyLength is filled in when it is known.
 */
import { checksum, digitsOf, writeDigits } from './digits.ts';
import type { FieldWriter } from './fields.ts';
import { isHeaderTag } from './header.ts';
import { TIMESTAMP_BYTES_MAX, TimestampText } from './timestamp.ts';
import type { TimestampPrecision } from './timestamp.ts';
import { integer } from './values.ts';

export interface HeaderField {
  readonly tag: number;
  readonly value: string;
}

export interface Header {
  readonly beginString: string;
  readonly msgType: string;
  readonly seqNum: number;
  readonly senderCompId: string;
  readonly targetCompId: string;
  /** Milliseconds since the epoch. */
  readonly sendingTimeMs: number;
  /** Nanoseconds within that millisecond, for precisions above 3. Default 0. */
  readonly sendingTimeNanos?: number | undefined;
  /** Digits of the fraction in SendingTime and OrigSendingTime. Default 3. */
  readonly timestampPrecision?: TimestampPrecision | undefined;
  readonly possDup?: boolean;
  readonly possResend?: boolean;
  /** OrigSendingTime(122), milliseconds since the epoch. */
  readonly origSendingTimeMs?: number;
  /** LastMsgSeqNumProcessed(369). */
  readonly lastMsgSeqNumProcessed?: number | undefined;
  /** Further header fields (SenderSubID, OnBehalfOfCompID …), in any order. */
  readonly extra?: readonly HeaderField[] | undefined;
}

export interface ResendOptions {
  /** New SendingTime(52), milliseconds since the epoch. */
  readonly sendingTimeMs: number;
  readonly sendingTimeNanos?: number | undefined;
  /** Default: that of the stored SendingTime. */
  readonly timestampPrecision?: TimestampPrecision | undefined;
}

/** A field that must not be written: our bug, or text from outside that was not made safe by `fieldText`. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  readonly code: 'empty' | 'delimiter' | 'not-latin1' | 'tag' | 'number' | 'order';
  readonly tag: number;

  constructor(code: EncodeError['code'], tag: number, message: string) {
    super(`tag ${tag}: ${message}`);
    this.code = code;
    this.tag = tag;
  }
}

const SOH = 1;
const EQUALS = 0x3d;
const STORAGE_BYTES_DEFAULT = 4096;
/** A tag of ten digits, `=` and SOH. */
const FIELD_EXTRA_BYTES = 12;
/** Minus, 16 digits, point; with up to 15 zeros after the point. */
const NUMBER_BYTES_MAX = 34;
/** `10=nnn` and SOH. */
const TRAILER_BYTES = 7;
const BODY_LENGTH_DIGITS_MAX = 9;
/** Buffers kept for use after `recycle`, and the largest that is worth keeping. */
const SPARES_MAX = 4;
/** Of more that are out at once the oldest are not taken back. */
const LENT_MAX = 32;
const SPARE_BYTES_MAX = 1 << 20;
const NOTHING = new Uint8Array(0);
/** `YYYYMMDD-HH:MM:SS.` */
const SECOND_AND_POINT_BYTES = 18;

/** A buffer to write frames into. */
class Storage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes, for the checksum. */
  readonly words: Int32Array;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.words = new Int32Array(this.bytes.buffer);
  }
}

export class Encoder implements FieldWriter {
  #storage: Storage = new Storage(0);
  /** The storage's. */
  #bytes: Uint8Array = NOTHING;
  #words: Int32Array = this.#storage.words;
  /** End of the last ended frame; the frame being written begins here. */
  #mark = 0;
  /** First byte of its body, and where its next field goes. */
  #body = 0;
  #at = 0;
  #isOpen = false;
  /** Digits of BodyLength for which the gap was left: those of the frame before. */
  #lengthDigits = 3;
  /**
   * Where the field ended that was written last and its value if it was an int: a data field's length field.
   */
  #intEnd = -1;
  #intValue = 0;

  readonly #timestamp = new TimestampText();
  readonly #spares: Storage[] = [];
  /** A ring of what was taken and is not given back, the last one at `#taken`. */
  readonly #lent: (Storage | undefined)[] = Array.from({ length: LENT_MAX });
  #taken = 0;
  /** `8=…|9=` of the BeginString used last. */
  #prefix = new Uint8Array(0);
  #beginString = '';
  /** `49=…|` and `56=…|` used last. */
  #sender = new Uint8Array(0);
  #target = new Uint8Array(0);
  #senderCompId = '';
  #targetCompId = '';

  /** `storageBytes`: to begin with; a power of two. */
  constructor(storageBytes: number = STORAGE_BYTES_DEFAULT) {
    this.#use(new Storage(storageBytes));
  }

  /**
   * Starts a frame; one that was begun and not ended is dropped. Header fields go up by tag behind 8, 9 and
   * 35, as in the acceptance suites of the field.
   */
  begin(header: Header): FieldWriter {
    const { extra, timestampPrecision = 3 } = header;
    this.#open(header.beginString);
    this.text(35, header.msgType);
    if (header.senderCompId !== this.#senderCompId || header.targetCompId !== this.#targetCompId) {
      this.#cacheCompIds(header.senderCompId, header.targetCompId);
    }
    if (extra !== undefined) this.#writeExtra(extra, 0, 34);
    this.int(34, header.seqNum);
    if (header.possDup === true) this.boolean(43, true);
    this.#copy(this.#sender, 0, this.#sender.length);
    if (extra !== undefined) this.#writeExtra(extra, 34, 52);
    this.utcMillis(52, header.sendingTimeMs, timestampPrecision, header.sendingTimeNanos);
    this.#copy(this.#target, 0, this.#target.length);
    if (extra !== undefined) this.#writeExtra(extra, 52, 97);
    if (header.possResend === true) this.boolean(97, true);
    if (extra !== undefined) this.#writeExtra(extra, 97, 122);
    if (header.origSendingTimeMs !== undefined)
      this.utcMillis(122, header.origSendingTimeMs, timestampPrecision);
    if (extra !== undefined) this.#writeExtra(extra, 122, 369);
    if (header.lastMsgSeqNumProcessed !== undefined) this.int(369, header.lastMsgSeqNumProcessed);
    // Hops are a group, whose order is the caller's.
    if (extra !== undefined)
      for (const field of extra) if (field.tag > 369) this.text(field.tag, field.value);
    return this;
  }

  /** Completes the frame. The view is valid until `release`, or until its taken buffer is recycled. */
  end(): Uint8Array {
    if (!this.#isOpen) throw new EncodeError('order', 0, 'no frame was begun');
    const length = this.#at - this.#body;
    let digits = 1;
    for (let limit = 10; limit <= length; limit *= 10) digits++;
    if (digits > BODY_LENGTH_DIGITS_MAX) throw new EncodeError('number', 9, `body of ${length} bytes`);
    this.#reserve(TRAILER_BYTES + BODY_LENGTH_DIGITS_MAX);
    const bytes = this.#bytes;
    if (digits !== this.#lengthDigits) {
      // Wrong guess: happens when messages of very different size alternate.
      const moved = this.#body + digits - this.#lengthDigits;
      bytes.copyWithin(moved, this.#body, this.#at);
      this.#body = moved;
      this.#at = moved + length;
      this.#lengthDigits = digits;
    }
    const prefix = this.#prefix;
    let at = this.#mark;
    for (let i = 0; i < prefix.length; i++) bytes[at++] = prefix[i];
    writeDigits(bytes, this.#body - 1, length, digits);
    bytes[this.#body - 1] = SOH;
    at = this.#at;
    const sum = checksum(bytes, this.#words, this.#mark, at);
    bytes[at] = 0x31;
    bytes[at + 1] = 0x30;
    bytes[at + 2] = EQUALS;
    writeDigits(bytes, at + 6, sum, 3);
    bytes[at + 6] = SOH;
    const frame = bytes.subarray(this.#mark, at + TRAILER_BYTES);
    this.#mark = this.#at = at + TRAILER_BYTES;
    this.#isOpen = false;
    return frame;
  }

  /** Drops the frame that was begun. */
  abandon(): void {
    this.#isOpen = false;
    this.#at = this.#mark;
  }

  /**
   * Appends a PossDup=Y copy of a stored frame (FIX 4.4 volume 2, "Possible Duplicates"): a new SendingTime,
   * the stored one as OrigSendingTime, everything else as it was, the header ascending by tag. Throws when
   * the frame has no SendingTime.
   */
  resend(frame: Uint8Array, options: ResendOptions): Uint8Array {
    const bodyEnd = frame.length - TRAILER_BYTES;
    const { fields, end } = headerFields(frame, bodyEnd);
    const time = fields.find((field) => field.tag === 52);
    if (time === undefined)
      throw new EncodeError('order', 52, 'the stored frame has no SendingTime in its header');
    this.#open(String.fromCharCode(...frame.subarray(2, frame.indexOf(SOH))));
    this.#reserve(frame.length + 2 * (FIELD_EXTRA_BYTES + TIMESTAMP_BYTES_MAX) + FIELD_EXTRA_BYTES);
    let isFlagged = false;
    let hasOriginal = false;
    for (const { tag, start, end: fieldEnd } of fields) {
      if (tag === 43 || tag === 122) continue;
      if (tag > 43 && !isFlagged) {
        this.boolean(43, true);
        isFlagged = true;
      }
      if (tag > 122 && !hasOriginal) {
        this.#copyOriginalTime(frame, time);
        hasOriginal = true;
      }
      if (tag === 52) {
        const precision = options.timestampPrecision ?? precisionOf(time);
        this.utcMillis(52, options.sendingTimeMs, precision, options.sendingTimeNanos);
      } else this.#copy(frame, start, fieldEnd);
    }
    if (!hasOriginal) this.#copyOriginalTime(frame, time);
    this.#copy(frame, end, bodyEnd);
    return this.end();
  }

  /** The stored SendingTime as OrigSendingTime. */
  #copyOriginalTime(frame: Uint8Array, time: StoredField): void {
    this.#writeTag(122);
    this.#copy(frame, time.start + TIME_TAG_BYTES, time.end);
  }

  /** Every frame ended since the last `release` or `take`, contiguous; valid as long as the frames. */
  get pending(): Uint8Array {
    return this.#bytes.subarray(0, this.#mark);
  }

  /** All views given out are dead; the buffer is used again from its beginning. */
  release(): void {
    this.abandon();
    this.#mark = this.#at = 0;
  }

  /**
   * `pending`, with its buffer handed over: the encoder goes on in another one. Give it back with `recycle`.
   */
  take(): Uint8Array {
    const taken = this.pending;
    this.abandon();
    this.#taken = (this.#taken + 1) % LENT_MAX;
    this.#lent[this.#taken] = this.#storage;
    this.#use(this.#spares.pop() ?? new Storage(Math.min(this.#bytes.length, SPARE_BYTES_MAX)));
    this.#mark = this.#at = 0;
    return taken;
  }

  /** Gives a taken buffer back, once it is written: all views into it are dead. */
  recycle(taken: Uint8Array): void {
    const { buffer } = taken;
    for (let age = 0; age < LENT_MAX; age++) {
      const place = (this.#taken + LENT_MAX - age) % LENT_MAX;
      const storage = this.#lent[place];
      if (storage?.bytes.buffer !== buffer) continue;
      this.#lent[place] = undefined;
      if (this.#spares.length < SPARES_MAX && buffer.byteLength <= SPARE_BYTES_MAX)
        this.#spares.push(storage);
      return;
    }
  }

  text(tag: number, value: string): this {
    const length = value.length;
    if (length === 0) throw new EncodeError('empty', tag, 'a field without a value');
    this.#reserve(FIELD_EXTRA_BYTES + length);
    this.#writeTag(tag);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code === SOH || code > 0xff) this.#refuseText(tag, code);
      bytes[at++] = code;
    }
    bytes[at] = SOH;
    this.#at = at + 1;
    return this;
  }

  int(tag: number, value: number): this {
    if (!Number.isSafeInteger(value)) throw new EncodeError('number', tag, `not a safe integer: ${value}`);
    this.#reserve(FIELD_EXTRA_BYTES + NUMBER_BYTES_MAX);
    this.#writeTag(tag);
    this.#writeNumber(value, 0);
    this.#intEnd = this.#at;
    this.#intValue = value;
    return this;
  }

  /** The scale's zeros are written, too: 1.10 at scale 5 is `1.10000`. `scale` 0 to 15. */
  decimal(tag: number, scaled: number, scale: number): this {
    if (!Number.isSafeInteger(scaled)) throw new EncodeError('number', tag, `not a safe integer: ${scaled}`);
    if (!Number.isInteger(scale) || scale < 0 || scale > 15)
      throw new EncodeError('number', tag, `scale ${scale}`);
    this.#reserve(FIELD_EXTRA_BYTES + NUMBER_BYTES_MAX);
    this.#writeTag(tag);
    this.#writeNumber(scaled, scale);
    return this;
  }

  char(tag: number, value: string): this {
    if (value.length !== 1)
      throw new EncodeError('empty', tag, `not one character: ${JSON.stringify(value)}`);
    return this.text(tag, value);
  }

  boolean(tag: number, value: boolean): this {
    this.#reserve(FIELD_EXTRA_BYTES + 1);
    this.#writeTag(tag);
    this.#bytes[this.#at] = value ? 0x59 : 0x4e;
    this.#bytes[this.#at + 1] = SOH;
    this.#at += 2;
    return this;
  }

  utcMillis(tag: number, epochMs: number, precision?: TimestampPrecision, nanos?: number): this {
    this.#reserve(FIELD_EXTRA_BYTES + TIMESTAMP_BYTES_MAX);
    this.#writeTag(tag);
    const end = this.#timestamp.write(epochMs, this.#bytes, this.#at, precision, nanos);
    this.#bytes[end] = SOH;
    this.#at = end + 1;
    return this;
  }

  /**
   * A value with SOH in it needs its length field right before it: `int(95, value.length).bytes(96, value)`.
   */
  bytes(tag: number, value: Uint8Array, start = 0, end: number = value.length): this {
    const length = end - start;
    if (length <= 0) throw new EncodeError('empty', tag, 'a field without a value');
    const hasLength = this.#intEnd === this.#at && this.#intValue === length;
    if (!hasLength) {
      for (let i = start; i < end; i++) {
        if (value[i] === SOH)
          throw new EncodeError('delimiter', tag, 'the value contains SOH and has no length field before it');
      }
    }
    this.#reserve(FIELD_EXTRA_BYTES + length);
    this.#writeTag(tag);
    this.#copy(value, start, end);
    this.#bytes[this.#at++] = SOH;
    return this;
  }

  empty(tag: number): this {
    this.#reserve(FIELD_EXTRA_BYTES);
    this.#writeTag(tag);
    this.#bytes[this.#at++] = SOH;
    return this;
  }

  /** The fields between two tags, ascending. */
  #writeExtra(extra: readonly HeaderField[], above: number, below: number): void {
    let last = above;
    for (;;) {
      let next: HeaderField | undefined;
      for (const field of extra)
        if (field.tag > last && field.tag < below && (next === undefined || field.tag < next.tag))
          next = field;
      if (next === undefined) return;
      this.text(next.tag, next.value);
      last = next.tag;
    }
  }

  #open(beginString: string): void {
    if (beginString !== this.#beginString) {
      if (!/^FIXT?\.[0-9A-Za-z.]{1,8}$/.test(beginString)) {
        throw new EncodeError('order', 8, `not a BeginString: ${JSON.stringify(beginString)}`);
      }
      this.#prefix = Uint8Array.from(`8=${beginString}\x019=`, (character) => character.charCodeAt(0));
      this.#beginString = beginString;
    }
    this.#body = this.#at = this.#mark + this.#prefix.length + this.#lengthDigits + 1;
    this.#intEnd = -1;
    this.#isOpen = true;
    this.#reserve(0);
  }

  #cacheCompIds(senderCompId: string, targetCompId: string): void {
    const start = this.#at;
    this.#senderCompId = this.#targetCompId = '';
    this.text(49, senderCompId);
    this.#sender = this.#bytes.slice(start, this.#at);
    const middle = this.#at;
    this.text(56, targetCompId);
    this.#target = this.#bytes.slice(middle, this.#at);
    this.#senderCompId = senderCompId;
    this.#targetCompId = targetCompId;
    this.#at = start;
  }

  /**
   * Makes room for `more` bytes. Views already given out keep the old buffer, which is not written any more.
   */
  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    let length = this.#bytes.length * 2;
    while (length < needed) length *= 2;
    const grown = new Storage(length);
    grown.bytes.set(this.#bytes.subarray(0, this.#at));
    this.#use(grown);
  }

  #use(storage: Storage): void {
    this.#storage = storage;
    this.#bytes = storage.bytes;
    this.#words = storage.words;
  }

  /** Callers have made room for the whole field. */
  #writeTag(tag: number): void {
    if (!this.#isOpen) throw new EncodeError('order', tag, 'no frame was begun');
    const bytes = this.#bytes;
    let at = this.#at;
    if (tag < 1000 && tag > 10) {
      const hundreds = (tag / 100) | 0;
      const rest = tag - hundreds * 100;
      const tens = (rest / 10) | 0;
      if (hundreds !== 0) bytes[at++] = 0x30 + hundreds;
      bytes[at++] = 0x30 + tens;
      bytes[at++] = 0x30 + rest - tens * 10;
    } else {
      if (!Number.isInteger(tag) || tag < 1 || tag > 99_999_999 || (tag >= 8 && tag <= 10)) {
        throw new EncodeError('tag', tag, 'not a tag, or one that only the encoder writes');
      }
      const digits = tag < 10 ? 1 : tag < 10_000 ? 4 : digitsOf(tag);
      writeDigits(bytes, at + digits, tag, digits);
      at += digits;
    }
    bytes[at] = EQUALS;
    this.#at = at + 1;
  }

  #writeNumber(value: number, scale: number): void {
    const bytes = this.#bytes;
    let magnitude = value;
    if (value < 0) {
      bytes[this.#at++] = 0x2d;
      magnitude = -value;
    }
    let digits = digitsOf(magnitude);
    if (scale === 0) {
      const end = this.#at + digits;
      writeDigits(bytes, end, magnitude, digits);
      bytes[end] = SOH;
      this.#at = end + 1;
      return;
    }
    if (digits <= scale) digits = scale + 1;
    const point = this.#at + digits - scale;
    const whole = writeDigits(bytes, point + 1 + scale, magnitude, scale);
    bytes[point] = 0x2e;
    writeDigits(bytes, point, whole, digits - scale);
    bytes[point + 1 + scale] = SOH;
    this.#at = point + 2 + scale;
  }

  /** Appends from[start, end); callers of `bytes` and `resend` have made room, the header makes it here. */
  #copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 1);
    const bytes = this.#bytes;
    let at = this.#at;
    if (end - start > 64) {
      bytes.set(from.subarray(start, end), at);
      at += end - start;
    } else {
      for (let i = start; i < end; i++) bytes[at++] = from[i];
    }
    this.#at = at;
  }

  #refuseText(tag: number, code: number): never {
    if (code === SOH)
      throw new EncodeError('delimiter', tag, 'the value contains SOH, which would begin another field');
    throw new EncodeError(
      'not-latin1',
      tag,
      `the value contains U+${code.toString(16)}, which is not Latin-1`,
    );
  }
}

/** A field of a stored frame, from its tag to behind its SOH. */
interface StoredField {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** `52=` */
const TIME_TAG_BYTES = 3;

function precisionOf(time: StoredField): TimestampPrecision {
  const digits = time.end - time.start - TIME_TAG_BYTES - 1 - SECOND_AND_POINT_BYTES;
  return digits >= 9 ? 9 : digits >= 6 ? 6 : digits >= 3 ? 3 : 0;
}

/** The header of a stored frame from MsgType on, ascending by tag behind that, and where the body begins. */
function headerFields(frame: Uint8Array, bodyEnd: number): { fields: StoredField[]; end: number } {
  const fields: StoredField[] = [];
  let start = frame.indexOf(SOH, frame.indexOf(SOH) + 1) + 1;
  let dataBytes = -1;
  while (start > 1 && start < bodyEnd) {
    const equals = frame.indexOf(EQUALS, start);
    const tag = integer(frame, start, equals);
    if (!isHeaderTag(tag)) break;
    const valueEnd = dataBytes >= 0 ? equals + 1 + dataBytes : frame.indexOf(SOH, equals);
    // SecureDataLen and XmlDataLen say where the next value, which may hold SOH, ends.
    dataBytes = tag === 90 || tag === 212 ? integer(frame, equals + 1, valueEnd) : -1;
    fields.push({ tag, start, end: valueEnd + 1 });
    start = valueEnd + 1;
  }
  return { fields: fields.sort((a, b) => headerRank(a.tag) - headerRank(b.tag)), end: start };
}

/** MsgType first; the fields of hops stay together. */
function headerRank(tag: number): number {
  return tag === 35 ? 0 : tag >= 628 && tag <= 630 ? 627 : tag;
}

/**
 * Text made safe for a field: SOH and what Latin-1 can't hold become `?`, nothing becomes `-`. For echoes of
 * foreign text.
 */
export function fieldText(value: string): string {
  return value === '' ? '-' : value.replace(/[\x01\u0100-\uffff]/g, '?');
}
