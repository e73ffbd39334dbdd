/**
 * Fields in, frames out: writes messages one behind the other into a buffer that is used again and again, so
 * that all frames of a turn go to the store and to the socket as one piece. Last station of every outbound
 * FIX message before store and transport.
 *
 * The body is written forward behind a gap that fits `8=…|9=nnn|`; BodyLength is filled in when it is known.
 */
import type { FieldWriter } from './fields.ts';
import { TIMESTAMP_BYTES, TimestampText } from './timestamp.ts';
import { isHeaderTag } from './header.ts';
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
  readonly possDup?: boolean;
  readonly possResend?: boolean;
  /** OrigSendingTime(122), milliseconds since the epoch. */
  readonly origSendingTimeMs?: number;
  /** Further header fields (SenderSubID, OnBehalfOfCompID …). */
  readonly extra?: readonly HeaderField[];
}

export interface ResendOptions {
  /** New SendingTime(52), milliseconds since the epoch. */
  readonly sendingTimeMs: number;
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
const SPARE_BYTES_MAX = 1 << 20;
const NOTHING = new Uint8Array(0);
const NO_EXTRA: readonly HeaderField[] = [];

export class Encoder implements FieldWriter {
  #bytes: Uint8Array = NOTHING;
  /** The same bytes, for the checksum. */
  #words: Int32Array = new Int32Array(0);
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
  readonly #spares: Uint8Array[] = [];
  /** `8=…|9=` of the BeginString used last. */
  #prefix = new Uint8Array(0);
  #beginString = '';
  /** `49=…|56=…|` used last. */
  #compIds = new Uint8Array(0);
  #senderCompId = '';
  #targetCompId = '';

  /** `storageBytes`: to begin with; a power of two. */
  constructor(storageBytes: number = STORAGE_BYTES_DEFAULT) {
    this.#use(new Uint8Array(storageBytes));
  }

  /** Starts a frame; one that was begun and not ended is dropped. */
  begin(header: Header): FieldWriter {
    this.#open(header.beginString);
    this.text(35, header.msgType);
    if (header.senderCompId !== this.#senderCompId || header.targetCompId !== this.#targetCompId) {
      this.#cacheCompIds(header.senderCompId, header.targetCompId);
    }
    this.#copy(this.#compIds, 0, this.#compIds.length);
    this.int(34, header.seqNum);
    if (header.possDup === true) this.boolean(43, true);
    if (header.possResend === true) this.boolean(97, true);
    this.utcMillis(52, header.sendingTimeMs);
    if (header.origSendingTimeMs !== undefined) this.utcMillis(122, header.origSendingTimeMs);
    for (const field of header.extra ?? NO_EXTRA) this.text(field.tag, field.value);
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
   * the stored one as OrigSendingTime, everything else as it was. Throws when the frame has no SendingTime.
   */
  resend(frame: Uint8Array, options: ResendOptions): Uint8Array {
    const bodyStart = frame.indexOf(SOH, frame.indexOf(SOH) + 1) + 1;
    const bodyEnd = frame.length - TRAILER_BYTES;
    this.#open(String.fromCharCode(...frame.subarray(2, frame.indexOf(SOH))));
    this.#reserve(frame.length + 2 * (FIELD_EXTRA_BYTES + TIMESTAMP_BYTES) + FIELD_EXTRA_BYTES);
    let hasTime = false;
    let at = bodyStart;
    let dataBytes = -1;
    while (at < bodyEnd) {
      const equals = frame.indexOf(EQUALS, at);
      const tag = integer(frame, at, equals);
      if (!isHeaderTag(tag)) break;
      const end = dataBytes >= 0 ? equals + 1 + dataBytes : frame.indexOf(SOH, equals);
      // SecureDataLen and XmlDataLen say where the next value, which may hold SOH, ends.
      dataBytes = tag === 90 || tag === 212 ? integer(frame, equals + 1, end) : -1;
      if (tag === 52) {
        this.boolean(43, true);
        this.utcMillis(52, options.sendingTimeMs);
        this.#writeTag(122);
        this.#copy(frame, equals + 1, end + 1);
        hasTime = true;
      } else if (tag !== 43 && tag !== 122) {
        this.#copy(frame, at, end + 1);
      }
      at = end + 1;
    }
    if (!hasTime || bodyStart < 2)
      throw new EncodeError('order', 52, 'the stored frame has no SendingTime in its header');
    this.#copy(frame, at, bodyEnd);
    return this.end();
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
    this.#use(this.#spares.pop() ?? new Uint8Array(this.#bytes.length));
    this.#mark = this.#at = 0;
    return taken;
  }

  /** Gives a taken buffer back, once it is written: all views into it are dead. */
  recycle(taken: Uint8Array): void {
    if (this.#spares.length < SPARES_MAX && taken.buffer.byteLength <= SPARE_BYTES_MAX) {
      this.#spares.push(new Uint8Array(taken.buffer));
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

  utcMillis(tag: number, epochMs: number): this {
    this.#reserve(FIELD_EXTRA_BYTES + TIMESTAMP_BYTES);
    this.#writeTag(tag);
    this.#timestamp.write(epochMs, this.#bytes, this.#at);
    this.#bytes[this.#at + TIMESTAMP_BYTES] = SOH;
    this.#at += TIMESTAMP_BYTES + 1;
    return this;
  }

  /**
   * A value with SOH in it needs its length field right before it: `int(95, value.length).bytes(96, value)`.
   */
  bytes(tag: number, value: Uint8Array): this {
    if (value.length === 0) throw new EncodeError('empty', tag, 'a field without a value');
    const hasLength = this.#intEnd === this.#at && this.#intValue === value.length;
    if (!hasLength && value.includes(SOH)) {
      throw new EncodeError('delimiter', tag, 'the value contains SOH and has no length field before it');
    }
    this.#reserve(FIELD_EXTRA_BYTES + value.length);
    this.#writeTag(tag);
    this.#copy(value, 0, value.length);
    this.#bytes[this.#at++] = SOH;
    return this;
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
    this.text(49, senderCompId).text(56, targetCompId);
    this.#compIds = this.#bytes.slice(start, this.#at);
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
    const grown = new Uint8Array(length);
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#use(grown);
  }

  #use(storage: Uint8Array): void {
    this.#bytes = storage;
    this.#words = new Int32Array(storage.buffer);
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

/** Decimal digits of a natural number. */
function digitsOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  let digits = 5;
  for (let limit = 100_000; limit <= value; limit *= 10) digits++;
  return digits;
}

/**
 * Writes the last `count` digits of `value`, leading zeros included, so that they end before `end`; returns
 * the others.
 */
function writeDigits(bytes: Uint8Array, end: number, value: number, count: number): number {
  let at = end;
  const start = end - count;
  let rest = value;
  // Beyond 31 bits integer division is not available.
  while (rest > 0x3fff_ffff && at > start) {
    const tenth = Math.floor(rest / 10);
    bytes[--at] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  if (at === start) return rest;
  let small = rest | 0;
  while (at > start) {
    const tenth = (small / 10) | 0;
    bytes[--at] = 0x30 + small - tenth * 10;
    small = tenth;
  }
  return small;
}

/** Sum of the bytes [start, end), modulo 256; four at a time, `words` being the same buffer. */
function checksum(bytes: Uint8Array, words: Int32Array, start: number, end: number): number {
  let sum = 0;
  let i = start;
  while (i < end && (i & 3) !== 0) sum += bytes[i++];
  const lastWord = end >> 2;
  let word = i >> 2;
  while (word < lastWord) {
    // Two 16-bit lanes each hold the sum of 200 bytes without running over.
    const stop = Math.min(lastWord, word + 100);
    let lanes = 0;
    for (; word < stop; word++) {
      lanes = (lanes + (words[word] & 0x00ff_00ff) + ((words[word] >>> 8) & 0x00ff_00ff)) | 0;
    }
    sum += (lanes & 0xffff) + (lanes >>> 16);
  }
  for (i = Math.max(i, lastWord << 2); i < end; i++) sum += bytes[i];
  return sum & 0xff;
}

/**
 * Text made safe for a field: SOH and what Latin-1 can't hold become `?`, nothing becomes `-`. For echoes of
 * foreign text.
 */
export function fieldText(value: string): string {
  return value === '' ? '-' : value.replace(/[\x01\u0100-\uffff]/g, '?');
}
